count_words <- function(text) {
  if (text == "") return(list())
  table(strsplit(text, " ", fixed = TRUE)[[1]])
}

print(count_words("a b a"))
