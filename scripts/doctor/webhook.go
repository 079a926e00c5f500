package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/siam9192/payment-integration-server/pkg/stripepay"
)

const (
	webhookEndpoint = "webhook endpoint"
	webhookEvents   = "webhook events"
	webhookDelivery = "webhook delivery"
	webhookSecret   = "webhook secret"

	webhookPath = "/api/v1/payments/webhook"
)

// webhook examines the endpoint that Stripe has for the shop, and the way to it.
func (d *doctor) webhook(ctx context.Context) []check {
	if d.bad("APP_URL") {
		return []check{skipped(webhookEndpoint, "APP_URL is not right"), skipped(webhookEvents, "APP_URL is not right"),
			skipped(webhookDelivery, "APP_URL is not right"), skipped(webhookSecret, "APP_URL is not right")}
	}
	// The usual address is tried while Stripe is asked for the registered one.
	usual := d.config.AppURL + webhookPath
	var addresses []string
	var delivery, secret check
	checks := together(ctx,
		func(ctx context.Context) (checks []check) {
			checks, addresses = d.registered(ctx)
			return checks
		},
		func(ctx context.Context) []check { delivery = d.delivery(ctx, usual); return nil },
		func(ctx context.Context) []check { secret = d.webhookSecret(ctx, usual); return nil },
	)
	if len(addresses) > 0 && !slices.Contains(addresses, usual) {
		together(ctx,
			func(ctx context.Context) []check { delivery = d.delivery(ctx, addresses[0]); return nil },
			func(ctx context.Context) []check { secret = d.webhookSecret(ctx, addresses[0]); return nil },
		)
	}
	return append(checks, delivery, secret)
}

// registered examines what Stripe has, with fix after putting it right, and returns
// the addresses that Stripe delivers to.
func (d *doctor) registered(ctx context.Context) (checks []check, addresses []string) {
	why := ""
	switch {
	case d.bad("STRIPE_SECRET_KEY"):
		why = "STRIPE_SECRET_KEY is not right"
	case d.local() && stripepay.Livemode(string(d.config.StripeKey)):
		why = "a live account has no business with this machine"
	case d.local() && d.config.StripeAPIBase == "":
		why = "Stripe does not reach this machine; to forward events to it: stripe listen --forward-to " + d.config.AppURL + webhookPath
	}
	if why != "" {
		return []check{skipped(webhookEndpoint, why), skipped(webhookEvents, "so are the endpoints")}, nil
	}
	found, total, err := d.ours(ctx)
	if err != nil {
		return d.unknown(err), nil
	}
	if d.fix {
		if did := d.mend(ctx, found); len(did) > 0 {
			checks = append(checks, did...)
			if found, total, err = d.ours(ctx); err != nil {
				return append(checks, d.unknown(err)...), nil
			}
		}
	}
	for _, e := range enabled(found) {
		addresses = append(addresses, e.URL)
	}
	return append(checks, d.endpoint(found, total), events(found)), addresses
}

// unknown is what to say where Stripe does not list its endpoints.
func (d *doctor) unknown(err error) []check {
	c := check{Check: webhookEndpoint, Status: fail, refused: true}
	c.Found, c.Todo = d.stripeWords(err)
	if stripeStatus(err) == http.StatusForbidden {
		c = check{Check: webhookEndpoint, Status: warn, Found: "the restricted key may not read webhook endpoints",
			Todo: "give it that permission, or look yourself: Stripe, Developers, Webhooks"}
	}
	return []check{c, skipped(webhookEvents, "the endpoints are not known")}
}

// ours are the endpoints of the shop's address; total counts those of others too.
func (d *doctor) ours(ctx context.Context) (found []*stripe.WebhookEndpoint, total int, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	p := &stripe.WebhookEndpointListParams{}
	p.Limit = stripe.Int64(100)
	list := d.stripeAPI(ctx).endpoints.List(p)
	for list.Next() {
		total++
		if e := list.WebhookEndpoint(); d.isOurs(e.URL) {
			found = append(found, e)
		}
	}
	return found, total, list.Err()
}

// isOurs compares scheme, host and path; a query may be there for a reason, such as
// the secret that passes Vercel's deployment protection.
func (d *doctor) isOurs(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	base, err := url.Parse(d.config.AppURL)
	return err == nil && u.Scheme == base.Scheme && host(u) == host(base) && isWebhookPath(strings.TrimRight(u.Path, "/"))
}

func host(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// shown is an endpoint's address without what may be secret.
func shown(address string) string {
	before, _, _ := strings.Cut(address, "?")
	return before
}

func enabled(all []*stripe.WebhookEndpoint) []*stripe.WebhookEndpoint {
	return slices.DeleteFunc(slices.Clone(all), func(e *stripe.WebhookEndpoint) bool { return e.Status != "enabled" })
}

func (d *doctor) endpoint(found []*stripe.WebhookEndpoint, total int) check {
	c := check{Check: webhookEndpoint, Status: fail}
	active := enabled(found)
	switch {
	case len(found) == 0:
		c.Found = fmt.Sprintf("Stripe has none for %s (and %d for other addresses)", d.config.AppURL+webhookPath, total)
		c.Todo = "run this with -fix, or add it in Stripe: Developers, Webhooks"
	case len(active) == 0:
		c.Found, c.Todo = found[0].ID+" is disabled: no event is delivered", "run this with -fix, or enable it in Stripe: Developers, Webhooks"
	case len(active) > 1:
		c.Status = warn
		c.Found = fmt.Sprintf("%d are enabled for this shop (%s): each event is delivered %d times", len(active), ids(active), len(active))
		c.Todo = "disable all but the one whose signing secret is in STRIPE_WEBHOOK_SECRET: Stripe, Developers, Webhooks"
	default:
		version := active[0].APIVersion
		if version == "" {
			version = "the account's"
		}
		c.Status, c.Found = ok, fmt.Sprintf("%s is enabled for %s, API version %s", active[0].ID, shown(active[0].URL), version)
	}
	return c
}

func ids(all []*stripe.WebhookEndpoint) string {
	var words []string
	for _, e := range all {
		words = append(words, e.ID)
	}
	return strings.Join(words, ", ")
}

// events holds those that the enabled endpoints ask for, together, against those
// that the shop understands.
func events(found []*stripe.WebhookEndpoint) check {
	active := enabled(found)
	if len(active) == 0 {
		return skipped(webhookEvents, "there is no enabled endpoint")
	}
	var asked []string
	for _, e := range active {
		asked = append(asked, e.EnabledEvents...)
	}
	lacking, surplus := difference(asked)
	switch {
	case len(lacking) > 0:
		return check{Check: webhookEvents, Status: fail, Found: "the endpoint does not ask for " + strings.Join(lacking, ", "), Todo: "run this with -fix, or select them in Stripe"}
	case len(surplus) > 0:
		return check{Check: webhookEvents, Status: warn, Found: "the endpoint asks for more than the shop understands: " + strings.Join(surplus, ", "),
			Todo: "run this with -fix, or remove them in Stripe: each costs a call for nothing"}
	}
	return check{Check: webhookEvents, Status: ok, Found: fmt.Sprintf("exactly the %d that the shop understands", len(stripepay.EventTypes))}
}

func difference(asked []string) (lacking, surplus []string) {
	all := slices.Contains(asked, "*")
	for _, t := range stripepay.EventTypes {
		if !all && !slices.Contains(asked, string(t)) {
			lacking = append(lacking, string(t))
		}
	}
	for _, t := range asked {
		if !slices.Contains(stripepay.EventTypes, stripe.EventType(t)) && !slices.Contains(surplus, t) {
			surplus = append(surplus, t)
		}
	}
	return lacking, surplus
}

// delivery posts to the endpoint as anybody could: the shop must refuse it, and the
// shop itself, for Stripe follows no redirect and signs in nowhere.
func (d *doctor) delivery(ctx context.Context, address string) check {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	a := d.ask(ctx, http.MethodPost, address, "{}", "Content-Type", "application/json")
	switch {
	case a.is(http.StatusBadRequest):
		return good(webhookDelivery, "an unsigned event reaches the shop, which refuses it")
	case a.is(http.StatusOK):
		c := d.judge(webhookDelivery, a)
		c.Found = "answers 200: the shop takes an unsigned event"
		return c
	}
	return d.judge(webhookDelivery, a)
}

// webhookSecret sends a signed event of a type that the shop acknowledges and
// ignores, to see that the deployment has the secret that is here.
func (d *doctor) webhookSecret(ctx context.Context, address string) check {
	if d.bad("STRIPE_WEBHOOK_SECRET") {
		return skipped(webhookSecret, "STRIPE_WEBHOOK_SECRET is not right")
	}
	if slices.ContainsFunc(d.config.StripeWebhookSecrets, isPlaceholder) {
		return skipped(webhookSecret, "STRIPE_WEBHOOK_SECRET is a placeholder")
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	for _, secret := range d.config.StripeWebhookSecrets {
		now := time.Now()
		signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{
			Payload: fmt.Appendf(nil, `{"id":"evt_doctor","object":"event","type":"doctor.examined","created":%d,"data":{"object":{}}}`, now.Unix()),
			Secret:  string(secret), Timestamp: now,
		})
		a := d.ask(ctx, http.MethodPost, address, string(signed.Payload), "Content-Type", "application/json", "Stripe-Signature", signed.Header)
		switch {
		case a.is(http.StatusOK):
		case a.is(http.StatusBadRequest):
			return check{Check: webhookSecret, Status: fail, asked: true, Found: "the shop does not take an event signed with STRIPE_WEBHOOK_SECRET: the deployment has another",
				Todo: "set the endpoint's signing secret in Vercel (Settings, Environment Variables), and redeploy"}
		default:
			return d.judge(webhookSecret, a)
		}
	}
	return good(webhookSecret, "the shop takes an event that is signed with STRIPE_WEBHOOK_SECRET; whether Stripe signs with it, its first delivery shows")
}
