scalars <- function(i, x, b, s) {
  list(i, x, b, s)
}
