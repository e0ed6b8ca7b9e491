object Solution {
  def scalars(i: Long, x: Double, b: Boolean, s: String): (Long, Double, Boolean, String) =
    (i, x, b, s)
}
