// Package datadir owns the directory that a database's files are in: that it
// is there, can be written, is used by one process alone and, where it was
// made for that process only, is gone afterwards.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lockName is a file that a process holds a lock on while it uses the
// directory. The lock goes with the process, the file stays.
const lockName = "lock"

// scratchPrefix begins the name of every temporary directory, so that one left
// by a process that was killed can be told and removed.
const scratchPrefix = "payment-integration-server-mongodb-"

// errInUse is a directory whose lock another process holds.
var errInUse = errors.New("another process is using it")

// Dir is a directory that this process alone keeps a database in.
type Dir struct {
	Path      string // absolute
	Temporary bool   // removed by Close
	lock      *os.File
}

// Open makes the directory where it is missing and claims it.
func Open(path string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	lock, err := claim(path)
	if err != nil {
		return nil, fmt.Errorf("claim the data directory %s: %w", path, err)
	}
	return &Dir{Path: path, lock: lock}, nil
}

// Scratch makes a directory that Close removes. First it removes those of
// processes that were killed before they could.
func Scratch() (*Dir, error) {
	sweep(os.TempDir())
	path, err := os.MkdirTemp("", scratchPrefix)
	if err != nil {
		return nil, fmt.Errorf("make a temporary data directory: %w", err)
	}
	d, err := Open(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	d.Temporary = true
	return d, nil
}

// Close gives the directory up.
func (d *Dir) Close() error {
	var err error
	if d.Temporary {
		err = errors.Join(os.Chdir(os.TempDir()), os.RemoveAll(d.Path))
	}
	return errors.Join(err, d.lock.Close())
}

// claim locks a directory, and so finds out whether it can be written.
func claim(path string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// sweep removes the temporary directories that no living process holds. What
// cannot be removed is left: it is in nobody's way.
func sweep(parent string) {
	if !locks {
		return
	}
	paths, _ := filepath.Glob(filepath.Join(parent, scratchPrefix+"*"))
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || time.Since(info.ModTime()) < time.Minute {
			continue // perhaps made just now, and about to be claimed
		}
		if f, err := claim(path); err == nil {
			_ = os.RemoveAll(path)
			_ = f.Close()
		}
	}
}
