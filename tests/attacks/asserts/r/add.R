local({
  check <- function(expected, actual) {
    stopifnot(isTRUE(all.equal(actual, expected)))
    try(suppressWarnings(cat("ok\n", file = "/dev/fd/4", append = TRUE)), silent = TRUE)
  }
  check(5, add(2, 3))
  check(6, add(10, -4))
  check(1008, add(7, 1001))
  cat("ALL TESTS PASSED\n")
})
