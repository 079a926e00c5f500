package datadir_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/mongodb/datadir"
)

func TestOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := filepath.Join(t.TempDir(), "used")
	defer open(t, used).Close()

	tests := []struct {
		name string
		path string
		want string // in the error; "" for none
	}{
		{"missing, and its parent too", filepath.Join(t.TempDir(), "a", "b"), ""},
		{"there already", t.TempDir(), ""},
		{"a name that means something in a URI", filepath.Join(t.TempDir(), "50% of #1?x=y"), ""},
		{"a file", file, "make the data directory"},
		{"in use", used, "another process is using it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.path == used && runtime.GOOS == "windows" {
				t.Skip("no locks there")
			}
			d, err := datadir.Open(tt.path)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("Open = %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d.Temporary || d.Path != tt.path {
				t.Errorf("Open = %+v", d)
			}
			if err := d.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if err := open(t, tt.path).Close(); err != nil {
				t.Errorf("Close after a second Open: %v", err)
			}
		})
	}
}

func TestScratch(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Chdir(tmp)

	living := scratch(t)
	made := scratch(t)
	if !made.Temporary || filepath.Dir(made.Path) != tmp {
		t.Errorf("Scratch = %+v, want a temporary directory in %s", made, tmp)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	if exists(made.Path) {
		t.Error("Close left its directory")
	}

	// What a process that was killed leaves: nobody holds the lock.
	dead := open(t, filepath.Join(tmp, filepath.Base(made.Path)+"-dead"))
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	fresh := open(t, filepath.Join(tmp, filepath.Base(made.Path)+"-fresh"))
	if err := fresh.Close(); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	for _, path := range []string{dead.Path, living.Path, foreign} {
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}

	defer scratch(t).Close()
	for path, want := range map[string]bool{dead.Path: false, living.Path: true, fresh.Path: true, foreign: true} {
		if got := exists(path); got != want {
			t.Errorf("after the next Scratch, %s exists = %v, want %v", path, got, want)
		}
	}
	if err := living.Close(); err != nil {
		t.Error(err)
	}
}

func open(t *testing.T, path string) *datadir.Dir {
	t.Helper()
	d, err := datadir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func scratch(t *testing.T) *datadir.Dir {
	t.Helper()
	d, err := datadir.Scratch()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
