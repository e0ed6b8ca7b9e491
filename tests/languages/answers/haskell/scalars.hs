module Solution (scalars) where

scalars :: Int -> Double -> Bool -> String -> (Int, Double, Bool, String)
scalars i x b s = (i, x, b, s)
