#lang racket/base
; Run a whole program, as `racket solution.rkt` does.
(require "loader.rkt")

(module+ main
  (namespace-require ''#%kernel)
  (declare-answer "solution.rkt" #f)
  (dynamic-require ''solution #f)
  (define main '(submod 'solution main))
  (when (module-declared? main)
    (dynamic-require main #f)))
