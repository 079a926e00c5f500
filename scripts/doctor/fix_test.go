package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/siam9192/payment-integration-server/pkg/mongostore"
)

func TestFix(t *testing.T) {
	w := newWorld(t)
	sorted := func(names []string) string { slices.Sort(names); return strings.Join(names, " ") }
	first := func() stripe.WebhookEndpoint { return w.endpoints()[len(w.endpoints())-1] } // the newest comes first
	const others = "https://other.example.com" + webhookPath
	for _, test := range []struct {
		name   string
		do     func()
		fixes  string
		warns  string
		ours   int // endpoints of the shop, afterwards
		secret bool
	}{
		{"nothing to do", func() {}, "", "", 1, false},
		{"indexes", func() {
			for _, index := range mongostore.Indexes[:3] {
				_, err := w.Store.Database().Collection(index.Collection).Indexes().DropOne(t.Context(), index.Name)
				must(t, err)
			}
		}, "fix indexes", "", 1, false},
		{"no endpoint", func() { w.stripe("DELETE", "/"+first().ID, nil) }, "fix webhook", "fix webhook", 1, true},
		{"wrong events", func() {
			w.stripe("POST", "/"+first().ID, url.Values{"enabled_events[]": {"charge.refunded", "charge.succeeded"}})
		}, "fix webhook", "", 1, false},
		{"disabled", func() { w.stripe("POST", "/"+first().ID, url.Values{"disabled": {"true"}}) }, "fix webhook", "", 1, false},
		{"twice", func() { w.register(w.site.URL+"/api/v1/webhook", "*") }, "fix webhook", "webhook endpoint", 2, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.t = t
			defer w.heal()
			w.register(others, "charge.succeeded")
			test.do()
			checks, code, printed := w.examine("-fix")
			var fixes []string
			for _, c := range checks {
				if strings.HasPrefix(c.Check, "fix ") {
					fixes = append(fixes, c.Check)
				}
			}
			if got := strings.Join(fixes, ","); got != test.fixes || code != healthy {
				t.Errorf("fixed %q, want %q; exit code %d\n%s", got, test.fixes, code, printed)
			}
			if got := strings.Join(ill(checks, warn), ","); got != test.warns {
				t.Errorf("warns: %q, want %q", got, test.warns)
			}
			ours := 0
			for _, e := range w.endpoints() {
				if e.URL == others {
					if sorted(e.EnabledEvents) != "charge.succeeded" || e.Status != "enabled" {
						t.Errorf("another's endpoint was changed: %+v", e)
					}
					continue
				}
				ours++
				if sorted(e.EnabledEvents) != sorted(eventNames()) || e.Status != "enabled" {
					t.Errorf("the endpoint is %s for %v", e.Status, e.EnabledEvents)
				}
				if test.secret && e.APIVersion != stripe.APIVersion {
					t.Errorf("the endpoint's API version is %q", e.APIVersion)
				}
			}
			if ours != test.ours {
				t.Errorf("the shop has %d endpoints, want %d", ours, test.ours)
			}
			told := regexp.MustCompile(`STRIPE_WEBHOOK_SECRET=whsec_\w+`).FindAllString(printed, -1)
			if (len(told) == 1) != test.secret || len(told) > 1 {
				t.Errorf("the secret is told %d times: %s", len(told), printed)
			}
			again, code, printed := w.examine("-fix")
			if code != healthy || strings.Contains(printed, `"fix `) || strings.Contains(printed, "whsec_") {
				t.Errorf("a second time: exit code %d, %+v", code, again)
			}
		})
		w.t = t
	}
}

// The endpoint that -fix registers, with its secret, makes a whole deployment: an
// event of it is taken.
func TestFixedSecretIsTheEndpoints(t *testing.T) {
	w := newWorld(t)
	w.stripe("DELETE", "/"+w.endpoints()[0].ID, nil)
	_, _, printed := w.examine("-fix")
	w.env["STRIPE_WEBHOOK_SECRET"] = strings.TrimPrefix(regexp.MustCompile(`STRIPE_WEBHOOK_SECRET=whsec_\w+`).FindString(printed), "STRIPE_WEBHOOK_SECRET=")
	checks, _, printed := w.examine()
	if got := ill(checks, fail); !slices.Equal(got, []string{webhookSecret}) {
		t.Errorf("with a secret that the deployment does not have yet: %v\n%s", got, printed)
	}
}

// What cannot be put right is said, and nothing is half done.
func TestFixFails(t *testing.T) {
	w := newWorld(t)
	w.stripe("DELETE", "/"+w.endpoints()[0].ID, nil)
	w.bank.tamper = func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			plain(400, `{"error":{"type":"invalid_request_error","message":"You have reached the maximum of 16 test webhook endpoints."}}`)(rw, r)
			return
		}
		w.Stripe.ServeHTTP(rw, r)
	}
	checks, code, _ := w.examine("-fix")
	if c := find(t, checks, fixWebhook); code != faulty || c.Status != fail || !strings.Contains(c.Found, "maximum of 16") {
		t.Errorf("exit code %d, %+v", code, c)
	}
	for _, live := range []map[string]string{{"APP_URL": "http://localhost:3000", "STRIPE_API_BASE": ""}, {"STRIPE_SECRET_KEY": "sk_live_1234567890"}} {
		for name, value := range live {
			w.env[name] = value
		}
		d := newDoctor("", environment{get: func(name string) string { return w.env[name] }}, options{fix: true, timeout: 1}, refuser{})
		if checks, _ := d.registered(t.Context()); len(checks) != 2 || checks[0].Status != skip {
			t.Errorf("%v: %+v", live, checks)
		}
		w.env["STRIPE_API_BASE"], w.env["APP_URL"] = w.bank.URL, w.site.URL
	}
}

// refuser lets nothing out.
type refuser struct{}

func (refuser) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s %s was not to be asked", r.Method, r.URL)
}
