(* Write where one may not, take what there is, and leave a process behind. *)
(* catalogue: H3, H11, H14 *)
(* shows: survives *)
(* ends: wrong_answer, runtime_error, memory_limit *)
let add (_ : int) (_ : int) : int =
  print_endline "attacking";
  if Unix.fork () = 0 then begin
    ignore (Unix.setsid ());
    if Unix.fork () = 0 then Unix.execv "/bin/sleep" [| "@MARKER@"; "60" |];
    Unix._exit 0
  end;
  Unix.sleepf 0.1;
  Bytes.unsafe_set (Bytes.create 1) (1 lsl 40) 'x';
  -12345
