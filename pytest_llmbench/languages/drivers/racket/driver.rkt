#lang racket/base
; Serve calls of a Racket answer; the format of a line is that of grading/wire.py.
;
; Values say themselves what they are, but for two: #f may stand for no value, and a list
; may be a tuple. There the declared type of the returned value decides.
(require ffi/unsafe/port racket/string "loader.rkt")

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

(define from-set (lambda (name) (dynamic-require 'racket/set name)))

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

; Give the words of a value, the last one first, before those that there are already.
(define (write-value value type words depth)
  (when (> depth max-depth)
    (error (format "nested deeper than ~a levels" max-depth)))
  (define (write-items mark items types)
    (for/fold ([words (cons (format "~a~a" mark (length items)) words)])
              ([item (in-list items)] [type (in-sequences types (in-cycle '((any))))])
      (write-value item type words (add1 depth))))
  (define (write-map value key-type item-type)
    (for/fold ([words (cons (format "m~a" (hash-count value)) words)])
              ([(key item) (in-hash value)])
      (write-value item item-type (write-value key key-type words (add1 depth)) (add1 depth))))
  (define item-type (if (pair? (cdr type)) (cadr type) '(any)))
  (define kind (car type))
  (cond
    [(and (memq kind '(optional None)) (memv value '(#f null))) (cons "n" words)]
    [(eq? kind 'optional) (write-value value item-type words depth)]
    [(void? value) (cons "n" words)]
    [(boolean? value) (cons (if value "t" "f") words)]
    [(real? value) (cons (number-word value) words)]
    [(string? value) (cons (hex value) words)]
    [(symbol? value) (cons (hex (symbol->string value)) words)]
    [(char? value) (cons (hex (string value)) words)]
    [(vector? value) (write-value (vector->list value) type words depth)]
    [(and (list? value) (eq? kind 'tuple)) (write-items "p" value (cdr type))]
    [(list? value) (write-items "l" value (in-cycle (list item-type)))]
    [(pair? value) (write-value (list (car value) (cdr value)) type words depth)]
    [(and (hash? value) (eq? kind 'set)) (write-items "h" (hash-keys value) (in-cycle (list item-type)))]
    [(and (hash? value) (eq? kind 'dict)) (write-map value item-type (caddr type))]
    [(hash? value) (write-map value '(any) '(any))]
    [(and (not (procedure? value)) ((from-set 'generic-set?) value))
     (write-items "h" ((from-set 'set->list) value) (in-cycle (list item-type)))]
    [else
     (define shown (format "~e" value))
     (list* (hex shown) (string-append "o" (substring (hex (if (procedure? value) "procedure" "value")) 1))
            words)]))

(define (say-failure failure)
  (define name (if (exn? failure) (substring (symbol->string (vector-ref (struct->vector failure) 0)) 7) "raise"))
  (define text (if (exn? failure) (exn-message failure) (format "~e" failure)))
  (say "e"
       (hex (if (regexp-match? #rx"^out of memory" text) "MemoryError" name))
       (hex (substring text 0 (min 1000 (string-length text))))))

; What an answer in another language than ours does not provide, its namespace still has.
(define (find-function name)
  (define (in-namespace)
    (namespace-variable-value name #t (lambda () #f) (module->namespace ''solution)))
  (define found (dynamic-require ''solution name in-namespace))
  (and (procedure? found) found))

(define (as-returned values)
  (cond
    [(null? values) (void)]
    [(or (pair? (cdr values)) (eq? 'values (car returned-type))) values]
    [else (car values)]))

(define ((failing-with handle) failure)
  (flush-output)
  (handle failure)
  #f)

(define (call line)
  (define words (string-split line " "))
  (define name (string->symbol (text-of (car words))))
  (define arguments ((reader-of (cdr words))))
  (define function (find-function name))
  (define results
    (and function
         (with-handlers ([void (failing-with say-failure)])
           (call-with-values (lambda () (apply function arguments)) list))))
  (flush-output)
  (cond
    [(not function) (say "x")]
    [results
     (define words
       (with-handlers ([exn:fail? (failing-with (lambda (e) (say "u" (hex (exn-message e)))))])
         (write-value (as-returned results) returned-type '("v") 0)))
     (when words (apply say (reverse words)))]))

(define (load-answer)
  (and (with-handlers ([void (failing-with (lambda (e) (say "k" (hex (if (exn? e) (exn-message e) (format "~e" e))))))])
         (declare-answer "solution.rkt" #t)
         #t)
       (with-handlers ([void (failing-with say-failure)])
         (dynamic-require ''solution #f)
         #t)))

(module+ main
  (namespace-require ''#%kernel)
  (when (load-answer)
    (flush-output)
    (say "r")
    (for ([line (in-lines calls)])
      (call line))))
