#lang racket

(define (sets a b)
  (list (set-union a (set)) (for/set ([text b]) text)))
