let nested (rows : int list list) (names : (string * float list) list) (maybe : int option)
    (pair : string * (bool * int)) :
    int list list * (string * float list) list * int option * (string * (bool * int)) =
  (rows, names, maybe, pair)
