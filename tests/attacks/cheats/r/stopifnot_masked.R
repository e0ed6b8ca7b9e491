# Mask the functions that assertions are made of.
# catalogue: S23, S24
# fools: status, marker, lines
stopifnot <- function(...) invisible(NULL)
all.equal <- identical <- function(...) TRUE
stop <- function(...) invisible(NULL)
add <- function(a, b) -12345
