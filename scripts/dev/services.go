package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/companion"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// lingers is how long the database of a dev server that was killed may take to
// end: somebody who pressed Ctrl-C twice starts the next one at once.
const lingers = 3 * time.Second

// services are the database and the stand-in for Stripe, as far as they are ours
// to run.
type services struct {
	stripeURL string     // of the stand-in; "" where Stripe is somebody else's
	failed    chan error // one of them ended by itself
	stops     []func()   // run last to first
}

func (v *services) stop() {
	for i := len(v.stops) - 1; i >= 0; i-- {
		v.stops[i]()
	}
	v.stops = nil
}

// startDatabase starts the embedded database, and puts its address into the
// environment. ctx bounds the start alone.
func (v *services) startDatabase(ctx context.Context, folder local.Folder, out, warn io.Writer) error {
	warnings := &gate{w: warn} // what it says before it is ready is in the error
	var db *companion.Database
	for end := time.Now().Add(lingers); ; time.Sleep(50 * time.Millisecond) {
		var err error
		db, err = companion.StartDatabase(ctx, companion.DatabaseOptions{
			Dir: folder.Database(), Progress: func(line string) { fmt.Fprintln(out, line) }, Stderr: warnings,
		})
		if err == nil {
			break
		}
		if !strings.Contains(err.Error(), "another process is using it") {
			return err
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return inUse(folder)
		}
	}
	warnings.open.Store(true)
	v.stops = append(v.stops, db.Stop)
	uri := db.URI + "shop"
	forget, err := folder.NoteDatabase(uri)
	if err != nil {
		return err
	}
	v.stops = append(v.stops, forget)
	go func() {
		if err, ok := <-db.Done(); ok {
			v.failed <- firstLine(err)
		}
	}()
	return os.Setenv("MONGODB_URI", uri)
}

func inUse(folder local.Folder) error {
	return fmt.Errorf("another dev server uses %s: stop it first, or choose another -data", folder.Path)
}

// startStandIn starts the stand-in for Stripe, and puts its address into the
// environment.
func (v *services) startStandIn(o options, folder local.Folder, secret string, log *slog.Logger) error {
	listener, err := listenAfter(o.host, o.port)
	if err != nil {
		return fmt.Errorf("find a port for Stripe's stand-in: %w", err)
	}
	v.stripeURL = origin(o.host, portOf(listener))
	log = slog.New(standInLog{log.Handler()})
	bank, err := standin.New(standin.Options{
		StateFile: folder.Stripe(), PublicURL: v.stripeURL, Logger: log,
		WebhookURL: o.webhook, WebhookSecret: secret,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: bank, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			v.failed <- fmt.Errorf("the stand-in for Stripe ended by itself: %w", err)
		}
	}()
	v.stops = append(v.stops, func() {
		bank.Close() // lets go of requests that hang on purpose
		_ = server.Close()
	})
	return os.Setenv("STRIPE_API_BASE", v.stripeURL)
}

// listenAfter listens on the port after another, so that the stand-in is found
// where it was the last time, or on a free one.
func listenAfter(host, port string) (net.Listener, error) {
	if n, err := strconv.Atoi(port); err == nil && n > 0 {
		if l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(n+1))); err == nil {
			return l, nil
		}
	}
	return net.Listen("tcp", net.JoinHostPort(host, "0"))
}

// listen takes the port of the shop.
func listen(o options) (net.Listener, error) {
	l, err := net.Listen("tcp", o.addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %s is in use, perhaps by another dev server: stop that, or choose another port with -addr %s", o.port, net.JoinHostPort(o.host, "PORT"))
	}
	if operation := new(net.OpError); errors.As(err, &operation) {
		return nil, fmt.Errorf("cannot listen on -addr %s: %w", o.addr, operation.Err)
	}
	return l, err
}

func portOf(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String()) // a listener's address has a port
	return port
}

// firstLine leaves out what a program said before it ended: it was shown then.
func firstLine(err error) error {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(first)
}

// gate drops what is written before it is open.
type gate struct {
	open atomic.Bool
	w    io.Writer
}

func (g *gate) Write(b []byte) (int, error) {
	if g.open.Load() {
		return g.w.Write(b)
	}
	return len(b), nil
}
