// Command seed puts a demo shop into a database, makes somebody an admin, or
// empties the database. It needs no server and no Stripe keys.
//
//	go run ./scripts/seed
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

const help = `Puts a demo shop into the database: products, an admin and two customers, and all
indexes. What is there already stays as it is, so it may be run again.

  go run ./scripts/seed [flags]

  -admin EMAIL        make this account an admin; if there is none, create it and
                      ask for a name and a password (or make one up and show it
                      once, where nobody is there to ask). No demo accounts are
                      written then, and demo products only if there are no others
  -bare               write no demo data at all, only the indexes and the -admin
  -reset              empty the database first. It says which one and what is in
                      it, and asks for its name
  -yes                with -reset: do not ask
  -even-real-orders   with -reset: empty even a database with real orders, which is
                      refused otherwise: live ones, and on another machine paid ones
  -data FOLDER        the dev server's -data, if it has one
  -h                  this text

The database is MONGODB_URI, from the environment or from .env in the project. If
that is not set, it is the one of the dev server (go run ./scripts/dev), which has
to run. CURRENCY is the currency of the demo prices, usd if it is not set.

On this machine the demo accounts have a known password; anywhere else each gets a
random one, which is shown once.
`

type options struct {
	admin string // "" = nobody
	bare  bool
	reset bool
	yes   bool
	force bool // -even-real-orders
	data  string
}

func parseFlags(args []string) (o options, err error) {
	f := flag.NewFlagSet("seed", flag.ContinueOnError)
	f.SetOutput(io.Discard) // main says it shorter
	f.StringVar(&o.admin, "admin", "", "")
	f.BoolVar(&o.bare, "bare", false, "")
	f.BoolVar(&o.reset, "reset", false, "")
	f.BoolVar(&o.yes, "yes", false, "")
	f.BoolVar(&o.force, "even-real-orders", false, "")
	f.StringVar(&o.data, "data", "", "")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag", f.Arg(0))
	case (o.yes || o.force) && !o.reset:
		return o, errors.New("-yes and -even-real-orders go with -reset")
	case given["admin"]:
		o.admin = shop.NormalEmail(o.admin)
		if problem := faultOf("email", shop.Registration{Email: o.admin}); problem != "" {
			return o, fmt.Errorf("-admin %q %s", o.admin, problem)
		}
	}
	return o, nil
}

// faultOf is what is wrong with one field of a registration, "" for nothing.
func faultOf(path string, r shop.Registration) string {
	for _, fault := range r.Validate() {
		if fault.Path == path {
			return fault.Message
		}
	}
	return ""
}

func main() {
	o, err := parseFlags(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(help)
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "seed: %v\nSee: go run ./scripts/seed -h\n", err)
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err = run(ctx, o, newPerson(os.Stdin, os.Stdout), os.Stdout)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\nseed: stopped. It may be run again.")
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "seed:", err)
		os.Exit(1)
	}
}
