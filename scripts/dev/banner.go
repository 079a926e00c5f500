package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/scripts/demo"
)

// banner says where everything is, and what to do first.
func (k *stack) banner(took time.Duration) {
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "  %-10s %s\n", name, value) }

	if k.front == nil {
		fmt.Fprintf(&b, "\nThe services are ready after %.2f s.\n\n", took.Seconds())
	} else {
		fmt.Fprintf(&b, "\nThe shop is ready after %.2f s.\n\n", took.Seconds())
		row("Shop", k.shopURL)
		if k.config.AppURL != k.shopURL {
			row("APP_URL", k.config.AppURL+" (customers come back there from paying)")
		}
	}
	row("Stripe", k.stripe())
	if k.embedded {
		row("Database", fmt.Sprintf("mongodb://%s/%s (embedded, kept in %s)", k.database.Host, k.database.Database, short(k.folder.Path)))
	} else {
		row("Database", k.database.String())
	}
	row("Sign in", k.accounts())
	if k.seeded && !k.embedded {
		fmt.Fprint(&b, "\nThe database was empty: it has demo products and accounts now.\n")
	}
	if k.deaf {
		fmt.Fprintf(&b, deaf, strings.TrimPrefix(k.webhook, "http://"))
	}
	if k.front == nil {
		fmt.Fprintf(&b, "\nIn the terminal of the server:\n\n  . %s\n\nThat sets:\n\n%s", quoted(k.envFile), exports(k.given))
		if len(k.given) > 0 {
			fmt.Fprintf(&b, "\nand to what you have set yourself: %s.\n", strings.Join(k.given, ", "))
		}
		if k.standIn {
			fmt.Fprintf(&b, "\nThe stand-in delivers events to %s\n", k.webhook)
		}
	} else if customer := k.customer(); customer != "" {
		fmt.Fprintf(&b, purchase, k.shopURL, customer, demo.Password)
	}
	fmt.Fprint(&b, "\nCtrl-C stops.\n\n")
	fmt.Fprint(k.out, b.String())
}

func (k *stack) stripe() string {
	key := string(k.config.StripeKey)
	switch {
	case k.standIn:
		return k.stripeURL + " (a stand-in: settle, refund and dispute payments there)"
	case stripepay.Livemode(key):
		return "your account, LIVE: payments move real money"
	case k.config.StripeAPIBase != "":
		return k.config.StripeAPIBase
	}
	return "your account in test mode, https://dashboard.stripe.com/test/payments"
}

func (k *stack) accounts() string {
	if len(k.signIns) == 0 {
		return "with an account of that database; go run ./scripts/seed makes some"
	}
	emails := make([]string, len(k.signIns))
	for i, a := range k.signIns {
		emails[i] = a.Email
	}
	return strings.Join(emails, ", ") + " (password " + demo.Password + ")"
}

func (k *stack) customer() string {
	for _, a := range k.signIns {
		if a.Role == shop.Customer {
			return a.Email
		}
	}
	return ""
}

const deaf = `
STRIPE_WEBHOOK_SECRET is not set, so no event from Stripe can be believed: an order
becomes placed when somebody looks at it, not before. With Stripe's command line,

  stripe listen --forward-to %s

prints a secret whsec_…: put it into .env as STRIPE_WEBHOOK_SECRET, start this again,
and let that run beside it.
`

// purchase needs no more than curl and sed, in any shell.
const purchase = `
A purchase, to paste into another terminal:

  shop=%s/api/v1
  token=$(curl -sS $shop/auth/login -H 'Content-Type: application/json' \
    -d '{"email":"%s","password":"%s"}' | sed 's/.*"accessToken":"\([^"]*\)".*/\1/')
  product=$(curl -sS $shop/products | sed 's/"_id":"\([^"]*\)".*/\1/; s/.*{//')
  curl -sS $shop/orders/init -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -d '{"productId":"'$product'","quantity":1,"deliveryAddress":"1 Example Street, Exampletown"}' |
    sed 's/.*"paymentSessionUrl":"\([^"]*\)".*/\1/'

It prints the page to pay on. Once that is done, the order is placed.
`

// quoted is a word for a shell.
func quoted(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n'\"\\$`!*?[](){}<>|&;#~") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
