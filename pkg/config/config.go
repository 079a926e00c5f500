// Package config reads the environment into one struct, once, and reports every
// fault in it at once.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Secret is a value that must not be shown. Printed, logged or marshalled it is
// only "[set]" or "[empty]"; a conversion to string reveals it.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return "[empty]"
	}
	return "[set]"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Config is the whole configuration. It prints without secrets.
type Config struct {
	MongoURI             Secret
	StripeKey            Secret
	StripeWebhookSecrets []Secret
	StripeAPIBase        string // "" = Stripe's own address
	JWTSecret            Secret
	AccessTokenTTL       time.Duration
	RefreshTokenTTL      time.Duration
	AppURL               string // scheme and host, without a final slash
	SuccessURL           string // pages the customer returns to
	CancelURL            string
	ClientOrigins        []string
	Currency             shop.Currency
	PublicTestRoutes     bool
	CronSecret           Secret
}

// HTTPS reports whether the shop is served over HTTPS, as every deployment is.
func (c Config) HTTPS() bool { return strings.HasPrefix(c.AppURL, "https://") }

// Names is every variable that Load reads, as env.example lists them. The two
// VERCEL_… that stand in for APP_URL are set by the platform.
var Names = []string{"MONGODB_URI", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "JWT_SECRET",
	"ACCESS_TOKEN_TTL", "REFRESH_TOKEN_TTL", "APP_URL", "SUCCESS_URL", "CANCEL_URL", "CLIENT_ORIGINS",
	"CURRENCY", "PUBLIC_TEST_ROUTES", "CRON_SECRET", "STRIPE_API_BASE"}

const minJWTSecret = 32 // bytes: the size of HS256's hash (RFC 7518, 3.2)

// Load reads the environment through getenv (os.Getenv). Its error lists every
// variable that is missing or bad, one per line, and shows no value of a secret.
func Load(getenv func(string) string) (Config, error) {
	r := reader{getenv: getenv}
	c := Config{
		MongoURI:             r.secret("MONGODB_URI", mongoURI),
		StripeKey:            r.secret("STRIPE_SECRET_KEY", stripeKey),
		StripeWebhookSecrets: r.webhookSecrets("STRIPE_WEBHOOK_SECRET"),
		StripeAPIBase:        r.url("STRIPE_API_BASE"),
		JWTSecret:            r.secret("JWT_SECRET", jwtSecret),
		AccessTokenTTL:       r.duration("ACCESS_TOKEN_TTL", 15*time.Minute),
		RefreshTokenTTL:      r.duration("REFRESH_TOKEN_TTL", 720*time.Hour),
		AppURL:               r.appURL(),
		SuccessURL:           r.url("SUCCESS_URL"),
		CancelURL:            r.url("CANCEL_URL"),
		ClientOrigins:        r.origins("CLIENT_ORIGINS"),
		Currency:             r.currency("CURRENCY", "usd"),
		PublicTestRoutes:     r.bool("PUBLIC_TEST_ROUTES"),
		CronSecret:           r.cronSecret("CRON_SECRET"),
	}
	if c.SuccessURL == "" {
		c.SuccessURL = c.AppURL + "/success"
	}
	if c.CancelURL == "" {
		c.CancelURL = c.AppURL + "/cancel"
	}
	if len(r.faults) > 0 {
		return Config{}, fmt.Errorf("the environment is not complete (env.example explains each variable):\n%w", errors.Join(r.faults...))
	}
	return c, nil
}

type reader struct {
	getenv func(string) string
	faults []error
}

func (r *reader) value(name string) string { return strings.TrimSpace(r.getenv(name)) }

func (r *reader) fault(name, message string) {
	r.faults = append(r.faults, fmt.Errorf("  %s %s", name, message))
}

func (r *reader) secret(name string, check func(string) string) Secret {
	v := r.value(name)
	if v == "" {
		r.fault(name, "is not set")
	} else if problem := check(v); problem != "" {
		r.fault(name, problem)
	}
	return Secret(v)
}

func mongoURI(v string) string {
	if !strings.HasPrefix(v, "mongodb://") && !strings.HasPrefix(v, "mongodb+srv://") {
		return "must start with mongodb:// or mongodb+srv://"
	}
	return ""
}

func stripeKey(v string) string {
	for _, prefix := range []string{"sk_test_", "sk_live_", "rk_test_", "rk_live_"} {
		if strings.HasPrefix(v, prefix) && len(v) > len(prefix) {
			return ""
		}
	}
	return "must be a secret or restricted key: sk_test_…, sk_live_…, rk_test_… or rk_live_…"
}

func jwtSecret(v string) string {
	if len(v) < minJWTSecret {
		return fmt.Sprintf("must have at least %d bytes: openssl rand -base64 48", minJWTSecret)
	}
	return ""
}

func (r *reader) webhookSecrets(name string) (secrets []Secret) {
	for _, v := range list(r.value(name)) {
		if !strings.HasPrefix(v, "whsec_") || len(v) < len("whsec_")+8 {
			r.fault(name, "must be the endpoint's signing secret, whsec_…, or two of them separated by a comma")
			return nil
		}
		secrets = append(secrets, Secret(v))
	}
	switch {
	case len(secrets) == 0:
		r.fault(name, "is not set")
	case len(secrets) > 2:
		r.fault(name, "may hold two secrets, the current and the previous one, not more")
	}
	return secrets
}

// cronSecret may be missing: then no cron is let in.
func (r *reader) cronSecret(name string) Secret {
	v := r.value(name)
	if v != "" && len(v) < 16 {
		r.fault(name, "must have at least 16 characters: openssl rand -hex 24")
	}
	return Secret(v)
}

func (r *reader) duration(name string, fallback time.Duration) time.Duration {
	v := r.value(name)
	if v == "" {
		return fallback
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < time.Second {
		r.fault(name, `must be a duration of at least a second, such as "15m" or "720h"`)
	}
	return d
}

func (r *reader) url(name string) string {
	v := strings.TrimRight(r.value(name), "/")
	if u, err := url.Parse(v); v != "" && (err != nil || !isHTTP(u) || u.User != nil || u.Fragment != "") {
		r.fault(name, "must be an http or https URL")
	}
	return v
}

// appURL falls back to the addresses Vercel tells a deployment of: its
// production domain, and where there is none, the deployment's own.
func (r *reader) appURL() string {
	v := r.url("APP_URL")
	if v == "" {
		for _, name := range []string{"VERCEL_PROJECT_PRODUCTION_URL", "VERCEL_URL"} {
			if host := r.value(name); host != "" {
				return "https://" + host
			}
		}
		r.fault("APP_URL", "is not set (on Vercel it is known by itself)")
	} else if u, err := url.Parse(v); err == nil && isHTTP(u) && (u.Path != "" || u.RawQuery != "") {
		r.fault("APP_URL", "must be an origin alone, such as https://shop.example.com")
	}
	return v
}

func (r *reader) origins(name string) (origins []string) {
	for _, v := range list(r.value(name)) {
		u, err := url.Parse(v)
		if err != nil || !isHTTP(u) || u.String() != u.Scheme+"://"+u.Host {
			r.fault(name, "must be origins such as https://shop.example.com, separated by commas")
			return nil
		}
		origins = append(origins, v)
	}
	return origins
}

func (r *reader) currency(name, fallback string) shop.Currency {
	v := r.value(name)
	if v == "" {
		v = fallback
	}
	c, err := shop.ParseCurrency(v)
	if err != nil {
		r.fault(name, err.Error())
	}
	return c
}

func (r *reader) bool(name string) bool {
	v := r.value(name)
	if v == "" {
		return false
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		r.fault(name, "must be true or false")
	}
	return b
}

func isHTTP(u *url.URL) bool { return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" }

func list(s string) (items []string) {
	for _, item := range strings.Split(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
