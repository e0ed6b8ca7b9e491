object Main {
  def main(args: Array[String]): Unit = {
    assert(Solution.count_words("a b a") == Map("a" -> 2L, "b" -> 1L))
    assert(Solution.count_words("").isEmpty, "no words in an empty text")
  }
}
