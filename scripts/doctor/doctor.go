package main

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/config"
)

// maxSkew is what two clocks may be apart: well inside the five minutes that an
// event's signature is good for, and what makes times in the database comparable.
const maxSkew = 60 * time.Second

// doctor examines one deployment.
type doctor struct {
	root    string // the checkout that the deployment should be of
	env     environment
	fix     bool
	timeout time.Duration

	config config.Config
	faults []fault // of variables; config has something harmless in their places

	transport http.RoundTripper
	shop      *http.Client
	secrets   []string // what no line may show
}

func newDoctor(root string, e environment, o options, transport http.RoundTripper) *doctor {
	if transport == nil {
		transport = http.DefaultTransport
	}
	d := &doctor{root: root, env: e, fix: o.fix, timeout: o.timeout, transport: transport}
	// A redirect is a finding, and what is sent must not go elsewhere.
	d.shop = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	d.config, d.faults = load(e.get)
	d.secrets = secretsIn(e.get)
	return d
}

// bad reports whether a variable is missing or malformed.
func (d *doctor) bad(name string) bool {
	return slices.ContainsFunc(d.faults, func(f fault) bool { return f.name == name })
}

// examine makes every check, independent ones at the same time, and returns them
// in their order.
func (d *doctor) examine(ctx context.Context) []check {
	return unrepeated(together(ctx, d.variables, d.database, d.deployment, d.stripe))
}

// together runs all at once, and puts the results one after the other.
func together(ctx context.Context, all ...func(context.Context) []check) []check {
	results := make([][]check, len(all))
	var wait sync.WaitGroup
	for i, f := range all {
		wait.Go(func() { results[i] = f(ctx) })
	}
	wait.Wait()
	return slices.Concat(results...)
}

// unrepeated leaves the first of the lines that say nobody answers at the shop's
// address, if none of them says otherwise.
func unrepeated(checks []check) []check {
	if slices.ContainsFunc(checks, func(c check) bool { return c.asked && !c.silent }) {
		return checks
	}
	first := true
	for i, c := range checks {
		if c.silent && !first {
			checks[i] = skipped(c.Check, "nobody answers at APP_URL")
		}
		first = first && !c.silent
	}
	return checks
}

// local reports whether APP_URL is for this machine or its network alone.
func (d *doctor) local() bool {
	u, err := url.Parse(d.config.AppURL)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && (ip.IsLoopback() || ip.IsPrivate()))
}

// quote returns what others say as one short line; nothing of it where it has a
// secret in it.
func (d *doctor) quote(text string) string {
	for _, secret := range d.secrets {
		if strings.Contains(text, secret) {
			return "(the message is withheld, for it has a secret in it)"
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200]) + "…"
	}
	return text
}
