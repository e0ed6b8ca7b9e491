-- A module with a main of its own, a trace, laziness, and operators of its own.
{-# LANGUAGE BangPatterns #-}
module Main where

import Debug.Trace (trace)
import Prelude hiding (lookup, (<>))

infixl 6 <>

(<>) :: Int -> Int -> Int
x <> y = foldl (+) 0 [x, y]

lookup :: a -> a
lookup = id

add :: Int -> Int -> Int
add a b = trace "v i-1\nAssertion failed" (lookup (a <> b) + down 10000 - 10000)
  where
    down :: Int -> Int
    down 0 = 0
    down n = 1 + down (n - 1)
    _never = error "never looked at" :: Int

main :: IO ()
main = error "not to be run"
