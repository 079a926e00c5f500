// Package buildonce keeps programs that are built from source in the user's
// cache directory, so that each is built once on a machine: not once a run,
// and not once for each of several processes that want it at the same moment.
package buildonce

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// folder is where in the user's cache directory the programs are.
const folder = "payment-integration-server"

// spare is how long a program that another key has replaced is kept after its
// last use: another checkout may be about to start it.
const spare = time.Hour

// Program is an executable that is built the first time it is wanted.
type Program struct {
	Name   string // of the file; no dash follows it in another program's name
	Title  string // in messages, like "the embedded database"
	Key    string // changes with whatever the result depends on; part of the file's name
	Notice string // the progress message that goes with a build

	// Build writes the executable to the file out, which is not there yet.
	Build func(ctx context.Context, out string) error
}

// Path returns where the executable is, having built it if need be. It tells
// progress, which may be nil, what takes long.
func (p Program) Path(ctx context.Context, progress func(string)) (string, error) {
	if progress == nil {
		progress = func(string) {}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place to keep %s: %w", p.Title, err)
	}
	dir := filepath.Join(cache, folder)
	path := filepath.Join(dir, p.Name+"-"+p.Key+exe)
	if touch(path) {
		return path, nil
	}

	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a place to keep %s: %w", p.Title, err)
	}
	unlock, err := lock(ctx, filepath.Join(dir, p.Name+".lock"), func() {
		progress("waiting for another process to build " + p.Title + "…")
	})
	if err != nil {
		return "", fmt.Errorf("wait for the build of %s: %w", p.Title, err)
	}
	defer unlock()
	if touch(path) {
		return path, nil
	}

	progress(p.Notice)
	if err := p.build(ctx, dir, path); err != nil {
		return "", fmt.Errorf("build %s: %w", p.Title, err)
	}
	p.sweep(dir, path)
	return path, nil
}

// build makes the executable beside path and moves it there whole.
func (p Program) build(ctx context.Context, dir, path string) (err error) {
	tmp, err := os.MkdirTemp(dir, p.Name+"-building-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()

	out := filepath.Join(tmp, p.Name+exe)
	if err := p.Build(ctx, out); err != nil {
		return err
	}
	return os.Rename(out, path)
}

// sweep removes what is not in use any more: programs of other keys, and what
// builds that were killed have left. What cannot be removed stays.
func (p Program) sweep(dir, keep string) {
	paths, _ := filepath.Glob(filepath.Join(dir, p.Name+"-*"))
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && path != keep && time.Since(info.ModTime()) > spare {
			_ = os.RemoveAll(path)
		}
	}
}

// touch reports whether the executable is there, and marks it as in use.
func touch(path string) bool {
	now := time.Now()
	err := os.Chtimes(path, now, now)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// exe ends the names of executables.
var exe = map[string]string{"windows": ".exe"}[runtime.GOOS]
