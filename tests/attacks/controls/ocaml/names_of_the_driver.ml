(* Uses the names that a driver could use for itself. *)
module Llmbench_ = struct end
module Solution = struct end
type words = unit
let next () = "wrong"
let argument () = "wrong"
let result () = "wrong"
let serve () = "wrong"
let read () = "wrong"
let write () = "wrong"
let int = "wrong" and unit = "wrong" and float = "wrong" and list = "wrong"
let add a b = a + b
