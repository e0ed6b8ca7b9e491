# Serve calls of an R answer; the format of a line is that of grading/wire.py.
#
# In R one number is a vector too, so declared types say how values are read and written. No
# default package is loaded before the answer uses it: they are four fifths of a start of R.
# An answer may define a `t` or a `paste` of its own: this sees the global environment only
# where it asks for it.
local({
  # Compiling the functions of this file takes longer than they do.
  compile_functions <- function(is_on) .Internal(enableJIT(if (is_on) 3L else 0L))
  compile_functions(FALSE)
  options(warn = 1L)

  max_depth <- 100L
  any_type <- list("any")
  kinds <- c(i = "int", d = "float", s = "str", t = "bool", f = "bool")
  empty <- list(int = integer(), float = numeric(), str = character(), bool = logical())

  # Raw: a buffered connection waits for more than one line.
  calls <- file("/dev/fd/3", "rb", raw = TRUE)
  replies <- file("/dev/fd/4", "wb", raw = TRUE)
  types <- eval(parse("types.R", keep.source = FALSE)) # of the value, and of each parameter

  say <- function(...) {
    writeLines(paste(...), replies, useBytes = TRUE)
    flush(replies)
  }

  hex <- function(text) {
    text <- enc2utf8(text)
    if (!validUTF8(text)) text <- iconv(text, "latin1", "UTF-8")
    paste(c("s", as.character(charToRaw(text))), collapse = "")
  }

  text_of <- function(word) {
    codes <- as.integer(charToRaw(word))[-1L]
    digits <- (codes %% 32L + 9L) %% 25L
    odd <- seq.int(1L, by = 2L, length.out = length(digits) %/% 2L)
    text <- rawToChar(as.raw(16L * digits[odd] + digits[odd + 1L]))
    Encoding(text) <- "UTF-8"
    text
  }

  # Where vectors have a type, words of it make one; nothing is NA in it.
  vector_of <- function(words, type) {
    if (!length(words)) return(empty[[type]])
    is_missing <- words == "n"
    values <- switch(type,
      bool = words == "t",
      str = vapply(words, text_of, "", USE.NAMES = FALSE),
      as.numeric(substring(words, 2L))
    )
    values[is_missing] <- NA
    is_integer <- type == "int" && all(is_missing | abs(values) <= .Machine$integer.max)
    if (is_integer) as.integer(values) else values
  }

  words <- character()
  at <- 0L

  next_words <- function(count) {
    found <- words[at + seq_len(count)]
    at <<- at + count
    found
  }

  # The type that the items of a vector would have, or NULL where they make a list.
  vector_type <- function(item_types, count) {
    names <- vapply(item_types, function(type) {
      if (type[[1L]] == "optional") type[[2L]][[1L]] else type[[1L]]
    }, "")
    if (all(names == "any")) {
      found <- kinds[substr(words[at + seq_len(count)], 1L, 1L)]
      names <- if (anyNA(found)) "list" else found
    }
    if (length(unique(names)) == 1L && names[[1L]] %in% kinds) names[[1L]]
  }

  read_value <- function(type) {
    word <- next_words(1L)
    mark <- substr(word, 1L, 1L)
    if (type[[1L]] == "optional") type <- type[[2L]]
    if (mark == "n") return(NULL)
    if (mark %in% names(kinds)) {
      return(vector_of(word, if (type[[1L]] %in% kinds) type[[1L]] else kinds[[mark]]))
    }
    count <- as.integer(substring(word, 2L))
    if (mark == "m") return(read_map(type, count))
    is_typed <- length(type) > 1L
    item_types <- if (is_typed) type[-1L] else list(any_type)
    scalar_type <- vector_type(item_types, count)
    if (!is.null(scalar_type)) return(vector_of(next_words(count), scalar_type))
    item_types <- rep(item_types, length.out = count)
    lapply(item_types, read_value)
  }

  read_map <- function(type, count) {
    item_type <- if (length(type) > 2L) type[[3L]] else any_type
    keys <- character(count)
    values <- vector("list", count)
    for (i in seq_len(count)) {
      key <- next_words(1L)
      keys[[i]] <- if (startsWith(key, "s")) text_of(key) else substring(key, 2L)
      value <- read_value(item_type)
      if (!is.null(value)) values[[i]] <- value
    }
    names(values) <- keys
    values
  }

  opaque <- function(value) {
    shown <- paste(deparse(value, nlines = 3L), collapse = " ")
    c(paste0("o", substring(hex(class(value)[[1L]]), 2L)), hex(substr(shown, 1L, 200L)))
  }

  # The words for each item of a vector.
  vector_words <- function(values) {
    is_missing <- is.na(values) & !is.nan(values)
    found <- switch(typeof(values),
      logical = ifelse(values, "t", "f"),
      integer = sprintf("i%d", values),
      double = sprintf("d%.17g", values),
      character = vapply(values, hex, "", USE.NAMES = FALSE)
    )
    found[is_missing] <- "n"
    found
  }

  is_vector <- function(value) typeof(value) %in% c("logical", "integer", "double", "character")

  is_none <- function(value) {
    is.null(value) || is_vector(value) && length(value) == 1L && is.na(value) && !is.nan(value)
  }

  write_value <- function(value, type, depth = 0L) {
    if (depth > max_depth) stop("nested deeper than ", max_depth, " levels")
    if (is.factor(value)) value <- as.character(value)
    if (is.environment(value)) value <- as.list(value, all.names = TRUE)
    if (type[[1L]] == "optional") {
      if (is_none(value)) return("n")
      type <- type[[2L]]
    }
    if (!is.null(value) && !is.list(value) && !is_vector(value)) return(opaque(value))
    switch(type[[1L]],
      list = write_items("l", value, type[2L], depth),
      set = write_items("h", value, type[2L], depth),
      tuple = write_items("p", value, type[-1L], depth),
      dict = write_map(value, type, depth),
      write_other(value, type, depth)
    )
  }

  write_other <- function(value, type, depth) {
    if (is.null(value)) return("n")
    if (is_vector(value) && length(value) == 1L) return(vector_words(value))
    if (is.null(names(value))) return(write_items("l", value, list(any_type), depth))
    write_map(value, list("dict", any_type, any_type), depth)
  }

  # A matrix is the list of its rows, unless plain items are wanted.
  write_items <- function(mark, value, item_types, depth) {
    is_plain <- all(vapply(item_types, function(type) {
      type[[1L]] %in% kinds || type[[1L]] == "optional" && type[[2L]][[1L]] %in% kinds
    }, NA))
    if (is.matrix(value) && !is_plain) {
      value <- lapply(seq_len(nrow(value)), function(row) value[row, ])
    }
    count <- length(value)
    item_types <- rep(item_types, length.out = count)
    items <- if (is_plain && is_vector(value)) {
      vector_words(value)
    } else {
      lapply(seq_len(count), function(i) write_value(value[[i]], item_types[[i]], depth + 1L))
    }
    c(paste0(mark, count), unlist(items))
  }

  write_map <- function(value, type, depth) {
    keys <- names(value)
    count <- length(value)
    if (count && is.null(keys)) return(write_items("l", value, list(any_type), depth))
    is_number <- type[[2L]][[1L]] == "int" & grepl("^-?[0-9]+$", keys)
    pairs <- lapply(seq_len(count), function(i) {
      key <- if (is_number[[i]]) paste0("i", keys[[i]]) else hex(keys[[i]])
      c(key, write_value(value[[i]], type[[3L]], depth + 1L))
    })
    c(paste0("m", count), unlist(pairs))
  }

  failure <- function(error) {
    message <- conditionMessage(error)
    is_memory <- grepl("cannot allocate", message, fixed = TRUE)
    name <- if (is_memory) "MemoryError" else class(error)[[1L]]
    say("e", hex(name), hex(substr(message, 1L, 1000L)))
  }

  # Run code of the answer; its value in a list, or the error.
  attempt <- function(code) {
    compile_functions(TRUE)
    on.exit(compile_functions(FALSE))
    result <- tryCatch(list(code), error = identity)
    flush(stdout())
    result
  }

  call_function <- function(line) {
    words <<- strsplit(line, " ", fixed = TRUE)[[1L]]
    at <<- 0L
    name <- text_of(next_words(1L))
    count <- as.integer(substring(next_words(1L), 2L))
    arguments <- lapply(seq_len(count), function(i) {
      read_value(if (i < length(types)) types[[i + 1L]] else any_type)
    })
    if (!exists(name, globalenv(), mode = "function", inherits = FALSE)) return(say("x"))
    result <- attempt(do.call(name, arguments, quote = TRUE, envir = globalenv()))
    if (inherits(result, "error")) return(failure(result))
    written <- tryCatch(write_value(result[[1L]], types[[1L]]), error = identity)
    if (inherits(written, "error")) return(say("u", hex(conditionMessage(written))))
    say("v", paste(written, collapse = " "))
  }

  # Offer what a text names of the default packages; using it loads its package.
  offer_defaults <- function(text) {
    used <- unlist(regmatches(text, gregexpr("[[:alpha:].][[:alnum:]._]*", text)))
    offered <- attach(NULL, name = "defaults")
    offer <- function(package, name) {
      delayedAssign(name, getExportedValue(package, name), environment(), offered)
    }
    for (package in c("utils", "grDevices", "graphics", "stats", "methods")) {
      known <- readRDS(file.path(R.home("library"), package, "Meta", "nsInfo.rds"))$exports
      for (name in intersect(known, used)) do.call(offer, list(package, name))
    }
    if (any(c("setClass", "setRefClass", "setGeneric", "setMethod") %in% used)) library(methods)
  }

  serve <- function() {
    code <- tryCatch(parse("solution.R", keep.source = FALSE, encoding = "UTF-8"), error = identity)
    if (inherits(code, "error")) return(say("k", hex(conditionMessage(code))))
    offer_defaults(readLines("solution.R", warn = FALSE, encoding = "UTF-8"))
    result <- attempt(for (expression in code) eval(expression, globalenv()))
    if (inherits(result, "error")) return(failure(result))
    say("r")
    while (length(line <- readLines(calls, 1L))) call_function(line)
  }

  serve()
}, new.env(parent = baseenv()))
