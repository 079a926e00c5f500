package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// terminal is the person's side of a terminal that the program runs in.
type terminal struct {
	t    *testing.T
	here *os.File
	back *os.File // the program's side
	seen chan string
	text string
	done int // how much of the text was waited for
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	here, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var unlock, n int32
	ioctl(t, here, syscall.TIOCSPTLCK, &unlock)
	ioctl(t, here, syscall.TIOCGPTN, &n)
	back, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, here: here, back: back, seen: make(chan string, 100)}
	go func() {
		defer close(x.seen)
		b := make([]byte, 4096)
		for {
			n, err := here.Read(b)
			if err != nil {
				return
			}
			x.seen <- string(b[:n])
		}
	}()
	t.Cleanup(func() { back.Close(); here.Close() })
	return x
}

func ioctl(t *testing.T, f *os.File, request uintptr, value *int32) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
		t.Fatal(errno)
	}
}

// start runs the program in the terminal.
func (x *terminal) start(root, uri string, args ...string) (wait func() int) {
	x.t.Helper()
	cmd := program(x.t, root, []string{"MONGODB_URI=" + uri}, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = x.back, x.back, x.back
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	return func() int {
		_ = cmd.Wait() // its exit code is looked at
		return cmd.ProcessState.ExitCode()
	}
}

// answer waits for a question and types.
func (x *terminal) answer(question, typed string) {
	x.t.Helper()
	x.waitFor(question)
	if _, err := x.here.WriteString(typed); err != nil {
		x.t.Fatal(err)
	}
}

func (x *terminal) waitFor(text string) {
	x.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		if i := strings.Index(x.text[x.done:], text); i >= 0 {
			x.done += i + len(text)
			return
		}
		select {
		case more := <-x.seen:
			x.text += strings.ReplaceAll(more, "\r\n", "\n")
		case <-timeout:
			x.t.Fatalf("no %q on the terminal:\n%s", text, x.text)
		}
	}
}

// echoes reports whether the terminal shows what is typed.
func (x *terminal) echoes() bool {
	x.t.Helper()
	var state syscall.Termios
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, x.back.Fd(), syscall.TCGETS, uintptr(unsafe.Pointer(&state))); errno != 0 {
		x.t.Fatal(errno)
	}
	return state.Lflag&syscall.ECHO != 0
}

func TestAdminAtATerminal(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	x := newTerminal(t)
	wait := x.start(newRoot(t), d.uri, "-bare", "-admin", "mine@example.com")
	x.answer("Full name [Admin]: ", "M\n")
	x.answer("Full name [Admin]: ", "Mina Mine\n")
	hidden := func(question, typed string) {
		t.Helper()
		x.waitFor(question)
		eventually(t, func() bool { return !x.echoes() })
		x.answer("", typed)
	}
	const password = "Password (nothing: one is made up): "
	hidden(password, "short\n")
	hidden(password, "long enough\n")
	hidden("Once more: ", "long enough?\n")
	hidden(password, "long enough\n")
	hidden("Once more: ", "long enough\n")
	x.waitFor("mine@example.com is a new account, and an admin.\n")
	if code := wait(); code != 0 || strings.Contains(x.text, "long enough") || strings.Contains(x.text, "shown this once") || !x.echoes() {
		t.Errorf("exit code %d, echo %v:\n%s", code, x.echoes(), x.text)
	}
	for _, want := range []string{"It must have 2 to 50 characters.\n", "It must have 8 to 72 bytes", "Those were two different ones.\n"} {
		if !strings.Contains(x.text, want) {
			t.Errorf("it does not say %q:\n%s", want, x.text)
		}
	}
	if u, err := d.signIn(t, "mine@example.com", "long enough"); err != nil || u.Role != shop.Admin || u.FullName != "Mina Mine" {
		t.Errorf("the account: %+v, %v", u, err)
	}
}

func TestCtrlC(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	x := newTerminal(t)
	wait := x.start(newRoot(t), d.uri, "-bare", "-admin", "mine@example.com")
	x.answer("Full name [Admin]: ", "\n")
	x.waitFor("made up): ")
	eventually(t, func() bool { return !x.echoes() })
	x.answer("", "\x03")
	x.waitFor("\nseed: stopped. It may be run again.\n")
	if code := wait(); code != 1 || !x.echoes() {
		t.Errorf("at the password: exit code %d, echo %v", code, x.echoes())
	}
	if users := d.everything(t)["users"]; len(users) != 0 {
		t.Errorf("it has written %v", users)
	}

	d.insertUser(t, "mine@example.com", shop.Customer)
	wait = x.start(newRoot(t), d.uri, "-reset")
	x.answer(", to go on: ", "\x03")
	x.waitFor("\nseed: stopped. It may be run again.\n")
	if code := wait(); code != 1 || len(d.everything(t)["users"]) != 1 {
		t.Errorf("at the question: exit code %d", code)
	}
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not so within 10 seconds")
		}
	}
}
