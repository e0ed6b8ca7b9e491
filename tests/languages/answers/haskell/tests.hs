import Control.Exception (assert)
import qualified Data.Map as Expected

main :: IO ()
main = do
  assert (count_words "a b a" == Expected.fromList [("a", 2), ("b", 1)]) (return ())
  assert (count_words "" == Expected.empty) (return ())
