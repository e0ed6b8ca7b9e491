let () =
  let counts = count_words "a b a" in
  assert (List.assoc "a" counts = 2);
  assert (List.assoc "b" counts = 1);
  assert (count_words "" = [])
