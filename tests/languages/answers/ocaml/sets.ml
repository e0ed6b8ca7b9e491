module Int_set = Set.Make (Int)

let sets (a : int list) (b : string list) : int list * string list =
  (Int_set.elements (Int_set.of_list a), List.rev b)
;;

print_endline "loaded"
