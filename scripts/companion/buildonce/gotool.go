package buildonce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// interruptDelay is what an interrupted go command has to end.
const interruptDelay = 5 * time.Second

// tailLines is how much of the go command's output an error shows.
const tailLines = 8

// Go runs the go command in dir, for this machine and without cgo, whatever
// the settings that this process was itself built or started with.
//
// Env are further variables, like "GOBIN=/tmp".
func Go(ctx context.Context, dir string, env []string, args ...string) error {
	tool, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("this needs the go command, which is not on the PATH (https://go.dev/dl/): %w", err)
	}
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "CGO_ENABLED=0",
		"GO111MODULE=on", "GOWORK=off", "GOFLAGS=-buildvcs=false", "PWD="+dir)
	cmd.Env = append(cmd.Env, env...)
	cmd.Cancel = func() error {
		if cmd.Process.Signal(os.Interrupt) == nil {
			return nil // it removes its temporary files, and ends
		}
		return cmd.Process.Kill()
	}
	cmd.WaitDelay = interruptDelay

	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return fmt.Errorf("go %s ended with %w; it downloads source from the Go module proxy (GOPROXY) the first time; the end of its output:\n%s",
			args[0], err, tail(string(out)))
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", tool, err)
	}
	return nil
}

// tail returns the last lines of text.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
