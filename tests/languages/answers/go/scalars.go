package main

func scalars(i int, x float64, b bool, s string) (int, float64, bool, string) {
	return i, x, b, s
}
