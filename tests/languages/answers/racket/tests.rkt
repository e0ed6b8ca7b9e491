(require rackunit)

(check-within (root 4) 2.0 0.001)
(check-within (root 9) 3.0 0.001)
(check-exn #rx"negative" (lambda () (root -1)))
