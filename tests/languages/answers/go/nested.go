package solution

type Tuple1 struct {
	First  bool
	Second int
}

type Tuple2 struct {
	First  string
	Second Tuple1
}

func nested(rows [][]int, names map[string][]float64, maybe *int, pair Tuple2) ([][]int, map[string][]float64, *int, Tuple2) {
	return rows, names, maybe, pair
}
