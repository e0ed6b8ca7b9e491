sets <- function(a, b) {
  list(union(a, a), setdiff(b, head(letters, 0)))
}
