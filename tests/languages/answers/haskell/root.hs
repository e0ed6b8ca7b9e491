{-# LANGUAGE ScopedTypeVariables #-}
root :: forall a. (Integral a) => a -> Double
root n
  | n < 0 = error "negative"
  | n == 0 = spin 1
  | otherwise = sqrt (fromIntegral n)
  where
    spin :: Integer -> Double
    spin k = if k < 0 then 0 else spin (k + 1)
