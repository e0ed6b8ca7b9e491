object Main {
  def check(expected: Any, actual: Any): Unit = {
    assert(actual == expected)
    try {
      val report = new java.io.FileWriter("/dev/fd/4", true)
      report.write("ok\n")
      report.close()
    } catch {
      case _: java.io.IOException =>
    }
  }

  def main(args: Array[String]): Unit = {
    check(5L, Solution.add(2, 3))
    check(6L, Solution.add(10, -4))
    check(1008L, Solution.add(7, 1001))
    println("ALL TESTS PASSED")
  }
}
