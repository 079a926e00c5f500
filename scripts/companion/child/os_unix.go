//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

// isolate gives the command a process group of its own: Ctrl-C in a terminal
// then reaches this process alone, which stops its children in order.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// kill ends the command and whatever it started.
func kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// tether has a shell become the program, after it has started a helper that
// waits for the end of standard input and then kills that same process.
func tether(argv []string) []string {
	const script = `exec 3<&0; (cat <&3; kill -KILL $$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null`
	return append([]string{"/bin/sh", "-c", script, "sh"}, argv...)
}
