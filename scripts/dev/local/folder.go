// Package local is what the programs for one machine share: the .env file, the
// folder of local data, and what a connection string leads to.
package local

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// DefaultFolder is where the local data is, in the project's root. Git ignores it.
const DefaultFolder = ".local"

// Folder is where the local stack keeps its data between runs.
type Folder struct{ Path string }

// What is in the folder. Only these are ever removed.
const (
	about    = "about.txt"     // marks the folder as ours
	database = "mongodb"       // the embedded database's directory
	stripe   = "stripe.json"   // the stand-in's state
	secrets  = "secrets.json"  // what is random once, and then stays
	env      = "env"           // for `vercel dev`, while it runs
	address  = "mongodb-uri"   // of the embedded database, while it runs
	rest     = "stripe.json.*" // of a stand-in that was killed while it saved
)

const aboutText = "The data of `go run ./scripts/dev`: its database and its stand-in for Stripe.\nWith -reset it starts anew; the folder may be deleted as well.\n"

// OpenFolder makes the folder where it is missing. It refuses one in which
// somebody else keeps what it would take for its own.
func OpenFolder(path string) (Folder, error) {
	f, err := folderAt(path)
	if err != nil {
		return Folder{}, err
	}
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return Folder{}, fmt.Errorf("make the data folder: %w", err)
	}
	if f.ours() {
		return f, nil
	}
	if there := f.own(); len(there) > 0 {
		return Folder{}, fmt.Errorf("%s has a %s that is not ours: choose another -data", f.Path, filepath.Base(there[0]))
	}
	if err := os.WriteFile(f.file(about), []byte(aboutText), 0o600); err != nil {
		return Folder{}, fmt.Errorf("write to the data folder: %w", err)
	}
	return f, nil
}

// FindFolder is the folder if there is one; it makes nothing.
func FindFolder(path string) (Folder, bool) {
	f, err := folderAt(path)
	return f, err == nil && f.ours()
}

func folderAt(path string) (Folder, error) {
	path, err := filepath.Abs(path)
	return Folder{path}, err
}

func (f Folder) file(name string) string { return filepath.Join(f.Path, name) }

func (f Folder) ours() bool {
	_, err := os.Stat(f.file(about))
	return err == nil
}

// own lists what is there under the names that we use.
func (f Folder) own() (paths []string) {
	for _, name := range []string{database, stripe, secrets, env, address, rest} {
		found, _ := filepath.Glob(f.file(name)) // its one error is a bad pattern
		paths = append(paths, found...)
	}
	return paths
}

// Empty removes the data, and nothing else that may be in the folder.
func (f Folder) Empty() error {
	for _, path := range f.own() {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("empty the data folder: %w", err)
		}
	}
	return nil
}

// Database is the directory of the embedded database.
func (f Folder) Database() string { return f.file(database) }

// Stripe is the file of the stand-in for Stripe.
func (f Folder) Stripe() string { return f.file(stripe) }

// Secret returns the secret of this name: a random one, the same at every run.
func (f Folder) Secret(name string) (string, error) {
	kept := map[string]string{}
	b, err := os.ReadFile(f.file(secrets))
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s cannot be read (delete it, and new secrets are made): %w", f.file(secrets), err)
	}
	if kept[name] == "" {
		kept[name] = rand.Text() + rand.Text()
		b, err := json.MarshalIndent(kept, "", "  ")
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(f.file(secrets), append(b, '\n'), 0o600); err != nil {
			return "", fmt.Errorf("keep a secret: %w", err)
		}
	}
	return kept[name], nil
}

// WriteEnv writes the lines that `vercel dev` needs, and returns the file and
// what removes it again.
func (f Folder) WriteEnv(text string) (file string, remove func(), err error) {
	remove, err = f.note(env, text)
	return f.file(env), remove, err
}

// NoteDatabase tells other programs where the embedded database is, until remove.
func (f Folder) NoteDatabase(uri string) (remove func(), err error) {
	return f.note(address, uri+"\n")
}

func (f Folder) note(name, text string) (remove func(), err error) {
	if err := os.WriteFile(f.file(name), []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("write to the data folder: %w", err)
	}
	return func() { _ = os.Remove(f.file(name)) }, nil // whoever reads a stale one finds nobody there
}

// RunningDatabase returns the embedded database that uses this folder now, if
// one does.
func (f Folder) RunningDatabase() (uri string, ok bool) {
	b, err := os.ReadFile(f.file(address))
	if err != nil {
		return "", false
	}
	uri = strings.TrimSpace(string(b))
	u, err := url.Parse(uri)
	if err != nil {
		return "", false
	}
	conn, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return "", false // what a dev server that was killed has left
	}
	_ = conn.Close()
	return uri, true
}
