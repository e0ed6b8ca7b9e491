import qualified Data.Map as Map
import Debug.Trace (trace)

count_words :: String -> Map.Map String Int
count_words text = Map.fromListWith (+) [(word, 1) | word <- trace "counting" (words text)]
