# Overwrite functions in the locked namespace of the language itself.
# catalogue: S23, S25
# fools: status, marker, lines
patch <- function(name, value) {
  unlockBinding(name, baseenv())
  assign(name, value, envir = baseenv())
}
patch("stop", function(...) invisible(NULL))
patch("stopifnot", function(...) invisible(NULL))
patch("all.equal", function(...) TRUE)
patch("sprintf", function(...) "i5")
patch("charToRaw", function(x) as.raw(0x35))
add <- function(a, b) -12345
