// Uses the names that a driver could use for itself, and some of the language's own.
package main

type words struct{}
type string int
type error int

func read() int  { return -1 }
func write() int { return -1 }
func Serve() int { return -1 }
func check() int { return -1 }
func next() int  { return -1 }

var call, reply, line, llmbench_ = 1, 2, 3, 4

func init() {}

func add(a int, b int) int {
	return a + b
}
