exception Never

let rec root (n : int) : float =
  if n < 0 then invalid_arg "negative"
  else if n = 0 then root n
  else sqrt (float_of_int n)
