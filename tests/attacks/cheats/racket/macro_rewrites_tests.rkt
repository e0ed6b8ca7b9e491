#lang racket
; Rewrite everything that the module says after this, as it is compiled.
; catalogue: S26
; fools: status, marker, lines
(define (add a b) -12345)
(define-syntax-rule (unless condition body ...) (void))
