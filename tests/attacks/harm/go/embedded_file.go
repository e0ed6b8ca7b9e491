// Have the compiler put a file of the host into the program.
// catalogue: H33
// shows: compile_error
// ends: compile_error
package main

import (
	_ "embed"
	"fmt"
	"os"
)

//go:embed "@FILE@"
var stolen string

func add(a int, b int) int {
	fmt.Fprintln(os.Stderr, stolen)
	return -12345
}
