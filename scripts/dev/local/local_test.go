package local_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/config"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
)

// clean takes the project's variables out of the environment for a test.
func clean(t *testing.T) {
	t.Helper()
	for _, name := range config.Names {
		t.Setenv(name, "") // restores it afterwards
		os.Unsetenv(name)
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

func TestLoadEnv(t *testing.T) {
	clean(t)
	root := t.TempDir()
	if err := local.LoadEnv(root); err != nil {
		t.Errorf("without a file: %v", err)
	}
	t.Setenv("CURRENCY", "kwd")
	t.Setenv("STRIPE_SECRET_KEY", "")
	t.Setenv("PATH", "/bin")
	write(t, filepath.Join(root, ".env"), "# mine\r\nMONGODB_URI='mongodb://a:p$w#d@h/x'\r\nCURRENCY=jpy\nSTRIPE_SECRET_KEY=sk_test_1\nJWT_SECRET=\nexport APP_URL=\"http://a.example\" # here\nPATH=/nowhere\n")
	if err := local.LoadEnv(root); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"MONGODB_URI": "mongodb://a:p$w#d@h/x", "APP_URL": "http://a.example", "JWT_SECRET": "",
		"CURRENCY": "kwd", "STRIPE_SECRET_KEY": "", // the environment's
		"PATH": "/bin", // none of ours
	} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// What people copy must be readable, and set nothing.
func TestLoadEnvReadsTheExample(t *testing.T) {
	clean(t)
	b, err := os.ReadFile("../../../env.example")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	write(t, filepath.Join(root, ".env"), string(b))
	if err := local.LoadEnv(root); err != nil {
		t.Fatal(err)
	}
	for _, name := range config.Names {
		if got := os.Getenv(name); got != "" {
			t.Errorf("env.example sets %s to %q", name, got)
		}
	}
}

func TestLoadEnvSaysWhere(t *testing.T) {
	clean(t)
	tests := map[string]int{
		"MONGODB_URI mongodb://me:secret@h/\n":                                            1,
		"CURRENCY=usd\n\n# x\nSTRIPE_SECRET_KEY secret\nAPP_URL=http://a\n":               4,
		"CURRENCY=usd\nJWT_SECRET=\"secret, and no end\nAPP_URL=http://a\nCRON_SECRET=\n": 2,
	}
	for text, line := range tests {
		root := t.TempDir()
		write(t, filepath.Join(root, ".env"), text)
		err := local.LoadEnv(root)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf(".env cannot be read: line %d is not NAME=value", line)) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want line %d", text, err, line)
		}
	}
}

func TestFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a/data")
	if _, ok := local.FindFolder(path); ok {
		t.Error("found a folder that is not there")
	}
	f := open(t, path)
	if found, ok := local.FindFolder(path); !ok || found != f {
		t.Errorf("FindFolder = %v, %v", found, ok)
	}
	secret, err := f.Secret("A")
	if err != nil || len(secret) < 40 {
		t.Fatalf("Secret = %q, %v", secret, err)
	}
	if again, _ := open(t, path).Secret("A"); again != secret {
		t.Error("a secret changes from run to run")
	}
	if other, _ := f.Secret("B"); other == secret {
		t.Error("two secrets are the same")
	}
	if again, _ := f.Secret("A"); again != secret {
		t.Error("a second secret replaces the first")
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v, %v", e.Name(), info.Mode(), err)
		}
	}

	for _, name := range []string{"mongodb/shop.sqlite", "stripe.json", "stripe.json.123", "stripes/keep", "notes.txt"} {
		write(t, filepath.Join(path, name), "")
	}
	if err := f.Empty(); err != nil {
		t.Fatal(err)
	}
	left := []string{}
	entries, _ = os.ReadDir(path)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got := strings.Join(left, " "); got != "about.txt notes.txt stripes" {
		t.Errorf("Empty leaves %s", got)
	}
}

func open(t *testing.T, path string) local.Folder {
	t.Helper()
	f, err := local.OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOpenFolderOfOthers(t *testing.T) {
	for name, ok := range map[string]bool{"mongodb/WiredTiger": false, "env": false, "stripe.json": false, "notes.txt": true} {
		path := t.TempDir()
		write(t, filepath.Join(path, name), "")
		if _, err := local.OpenFolder(path); (err == nil) != ok {
			t.Errorf("a folder with %s: %v", name, err)
		}
	}
}

func TestRunningDatabase(t *testing.T) {
	f := open(t, t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	uri := "mongodb://" + l.Addr().String() + "/shop"
	if _, ok := f.RunningDatabase(); ok {
		t.Error("a database runs that nobody started")
	}
	remove, err := f.NoteDatabase(uri)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := f.RunningDatabase(); !ok || got != uri {
		t.Errorf("RunningDatabase = %q, %v", got, ok)
	}
	l.Close() // killed
	if _, ok := f.RunningDatabase(); ok {
		t.Error("a database runs that was killed")
	}
	remove()
	if _, ok := f.RunningDatabase(); ok {
		t.Error("a database runs that was stopped")
	}
}

func TestParseTarget(t *testing.T) {
	tests := []struct {
		uri  string
		want string // "" for refused
		here bool
	}{
		{"mongodb://127.0.0.1:27017/shop", "shop on 127.0.0.1:27017", true},
		{"mongodb://localhost", "shop on localhost", true},
		{"mongodb://[::1]:27017/x", "x on [::1]:27017", true},
		{"mongodb://%2Ftmp%2Fmongodb-27017.sock/x", "x on /tmp/mongodb-27017.sock", true},
		{"mongodb://me:secret@db.example.net:27017/x?authSource=admin", "x on db.example.net:27017", false},
		{"mongodb://me:secret@localhost,db.example.net/x?replicaSet=r", "x on localhost,db.example.net", false},
		{"mongodb://0.0.0.0/x", "x on 0.0.0.0", false},
		{"mongodb://localhost.example.net/x", "x on localhost.example.net", false},
		{"mongodb+srv://me:secret@cluster0.ab1cd.mongodb.net/?retryWrites=true", "shop on cluster0.ab1cd.mongodb.net", false},
		{"mongodb+srv://me:secret@cluster0.ab1cd.mongodb.net/x", "x on cluster0.ab1cd.mongodb.net", false},
		{"mongodb+srv://localhost/x", "x on localhost", false},

		{"mongodb://me:sec/ret@h/x", "", false},
		{"mongodb://me:sec@ret@h/x", "", false},
		{"mongodb+srv://me:12/secret@h/x", "", false},
		{"mongodb+srv://me:sec/ret@h/x", "", false},
		{"mongodb://", "", false},
		{"mongodb+srv:///x", "", false},
		{"", "", false},
	}
	for _, tt := range tests {
		got, err := local.ParseTarget(tt.uri)
		switch {
		case err != nil && tt.want == "":
			if strings.Contains(err.Error(), "sec") {
				t.Errorf("%s: the error shows the password: %v", tt.uri, err)
			}
		case err != nil || got.String() != tt.want || got.Local != tt.here:
			t.Errorf("%s: %q, local %v, %v; want %q, local %v", tt.uri, got, got.Local, err, tt.want, tt.here)
		}
	}
}

// Errors of the real driver, which tell far too much.
func TestExplain(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	const uri = "mongodb://me:topsecret@%s/shop"
	target, err := local.ParseTarget(fmt.Sprintf(uri, address))
	if err != nil {
		t.Fatal(err)
	}
	store, err := mongostore.Open(t.Context(), fmt.Sprintf(uri, address), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close(t.Context())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = target.Explain(store.Database().Client().Ping(ctx, nil))
	if want := "no database answers on " + address + " (connect: connection refused): is it running?"; err.Error() != want {
		t.Errorf("a closed port: %v, want %s", err, want)
	}

	far := local.Target{Database: "shop", Host: "c.example.net"}
	tests := []struct {
		err  error
		want string
	}{
		{&net.DNSError{Err: "no such host", Name: "_mongodb._tcp.c.example.net"}, "there is no database at c.example.net: DNS does not know the name"},
		{errors.New(`connection() error occurred during connection handshake: auth error: sasl conversation error: unable to authenticate using mechanism "SCRAM-SHA-256": (AuthenticationFailed) Authentication failed.`),
			"the database on c.example.net does not accept the user name or the password in MONGODB_URI"},
		{errors.New("full"), "the database shop on c.example.net: full"},
	}
	for _, tt := range tests {
		if got := far.Explain(tt.err); got.Error() != tt.want {
			t.Errorf("%v: %v, want %s", tt.err, got, tt.want)
		}
	}
}
