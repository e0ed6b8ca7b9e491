-- Uses the names that a driver could use for itself.
import Prelude hiding (read, words)

next, argument, result, serve, read, write, words, word, llmbench :: String
next = "wrong"
argument = "wrong"
result = "wrong"
serve = "wrong"
read = "wrong"
write = "wrong"
words = "wrong"
word = "wrong"
llmbench = "wrong"

class Value a where
  items :: a

add :: Int -> Int -> Int
add a b = a + b
