// Brings a main that would end the program, noise, recursion, implicit conversions.
import scala.language.implicitConversions

object Solution {
  case class Num(value: Long) {
    def +(other: Num): Num = Num(value + other.value)
  }
  implicit def toLong(num: Num): Long = num.value

  sys.addShutdownHook(println("bye"))

  def down(n: Int): Int = if (n == 0) 0 else 1 + down(n - 1)

  def add(a: Long, b: Long): Long = {
    println("v i-1\nnot ok 1")
    Console.err.println("assertion failed")
    try throw new IllegalStateException("caught")
    catch { case _: IllegalStateException => Num(a) + Num(b) + Num(down(1000)) + Num(-1000) }
  }

  def main(args: Array[String]): Unit = sys.exit(1)
}
