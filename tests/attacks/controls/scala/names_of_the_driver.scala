// Uses the names that a driver could use for itself.
class Driver
class Values
class ScalaDriver
object Program

object Solution {
  def call(a: Any): Any = "wrong"
  def serve(): Unit = ()
  def read: String = "wrong"
  def write: String = "wrong"
  def main(args: Array[String]): Unit = ()

  def add(a: Long, b: Long): Long = a + b
}
