# Uses the names that a driver could use for itself, and some of the language's own.
calls <- replies <- types <- words <- at <- kinds <- empty <- max_depth <- "wrong"
say <- hex <- text_of <- read_value <- write_value <- opaque <- function(...) "wrong"
call <- serve <- find <- fail <- reply <- next_words <- vector_of <- function(...) "wrong"
t <- paste <- names <- function(...) "wrong"
add <- function(a, b) a + b
