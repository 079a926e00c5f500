package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/siam9192/payment-integration-server/scripts/companion"
)

// recorder keeps how Stripe answered each call.
type recorder struct {
	mu    sync.Mutex
	calls map[string]int // "METHOD /path" -> status
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls[req.Method+" "+req.URL.Path] = res.StatusCode
	}
	return res, err
}

// Stripe's own mock holds each call against the OpenAPI of the API version: it
// refuses a parameter that Stripe does not know.
func TestStripeMockTakesEveryCall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs stripe-mock")
	}
	mock, err := companion.StartStripeMock(t.Context(), func(progress string) { t.Log(progress) })
	must(t, err)
	t.Cleanup(mock.Stop)
	// The mock asks for a key of this form, and has no endpoint of ours to find.
	env := map[string]string{"STRIPE_SECRET_KEY": "sk_test_123", "STRIPE_API_BASE": mock.URL, "APP_URL": "https://shop.example.com", "CURRENCY": "jpy"}
	r := &recorder{calls: map[string]int{}}
	d := newDoctor("", environment{get: func(name string) string { return env[name] }}, options{fix: true, timeout: 5 * time.Second}, r)

	account := d.account(t.Context())
	if c := find(t, account, stripeKey); c.Status != ok || !strings.Contains(c.Found, "acct_") {
		t.Errorf("%+v", c)
	}
	registered, _ := d.registered(t.Context())
	if c := find(t, registered, fixWebhook); c.Status != warn || !strings.Contains(c.Found, stripe.APIVersion) || !strings.Contains(c.Todo, "copy its signing secret") {
		t.Errorf("%+v", c) // its fixture has no secret
	}
	if c := d.update(t.Context(), &stripe.WebhookEndpoint{ID: "we_1", Status: "disabled"}); c.Status != ok {
		t.Errorf("%+v", c)
	}
	var made []string
	for call, status := range r.calls {
		made = append(made, call)
		if status != http.StatusOK {
			t.Errorf("%s: status %d", call, status)
		}
	}
	slices.Sort(made)
	want := []string{"GET /v1/account", "GET /v1/country_specs/US", "GET /v1/webhook_endpoints", "POST /v1/webhook_endpoints", "POST /v1/webhook_endpoints/we_1"}
	if !slices.Equal(made, want) {
		t.Errorf("calls %v, want %v", made, want)
	}
	// What Stripe would not take is refused here too, so the above says something.
	p := &stripe.WebhookEndpointParams{URL: stripe.String("https://shop.example.com"), EnabledEvents: []*string{stripe.String("doctor.examined")}}
	if _, err := d.stripeAPI(t.Context()).endpoints.New(p); stripeStatus(err) != http.StatusBadRequest {
		t.Errorf("an event type that there is not: %v", err)
	}
}
