package browser_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = 5 * time.Minute // the embedded database is compiled once on each machine
	stopTimeout  = 20 * time.Second
)

// stack is the whole server on this machine, as `go run ./scripts/dev` runs it.
type stack struct {
	shop, stripe string // where its pages are, and the stand-in's
}

// startStack runs the development server on an empty folder until the test ends.
func startStack(t *testing.T) stack {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "dev")
	build := exec.Command("go", "build", "-o", program, "./scripts/dev")
	build.Dir, build.Env = root, append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build scripts/dev: %v\n%s", err, out)
	}

	out := &output{}
	dev := exec.Command(program, "-addr", "127.0.0.1:0", "-data", filepath.Join(dir, "data"))
	dev.Dir, dev.Env, dev.Stdout, dev.Stderr = root, ownSettings(t, root), out, out
	dev.WaitDelay = stopTimeout
	if err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- dev.Wait() }()
	t.Cleanup(func() {
		_ = dev.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the development server ended with %v", err)
			}
		case <-time.After(stopTimeout):
			_ = dev.Process.Kill()
			t.Errorf("the development server did not stop on SIGTERM")
		}
		if t.Failed() {
			t.Logf("the development server said:\n%s", out)
		}
	})

	for end := time.Now().Add(startTimeout); !strings.Contains(out.String(), "Ctrl-C stops."); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- nil
			t.Fatalf("the development server ended at once: %v", err)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("the development server is not ready after %v", startTimeout)
		}
	}
	row := func(name string) string {
		m := regexp.MustCompile(`(?m)^  ` + name + ` +(http\S+)`).FindStringSubmatch(out.String())
		if m == nil {
			t.Fatalf("the banner has no %s", name)
		}
		return m[1]
	}
	return stack{shop: row("Shop"), stripe: row("Stripe")}
}

// ownSettings is the environment with each variable of env.example empty, which
// wins over a .env: the test must never buy with somebody's own Stripe key.
func ownSettings(t *testing.T, root string) []string {
	t.Helper()
	example, err := os.ReadFile(filepath.Join(root, "env.example"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^#? ?([A-Z][A-Z0-9_]*)=`).FindAllSubmatch(example, -1)
	if len(names) < 5 || !bytes.Contains(example, []byte("STRIPE_SECRET_KEY=")) {
		t.Fatalf("env.example names %d variables", len(names))
	}
	env := os.Environ()
	for _, name := range names {
		env = append(env, string(name[1])+"=")
	}
	return env
}

// output collects what a child prints, while it prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
