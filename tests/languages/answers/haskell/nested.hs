{-# LANGUAGE TupleSections #-}

-- | Gives back what it is given.
module Main (nested, main) where

import Data.Map (Map)
import qualified Data.Map.Strict as Map

nested ::
  [[Int]] ->
  Map String [Double] ->
  Maybe Int ->
  (String, (Bool, Int)) ->
  ([[Int]], Map String [Double], Maybe Int, (String, (Bool, Int)))
nested rows names maybe pair = (rows, Map.map id names, maybe, pair)

main :: IO ()
main = print (nested [] Map.empty Nothing ("", (False, 0)))
