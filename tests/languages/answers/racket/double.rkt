(define (double n)
  (* 2 n))
