object Solution {
  def nested(
      rows: List[List[Long]],
      names: Map[String, List[Double]],
      maybe: Option[Long],
      pair: (String, (Boolean, Long))
  ): (List[List[Long]], Map[String, List[Double]], Option[Long], (String, (Boolean, Long))) = {
    val (text, (flag, number)) = pair
    (rows.map(_.map(_ + 0)), names.map { case (k, v) => (k, v.toVector.toList) }, maybe.map(_ * 1),
      (text, (flag, number)))
  }
}
