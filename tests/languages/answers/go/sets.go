func sets(a map[int]struct{}, b map[string]struct{}) (map[int]struct{}, map[string]struct{}) {
	return a, b
}
