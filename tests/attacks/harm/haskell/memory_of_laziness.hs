-- Build a value without end, and hold on to all of it.
-- catalogue: H3
-- shows: endless
-- ends: memory_limit, runtime_error
import System.IO (hFlush, stdout)
import System.IO.Unsafe (unsafePerformIO)

add :: Int -> Int -> Int
add a b = unsafePerformIO $ do
  putStrLn "attacking"
  hFlush stdout
  let ever = [fromIntegral a ..] :: [Integer]
  return (length ever + fromIntegral (head ever))
{-# NOINLINE add #-}
