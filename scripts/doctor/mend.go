package main

import (
	"context"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"github.com/siam9192/payment-integration-server/pkg/stripepay"
)

const fixWebhook = "fix webhook"

// mend registers the endpoint where the shop has none; else it enables one, if none
// is, and gives each that is enabled exactly the shop's events. It says what it did.
func (d *doctor) mend(ctx context.Context, found []*stripe.WebhookEndpoint) (did []check) {
	if len(found) == 0 {
		return []check{d.register(ctx)}
	}
	active := enabled(found)
	if len(active) == 0 {
		active = found[:1] // the newest
	}
	for _, e := range active {
		lacking, surplus := difference(e.EnabledEvents)
		if e.Status != "enabled" || len(lacking)+len(surplus) > 0 {
			did = append(did, d.update(ctx, e))
		}
	}
	return did
}

func (d *doctor) register(ctx context.Context) check {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	address := d.config.AppURL + webhookPath
	e, err := d.stripeAPI(ctx).endpoints.New(&stripe.WebhookEndpointParams{
		URL: &address, EnabledEvents: eventTypes(), APIVersion: stripe.String(stripe.APIVersion), Description: stripe.String("payment-integration-server"),
	})
	if err != nil {
		return d.failed("could not register an endpoint", err)
	}
	c := check{Check: fixWebhook, Status: warn, Found: "registered " + e.ID + " for " + address + ", API version " + stripe.APIVersion}
	if e.Secret == "" {
		c.Todo = "copy its signing secret from Stripe (Developers, Webhooks) to STRIPE_WEBHOOK_SECRET in Vercel, and redeploy"
	} else {
		c.Todo = "set STRIPE_WEBHOOK_SECRET=" + e.Secret + " in Vercel (Settings, Environment Variables), and redeploy; it is shown this once"
	}
	return c
}

func (d *doctor) update(ctx context.Context, e *stripe.WebhookEndpoint) check {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	p := &stripe.WebhookEndpointParams{EnabledEvents: eventTypes()}
	did := []string{"gave " + e.ID + " exactly the shop's events"}
	if e.Status != "enabled" {
		p.Disabled = stripe.Bool(false)
		did = append(did, "enabled it")
	}
	if _, err := d.stripeAPI(ctx).endpoints.Update(e.ID, p); err != nil {
		return d.failed("could not change "+e.ID, err)
	}
	return check{Check: fixWebhook, Status: ok, Found: strings.Join(did, " and ") + "; its signing secret stays"}
}

func (d *doctor) failed(what string, err error) check {
	found, todo := d.stripeWords(err)
	return check{Check: fixWebhook, Status: fail, Found: what + ": " + found, Todo: todo}
}

func eventTypes() (types []*string) {
	for _, t := range stripepay.EventTypes {
		types = append(types, stripe.String(string(t)))
	}
	return types
}
