# The plain right answer.
add <- function(a, b) {
  a + b
}
