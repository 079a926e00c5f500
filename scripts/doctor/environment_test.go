package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/config"
)

func TestEnvironment(t *testing.T) {
	root := t.TempDir()
	outer := map[string]string{"CURRENCY": "kwd", "STRIPE_SECRET_KEY": ""}
	lookup := func(name string) (string, bool) { v, set := outer[name]; return v, set }
	write := func(name, text string) string {
		path := filepath.Join(root, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}

	e, err := readEnvironment(root, "", lookup)
	must(t, err)
	if e.get("CURRENCY") != "kwd" || e.get("APP_URL") != "" || !strings.Contains(e.from, "no .env") {
		t.Errorf("without a file: %q, from %s", e.get("CURRENCY"), e.from)
	}
	write(".env", "APP_URL=http://a.example\nCURRENCY=jpy\nSTRIPE_SECRET_KEY=sk_test_1\n")
	// As `vercel env pull` writes it.
	pulled := write("pulled", "# Created by Vercel CLI\nVERCEL_PROJECT_PRODUCTION_URL=\"shop.vercel.app\"\nMONGODB_URI=\"mongodb://a:p%40@h/x\"\nCURRENCY=\"jpy\"\n")
	for _, test := range []struct{ file, name, want string }{
		{"", "APP_URL", "http://a.example"}, {"", "CURRENCY", "kwd"}, {"", "STRIPE_SECRET_KEY", ""}, {"", "MONGODB_URI", ""},
		{pulled, "APP_URL", ""}, {pulled, "CURRENCY", "kwd"}, {pulled, "MONGODB_URI", "mongodb://a:p%40@h/x"},
	} {
		e, err := readEnvironment(root, test.file, lookup)
		must(t, err)
		if got := e.get(test.name); got != test.want {
			t.Errorf("%s of %q: %q, want %q", test.name, test.file, got, test.want)
		}
	}
	e, err = readEnvironment(root, pulled, lookup)
	must(t, err)
	if d := newDoctor(root, e, options{}, nil); d.config.AppURL != "https://shop.vercel.app" || d.bad("APP_URL") {
		t.Errorf("Vercel's own address is not used: %q", d.config.AppURL)
	}
	for text, line := range map[string]string{"CURRENCY=usd\nJWT_SECRET topsecret\n": "line 2 ", "JWT_SECRET=\"topsecret\nAPP_URL=x\n": "line 1 "} {
		_, err := readEnvironment(root, write("bad", text), lookup)
		if err == nil || !strings.Contains(err.Error(), line) || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	for secret, want := range map[string]bool{
		"whsec_placeholder": true, "whsec_your_secret": true, "whsec_xxxxxxxxxxxx": true, "whsec_00000000": true, "whsec_ChangeMe1": true, "whsec_…abcdefgh": true,
		"whsec_WqmZ8xVbT3nRk5LpYc7Jd2Hf9Gs4Aa6E": false, "whsec_3f1c0a9be2d47586": false, shoptestWebhook: false,
	} {
		if got := isPlaceholder(config.Secret(secret)); got != want {
			t.Errorf("%s: %t", secret, got)
		}
	}
}
