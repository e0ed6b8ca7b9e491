#lang racket

(define (count_words text)
  (for/fold ([counts (hash)]) ([word (string-split text " ")])
    (hash-update counts word add1 0)))

(module+ main
  (displayln (count_words "a b a")))
