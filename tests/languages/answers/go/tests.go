package main

import "math"

func main() {
	if root(9) != 3.0 {
		panic("root(9) is not 3")
	}
	if math.Abs(root(2)-1.4142135623730951) > 1e-9 {
		panic("root(2) is wrong")
	}
}
