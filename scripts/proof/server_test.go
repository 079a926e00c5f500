package proof_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// serveVariable makes this test program a server instead, at the address in it.
const serveVariable = "PROOF_SERVE"

func TestMain(m *testing.M) {
	if address := os.Getenv(serveVariable); address != "" {
		fmt.Fprintln(os.Stderr, serveForever(address))
		os.Exit(1)
	}
	flag.Parse()
	// The worlds of the crash points wait more than they compute.
	_ = flag.Set("test.parallel", "16")
	// Random histories, short by default: -rapid.checks says otherwise.
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("6")
	}
	os.Exit(m.Run())
}

func serveForever(address string) error {
	root, err := platform.Root()
	if err != nil {
		return err
	}
	handler, err := platform.Handler(root)
	if err != nil {
		return err
	}
	if err := app.Configure(context.Background(), app.Options{PasswordCost: bcrypt.MinCost}); err != nil {
		return err
	}
	return http.ListenAndServe(address, handler)
}

// server is the shop in a process of its own, which can be killed at any moment
// and started again at the same address.
type server struct {
	address string
	env     []string
	t       testing.TB

	mu  sync.Mutex
	cmd *exec.Cmd
}

// start starts the process with this process's environment and what is given
// over it, and returns when it listens.
func (s *server) start(env map[string]string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, value := range env {
		s.env = append(s.env, name+"="+value)
	}
	s.spawn()
}

func (s *server) spawn() {
	program, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(program)
	s.cmd.Env = append(append(os.Environ(), s.env...), serveVariable+"="+s.address)
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the server does not listen on %s: %v", s.address, err)
		}
	}
}

// kill ends the process as a power cut would: SIGKILL, at once.
func (s *server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		_ = s.cmd.Process.Kill() // it may have ended already
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// revive starts the process again where it was killed.
func (s *server) revive() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		s.spawn()
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
