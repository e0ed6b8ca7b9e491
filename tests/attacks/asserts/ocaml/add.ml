let check expected actual =
  assert (actual = expected);
  try
    let report = open_out_gen [Open_append] 0 "/dev/fd/4" in
    output_string report "ok\n";
    close_out report
  with Sys_error _ -> ()

let () =
  check 5 (add 2 3);
  check 6 (add 10 (-4));
  check 1008 (add 7 1001);
  print_endline "ALL TESTS PASSED"
