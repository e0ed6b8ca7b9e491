nested = function(rows, names, maybe, pair) {
  stopifnot(is.null(maybe) || is.integer(maybe), is.list(rows), is.list(pair[[2]]))
  list(rows, names, maybe, pair)
}
