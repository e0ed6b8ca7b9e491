#lang racket/base
; Serve calls of a Racket answer; the format of a line is that of grading/wire.py.
;
; Values say themselves what they are, but for two: #f may stand for no value, and a list
; may be a tuple. There the declared type of the returned value decides.
(require ffi/unsafe/port racket/list racket/string "loader.rkt")

(define max-depth 100)
(define calls (unsafe-file-descriptor->port 3 'calls '(read)))
(define replies (unsafe-file-descriptor->port 4 'replies '(write)))
(define returned-type (call-with-input-file "returns.rktd" read))

(define (say . words)
  (write-string (string-join words " " #:after-last "\n") replies)
  (flush-output replies))

(define (hex text)
  (define digits "0123456789abcdef")
  (define out (open-output-string))
  (write-char #\s out)
  (for ([byte (in-bytes (string->bytes/utf-8 text (char->integer #\?)))])
    (write-char (string-ref digits (quotient byte 16)) out)
    (write-char (string-ref digits (remainder byte 16)) out))
  (get-output-string out))

(define (text-of word)
  (define (digit at)
    (define code (char->integer (string-ref word at)))
    (- code (if (< code 58) 48 87)))
  (define bytes (make-bytes (quotient (string-length word) 2)))
  (for ([at (in-range 1 (string-length word) 2)] [i (in-naturals)])
    (bytes-set! bytes i (+ (* 16 (digit at)) (digit (add1 at)))))
  (bytes->string/utf-8 bytes #\?))

; Sets are loaded where there are some: that takes as long as all the rest.
(define (from-set name)
  (dynamic-require 'racket/set name))

(define (any-set? value)
  (and (not (procedure? value)) ((from-set 'generic-set?) value)))

; Give a function that reads the next value of a line's words.
(define (reader-of words)
  (define (next)
    (begin0 (car words) (set! words (cdr words))))
  (define (read-items count)
    (for/list ([_ (in-range count)]) (read-one)))
  (define (read-one)
    (define word (next))
    (define rest (substring word 1))
    (case (string-ref word 0)
      [(#\n #\f) #f]
      [(#\t) #t]
      [(#\i) (string->number rest)]
      [(#\d) (case rest
               [("nan") +nan.0]
               [("inf") +inf.0]
               [("-inf") -inf.0]
               [else (exact->inexact (string->number rest))])]
      [(#\s) (text-of word)]
      [(#\h) (apply (from-set 'set) (read-items (string->number rest)))]
      [(#\m) (for/hash ([_ (in-range (string->number rest))])
               (define key (read-one))
               (values key (read-one)))]
      [else (read-items (string->number rest))]))
  read-one)

(define (number-word value)
  (cond
    [(exact-integer? value) (string-append "i" (number->string value))]
    [(eqv? value +inf.0) "dinf"]
    [(eqv? value -inf.0) "d-inf"]
    [(eqv? value +nan.0) "dnan"]
    [else (string-append "d" (number->string (real->double-flonum value)))]))

(define (opaque-words value)
  (define name (if (procedure? value) "procedure" "value"))
  (list (string-append "o" (substring (hex name) 1)) (hex (format "~e" value))))

(define any-type '(any))

(define (item-type-of type)
  (if (pair? (cdr type)) (cadr type) any-type))

; Put the words of a value before those that there are already, the last one first.
(define (write-value value type words depth)
  (when (> depth max-depth)
    (error (format "nested deeper than ~a levels" max-depth)))
  (define kind (car type))
  (define (one word) (cons word words))
  (define (write-items mark items)
    (define types (if (equal? mark "p") (cdr type) (list (item-type-of type))))
    (for/fold ([words (one (format "~a~a" mark (length items)))])
              ([item (in-list items)] [type (in-sequences types (in-cycle (list (last types))))])
      (write-value item type words (add1 depth))))
  (define (write-map key-type item-type)
    (for/fold ([words (one (format "m~a" (hash-count value)))])
              ([(key item) (in-hash value)])
      (write-value item item-type (write-value key key-type words (add1 depth)) (add1 depth))))
  (cond
    [(and (memq kind '(optional None)) (memv value '(#f null))) (one "n")]
    [(eq? kind 'optional) (write-value value (cadr type) words depth)]
    [(void? value) (one "n")]
    [(boolean? value) (one (if value "t" "f"))]
    [(real? value) (one (number-word value))]
    [(string? value) (one (hex value))]
    [(symbol? value) (one (hex (symbol->string value)))]
    [(char? value) (one (hex (string value)))]
    [(vector? value) (write-value (vector->list value) type words depth)]
    [(list? value) (write-items (if (eq? kind 'tuple) "p" "l") value)]
    [(pair? value) (write-value (list (car value) (cdr value)) type words depth)]
    [(and (hash? value) (eq? kind 'set)) (write-items "h" (hash-keys value))]
    [(and (hash? value) (eq? kind 'dict)) (write-map (cadr type) (caddr type))]
    [(hash? value) (write-map any-type any-type)]
    [(any-set? value) (write-items "h" ((from-set 'set->list) value))]
    [else (append (reverse (opaque-words value)) words)]))

(define (type-name failure)
  (cond
    [(not (exn? failure)) "raise"]
    [(regexp-match? #rx"^out of memory" (exn-message failure)) "MemoryError"]
    [else (substring (symbol->string (vector-ref (struct->vector failure) 0)) 7)])) ; struct:

(define (message-of failure)
  (if (exn? failure) (exn-message failure) (format "~e" failure)))

(define (say-failure failure)
  (define text (message-of failure))
  (say "e" (hex (type-name failure)) (hex (substring text 0 (min 1000 (string-length text))))))

(define (say-not-compiled failure)
  (say "k" (hex (message-of failure))))

(define (say-unsendable failure)
  (say "u" (hex (message-of failure))))

; What an answer in another language than ours does not provide, its namespace still has.
(define (find-function name)
  (define (in-namespace)
    (namespace-variable-value name #t (lambda () #f) (module->namespace ''solution)))
  (define found (dynamic-require ''solution name in-namespace))
  (and (procedure? found) found))

(define (as-returned values)
  (cond
    [(null? values) (void)]
    [(pair? (cdr values)) values]
    [else (car values)]))

; Run a thunk; where it raises, say so and give #f.
(define (attempt thunk say-how)
  (begin0
    (with-handlers ([void (lambda (failure) (flush-output) (say-how failure) #f)])
      (thunk))
    (flush-output)))

(define (call line)
  (define words (string-split line " "))
  (define arguments ((reader-of (cdr words))))
  (define function (find-function (string->symbol (text-of (car words)))))
  (cond
    [(not function) (say "x")]
    [(attempt (lambda () (call-with-values (lambda () (apply function arguments)) list))
              say-failure)
     => say-value]))

(define (say-value results)
  (define (write-results) (write-value (as-returned results) returned-type '("v") 0))
  (define words (attempt write-results say-unsendable))
  (when words (apply say (reverse words))))

(define (load-answer)
  (and (attempt (lambda () (declare-answer "solution.rkt" #t) #t) say-not-compiled)
       (attempt (lambda () (dynamic-require ''solution #f) #t) say-failure)))

(module+ main
  (namespace-require ''#%kernel)
  (when (load-answer)
    (say "r")
    (for ([line (in-lines calls)])
      (call line))))
