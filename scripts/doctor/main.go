// Command doctor examines a deployment of the shop: its variables, its database,
// its Stripe account and webhook, and what answers at its address. It says of each
// what it found and what to do about it.
//
//	go run ./scripts/doctor
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/platform"
)

const help = `Examines a deployment of the shop and says, one line for each check, what it found
and what to do about it: ok, warn, fail, or skip for what another fault hides.

  go run ./scripts/doctor [flags]

  -env FILE       read the variables from this file; default .env in the project,
                  if there is one. A variable that is in the environment already
                  wins, even an empty one
  -fix            create the indexes that are missing; register the webhook endpoint
                  at Stripe, or give the one that is there the right events and
                  enable it. A new endpoint's signing secret is shown, this once.
                  Endpoints of other addresses are left alone
  -json           print an array of {"check", "status", "found", "todo"} instead
  -timeout TIME   how long to wait for what does not answer; default 5s
  -h              this text

Exit code: 0 where nothing fails, 1 where something does, 2 where nothing could be
examined: a wrong flag, a file that cannot be read. ("go run" makes 1 of any but 0.)

For a deployment on Vercel:

  npx vercel env pull --environment=production .env.production.local
  APP_URL=https://YOUR-PROJECT.vercel.app go run ./scripts/doctor -env .env.production.local

Vercel does not give sensitive variables away: they come empty, and belong before
the command or into the file.

Without -fix nothing is changed, with one exception that can do no harm: where
CRON_SECRET is set, it is tried, and that runs the reconciliation that the daily cron
runs. The webhook is sent one event of a type that the shop ignores, signed with
STRIPE_WEBHOOK_SECRET. No secret is shown, but for that of a new endpoint.
`

type options struct {
	env     string // "" = .env in the project, if there is one
	fix     bool
	json    bool
	timeout time.Duration
}

func parseFlags(args []string) (o options, err error) {
	f := flag.NewFlagSet("doctor", flag.ContinueOnError)
	f.SetOutput(io.Discard) // run says it shorter
	f.StringVar(&o.env, "env", "", "")
	f.BoolVar(&o.fix, "fix", false, "")
	f.BoolVar(&o.json, "json", false, "")
	f.DurationVar(&o.timeout, "timeout", 5*time.Second, "")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	given := false
	f.Visit(func(f *flag.Flag) { given = given || f.Name == "env" })
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag", f.Arg(0))
	case given && o.env == "":
		return o, errors.New("-env names no file")
	case o.timeout <= 0:
		return o, errors.New("-timeout must be more than 0")
	}
	return o, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, nil, os.Stdout, os.Stderr))
}

// The exit codes.
const (
	healthy  = 0
	faulty   = 1
	unusable = 2 // nothing was examined
)

// run is the program. transport may be nil; it carries what goes to the shop and
// to Stripe.
func run(ctx context.Context, args []string, lookup func(string) (string, bool), transport http.RoundTripper, stdout, stderr io.Writer) int {
	o, err := parseFlags(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, help)
		return healthy
	case err != nil:
		fmt.Fprintf(stderr, "doctor: %v\nSee: go run ./scripts/doctor -h\n", err)
		return unusable
	}
	root, err := platform.Root()
	if err != nil {
		fmt.Fprintln(stderr, "doctor:", err)
		return unusable
	}
	e, err := readEnvironment(root, o.env, lookup)
	if err != nil {
		fmt.Fprintln(stderr, "doctor:", err)
		return unusable
	}
	checks := newDoctor(root, e, o, transport).examine(ctx)
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "\ndoctor: stopped. It may be run again.")
		return faulty
	}
	if err := write(stdout, checks, o.json); err != nil {
		fmt.Fprintln(stderr, "doctor:", err)
		return faulty
	}
	for _, c := range checks {
		if c.Status == fail {
			return faulty
		}
	}
	return healthy
}
