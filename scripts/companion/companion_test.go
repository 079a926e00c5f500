package companion_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/companion"
)

// asParent, in the environment, makes the test binary a program that starts
// both companions, tells their addresses and waits to be killed.
const asParent = "COMPANION_TEST_AS_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(asParent) != "" {
		parent()
	}
	os.Exit(m.Run())
}

func parent() {
	ctx := context.Background()
	db, err := companion.StartDatabase(ctx, companion.DatabaseOptions{})
	if err != nil {
		panic(err)
	}
	stripe, err := companion.StartStripeMock(ctx, nil)
	if err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode([]string{db.URI, stripe.URL}); err != nil {
		panic(err)
	}
	select {}
}

func TestParentKilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("stripe-mock outlives its parent there")
	}
	tmp := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asParent+"=1", "TMPDIR="+tmp)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var addresses []string
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &addresses)
	}
	if err != nil {
		t.Fatalf("read the addresses from %q: %v", line, err)
	}
	for _, address := range addresses {
		if !answers(t, address) {
			t.Errorf("nothing at %s", address)
		}
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as it should be
	for _, address := range addresses {
		eventually(t, address+" is gone", func() bool { return !answers(t, address) })
	}
	eventually(t, "the data in memory is gone", func() bool {
		left, err := os.ReadDir(tmp)
		return err == nil && len(left) == 0
	})
}

func answers(t *testing.T, address string) bool {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so within 10 seconds: %s", what)
		}
	}
}

// progress shows what takes long where a person looks at the tests.
func progress(t *testing.T) func(string) {
	return func(s string) { fmt.Fprintf(os.Stderr, "%s: %s\n", t.Name(), s) }
}

// emptyCache hides what has been built.
func emptyCache(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, dir)
	}
}
