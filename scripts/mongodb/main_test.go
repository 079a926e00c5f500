package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// asProgram makes the test binary the program itself.
const asProgram = "MONGODB_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(t *testing.T, p *program)
	}{
		{"SIGTERM", func(t *testing.T, p *program) { p.signal(t, syscall.SIGTERM) }},
		{"SIGINT", func(t *testing.T, p *program) { p.signal(t, syscall.SIGINT) }},
		{"end of standard input", func(t *testing.T, p *program) { p.stdin.Close() }},
	}
	for _, tt := range tests {
		for _, dir := range []string{"", filepath.Join(t.TempDir(), "data #1%41")} {
			t.Run(tt.name+" "+filepath.Base(dir), func(t *testing.T) {
				p := start(t, "-dir", dir)
				users := p.connect(t).Database("shop").Collection("users")
				if _, err := users.InsertOne(t.Context(), bson.M{"_id": tt.name}); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				tt.end(t, p) // with a client connected
				if err := p.wait(); err != nil {
					t.Errorf("ended with %v: %s", err, &p.stderr)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("took %v to end", took)
				}
				if p.stderr.Len() > 0 {
					t.Errorf("wrote to standard error: %s", &p.stderr)
				}
				if rest, _ := io.ReadAll(p.stdout); len(rest) > 0 {
					t.Errorf("wrote a second line: %s", rest)
				}
				if left, _ := os.ReadDir(p.tmp); len(left) > 0 {
					t.Errorf("left %v in the temporary directory", left)
				}
				if left, _ := os.ReadDir(p.cwd); len(left) > 0 {
					t.Errorf("left %v in the working directory", left)
				}
			})
		}
	}
}

func TestCannotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	damaged := t.TempDir()
	for _, path := range []string{file, filepath.Join(damaged, "shop.sqlite")} {
		if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	used := t.TempDir()
	start(t, "-dir", used)

	tests := []struct {
		name string
		args []string
		want string
	}{
		{"port in use", []string{"-listen", taken.Addr().String()}, "address already in use"},
		{"not an address", []string{"-listen", "nonsense"}, "nonsense"},
		{"directory is a file", []string{"-dir", file}, "not a directory"},
		{"directory in use", []string{"-dir", used}, "another process is using it"},
		{"data of something else", []string{"-dir", damaged}, "file is not a database"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := command(t, tt.args...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			err = cmd.Run()
			if cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("ended with %v, want exit status 1", err)
			}
			got := strings.TrimSuffix(stderr.String(), "\n")
			if !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("said %q, want one line with %q", got, tt.want)
			}
		})
	}
}

// program is the database, running.
type program struct {
	*exec.Cmd
	uri      string
	tmp, cwd string
	stdin    io.WriteCloser
	stdout   *bufio.Reader
	stderr   bytes.Buffer
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{Cmd: command(t, args...), tmp: t.TempDir(), cwd: t.TempDir()}
	p.Env = append(p.Env, "TMPDIR="+p.tmp)
	p.Dir = p.cwd
	p.Stderr = &p.stderr
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	if p.stdin, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stdin.Close(); p.Wait() })

	var ready struct{ URI string }
	line, err := p.stdout.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		t.Fatalf("read the address from %q: %v", line, err)
	}
	p.uri = ready.URI
	return p
}

func (p *program) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// wait reads nothing of standard output, so that the test can.
func (p *program) wait() error {
	state, err := p.Process.Wait()
	if err != nil {
		return err
	}
	if !state.Success() {
		return &exec.ExitError{ProcessState: state}
	}
	return nil
}

func (p *program) connect(t *testing.T) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(t.Context(), options.Client().ApplyURI(p.uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Disconnect(context.Background()) })
	return client
}
