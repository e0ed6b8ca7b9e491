object Solution {
  def count_words(text: String): Map[String, Long] =
    if (text.isEmpty) Map.empty
    else {
      val words = text.split(" ").toList
      println(s"counted ${words.size}")
      words.groupBy(identity).map { case (word, same) => (word, same.size.toLong) }
    }

  def main(args: Array[String]): Unit = println(count_words("a b a"))
}
