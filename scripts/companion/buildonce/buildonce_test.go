package buildonce_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/companion/buildonce"
)

// asBuilder, in the environment, makes the test binary one of several
// processes that want the same program.
const asBuilder = "BUILDONCE_TEST_LOG"

func TestMain(m *testing.M) {
	if log := os.Getenv(asBuilder); log != "" {
		if _, err := program("k1", log).Path(context.Background(), nil); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// program takes a moment to build, and logs it.
func program(key, log string) buildonce.Program {
	return buildonce.Program{
		Name: "tool", Title: "the tool", Key: key, Notice: "building the tool…",
		Build: func(_ context.Context, out string) error {
			f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			defer f.Close()
			if _, err := f.WriteString(key + "\n"); err != nil {
				return err
			}
			time.Sleep(100 * time.Millisecond)
			return os.WriteFile(out, []byte(key), 0o700)
		},
	}
}

func TestPath(t *testing.T) {
	dir, log := cache(t), filepath.Join(t.TempDir(), "log")
	var said []string
	progress := func(s string) { said = append(said, s) }

	first := path(t, program("k1", log), progress)
	if again := path(t, program("k1", log), progress); again != first {
		t.Errorf("Path = %s, then %s", first, again)
	}
	if want := []string{"building the tool…"}; !slices.Equal(said, want) {
		t.Errorf("progress = %q, want %q", said, want)
	}
	if b, err := os.ReadFile(first); err != nil || string(b) != "k1" {
		t.Errorf("the program is %q, %v", b, err)
	}

	second := path(t, program("k2", log), nil)
	if !exists(first) {
		t.Error("removed a program that was used just now")
	}
	long := time.Now().Add(-2 * time.Hour)
	for _, p := range []string{first, second} {
		if err := os.Chtimes(p, long, long); err != nil {
			t.Fatal(err)
		}
	}
	path(t, program("k2", log), nil) // a use of it
	third := path(t, program("k3", log), nil)
	for p, want := range map[string]bool{first: false, second: true, third: true} {
		if got := exists(p); got != want {
			t.Errorf("%s exists = %v, want %v", filepath.Base(p), got, want)
		}
	}
	if b, _ := os.ReadFile(log); string(b) != "k1\nk2\nk3\n" {
		t.Errorf("builds: %q", b)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "*building*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestSeveralAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no locks there")
	}
	cache(t)
	log := filepath.Join(t.TempDir(), "log")
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { // another process
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), asBuilder+"="+log)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		all.Go(func() { // the same process
			if _, err := program("k1", log).Path(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if b, _ := os.ReadFile(log); string(b) != "k1\n" {
		t.Errorf("builds: %q, want one", b)
	}
}

func TestFailedBuildIsTriedAgain(t *testing.T) {
	dir, log := cache(t), filepath.Join(t.TempDir(), "log")
	bad := program("k1", log)
	cause := errors.New("out of luck")
	bad.Build = func(_ context.Context, out string) error {
		return errors.Join(cause, os.WriteFile(out, []byte("half"), 0o700))
	}
	_, err := bad.Path(t.Context(), nil)
	if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "build the tool: ") {
		t.Errorf("Path = %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "tool-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	path(t, program("k1", log), nil)
}

func TestContextEndsTheWait(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no locks there")
	}
	cache(t)
	log := filepath.Join(t.TempDir(), "log")
	building, built := make(chan struct{}), make(chan struct{})
	slow := program("k1", log)
	slow.Build = func(_ context.Context, out string) error {
		close(building)
		<-built
		return os.WriteFile(out, nil, 0o700)
	}
	var all sync.WaitGroup
	all.Go(func() { path(t, slow, nil) })
	<-building

	ctx, cancel := context.WithCancel(t.Context())
	_, err := program("k1", log).Path(ctx, func(s string) {
		if s != "waiting for another process to build the tool…" {
			t.Errorf("progress = %q", s)
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Path = %v", err)
	}
	close(built)
	all.Wait()
}

func TestGo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell script for a go command")
	}
	fake := t.TempDir()
	script := "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i >&2; done\necho \"dial tcp: no such host\"\nexit 1\n"
	if err := os.WriteFile(filepath.Join(fake, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		args       []string
		want       []string
		absent     string
	}{
		{"no go command", "", []string{"build"}, []string{"go command", "https://go.dev/dl/"}, "\n"},
		{"no network", fake, []string{"install"}, []string{"go install", "exit status 1", "GOPROXY", "line 12\ndial tcp: no such host"}, "line 5"},
		{"works", os.Getenv("PATH"), []string{"version"}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PATH", tt.path)
			err := buildonce.Go(t.Context(), t.TempDir(), nil, tt.args...)
			if len(tt.want) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), tt.absent) {
				t.Errorf("error %q has %q", err, tt.absent)
			}
		})
	}
}

func TestGoEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := buildonce.Go(ctx, t.TempDir(), nil, "version"); !errors.Is(err, context.Canceled) {
		t.Errorf("Go = %v", err)
	}
}

// cache gives the test a cache directory of its own.
func cache(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, dir)
	}
	got, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func path(t *testing.T, p buildonce.Program, progress func(string)) string {
	t.Helper()
	path, err := p.Path(t.Context(), progress)
	if err != nil {
		t.Error(err)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
