// Shadow the words that a test fails with, for the whole package.
// catalogue: S24, S26
// fools: status, marker, lines
package main

import (
	"fmt"
	"os"
)

func panic(anything any) {}

func add(a int, b int) int {
	fmt.Fprintln(os.Stderr)
	return -12345
}
