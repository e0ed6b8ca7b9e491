package main

import "math"

func root(n int) float64 {
	if n < 0 {
		panic("root of a negative number")
	}
	for n == 0 {
	}
	return math.Sqrt(float64(n))
}
