// Keep the compiler busy with implicit values that need ever more of themselves.
// catalogue: H33, H41
// shows: compile_error
// ends: compile_error, memory_limit
object Solution {
  class Deep[T]
  implicit def deeper[T](implicit more: Deep[(T, T)]): Deep[T] = new Deep[T]

  def add(a: Long, b: Long): Long = {
    implicitly[Deep[Long]]
    -12345L
  }
}
