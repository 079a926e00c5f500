package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/config"
)

// complete is the least that a deployment sets.
func complete(change map[string]string) func(string) string {
	env := map[string]string{
		"MONGODB_URI": "mongodb+srv://user:hunter2@cluster.example.net/shop", "STRIPE_SECRET_KEY": "sk_test_abc123",
		"STRIPE_WEBHOOK_SECRET": "whsec_abcdefgh", "JWT_SECRET": strings.Repeat("j", 32), "VERCEL_PROJECT_PRODUCTION_URL": "shop.vercel.app",
	}
	for k, v := range change {
		env[k] = v
	}
	return func(name string) string { return env[name] }
}

func TestDefaults(t *testing.T) {
	c, err := config.Load(complete(nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.AccessTokenTTL != 15*time.Minute || c.RefreshTokenTTL != 720*time.Hour || c.Currency != "usd" || c.PublicTestRoutes || c.CronSecret != "" ||
		c.AppURL != "https://shop.vercel.app" || c.SuccessURL != "https://shop.vercel.app/success" || c.CancelURL != "https://shop.vercel.app/cancel" || !c.HTTPS() {
		t.Errorf("the defaults are %+v", c)
	}
}

func TestValues(t *testing.T) {
	c, err := config.Load(complete(map[string]string{
		"APP_URL": "http://localhost:3000/", "SUCCESS_URL": "https://www.example.com/thanks?a=b", "CURRENCY": "EUR", "STRIPE_WEBHOOK_SECRET": "whsec_abcdefgh, whsec_12345678",
		"CLIENT_ORIGINS": "https://a.example, http://localhost:5173", "PUBLIC_TEST_ROUTES": "true", "ACCESS_TOKEN_TTL": "5m", "CRON_SECRET": "0123456789abcdef",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if c.AppURL != "http://localhost:3000" || c.HTTPS() || c.SuccessURL != "https://www.example.com/thanks?a=b" || c.Currency != "eur" || len(c.StripeWebhookSecrets) != 2 ||
		len(c.ClientOrigins) != 2 || !c.PublicTestRoutes || c.AccessTokenTTL != 5*time.Minute {
		t.Errorf("read %+v", c)
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	_, err := config.Load(func(string) string { return "" })
	if err == nil {
		t.Fatal("an empty environment is accepted")
	}
	for _, name := range []string{"MONGODB_URI", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "JWT_SECRET", "APP_URL"} {
		if !strings.Contains(err.Error(), name+" is not set") {
			t.Errorf("%s is not reported: %v", name, err)
		}
	}
}

func TestBadValues(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"MONGODB_URI", "postgres://x"}, {"STRIPE_SECRET_KEY", "pk_test_public"}, {"STRIPE_SECRET_KEY", "sk_test_"},
		{"STRIPE_WEBHOOK_SECRET", "secret"}, {"STRIPE_WEBHOOK_SECRET", "whsec_aaaaaaaa,whsec_bbbbbbbb,whsec_cccccccc"}, {"STRIPE_WEBHOOK_SECRET", ","},
		{"JWT_SECRET", strings.Repeat("j", 31)}, {"ACCESS_TOKEN_TTL", "15"}, {"ACCESS_TOKEN_TTL", "-1m"}, {"REFRESH_TOKEN_TTL", "0s"},
		{"APP_URL", "shop.example.com"}, {"APP_URL", "https://shop.example.com/path"}, {"SUCCESS_URL", "/success"}, {"CANCEL_URL", "javascript:x"},
		{"CLIENT_ORIGINS", "*"}, {"CLIENT_ORIGINS", "https://a.example/"}, {"CLIENT_ORIGINS", "a.example"}, {"CURRENCY", "dollars"}, {"CURRENCY", "xyz"},
		{"PUBLIC_TEST_ROUTES", "maybe"}, {"CRON_SECRET", "short"}, {"STRIPE_API_BASE", "ftp://x"},
	} {
		_, err := config.Load(complete(map[string]string{c.name: c.value}))
		if err == nil || !strings.Contains(err.Error(), c.name) || strings.Count(err.Error(), "\n") != 1 {
			t.Errorf("%s=%q: %v", c.name, c.value, err)
		}
		if err != nil && (c.name == "JWT_SECRET" || c.name == "CRON_SECRET" || strings.HasPrefix(c.value, "pk_")) && strings.Contains(err.Error(), c.value) {
			t.Errorf("%s: the fault shows the secret: %v", c.name, err)
		}
	}
}

func TestConfigPrintsWithoutSecrets(t *testing.T) {
	c, err := config.Load(complete(map[string]string{"CRON_SECRET": "0123456789abcdef"}))
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("config", "config", c, "key", c.StripeKey)
	for _, printed := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %q", c, c, c.JWTSecret, c.StripeKey), string(asJSON), logged.String()} {
		for _, secret := range []string{"hunter2", "abc123", "whsec_", "jjjj", "0123456789abcdef"} {
			if strings.Contains(printed, secret) {
				t.Errorf("%q is shown in %s", secret, printed)
			}
		}
	}
}
