#lang racket/base
; Declare an answer as the module 'solution, whether or not it says that it is one.
;
; `#lang racket` takes half a second, most of it to load what hardly any answer uses. It is
; nothing but the sum of its parts, so an answer gets a language of those parts alone whose
; names it mentions.
(require (for-syntax racket/base))
(provide declare-answer)

; A hash from names to the larger parts that have them, made when this file is compiled.
(define-syntax (names-of-larger-parts _)
  (define parts
    '(racket/class racket/cmdline racket/contract racket/dict racket/file racket/format
      racket/future racket/include racket/local racket/match racket/math racket/path racket/place
      racket/port racket/pretty racket/promise racket/sequence racket/set racket/shared
      racket/stream racket/system racket/tcp racket/udp racket/unit))
  (define (names-of part)
    (dynamic-require part (void))
    (define-values (variables syntaxes) (module->exports part))
    (for*/list ([level (append variables syntaxes)] #:when (eqv? 0 (car level))
                [export (cdr level)])
      (car export)))
  #`(quote #,(for*/hasheq ([part parts] [name (names-of part)]) (values name part))))

(define larger-part-of (names-of-larger-parts))

(define (symbols-in datum)
  (define found (make-hasheq))
  (let look ([datum datum])
    (cond
      [(pair? datum) (look (car datum)) (look (cdr datum))]
      [(symbol? datum) (hash-set! found datum #t)]
      [(vector? datum) (for ([item (in-vector datum)]) (look item))]
      [(box? datum) (look (unbox datum))]))
  found)

(define light
  (let-values ([(folder _name _is-folder?)
                (split-path (variable-reference->module-source (#%variable-reference)))])
    `(file ,(path->string (build-path folder "light.rkt")))))

; Give the language for a program that uses these names of `racket`.
(define (language-with symbols)
  (define parts (for*/hasheq ([symbol (in-hash-keys symbols)]
                              [part (in-value (hash-ref larger-part-of symbol #f))]
                              #:when part)
                  (values part #t)))
  (cond
    [(hash-empty? parts) light]
    [else
     (eval `(module language '#%kernel
              (#%require ,light ,@(hash-keys parts))
              (#%provide (all-from ,light) (for-meta 1 (all-from ,light))
                         ,@(for/list ([part (in-hash-keys parts)]) `(all-from ,part)))))
     ''language]))

(define header #px"^(?:\\s|;[^\n]*\n|#![^\n]*\n)*#lang[ \t]+(racket(?:/base)?)(?=\\s|$)")
(define other-header #px"^\\s*\\(module\\s|(?m:^#lang\\s|^#reader\\s)")

(define (text-of file)
  (define (read-all port) (read-string (add1 (file-size file)) port))
  (define text (call-with-input-file file read-all))
  (if (eof-object? text) "" text))

(define (forms-of port file)
  (define form (read-syntax file port))
  (if (eof-object? form) '() (cons form (forms-of port file))))

; What runs or tests the answer, which is not wanted of a function's.
(define (is-own-run? form)
  (define datum (syntax->datum form))
  (and (list? datum)
       (>= (length datum) 2)
       (eq? 'module+ (car datum))
       (memq (cadr datum) '(main test))))

; The module of an answer that has `#lang racket` or no language at all.
(define (module-of forms lang is-function?)
  (define symbols (symbols-in (map syntax->datum forms)))
  (define language (if (equal? lang "racket/base") 'racket/base (language-with symbols)))
  (define body (if is-function? (filter (lambda (form) (not (is-own-run? form))) forms) forms))
  ; What provides under other names, or with contracts, provides what is wanted by itself.
  (define is-provided? (or (hash-ref symbols 'contract-out #f) (hash-ref symbols 'rename-out #f)))
  (define provided (if (and is-function? (not is-provided?)) '((#%provide (all-defined))) '()))
  `(,(namespace-syntax-introduce (datum->syntax #f 'module)) solution ,language ,@body ,@provided))

; Read a file and declare it as a module; raise what the reader or the expander raises.
; Where the answer is to be called, all that it defines can be had from outside.
(define (declare-answer file is-function?)
  (define text (text-of file))
  (define start (regexp-match-positions header text))
  (define port (open-input-string text))
  (port-count-lines! port)
  (define code
    (cond
      [(and (not start) (regexp-match? other-header text))
       (parameterize ([read-accept-reader #t] [read-accept-lang #t])
         (namespace-syntax-introduce (read-syntax file port)))]
      [else
       (when start (read-string (cdar start) port))
       (define lang (if start (substring text (caadr start) (cdadr start)) "racket"))
       (datum->syntax #f (module-of (forms-of port file) lang is-function?))]))
  (parameterize ([current-module-declare-name (make-resolved-module-path 'solution)])
    (eval code)))
