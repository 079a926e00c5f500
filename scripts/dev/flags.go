package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
)

const help = `Runs the whole server on this machine: the shop and its pages, a database, and a
stand-in for Stripe.

  go run ./scripts/dev [flags]

  -addr ADDRESS   where the shop is served; default 127.0.0.1:3000. The stand-in
                  takes the port after it, or a free one.
  -data FOLDER    where the data stays between runs; default .local in the project
  -reset          empty that folder first
  -live           allow a live Stripe key: with it, payments move real money
  -services       run only the database and the stand-in, for "vercel dev", and
                  say which variables it needs
  -webhook URL    with -services: where the stand-in delivers its events; default
                  /api/v1/payments/webhook at -addr
  -h              this text

Variables (env.example explains each) are read from the environment and from .env
in the project; what is in the environment wins. Where MONGODB_URI is missing or
empty, the embedded database is used, and where STRIPE_SECRET_KEY is, the stand-in.
Everything else that is missing has a value that is right here.
`

type options struct {
	addr         string
	host         string // of addr
	port         string
	data         string // "" = local.DefaultFolder in the project
	reset        bool
	live         bool
	servicesOnly bool
	webhook      string
}

func parseFlags(args []string) (o options, err error) {
	f := flag.NewFlagSet("dev", flag.ContinueOnError)
	f.SetOutput(io.Discard) // main says it shorter
	f.StringVar(&o.addr, "addr", "127.0.0.1:3000", "")
	f.StringVar(&o.data, "data", "", "")
	f.BoolVar(&o.reset, "reset", false, "")
	f.BoolVar(&o.live, "live", false, "")
	f.BoolVar(&o.servicesOnly, "services", false, "")
	f.StringVar(&o.webhook, "webhook", "", "")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", f.Arg(0))
	}
	o.host, o.port, err = net.SplitHostPort(o.addr)
	if err != nil {
		return o, fmt.Errorf("-addr %q is not an address such as 127.0.0.1:3000", o.addr)
	}
	if o.webhook != "" && !o.servicesOnly {
		return o, fmt.Errorf("-webhook goes with -services")
	}
	if o.servicesOnly && o.webhook == "" {
		o.webhook = origin(o.host, o.port) + webhookPath
	}
	if u, err := url.Parse(o.webhook); o.servicesOnly && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		return o, fmt.Errorf("-webhook %q is not an http or https URL", o.webhook)
	}
	return o, nil
}

const webhookPath = "/api/v1/payments/webhook"

// origin is the address of a server for a browser on this machine.
func origin(host, port string) string {
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
