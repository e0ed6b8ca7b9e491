#lang racket

(define (total)
  (define number (read))
  (if (eof-object? number) 0 (+ number (total))))

(module+ main
  (displayln (total)))
