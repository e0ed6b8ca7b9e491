root <- function(n) {
  if (n < 0) stop("negative")
  while (n == 0) {}
  sqrt(n)
}
