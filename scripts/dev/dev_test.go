//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/config"
)

// asProgram, in the environment, makes the test binary the program itself.
const asProgram = "DEV_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// newRoot is a checkout of the project without a .env and without local data.
func newRoot(t *testing.T) string {
	t.Helper()
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for _, name := range []string{"go.mod", "vercel.json", "api", "pkg", "scripts"} {
		if err := os.Symlink(filepath.Join(source, name), filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// program is the dev server, running in a process group of its own, as a terminal
// would start it.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  output
	errs output
	done chan struct{}
}

// output collects what a process writes, for reading at any time.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// launch starts the program in dir; env is NAME=value, and none of the project's
// variables comes from outside.
func launch(t *testing.T, dir string, env []string, args ...string) *program {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, cmd: exec.Command(exe, args...), done: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); !isOurs(name) {
			p.cmd.Env = append(p.cmd.Env, pair)
		}
	}
	p.cmd.Env = append(append(p.cmd.Env, env...), asProgram+"=1", "PWD="+dir)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("dev %v wrote:\n%s%s", args, &p.out, &p.errs)
		}
	})
	return p
}

func isOurs(name string) bool {
	for _, ours := range config.Names {
		if name == ours {
			return true
		}
	}
	return false
}

// start launches the program on a free port and waits until it is ready.
func start(t *testing.T, root string, env []string, args ...string) *program {
	t.Helper()
	p := launch(t, root, env, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	p.waitFor("Ctrl-C stops.")
	return p
}

func (p *program) waitFor(text string) {
	p.t.Helper()
	// The first time on a machine, the database is built before.
	for end := time.Now().Add(10 * time.Minute); !strings.Contains(p.out.String(), text); time.Sleep(5 * time.Millisecond) {
		select {
		case <-p.done:
			p.t.Fatalf("ended with %v instead of writing %q", p.cmd.ProcessState, text)
		default:
		}
		if time.Now().After(end) {
			p.t.Fatalf("did not write %q", text)
		}
	}
}

// end waits for the program's end and returns its exit code.
func (p *program) end() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(15 * time.Second):
		p.t.Fatal("does not end")
	}
	return p.cmd.ProcessState.ExitCode()
}

// ctrlC does what a terminal does.
func (p *program) ctrlC() {
	p.t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT); err != nil {
		p.t.Fatal(err)
	}
}

// row is a value of the banner.
func (p *program) row(name string) string {
	p.t.Helper()
	m := regexp.MustCompile(`(?m)^  ` + name + ` +(\S+)`).FindStringSubmatch(p.out.String())
	if m == nil {
		p.t.Fatalf("the banner has no %s", name)
	}
	return m[1]
}

// children are the processes that the program has started, by pid.
func (p *program) children() (pids []int) {
	p.t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		p.t.Fatalf("this test needs ps: %v", err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		var pid, parent int
		if n, _ := fmt.Sscan(line, &pid, &parent); n == 2 && parent == p.cmd.Process.Pid {
			pids = append(pids, pid)
		}
	}
	return pids
}

// wantAllGone fails the test unless the pids and the addresses are soon nobody's.
func wantAllGone(t *testing.T, pids []int, addresses ...string) {
	t.Helper()
	eventually(t, "every child has ended", func() bool {
		for _, pid := range pids {
			if syscall.Kill(pid, 0) == nil {
				return false
			}
		}
		return true
	})
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, address+" is nobody's", func() bool {
			conn, err := net.Dial("tcp", u.Host)
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so within 10 seconds: %s", what)
		}
	}
}

// pasted is the purchase of the banner, as a person copies it.
func (p *program) pasted() string {
	p.t.Helper()
	_, rest, _ := strings.Cut(p.out.String(), "to paste into another terminal:\n\n")
	lines, _, ok := strings.Cut(rest, "\n\n")
	if !ok {
		p.t.Fatal("the banner has no purchase")
	}
	return lines
}

// bash runs lines as an interactive shell gets them: on its standard input. It
// has curl, sed and the shell, and no more than that.
func bash(t *testing.T, lines string) string {
	t.Helper()
	bin := t.TempDir()
	for _, name := range []string{"curl", "sed"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatalf("this test needs %s: %v", name, err)
		}
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Fatalf("this test needs bash: %v", err)
	}
	cmd := exec.Command(shell, "--norc")
	cmd.Env = []string{"PATH=" + bin, "HOME=" + t.TempDir()}
	cmd.Stdin = strings.NewReader(lines + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("bash: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// browse makes a request as a browser does from a page of the same site, and
// follows no redirect.
func browse(t *testing.T, method, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", req.URL.Scheme+"://"+req.URL.Host)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// call calls the API and returns "data" of the answer.
func (p *program) call(method, path, token string, body any) json.RawMessage {
	p.t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequest(method, p.row("Shop")+"/api/v1"+path, bytes.NewReader(sent))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Data json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %d, %v", method, path, res.StatusCode, err)
	}
	return answer.Data
}

func (p *program) signIn(email string) (token string) {
	p.t.Helper()
	var in struct{ AccessToken string }
	parse(p.t, p.call("POST", "/auth/login", "", map[string]string{"email": email, "password": "demo-password"}), &in)
	return in.AccessToken
}

// orders are the statuses of the orders of whoever has the token, newest first.
func (p *program) orders(token string) (statuses []string) {
	p.t.Helper()
	var orders []struct{ Status string }
	parse(p.t, p.call("GET", "/orders/me", token, nil), &orders)
	for _, o := range orders {
		statuses = append(statuses, o.Status)
	}
	return statuses
}

func parse(t *testing.T, from json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(from, into); err != nil {
		t.Fatalf("%v: %s", err, from)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
