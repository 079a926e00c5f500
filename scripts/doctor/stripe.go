package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/account"
	"github.com/stripe/stripe-go/v76/countryspec"
	"github.com/stripe/stripe-go/v76/webhookendpoint"

	"github.com/siam9192/payment-integration-server/pkg/stripepay"
)

const (
	stripeKey      = "Stripe key"
	stripeMode     = "Stripe mode"
	stripeAccount  = "Stripe account"
	stripeCurrency = "Stripe currency"
	stripeClock    = "Stripe clock"

	noStripe = "Stripe does not take the key, or does not answer"
)

// stripe examines the account, and the webhook that it has for the shop.
func (d *doctor) stripe(ctx context.Context) []check {
	checks := together(ctx, d.account, d.webhook)
	if checks[0].Status == fail {
		for i, c := range checks {
			if c.refused {
				checks[i] = skipped(c.Check, noStripe)
			}
		}
	}
	return checks
}

// api is Stripe's API within one deadline.
type api struct {
	account   account.Client
	countries countryspec.Client
	endpoints webhookendpoint.Client
	trip      *datedTrip
}

// stripeAPI makes the clients; they are good until ctx ends.
func (d *doctor) stripeAPI(ctx context.Context) api {
	trip := &datedTrip{ctx: ctx, under: d.transport}
	c := &stripe.BackendConfig{
		HTTPClient:        &http.Client{Transport: trip},
		MaxNetworkRetries: stripe.Int64(0),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if d.config.StripeAPIBase != "" {
		c.URL = stripe.String(d.config.StripeAPIBase)
	}
	b, key := stripe.GetBackendWithConfig(stripe.APIBackend, c), string(d.config.StripeKey)
	return api{account.Client{B: b, Key: key}, countryspec.Client{B: b, Key: key}, webhookendpoint.Client{B: b, Key: key}, trip}
}

// datedTrip puts every request under ctx, for not every call of the SDK takes one,
// and keeps the first answer's Date.
type datedTrip struct {
	ctx   context.Context
	under http.RoundTripper

	mu          sync.Mutex
	asked, date time.Time
}

func (t *datedTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := time.Now()
	res, err := t.under.RoundTrip(r.WithContext(t.ctx))
	if err == nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		if date, err := http.ParseTime(res.Header.Get("Date")); err == nil && t.date.IsZero() {
			t.asked, t.date = asked, date
		}
	}
	return res, err
}

func (t *datedTrip) clock() check {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.date.IsZero() {
		return skipped(stripeClock, "Stripe does not tell the time")
	}
	return clock(stripeClock, "Stripe's", t.date, t.asked)
}

// account examines the key, and what the account behind it may do.
func (d *doctor) account(ctx context.Context) []check {
	names := []string{stripeKey, stripeMode, stripeAccount, stripeCurrency, stripeClock}
	if d.bad("STRIPE_SECRET_KEY") {
		var checks []check
		for _, name := range names {
			checks = append(checks, skipped(name, "STRIPE_SECRET_KEY is not right"))
		}
		return checks
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	s := d.stripeAPI(ctx)
	a, err := s.account.Get()
	live := stripepay.Livemode(string(d.config.StripeKey))
	mode := "test"
	if live {
		mode = "live"
	}
	if status := stripeStatus(err); status == http.StatusForbidden {
		return []check{
			{Check: stripeKey, Status: ok, Found: "is taken; it is restricted, and may not read the account"},
			d.mode(live), skipped(stripeAccount, "the key may not read it"), skipped(stripeCurrency, "the key may not read the account"), s.trip.clock(),
		}
	}
	if err != nil {
		c := check{Check: stripeKey, Status: fail}
		c.Found, c.Todo = d.stripeWords(err)
		return []check{c, d.mode(live), skipped(stripeAccount, noStripe), skipped(stripeCurrency, noStripe), s.trip.clock()}
	}
	return []check{
		{Check: stripeKey, Status: ok, Found: fmt.Sprintf("is taken, in %s mode, for account %s", mode, a.ID)},
		d.mode(live), charges(a, live), d.currency(s, a), s.trip.clock(),
	}
}

// mode holds the key against where the shop is.
func (d *doctor) mode(live bool) check {
	u, err := url.Parse(d.config.AppURL)
	switch {
	case d.bad("APP_URL") || err != nil:
		return skipped(stripeMode, "APP_URL is not right")
	case live && d.local():
		return check{Check: stripeMode, Status: fail, Found: "the key is live, and the shop is on this machine: trying it out moves real money",
			Todo: "use the sk_test_… key here, and the live one in Vercel alone"}
	case !live && !d.local() && !strings.HasSuffix(u.Hostname(), ".vercel.app"):
		return check{Check: stripeMode, Status: warn, Found: "the key is for tests, and " + u.Hostname() + " is a domain of its own: orders are placed without money",
			Todo: "for real money, set the live key, and the live endpoint's signing secret"}
	case live:
		return check{Check: stripeMode, Status: ok, Found: "live: payments move real money"}
	}
	return check{Check: stripeMode, Status: ok, Found: "test: no money moves"}
}

func charges(a *stripe.Account, live bool) check {
	switch {
	case a.ChargesEnabled:
		return check{Check: stripeAccount, Status: ok, Found: "may take payments"}
	case live:
		return check{Check: stripeAccount, Status: fail, Found: "may not take payments", Todo: "finish what Stripe asks for: https://dashboard.stripe.com/account/onboarding"}
	}
	return check{Check: stripeAccount, Status: warn, Found: "may take test payments only", Todo: "before going live, activate it: https://dashboard.stripe.com/account/onboarding"}
}

// currency asks what the account's country can be paid in, where Stripe tells.
func (d *doctor) currency(s api, a *stripe.Account) check {
	want := stripe.Currency(d.config.Currency)
	switch {
	case d.bad("CURRENCY"):
		return skipped(stripeCurrency, "CURRENCY is not right")
	case want == a.DefaultCurrency:
		return check{Check: stripeCurrency, Status: ok, Found: fmt.Sprintf("%s, which is the account's own", want)}
	}
	spec, err := s.countries.Get(a.Country, nil)
	switch {
	case err != nil || len(spec.SupportedPaymentCurrencies) == 0:
		return check{Check: stripeCurrency, Status: ok, Found: fmt.Sprintf("%s, paid out in %s; Stripe does not tell which others it takes here", want, a.DefaultCurrency)}
	case !slices.Contains(spec.SupportedPaymentCurrencies, want):
		return check{Check: stripeCurrency, Status: fail, Found: fmt.Sprintf("an account in %s cannot be paid in %s", a.Country, want), Todo: fmt.Sprintf("set CURRENCY, for example to %s", a.DefaultCurrency)}
	}
	return check{Check: stripeCurrency, Status: ok, Found: fmt.Sprintf("%s, paid out in %s", want, a.DefaultCurrency)}
}

// stripeStatus is the status that Stripe answered with, 0 for none.
func stripeStatus(err error) int {
	var e *stripe.Error
	if errors.As(err, &e) {
		return e.HTTPStatusCode
	}
	return 0
}

// stripeWords says why a call failed. Stripe's own words for a bad key have some of
// it in them, so they are not shown.
func (d *doctor) stripeWords(err error) (found, todo string) {
	var e *stripe.Error
	if !errors.As(err, &e) {
		return "Stripe " + d.networkWords(err), "look at this machine's network, and at STRIPE_API_BASE"
	}
	switch {
	case e.HTTPStatusCode == http.StatusUnauthorized:
		return "Stripe does not accept it: it is revoked, expired or mistyped", "copy the secret key from Stripe anew: Developers, API keys"
	case e.HTTPStatusCode == http.StatusForbidden:
		return "the key is restricted, and may not do this", "give it the permission in Stripe: Developers, API keys"
	case e.HTTPStatusCode == http.StatusTooManyRequests:
		return "Stripe answers 429: too many requests", "wait a minute, and run this again"
	case e.HTTPStatusCode >= 500:
		return fmt.Sprintf("Stripe answers %d: it is not well", e.HTTPStatusCode), "see https://status.stripe.com, and run this again later"
	}
	return fmt.Sprintf("Stripe answers %d: %s", e.HTTPStatusCode, d.quote(e.Msg)), "correct what Stripe names"
}
