package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/siam9192/payment-integration-server/scripts/platform"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// deployed is an address that is not this machine's; it leads to the world's shop, as
// does the same with http.
const deployed = "https://shop.example.com"

// world is a deployment in good health: the shop, a database of its own, and the
// stand-in for Stripe with the shop's endpoint; and ways to make each ill.
type world struct {
	*shoptest.Shop
	env        map[string]string
	site, bank *front // before the shop, and before the stand-in
	healthy    map[string]string
	t          *testing.T
}

// front is a server before another, which a test may have answer otherwise.
type front struct {
	*httptest.Server
	next   http.Handler
	tamper http.HandlerFunc // nil: leaves it to next
}

func newFront(t *testing.T, next http.Handler) *front {
	f := &front{next: next}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.tamper != nil {
			f.tamper(w, r)
			return
		}
		f.next.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// at answers a path otherwise.
func (f *front) at(path string, answer http.HandlerFunc) {
	f.tamper = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			answer(w, r)
			return
		}
		f.next.ServeHTTP(w, r)
	}
}

// RoundTrip leads deployed to the shop.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if "https://"+r.URL.Host == deployed {
		to, err := url.Parse(w.site.URL)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = to.Scheme, to.Host
	}
	return http.DefaultTransport.RoundTrip(r)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	root, err := platform.Root()
	must(t, err)
	handler, err := platform.Handler(root)
	must(t, err)
	w := &world{site: newFront(t, handler), t: t, Shop: shoptest.Start(t, shoptest.Options{})}
	w.bank = newFront(t, w.Stripe)
	w.healthy = maps.Clone(w.Env)
	w.healthy["APP_URL"], w.healthy["STRIPE_API_BASE"] = w.site.URL, w.bank.URL
	w.heal()
	return w
}

// heal takes back whatever a test did.
func (w *world) heal() {
	w.t.Helper()
	w.env = maps.Clone(w.healthy)
	w.site.tamper, w.bank.tamper = nil, nil
	_, _ = w.Store.Database().Collection("users").Indexes().DropOne(w.t.Context(), "email") // it may be there in another shape
	must(w.t, w.Store.CreateIndexes(w.t.Context()))
	for _, e := range w.endpoints() {
		w.stripe(http.MethodDelete, "/"+e.ID, nil)
	}
	w.register(w.site.URL+webhookPath, eventNames()...)
}

func eventNames() (names []string) {
	for _, t := range eventTypes() {
		names = append(names, *t)
	}
	return names
}

// register adds an endpoint, and returns its id.
func (w *world) register(address string, events ...string) string {
	w.t.Helper()
	var e stripe.WebhookEndpoint
	must(w.t, json.Unmarshal(w.stripe(http.MethodPost, "", url.Values{"url": {address}, "enabled_events[]": events}), &e))
	return e.ID
}

func (w *world) endpoints() []stripe.WebhookEndpoint {
	w.t.Helper()
	var list struct{ Data []stripe.WebhookEndpoint }
	must(w.t, json.Unmarshal(w.stripe(http.MethodGet, "?limit=100", nil), &list))
	return list.Data
}

// stripe calls the stand-in's webhook endpoints.
func (w *world) stripe(method, path string, form url.Values) []byte {
	w.t.Helper()
	r := httptest.NewRequest(method, "/v1/webhook_endpoints"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Authorization", "Bearer sk_test_x")
	if len(form) > 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer := httptest.NewRecorder()
	w.Stripe.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
	return answer.Body.Bytes()
}

// examine runs the program.
func (w *world) examine(args ...string) (checks []check, code int, printed string) {
	w.t.Helper()
	var out, errs bytes.Buffer
	code = run(w.t.Context(), append([]string{"-json", "-timeout", "2s"}, args...), w.lookup, w, &out, &errs)
	must(w.t, json.Unmarshal(out.Bytes(), &checks))
	return checks, code, out.String() + errs.String()
}

// lookup knows every variable, so that no .env of this machine has a say.
func (w *world) lookup(name string) (string, bool) { return w.env[name], true }

// ill lists the names of the checks of these statuses.
func ill(checks []check, of ...status) (names []string) {
	for _, c := range checks {
		if slices.Contains(of, c.Status) {
			names = append(names, c.Check)
		}
	}
	return names
}

func find(t *testing.T, checks []check, name string) check {
	t.Helper()
	for _, c := range checks {
		if c.Check == name {
			return c
		}
	}
	t.Fatalf("there is no check %q in %+v", name, checks)
	return check{}
}
