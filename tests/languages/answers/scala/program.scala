import scala.io.Source

object Main {
  def main(args: Array[String]): Unit = {
    val numbers = Source.stdin.mkString.split("\\s+").filter(_.nonEmpty).map(_.toLong)
    println(numbers.sum)
  }
}
