module Main where

main :: IO ()
main = interact ((++ "\n") . show . sum . map (read :: String -> Int) . words)
