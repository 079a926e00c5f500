// Command mongodb is a MongoDB-compatible database in one program with nothing
// to install: FerretDB over SQLite. The shop's local runner and its tests use
// it; no deployed function does.
//
// It prints one line of JSON when it accepts connections,
//
//	{"uri":"mongodb://127.0.0.1:PORT/"}
//
// and ends on SIGINT, on SIGTERM, and when its standard input ends: a parent
// that holds the other end of that pipe takes the database along whatever it
// dies of.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"

	"github.com/siam9192/payment-integration-server/scripts/mongodb/datadir"
	"github.com/siam9192/payment-integration-server/scripts/mongodb/turnstile"
)

// stopTimeout bounds a clean end; FerretDB itself gives clients three seconds.
const stopTimeout = 8 * time.Second

// frames are the source positions that FerretDB puts into its errors.
var frames = regexp.MustCompile(`^failed to construct handler: |\[\S+\.go:\d+ \S+\] `)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "`address` to accept connections on; port 0 takes a free one")
	dir := flag.String("dir", "", "`directory` to keep the data in; without one the data ends with the program")
	flag.Parse()

	if err := run(*listen, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "mongodb:", err)
		os.Exit(1)
	}
}

func run(listen, dir string) (err error) {
	// A dead parent reads no more warnings; they must not kill what is to be
	// cleaned up after it.
	signal.Ignore(syscall.SIGPIPE)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()

	data, err := open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()

	front, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	defer front.Close()

	backend, ferret, err := startFerret(data)
	if err != nil {
		return err
	}
	defer ferret()

	uri := url.URL{Scheme: "mongodb", Host: front.Addr().String(), Path: "/"}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"uri": uri.String()}); err != nil {
		return fmt.Errorf("tell the address: %w", err)
	}

	err = turnstile.Serve(ctx, front, backend)
	time.AfterFunc(stopTimeout, func() {
		fmt.Fprintln(os.Stderr, "mongodb: still busy after", stopTimeout, "- ending all the same")
		os.Exit(1)
	})
	return err
}

func open(dir string) (*datadir.Dir, error) {
	if dir == "" {
		return datadir.Scratch()
	}
	return datadir.Open(dir)
}

// startFerret serves the data on a port of its own, which it returns with the
// function that ends it.
func startFerret(data *datadir.Dir) (addr string, stop func(), err error) {
	// SQLite reads a path as part of a URI, where some characters mean
	// something else; from inside the directory there is no path to misread.
	if err := os.Chdir(data.Path); err != nil {
		return "", nil, err
	}

	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(newLog(os.Stderr)),
		Handler:   "sqlite",
		SQLiteURL: "file:./?_pragma=" + url.QueryEscape("synchronous("+synchronous(data)+")"),
	})
	if err != nil {
		return "", nil, fmt.Errorf("open the data in %s: %s", data.Path, frames.ReplaceAllString(err.Error(), ""))
	}

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = f.Run(ctx) // its error is always nil
	}()

	uri, err := url.Parse(f.MongoDBURI())
	if err != nil {
		cancel()
		return "", nil, err
	}
	return uri.Host, func() { cancel(); <-ended }, nil
}

// synchronous is how hard SQLite pushes a commit to the disk.
//
// With its write-ahead log, normal survives the death of this process at any
// moment, and a power cut without damage though perhaps without the last
// writes: right for a developer's data, and several times faster than full.
// Data that nobody will open again needs no push at all.
// See https://www.sqlite.org/pragma.html#pragma_synchronous.
func synchronous(data *datadir.Dir) string {
	if data.Temporary {
		return "off"
	}
	return "normal"
}
