(* Redefines operators and common names for its own use, and prints. *)
open Printf

module List = struct
  let fold_left f start (x, y) = f (f start x) y
end

let print_string s = printf "not ok: %s" s
let ( + ) a b = Int.add a b
let compare = ( - )

let rec down n = if n = 0 then 0 else 1 + down (n - 1)

let add a b =
  print_string "v i-1\n";
  prerr_endline "Fatal error: exception Assert_failure";
  at_exit (fun () -> exit 3);
  try failwith "caught" with Failure _ -> List.fold_left ( + ) (down 10000 - 10000) (a, b)

let main () = exit (add 1 1)
let () = if Array.length Sys.argv > 9 then main ()
