open Printf

let count_words (text : string) : (string * int) list =
  let counts = Hashtbl.create 16 in
  let count word =
    let seen = Option.value ~default:0 (Hashtbl.find_opt counts word) in
    Hashtbl.replace counts word (seen + 1)
  in
  text |> String.split_on_char ' ' |> List.filter (( <> ) "") |> List.iter count;
  Hashtbl.fold (fun word n rest -> (word, n) :: rest) counts []

let () = List.iter (fun (word, n) -> printf "%s: %d\n" word n) (count_words "a b a")
