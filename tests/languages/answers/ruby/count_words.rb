def count_words(text)
  text.split(" ").tally
end
