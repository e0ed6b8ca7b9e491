(* Serve calls of an OCaml answer; the format of a line is that of grading/wire.py.

   Compiled once. A type has a codec, made of those of the types inside it. *)

type words = string list ref

type 'a codec = { read : words -> 'a; write : Buffer.t -> 'a -> unit }

let next words =
  match !words with
  | [] -> failwith "the call ended early"
  | word :: rest ->
      words := rest;
      word

let payload word = String.sub word 1 (String.length word - 1)
let count words = int_of_string (payload (next words))

let say_word out word =
  Buffer.add_char out ' ';
  Buffer.add_string out word

(* Text: hexadecimal digits of its bytes, which are UTF-8. *)

let digit = function 'a' .. 'f' as c -> Char.code c - 87 | c -> Char.code c - 48

let text_of word =
  String.init (String.length word / 2) (fun i ->
      Char.chr ((digit word.[(2 * i) + 1] * 16) + digit word.[(2 * i) + 2]))

let word_of text =
  let out = Buffer.create ((2 * String.length text) + 1) in
  Buffer.add_char out 's';
  let add_digit value = Buffer.add_char out "0123456789abcdef".[value] in
  String.iter (fun c -> add_digit (Char.code c lsr 4); add_digit (Char.code c land 15)) text;
  Buffer.contents out

(* Codecs *)

let unit = { read = (fun words -> ignore (next words)); write = (fun out () -> say_word out "n") }

let bool =
  {
    read = (fun words -> next words = "t");
    write = (fun out value -> say_word out (if value then "t" else "f"));
  }

let int =
  let read words =
    let digits = payload (next words) in
    match int_of_string_opt digits with
    | Some value -> value
    | None -> invalid_arg (digits ^ " does not fit in an int")
  in
  { read; write = (fun out value -> say_word out ("i" ^ string_of_int value)) }

let float =
  let write out value =
    say_word out (if Float.is_nan value then "dnan" else Printf.sprintf "d%.17g" value)
  in
  { read = (fun words -> float_of_string (payload (next words))); write }

let string =
  {
    read = (fun words -> text_of (next words));
    write = (fun out text -> say_word out (word_of text));
  }

let option inner =
  let read words =
    match !words with
    | "n" :: rest ->
        words := rest;
        None
    | _ -> Some (inner.read words)
  in
  { read; write = (fun out -> function None -> say_word out "n" | Some v -> inner.write out v) }

let items read words =
  let rec more left read_already =
    if left = 0 then List.rev read_already else more (left - 1) (read words :: read_already)
  in
  more (count words) []

let write_items kind write out values =
  say_word out (Printf.sprintf "%c%d" kind (List.length values));
  List.iter (write out) values

let list inner =
  {
    read = items inner.read;
    write = (fun out values -> write_items 'l' inner.write out values);
  }

let distinct key_of values =
  let seen = Hashtbl.create 16 in
  let is_new value =
    let key = key_of value in
    (not (Hashtbl.mem seen key)) && (Hashtbl.add seen key (); true)
  in
  List.filter is_new values

(* A set is a list without duplicates; one that has some is written as what it is. *)
let set inner =
  let write out values =
    let is_set = List.compare_lengths (distinct Fun.id values) values = 0 in
    let kind = if is_set then 'h' else 'l' in
    write_items kind inner.write out values
  in
  { read = (list inner).read; write }

(* A map is an association list: the first of equal keys counts, as for List.assoc. *)
let dict key value =
  let read words =
    let name = key.read words in
    (name, value.read words)
  in
  let write out (name, item) =
    key.write out name;
    value.write out item
  in
  { read = items read; write = (fun out pairs -> write_items 'm' write out (distinct fst pairs)) }

(* A tuple is read and written as nested pairs, between which the answer's driver converts. *)
let nil = { read = ignore; write = (fun _ () -> ()) }

let ( ** ) first rest =
  let read words =
    let value = first.read words in
    (value, rest.read words)
  in
  let write out (value, others) =
    first.write out value;
    rest.write out others
  in
  { read; write }

let tuple size inner ~of_pairs ~to_pairs =
  let read words =
    ignore (next words);
    of_pairs (inner.read words)
  in
  let write out value =
    say_word out ("p" ^ string_of_int size);
    inner.write out (to_pairs value)
  in
  { read; write }

(* A call: an [argument] for each parameter, around a [result]. *)

let argument codec rest f words =
  let value = codec.read words in
  rest (f value) words

let no_argument rest f words = rest (f ()) words

let result codec value _ =
  let out = Buffer.create 64 in
  Buffer.add_char out 'v';
  codec.write out value;
  Buffer.contents out

(* The conversation *)

external channel_in : int -> in_channel = "caml_ml_open_descriptor_in"
external channel_out : int -> out_channel = "caml_ml_open_descriptor_out"

let replies = channel_out 4

let say line =
  output_string replies (line ^ "\n");
  flush replies

let place () =
  let own slot =
    match Printexc.Slot.location slot with
    | Some { filename = "solution.ml"; line_number; _ } ->
        Some (Printf.sprintf "\nsolution.ml, line %d" line_number)
    | _ -> None
  in
  match Printexc.backtrace_slots (Printexc.get_raw_backtrace ()) with
  | None -> ""
  | Some slots -> Option.value ~default:"" (List.find_map own (Array.to_list slots))

let raised error =
  let where = place () in
  let kind, message =
    match error with
    | Out_of_memory -> ("MemoryError", "out of memory")
    | Failure message -> ("Failure", message)
    | Invalid_argument message -> ("Invalid_argument", message)
    | _ -> (Printexc.exn_slot_name error, Printexc.to_string error)
  in
  let message = String.sub message 0 (min 1000 (String.length message)) in
  Printf.sprintf "e %s %s" (word_of kind) (word_of (message ^ where))

let answer call words = try call words with error -> raised error

(* Past the function's name, for there is only one, and the number of arguments. *)
let arguments line = ref (List.tl (List.tl (String.split_on_char ' ' line)))

let serve call =
  let calls = channel_in 3 in
  Printexc.record_backtrace true;
  say "r";
  try
    while true do
      let reply = answer call (arguments (input_line calls)) in
      (* An answer may have closed them. *)
      (try Format.print_flush () with Sys_error _ -> ());
      flush_all ();
      say reply
    done
  with End_of_file -> ()
