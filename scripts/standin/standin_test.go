package standin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

const (
	testKey = "sk_test_standin"
	secret  = "whsec_of_the_tests"
)

// start runs a stand-in at an address of its own.
func start(t *testing.T, opts standin.Options) (s *standin.Server, base string) {
	t.Helper()
	s, err := standin.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	s.SetPublicURL(server.URL)
	t.Cleanup(func() {
		s.Close() // first: it lets go of hanging requests
		server.Close()
	})
	return s, server.URL
}

// A shop receives events, checks their signatures, and answers as it is told to.
type shop struct {
	url    string
	answer func(n int, r *http.Request) int // n counts requests from 1
	secret string
	// whatever it was sent, in the order it came
	mu     sync.Mutex
	events []stripe.Event
	times  []time.Time
	forged int
	count  int
}

func openShop(t *testing.T) *shop {
	t.Helper()
	sh := &shop{secret: secret, answer: func(int, *http.Request) int { return http.StatusOK }}
	server := httptest.NewServer(sh)
	t.Cleanup(server.Close)
	sh.url = server.URL
	return sh
}

func (sh *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	ev, err := webhook.ConstructEventWithOptions(body, r.Header.Get("Stripe-Signature"), sh.secret,
		webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	sh.mu.Lock()
	if err != nil {
		sh.forged++
	} else {
		sh.events = append(sh.events, ev)
		sh.times = append(sh.times, time.Now())
	}
	sh.count++
	n := sh.count
	sh.mu.Unlock()
	status := sh.answer(n, r)
	if status == http.StatusFound {
		w.Header().Set("Location", sh.url+"/elsewhere")
	}
	w.WriteHeader(status)
}

func (sh *shop) received() []stripe.Event {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return append([]stripe.Event(nil), sh.events...)
}

func types[E any](events []E, typ func(E) string) string {
	var all []string
	for _, ev := range events {
		all = append(all, typ(ev))
	}
	return strings.Join(all, " ")
}

func emitted(s *standin.Server) string {
	return types(s.Events(), func(ev standin.Event) string { return ev.Type })
}

// order is the parameters of a valid session; with changes them, and "" takes one out.
func order(with ...string) url.Values {
	v := url.Values{
		"mode":                                   {"payment"},
		"success_url":                            {"http://shop.test/success?s={CHECKOUT_SESSION_ID}"},
		"cancel_url":                             {"http://shop.test/cancel"},
		"line_items[0][price_data][currency]":    {"usd"},
		"line_items[0][price_data][unit_amount]": {"1599"},
		"line_items[0][price_data][product_data][name]": {"Mug"},
		"line_items[0][quantity]":                       {"2"},
		"metadata[orderId]":                             {"order-1"},
		"payment_intent_data[metadata][orderId]":        {"order-1"},
	}
	for i := 0; i < len(with); i += 2 {
		if with[i+1] == "" {
			v.Del(with[i])
			continue
		}
		v.Set(with[i], with[i+1])
	}
	return v
}

// A clock stands still until it is told to go on.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// at reads into nested objects: at("error", "code").
func (r reply) at(path ...string) any {
	var v any = r.body
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

func (r reply) id() string { id, _ := r.at("id").(string); return id }

// call sends one API request; header holds pairs.
func call(t *testing.T, method, address string, params url.Values, header ...string) reply {
	t.Helper()
	var body io.Reader
	if params != nil && method != http.MethodGet {
		body = strings.NewReader(params.Encode())
	} else if params != nil {
		address += "?" + params.Encode()
	}
	req, err := http.NewRequest(method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &r.body); err != nil {
		t.Fatalf("%s %s answered %d with no JSON: %s", method, address, resp.StatusCode, raw)
	}
	return r
}

// checkout creates a session and returns its id.
func checkout(t *testing.T, base string, with ...string) string {
	t.Helper()
	r := call(t, "POST", base+"/v1/checkout/sessions", order(with...))
	if r.status != http.StatusOK {
		t.Fatalf("session not created: %d %s", r.status, r.raw)
	}
	return r.id()
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// send makes a request with a JSON body and reads an object.
func send(t *testing.T, method, address, body string) reply {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	check(t, err)
	resp, err := http.DefaultClient.Do(req)
	check(t, err)
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, header: resp.Header}
	raw, err := io.ReadAll(resp.Body)
	check(t, err)
	r.raw = string(raw)
	if err := json.Unmarshal(raw, &r.body); err != nil {
		t.Fatalf("%s %s answered %d with no object: %s", method, address, resp.StatusCode, raw)
	}
	return r
}

// list reads an array of objects.
func list(t *testing.T, address string) (rows []map[string]any) {
	t.Helper()
	resp, err := http.Get(address)
	check(t, err)
	defer resp.Body.Close()
	check(t, json.NewDecoder(resp.Body).Decode(&rows))
	return rows
}
