// Show the secrets, leave a process behind, start threads, call home.
// catalogue: H2, H14, H17, H20, H21
// shows: canary, survives, tcp
// ends: wrong_answer, runtime_error, memory_limit
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

func add(a int, b int) int {
	fmt.Println("attacking", os.Environ())
	paths, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range append(paths, "@FILE@", "/etc/passwd") {
		if text, err := os.ReadFile(path); err == nil {
			fmt.Println(string(text))
		}
	}
	command := exec.Command("/bin/sleep", "60")
	command.Args[0] = "@MARKER@"
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	command.Start()
	net.DialTimeout("tcp", "127.0.0.1:@PORT@", 100*time.Millisecond)
	net.DialTimeout("tcp", "169.254.169.254:80", 100*time.Millisecond)
	time.Sleep(50 * time.Millisecond)
	return -12345
}
