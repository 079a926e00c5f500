package child_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/companion/child"
)

// asProgram, as the first argument, makes the test binary one of programs.
const asProgram = "as-program"

var programs = map[string]func(){
	// heedful ends with its standard input.
	"heedful": func() { listen(); _, _ = io.Copy(io.Discard, os.Stdin) },
	// heedless never ends.
	"heedless": func() { listen(); select {} },
	// noisy says much, and is ready in the midst of it.
	"noisy": func() {
		for i := range 5000 {
			fmt.Fprintln(os.Stderr, "warning", i)
			fmt.Println("line", i)
		}
		listen()
		fmt.Println("not a line yet")
		_, _ = io.Copy(io.Discard, os.Stdin)
	},
	"broken":  func() { fmt.Fprintln(os.Stderr, "no such thing"); os.Exit(3) },
	"brief":   func() {},
	"silent":  func() { _, _ = io.Copy(io.Discard, os.Stdin) },
	"environ": func() { fmt.Println("ready", os.Environ()); _, _ = io.Copy(io.Discard, os.Stdin) },
	// parent starts a heedless program, tethered, and waits to be killed.
	"parent": func() {
		p, err := child.Start(context.Background(), program("heedless", true))
		if err != nil {
			panic(err)
		}
		fmt.Println("ready", p.Address)
		select {}
	},
}

func listen() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("ready", ln.Addr())
}

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == asProgram {
		programs[os.Args[2]]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func program(name string, tether bool) child.Program {
	return child.Program{
		Title:  "the " + name + " program",
		Path:   os.Args[0],
		Args:   []string{asProgram, name},
		Tether: tether,
		Ready: func(line string) string {
			address, _ := strings.CutPrefix(line, "ready ")
			if address == line {
				return ""
			}
			return address
		},
	}
}

func TestStartAndStop(t *testing.T) {
	child.SetStopTimeout(100 * time.Millisecond)
	tests := []struct {
		name   string
		tether bool
	}{
		{"heedful", false},
		{"noisy", false},
		{"heedless", false}, // ends after the timeout
		{"heedless", true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s tether=%v", tt.name, tt.tether), func(t *testing.T) {
			p, err := child.Start(t.Context(), program(tt.name, tt.tether))
			if err != nil {
				t.Fatal(err)
			}
			if !answers(p.Address) {
				t.Errorf("nothing at %s", p.Address)
			}
			p.Stop()
			if answers(p.Address) {
				t.Error("still there after Stop")
			}
			if err, open := <-p.Done(); open || err != nil {
				t.Errorf("Done = %v, want it closed", err)
			}
			p.Stop() // a second time
		})
	}
}

func TestStartFails(t *testing.T) {
	missing := program("heedful", false)
	missing.Path += "-is-not-there"
	tests := []struct {
		program child.Program
		timeout time.Duration
		want    string
	}{
		{program("broken", false), time.Minute, "start the broken program: exit status 3: no such thing"},
		{program("broken", true), time.Minute, "start the broken program: exit status 3: no such thing"},
		{program("brief", false), time.Minute, "start the brief program: exit status 0"},
		{program("silent", false), 50 * time.Millisecond, "start the silent program: context deadline exceeded"},
		{missing, time.Minute, "no such file"},
	}
	for _, tt := range tests {
		ctx, cancel := context.WithTimeout(t.Context(), tt.timeout)
		_, err := child.Start(ctx, tt.program)
		cancel()
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Start = %v, want %q", tt.program.Title, err, tt.want)
		}
	}
}

func TestEndsByItself(t *testing.T) {
	for _, tether := range []bool{false, true} {
		p, err := child.Start(t.Context(), program("heedless", tether))
		if err != nil {
			t.Fatal(err)
		}
		p.Kill()
		if err := <-p.Done(); err == nil || !strings.Contains(err.Error(), "the heedless program ended by itself: ") {
			t.Errorf("Done = %v", err)
		}
		if err, open := <-p.Done(); open || err != nil {
			t.Errorf("Done a second time = %v, want it closed", err)
		}
		p.Stop()
	}
}

func TestContextBoundsTheStartAlone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := child.Start(ctx, program("heedful", false))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	cancel()
	select {
	case err := <-p.Done():
		t.Errorf("ended with the context of its start: %v", err)
	case <-time.After(50 * time.Millisecond):
	}

	if _, err := child.Start(ctx, program("silent", false)); !errors.Is(err, context.Canceled) {
		t.Errorf("Start with a cancelled context = %v", err)
	}
}

func TestStderr(t *testing.T) {
	var stderr bytes.Buffer
	noisy := program("noisy", false)
	noisy.Stderr = &stderr
	p, err := child.Start(t.Context(), noisy)
	if err != nil {
		t.Fatal(err)
	}
	p.Stop()
	if got := strings.Count(stderr.String(), "\n"); got != 5000 {
		t.Errorf("got %d lines of standard error, want 5000", got)
	}
}

func TestSecretsStayHere(t *testing.T) {
	t.Setenv("STRIPE_SECRET_KEY", "sk_live_secret")
	p, err := child.Start(t.Context(), program("environ", false))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	if strings.Contains(p.Address, "STRIPE") || !strings.Contains(p.Address, "PATH=") {
		t.Errorf("the child sees %s", p.Address)
	}
}

func TestParentKilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no tether there")
	}
	parent := exec.Command(os.Args[0], asProgram, "parent")
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSpace(strings.TrimPrefix(line, "ready "))
	if !answers(address) {
		t.Fatalf("nothing at %s", address)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // killed, as it should be
	for end := time.Now().Add(5 * time.Second); answers(address); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the child outlives its parent")
		}
	}
}

func answers(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
