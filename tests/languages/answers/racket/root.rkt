#lang racket

(require racket/contract)
(provide (contract-out [root (-> exact-integer? real?)]))

(define (root n)
  (cond
    [(negative? n) (error 'root "negative")]
    [(zero? n) (root n)]
    [else (sqrt n)]))
