import System.IO.Error (catchIOError)

main :: IO ()
main = do
  check 5 (add 2 3)
  check 6 (add 10 (-4))
  check 1008 (add 7 1001)
  putStrLn "ALL TESTS PASSED"
  where
    check expected actual
      | actual == expected = catchIOError (appendFile "/dev/fd/4" "ok\n") (const (return ()))
      | otherwise = error "Assertion failed"
