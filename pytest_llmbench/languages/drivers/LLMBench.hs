-- Serve calls of a Haskell answer; the format of a line is that of grading/wire.py.
--
-- Compiled once. The answer is compiled as `Main`, and what is put behind it uses only
-- qualified names of this module, so that nothing the answer hides or defines is in its way.
module LLMBench
  ( Bool, Double, IO, Int, Map.Map, Maybe, Set.Set, String
  , argument, result, serve, andThenSay
  ) where

import Control.Exception (AsyncException (..), SomeException (..), evaluate, fromException, try)
import Data.Bits (shiftL, shiftR, (.&.), (.|.))
import Data.Char (chr, digitToInt, intToDigit, ord)
import qualified Data.Map as Map
import qualified Data.Set as Set
import Data.Typeable (typeOf)
import GHC.IO.Handle.FD (fdToHandle)
import System.Exit (ExitCode, exitWith)
import System.IO

type Words = [String]

-- One instance for each kind of value: how it is read and how it is written.
class Value a where
  next :: Words -> (a, Words)
  write :: a -> ShowS
  -- As in Show: text is a list of characters, and yet no list.
  nextList :: Words -> ([a], Words)
  nextList = items next
  writeList :: [a] -> ShowS
  writeList = writeItems 'l' write

word :: String -> ShowS
word text = showChar ' ' . showString text

simple :: (String -> a) -> Words -> (a, Words)
simple value (text : rest) = (value text, rest)
simple _ [] = error "the call ended early"

items :: (Words -> (a, Words)) -> Words -> ([a], Words)
items one (size : start) = go (read (drop 1 size) :: Int) start []
  where
    go 0 rest done = (reverse done, rest)
    go left rest done = let (item, after) = one rest in go (left - 1) after (item : done)
items _ [] = ([], [])

writeItems :: Char -> (a -> ShowS) -> [a] -> ShowS
writeItems kind one values = word (kind : show (length values)) . foldr ((.) . one) id values

instance Value () where
  next = simple (const ())
  write () = word "n"

instance Value Bool where
  next = simple (== "t")
  write value = word (if value then "t" else "f")

instance Value Int where
  next = simple (fromInteger . integer . drop 1)
  write value = word ('i' : show value)

instance Value Double where
  next = simple (double . drop 1)
  write value = word ('d' : show value)

instance Value Char where
  next = simple (head . textOf)
  write value = writeList [value]
  nextList = simple textOf
  writeList text = word (wordOf text)

instance Value a => Value [a] where
  next = nextList
  write = writeList

instance Value a => Value (Maybe a) where
  next ("n" : rest) = (Nothing, rest)
  next start = let (value, rest) = next start in (Just value, rest)
  write = maybe (word "n") write

instance (Ord a, Value a) => Value (Set.Set a) where
  next start = let (values, rest) = items next start in (Set.fromList values, rest)
  write = writeItems 'h' write . Set.toList

instance (Ord k, Value k, Value v) => Value (Map.Map k v) where
  next start = let (pairs, rest) = items two start in (Map.fromList pairs, rest)
  write = writeItems 'm' (\(key, value) -> write key . write value) . Map.toList

-- Tuples: without their own word, which the instances below read and write.

two :: (Value a, Value b) => Words -> ((a, b), Words)
two start = ((a, b), rest) where (a, more) = next start; (b, rest) = next more

three :: (Value a, Value b, Value c) => Words -> ((a, b, c), Words)
three start = ((a, b, c), rest) where (a, more) = next start; ((b, c), rest) = two more

four :: (Value a, Value b, Value c, Value d) => Words -> ((a, b, c, d), Words)
four start = ((a, b, c, d), rest) where ((a, b), more) = two start; ((c, d), rest) = two more

instance (Value a, Value b) => Value (a, b) where
  next = two . drop 1
  write (a, b) = word "p2" . write a . write b

instance (Value a, Value b, Value c) => Value (a, b, c) where
  next = three . drop 1
  write (a, b, c) = word "p3" . write a . write b . write c

instance (Value a, Value b, Value c, Value d) => Value (a, b, c, d) where
  next = four . drop 1
  write (a, b, c, d) = word "p4" . write a . write b . write c . write d

instance (Value a, Value b, Value c, Value d, Value e) => Value (a, b, c, d, e) where
  next start = ((a, b, c, d, e), rest)
    where ((a, b, c, d), more) = four (drop 1 start); (e, rest) = next more
  write (a, b, c, d, e) = word "p5" . write a . write b . write c . write d . write e

instance (Value a, Value b, Value c, Value d, Value e, Value f) => Value (a, b, c, d, e, f) where
  next start = ((a, b, c, d, e, f), rest)
    where ((a, b, c, d), more) = four (drop 1 start); ((e, f), rest) = two more
  write (a, b, c, d, e, f) =
    word "p6" . write a . write b . write c . write d . write e . write f

integer :: String -> Integer
integer ('-' : digits) = negate (integer digits)
integer digits = foldl (\n digit -> n * 10 + toInteger (digitToInt digit)) 0 digits

double :: String -> Double
double "nan" = 0 / 0
double "inf" = 1 / 0
double ('-' : text) = negate (double text)
double text = fromRational (digits * 10 ^^ (power - length fraction))
  where
    digits = toRational (integer (whole ++ fraction))
    (mantissa, exponent) = break (== 'e') text
    (whole, point) = break (== '.') mantissa
    fraction = drop 1 point
    power = case drop 1 exponent of
      "" -> 0
      '+' : size -> fromInteger (integer size)
      size -> fromInteger (integer size)

textOf :: String -> String
textOf = decode . bytes . drop 1
  where
    bytes (a : b : rest) = (digitToInt a * 16 + digitToInt b) : bytes rest
    bytes _ = []

decode :: [Int] -> String
decode [] = []
decode (byte : rest)
  | byte < 0x80 = chr byte : decode rest
  | byte < 0xe0 = more 1 (byte .&. 0x1f)
  | byte < 0xf0 = more 2 (byte .&. 0x0f)
  | otherwise = more 3 (byte .&. 0x07)
  where
    more size start =
      let (tail_, after) = splitAt size rest
       in chr (foldl (\code each -> code `shiftL` 6 .|. (each .&. 0x3f)) start tail_) : decode after

wordOf :: String -> String
wordOf text = 's' : concatMap (concatMap hex . encode . ord) text
  where
    hex byte = [intToDigit (byte `shiftR` 4), intToDigit (byte .&. 15)]

encode :: Int -> [Int]
encode code
  | code < 0x80 = [code]
  | code < 0x800 = [0xc0 .|. code `shiftR` 6, low 0]
  | code < 0x10000 = [0xe0 .|. code `shiftR` 12, low 6, low 0]
  | otherwise = [0xf0 .|. code `shiftR` 18, low 12, low 6, low 0]
  where
    low by = 0x80 .|. (code `shiftR` by .&. 0x3f)

-- A call, made of one `argument` for each parameter around a `result`.
type Call f = f -> Words -> String

argument :: Value a => Call f -> Call (a -> f)
argument rest function words = let (value, after) = next words in rest (function value) after

result :: Value a => Call a
result value _ = 'v' : write value ""

serve :: (Words -> String) -> IO ()
serve call = do
  calls <- fdToHandle 3
  replies <- fdToHandle 4
  mapM_ (`hSetBinaryMode` True) [calls, replies]
  let say reply = hPutStrLn replies reply >> hFlush replies
      loop = do
        isOver <- hIsEOF calls
        if isOver then return () else do
          line <- hGetLine calls
          -- Past the function's name, for there is only one, and the number of arguments.
          reply <- try (evaluate (forced (call (drop 2 (words line)))))
          _ <- try (hFlush stdout) :: IO (Either SomeException ()) -- the answer may have closed it
          either raised return reply >>= say
          loop
  say "r" >> loop

forced :: String -> String
forced text = length text `seq` text

raised :: SomeException -> IO String
raised anything@(SomeException inner) = case (fromException anything, fromException anything) of
  (Just status, _) -> exitWith (status :: ExitCode)
  (_, Just HeapOverflow) -> return (failure "MemoryError" "heap overflow")
  _ -> return (failure (show (typeOf inner)) (show inner))
  where
    failure kind message = unwords ["e", wordOf kind, wordOf (take 1000 message)]

andThenSay :: IO a -> String -> IO ()
andThenSay tests text = tests >> hPutStrLn stderr text
