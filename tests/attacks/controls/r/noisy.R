# Masks common names, warns, catches errors, and assigns in odd ways.
options(warn = 1)
c <- function(...) list(...)
T <- FALSE
add = function(a, b, ...) {
  cat("v i-1\nnot ok 1\n")
  warning("Error in add: assertion failed")
  message("Execution halted")
  on.exit(invisible(NULL))
  sum <- tryCatch(stop("caught"), error = function(e) Reduce(`+`, base::c(a, b)))
  as.integer(sum) -> .Last.value
  .Last.value
}
reg.finalizer(globalenv(), function(e) quit(status = 3), onexit = TRUE)
