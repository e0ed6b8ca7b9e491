test_root <- function() {
  stopifnot(isTRUE(all.equal(root(4), 2)))
  stopifnot(isTRUE(all.equal(root(9), 3)))
  message <- tryCatch(root(-1), error = conditionMessage)
  stopifnot(message == "negative")
}

test_root()
