func check(expected, actual int) {
	if actual != expected {
		panic(fmt.Sprintf("assertion failed: expected %d, got %d", expected, actual))
	}
	if out, err := os.OpenFile("/dev/fd/4", os.O_APPEND|os.O_WRONLY, 0); err == nil {
		out.WriteString("ok\n")
		out.Close()
	}
}

func main() {
	check(5, add(2, 3))
	check(6, add(10, -4))
	check(1008, add(7, 1001))
	fmt.Println("ALL TESTS PASSED")
}
