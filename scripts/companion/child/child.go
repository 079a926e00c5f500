// Package child runs a program for as long as this process wants it and no
// longer than this process lives.
package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// startTimeout is far more than a program that starts at all needs.
const startTimeout = 30 * time.Second

// stopTimeout is what a program has to end by itself. A test shortens it.
var stopTimeout = 10 * time.Second

// kept are the variables that a child sees. None of them is a secret of this
// process, like a key or the address of a database.
var kept = []string{"PATH", "HOME", "TMPDIR", "TMP", "TEMP", "SystemRoot", "USERPROFILE"}

// Program says what to run.
type Program struct {
	Title string // in messages, like "the embedded database"
	Path  string
	Args  []string
	// Tether ends a program with its standard input that takes no notice of it.
	Tether bool
	// Ready looks at a line of standard output and returns the address that
	// it says the program is reached at, or "".
	Ready func(line string) string
	// Stderr gets the program's standard error; nil drops it.
	Stderr io.Writer
}

// Process is a program that runs. Its standard input is a pipe that this
// process holds the other end of, so that it learns of this one's death.
type Process struct {
	Address string // where it is reached

	program  Program
	cmd      *exec.Cmd
	stdin    io.Closer
	said     tail
	stopping chan struct{}
	stop     sync.Once
	ended    chan struct{} // closed once there is no process any more
	failure  error         // why, once it has ended
	done     chan error
}

// Start runs the program and returns when it is ready. The context bounds the
// start alone; the process lives on until Stop.
func Start(ctx context.Context, program Program) (*Process, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("not ready after %v", startTimeout))
	defer cancel()

	p := &Process{
		program:  program,
		stopping: make(chan struct{}),
		ended:    make(chan struct{}),
		done:     make(chan error, 1),
	}
	argv := append([]string{program.Path}, program.Args...)
	if program.Tether {
		argv = tether(argv)
	}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Env = environment()
	isolate(p.cmd)
	p.cmd.WaitDelay = time.Second // for output that something it started still holds

	address := make(chan string, 1)
	p.cmd.Stdout = &lines{each: func(line string) {
		if a := program.Ready(line); a != "" {
			select {
			case address <- a:
			default:
			}
		}
	}}
	p.cmd.Stderr = &p.said
	if program.Stderr != nil {
		p.cmd.Stderr = io.MultiWriter(&p.said, program.Stderr)
	}
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", program.Title, err)
	}
	p.stdin = stdin
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program.Title, err)
	}
	go p.wait()

	select {
	case p.Address = <-address:
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("start %s: %w", program.Title, p.failure)
	case <-ctx.Done():
		p.Stop()
		return nil, fmt.Errorf("start %s: %w", program.Title, context.Cause(ctx))
	}
}

// Stop ends the process, gently at first, and returns when it has ended. It
// may be called again, and when the process has ended already.
func (p *Process) Stop() {
	p.stop.Do(func() {
		close(p.stopping)
		p.stdin.Close()
		select {
		case <-p.ended:
		case <-time.After(stopTimeout):
			kill(p.cmd)
		}
	})
	<-p.ended
}

// Kill ends the process as a crash would, and returns when it has ended: Done
// reports it. It is for tests of what follows.
func (p *Process) Kill() {
	select {
	case <-p.ended: // its number may be another's by now
	default:
		kill(p.cmd)
	}
	<-p.ended
}

// Done receives why the process ended if it did so before Stop, and is closed
// when it has ended.
func (p *Process) Done() <-chan error { return p.done }

func (p *Process) wait() {
	err := p.cmd.Wait()
	kill(p.cmd) // what it started ends with it
	if err == nil {
		err = errors.New("exit status 0")
	}
	p.failure = err
	if said := p.said.String(); said != "" {
		p.failure = fmt.Errorf("%w: %s", err, said)
	}

	select {
	case <-p.stopping:
	default:
		p.done <- fmt.Errorf("%s ended by itself: %w", p.program.Title, p.failure)
	}
	close(p.done)
	close(p.ended)
}

func environment() []string {
	env := []string{} // not nil, which would mean all of it
	for _, name := range kept {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// lines calls each for every whole line that is written to it.
type lines struct {
	each func(string)
	rest string
}

func (l *lines) Write(b []byte) (int, error) {
	l.rest += string(b)
	for {
		line, rest, ok := strings.Cut(l.rest, "\n")
		if !ok {
			return len(b), nil
		}
		l.each(strings.TrimSuffix(line, "\r"))
		l.rest = rest
	}
}

// tailSize is how much of what a process said its failure repeats.
const tailSize = 1000

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text string
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text += string(b)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.text)
}
