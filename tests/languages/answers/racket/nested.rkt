#lang racket/base
(provide nested)

(define (nested rows names maybe pair)
  (list (for/vector ([row rows]) row) names maybe (cons (car pair) (cdr pair))))
