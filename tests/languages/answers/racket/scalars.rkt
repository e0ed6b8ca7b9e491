#lang racket

(define (scalars i x b s)
  (values i x b s))
