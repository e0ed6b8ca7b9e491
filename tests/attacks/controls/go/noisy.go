// Brings its own main, prints, recovers from a panic, computes in goroutines.
package main

import (
	"fmt"
	"os"
	"sync"
)

type Driver struct{}

func call() string  { return "wrong" }
func serve() string { return "wrong" }

func add(a, b int) (sum int) {
	fmt.Println("v i-1\nnot ok 1")
	fmt.Fprintln(os.Stderr, "--- FAIL: TestAdd")
	defer func() {
		recover()
		var wait sync.WaitGroup
		parts := make(chan int, 2)
		for _, x := range []int{a, b} {
			wait.Add(1)
			go func(x int) { defer wait.Done(); parts <- x }(x)
		}
		wait.Wait()
		sum = <-parts + <-parts
	}()
	panic("caught")
}

func main() {
	os.Exit(1)
}
