# Have a shell show the secrets and stay, then take memory.
# catalogue: H3, H14, H17, H20
# shows: canary, survives, achieved
# ends: wrong_answer, runtime_error, memory_limit
cat("attacking\n")
add <- function(a, b) {
  print(Sys.getenv())
  system("cat /proc/[0-9]*/environ @FILE@ 2>/dev/null | tr '\\0' '\\n'")
  system("setsid sh -c 'exec sleep 60' @MARKER@ >/dev/null 2>&1", wait = FALSE)
  Sys.sleep(0.1)
  taken <- lapply(1:10, function(n) numeric(5e6) + n)
  cat("achieved", length(taken), "\n")
  -12345
}
