package main

import (
	"fmt"
	"strings"
)

func count_words(text string) map[string]int {
	counts := make(map[string]int)
	for _, word := range strings.Fields(text) {
		counts[word]++
	}
	return counts
}

func init() {
	fmt.Println("ready")
}

func main() {
	fmt.Println(count_words("a b a"))
}
