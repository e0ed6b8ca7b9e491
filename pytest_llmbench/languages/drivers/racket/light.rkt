#lang racket/base
; The parts of `racket` that are quick to load and often used, as a language.
(require racket/bool racket/bytes racket/function racket/list racket/string racket/vector
         (for-syntax racket/base))
(provide (all-from-out racket/base racket/bool racket/bytes racket/function racket/list
                       racket/string racket/vector)
         (for-syntax (all-from-out racket/base)))
