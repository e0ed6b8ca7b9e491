import qualified Data.Set as Set

sets :: Set.Set Int -> Set.Set String -> (Set.Set Int, Set.Set String)
sets a b = (a, b)
