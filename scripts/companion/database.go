package companion

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/siam9192/payment-integration-server/scripts/companion/buildonce"
	"github.com/siam9192/payment-integration-server/scripts/companion/child"
)

const databaseTitle = "the embedded database"

// databaseFlags leave out what nobody would run: FerretDB's other backend and
// the tables for debuggers. A third less to compile, half the file.
var databaseFlags = []string{"-trimpath", "-tags=ferretdb_no_postgresql", "-ldflags=-s -w"}

// DatabaseOptions are for [StartDatabase].
type DatabaseOptions struct {
	// Dir is where the data is kept. Without one it ends with the database.
	Dir string
	// Progress is told, in one line, what takes long. It may be nil.
	Progress func(string)
	// Stderr gets the database's warnings. Without one they are dropped.
	Stderr io.Writer
}

// Database is the embedded database, running. An update of one document is
// atomic, as MongoDB's is; scripts/mongodb says how.
type Database struct {
	URI     string // "mongodb://127.0.0.1:PORT/"
	process *child.Process
}

// StartDatabase starts the embedded database and returns when it accepts
// connections. The first time on a machine it is built, which takes minutes
// and the network; the context bounds that and the start, not the database's
// life: that is until Stop, or the end of this process, whatever its cause.
func StartDatabase(ctx context.Context, o DatabaseOptions) (*Database, error) {
	root, err := repository()
	if err != nil {
		return nil, fmt.Errorf("find the source of %s: %w", databaseTitle, err)
	}
	source := filepath.Join(root, "scripts", "mongodb")
	digest, err := sources(source)
	if err != nil {
		return nil, fmt.Errorf("read the source of %s: %w", databaseTitle, err)
	}
	program := buildonce.Program{
		Name:   "mongodb",
		Title:  databaseTitle,
		Key:    key(append(databaseFlags, digest)...),
		Notice: "building the embedded database (once, about two minutes)…",
		Build: func(ctx context.Context, out string) error {
			args := append([]string{"build", "-o", out}, databaseFlags...)
			return buildonce.Go(ctx, source, nil, append(args, ".")...)
		},
	}
	path, err := program.Path(ctx, o.Progress)
	if err != nil {
		return nil, err
	}

	args := []string{"-listen", "127.0.0.1:0"}
	if o.Dir != "" {
		args = append(args, "-dir", o.Dir)
	}
	process, err := child.Start(ctx, child.Program{
		Title:  databaseTitle,
		Path:   path,
		Args:   args,
		Stderr: o.Stderr,
		Ready: func(line string) string {
			var ready struct{ URI string }
			_ = json.Unmarshal([]byte(line), &ready) // another line names no URI
			return ready.URI
		},
	})
	if err != nil {
		return nil, err
	}
	return &Database{URI: process.Address, process: process}, nil
}

// Stop ends the database and returns when it has ended. Every write that it
// acknowledged is in its directory. It may be called again.
func (d *Database) Stop() { d.process.Stop() }

// Kill ends the database as a crash would, and returns when it has ended: Done
// reports it. It is for tests of what follows.
func (d *Database) Kill() { d.process.Kill() }

// Done receives why the database ended if it did so before Stop, and is closed
// when it has ended.
func (d *Database) Done() <-chan error { return d.process.Done() }
