package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/siam9192/payment-integration-server/pkg/config"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
)

// settings is how the shop is set up this time.
type settings struct {
	config   config.Config
	embedded bool         // the database is ours to start
	standIn  bool         // so is what stands in for Stripe
	deaf     bool         // Stripe is real, and its events cannot be verified
	database local.Target // where the database is, if it is not embedded
	given    []string     // the variables that had a value before
}

const placeholder = "mongodb://127.0.0.1" // until the embedded database says where it is

// settle puts a value for this machine into each variable that is missing, and
// checks them all. shopURL is where a browser finds the shop.
func settle(folder local.Folder, shopURL string, allowLive bool) (s settings, err error) {
	s.embedded = missing("MONGODB_URI")
	s.standIn = missing("STRIPE_SECRET_KEY") && missing("STRIPE_API_BASE")
	s.deaf = missing("STRIPE_WEBHOOK_SECRET") && !missing("STRIPE_SECRET_KEY") && missing("STRIPE_API_BASE")

	for _, name := range config.Names {
		if !missing(name) {
			s.given = append(s.given, name)
		}
	}

	values := map[string]string{"STRIPE_SECRET_KEY": "sk_test_local", "APP_URL": shopURL}
	for _, name := range []string{"JWT_SECRET", "CRON_SECRET", "STRIPE_WEBHOOK_SECRET"} {
		secret, err := folder.Secret(name)
		if err != nil {
			return s, err
		}
		values[name] = secret
	}
	values["STRIPE_WEBHOOK_SECRET"] = "whsec_" + values["STRIPE_WEBHOOK_SECRET"]
	for name, value := range values {
		if missing(name) {
			if err := os.Setenv(name, value); err != nil {
				return s, err
			}
		}
	}

	s.config, err = config.Load(func(name string) string {
		if name == "MONGODB_URI" && s.embedded {
			return placeholder
		}
		return os.Getenv(name)
	})
	if err != nil {
		return s, err
	}
	if stripepay.Livemode(string(s.config.StripeKey)) && !allowLive {
		return s, errors.New("STRIPE_SECRET_KEY is a live key: orders would take real money. Use the sk_test_… key of the same page in Stripe's dashboard, or say -live")
	}
	if !s.embedded {
		s.database, err = local.ParseTarget(string(s.config.MongoURI))
	}
	return s, err
}

func missing(name string) bool { return strings.TrimSpace(os.Getenv(name)) == "" }

// exports are shell lines that set every variable that has a value, but not those
// of skip.
func exports(skip []string) string {
	var b strings.Builder
	for _, name := range config.Names {
		if !missing(name) && !slices.Contains(skip, name) {
			fmt.Fprintf(&b, "export %s=%s\n", name, quoted(os.Getenv(name)))
		}
	}
	return b.String()
}

// originOf is scheme and host of a URL that was checked before.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}
