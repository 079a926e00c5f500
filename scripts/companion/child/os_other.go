//go:build !unix

package child

import "os/exec"

func isolate(*exec.Cmd) {}

// kill ends the command.
func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// tether does nothing where there is no shell to rely on: there a program that
// takes no notice of its standard input outlives a parent that is killed.
func tether(argv []string) []string { return argv }
