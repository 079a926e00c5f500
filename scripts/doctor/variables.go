package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/siam9192/payment-integration-server/pkg/config"
)

// remedies say where a variable's right value comes from.
var remedies = map[string]string{
	"MONGODB_URI":           "copy the connection string (Atlas: Database, Connect, Drivers) and put /shop before the ?",
	"STRIPE_SECRET_KEY":     "copy the secret key from Stripe: Developers, API keys",
	"STRIPE_WEBHOOK_SECRET": "copy the signing secret from Stripe: Developers, Webhooks, your endpoint; or let -fix register one",
	"JWT_SECRET":            "make one: openssl rand -base64 48",
	"ACCESS_TOKEN_TTL":      "correct it, or remove it for 15m",
	"REFRESH_TOKEN_TTL":     "correct it, or remove it for 720h",
	"APP_URL":               "set it to where the shop is, such as https://YOUR-PROJECT.vercel.app",
	"SUCCESS_URL":           "correct it, or remove it for the shop's own page",
	"CANCEL_URL":            "correct it, or remove it for the shop's own page",
	"CLIENT_ORIGINS":        "correct it, or remove it if no other page calls the API",
	"CURRENCY":              "correct it, or remove it for usd",
	"PUBLIC_TEST_ROUTES":    "set it to false",
	"CRON_SECRET":           "make one: openssl rand -hex 24",
	"STRIPE_API_BASE":       "remove it: then it is Stripe's own address",
}

// variables says what is wrong with each variable, or that nothing is.
func (d *doctor) variables(context.Context) []check {
	var checks []check
	for _, f := range d.faults {
		checks = append(checks, check{Check: f.name, Status: fail, Found: d.quote(f.message), Todo: remedies[f.name]})
	}
	checks = append(checks, d.doubts()...)
	if len(checks) == 0 {
		set := 0
		for _, name := range config.Names {
			if strings.TrimSpace(d.env.get(name)) != "" {
				set++
			}
		}
		return []check{{Check: "variables", Status: ok, Found: fmt.Sprintf("%d set, the others have their defaults; from %s", set, d.env.from)}}
	}
	return checks
}

// doubts are about values that are well-formed and yet not right.
func (d *doctor) doubts() (checks []check) {
	add := func(name string, s status, found, todo string) {
		if !d.bad(name) {
			checks = append(checks, check{Check: name, Status: s, Found: found, Todo: todo})
		}
	}
	c := d.config
	if slices.ContainsFunc(c.StripeWebhookSecrets, isPlaceholder) {
		add("STRIPE_WEBHOOK_SECRET", fail, "is a placeholder: every event is refused", remedies["STRIPE_WEBHOOK_SECRET"])
	}
	if n := distinct(string(c.JWTSecret)); n < 10 {
		add("JWT_SECRET", warn, fmt.Sprintf("repeats few characters (%d different ones), so it may be guessed", n), remedies["JWT_SECRET"])
	}
	if c.CronSecret == "" {
		add("CRON_SECRET", warn, "is not set: the daily reconciliation is refused, so an order whose event got lost stays pending", remedies["CRON_SECRET"])
	}
	if d.bad("APP_URL") || d.local() {
		return checks
	}
	if c.PublicTestRoutes {
		add("PUBLIC_TEST_ROUTES", warn, "is true: everyone may read all users, orders and payments", remedies["PUBLIC_TEST_ROUTES"])
	}
	if !c.HTTPS() {
		add("APP_URL", warn, "is not https: what customers send can be read on the way, cookies included", "set it to the https address")
	}
	if c.StripeAPIBase != "" {
		add("STRIPE_API_BASE", warn, "is set: payments go to "+c.StripeAPIBase+", not to Stripe", remedies["STRIPE_API_BASE"])
	}
	return checks
}

// isPlaceholder recognises what people enter before they have the endpoint's own.
// Stripe's secrets are random letters and digits.
func isPlaceholder(webhookSecret config.Secret) bool {
	rest := strings.ToLower(strings.TrimPrefix(string(webhookSecret), "whsec_"))
	for _, beginning := range []string{"placeholder", "your", "xxx", "changeme", "change_me", "example", "todo", "..."} {
		if strings.HasPrefix(rest, beginning) {
			return true
		}
	}
	return strings.Contains(rest, "…") || distinct(rest) < 5
}

func distinct(s string) int {
	seen := map[byte]bool{}
	for i := range len(s) {
		seen[s[i]] = true
	}
	return len(seen)
}
