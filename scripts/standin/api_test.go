package standin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

func TestAuthorization(t *testing.T) {
	_, base := start(t, standin.Options{})
	for key, want := range map[string]int{
		"Bearer sk_test_anything":     200,
		"Bearer rk_test_anything":     200,
		"Basic c2tfdGVzdF9hOg==":      200, // sk_test_a:
		"":                            401,
		"Bearer ":                     401,
		"Bearer sk_test_":             401,
		"Bearer nonsense":             401,
		"Bearer pk_test_anything":     401,
		"Bearer sk_live_do_not_print": 401,
		"Bearer rk_live_do_not_print": 401,
	} {
		r := call(t, "GET", base+"/v1/account", nil, "Authorization", key)
		equal(t, "status for "+key, r.status, want)
		if strings.Contains(r.raw, "do_not_print") {
			t.Errorf("the key is repeated: %s", r.raw)
		}
	}
	if r := call(t, "GET", base+"/v1/account", nil, "Authorization", "Bearer sk_live_x"); !strings.Contains(r.raw, "live key") {
		t.Errorf("a live key is not named as the fault: %s", r.raw)
	}
}

func TestHeadersAndRoutes(t *testing.T) {
	_, base := start(t, standin.Options{})
	r := call(t, "GET", base+"/v1/balance", nil)
	equal(t, "version", r.header.Get("Stripe-Version"), standin.APIVersion)
	if id := r.header.Get("Request-Id"); !strings.HasPrefix(id, "req_") {
		t.Errorf("Request-Id %q", id)
	}
	r = call(t, "GET", base+"/v1/balance", nil, "Stripe-Version", "2025-03-31.basil")
	equal(t, "version echoed", r.header.Get("Stripe-Version"), "2025-03-31.basil")
	equal(t, "nonsense version", call(t, "GET", base+"/v1/balance", nil, "Stripe-Version", "new").status, 400)

	for _, address := range []string{"GET /v1/colours", "DELETE /v1/balance", "PUT /v1/checkout/sessions"} {
		method, path, _ := strings.Cut(address, " ")
		r := call(t, method, base+path, nil)
		equal(t, address, r.status, http.StatusNotFound)
		if says, _ := r.at("error", "message").(string); !strings.HasPrefix(says, "Unrecognized request URL ("+method+": "+path+")") {
			t.Errorf("%s: %s", address, r.raw)
		}
	}
	for _, path := range []string{"checkout/sessions/x", "payment_intents/x", "charges/x", "refunds/x", "disputes/x", "webhook_endpoints/x"} {
		r := call(t, "GET", base+"/v1/"+path, nil)
		equal(t, path, r.status, http.StatusNotFound)
		equal(t, path, r.at("error", "code"), any("resource_missing"))
	}
	r = call(t, "POST", base+"/v1/checkout/sessions", order(), "Content-Type", "application/json")
	equal(t, "JSON in", r.status, 400)
	r = call(t, "POST", base+"/v1/checkout/sessions", url.Values{"a": {strings.Repeat("x", 1<<20)}})
	equal(t, "huge body", r.status, 400)
}

func TestIdempotency(t *testing.T) {
	s, base := start(t, standin.Options{})
	address := base + "/v1/checkout/sessions"
	create := func(key string, with ...string) reply {
		return call(t, "POST", address, order(with...), "Idempotency-Key", key)
	}
	first := create("k1")
	again := create("k1")
	equal(t, "replayed answer", again.raw, first.raw)
	equal(t, "replay is marked", again.header.Get("Idempotent-Replayed"), "true")
	equal(t, "first is not", first.header.Get("Idempotent-Replayed"), "")
	equal(t, "sessions made", len(s.Sessions()), 1)
	if again.header.Get("Request-Id") == first.header.Get("Request-Id") {
		t.Error("a replay is a request of its own")
	}
	equal(t, "original", again.header.Get("Original-Request"), first.header.Get("Request-Id"))

	other := create("k1", "metadata[orderId]", "order-2")
	equal(t, "other parameters", other.status, 400)
	equal(t, "other parameters", other.at("error", "type"), any("idempotency_error"))
	r := call(t, "POST", address+"/"+first.id()+"/expire", nil, "Idempotency-Key", "k1")
	equal(t, "other path", r.at("error", "type"), any("idempotency_error"))

	one, two := checkout(t, base), checkout(t, base)
	equal(t, "expire one", call(t, "POST", address+"/"+one+"/expire", nil, "Idempotency-Key", "k0").status, 200)
	r = call(t, "POST", address+"/"+two+"/expire", nil, "Idempotency-Key", "k0")
	equal(t, "other path, same parameters", r.at("error", "type"), any("idempotency_error"))

	// Parameters that do not hold leave the key free.
	equal(t, "invalid", create("k2", "mode", "").status, 400)
	equal(t, "corrected", create("k2").status, 200)

	// A refusal of what was begun is kept: the session may be expired by now, but not
	// under this key.
	must(s.Pay(first.id()))(t)
	expire := address + "/" + first.id() + "/expire"
	equal(t, "refused", call(t, "POST", expire, nil, "Idempotency-Key", "k3").status, 400)
	equal(t, "replayed refusal", call(t, "POST", expire, nil, "Idempotency-Key", "k3").header.Get("Idempotent-Replayed"), "true")

	equal(t, "key of 255", create(strings.Repeat("k", 255)).status, 200)
	equal(t, "key of 256", create(strings.Repeat("k", 256)).status, 400)
	idA, idB := create("").id(), create("").id()
	equal(t, "without a key, each is new", idA != idB, true)
}

func TestIdempotencyKeysLiveADay(t *testing.T) {
	clock := newClock()
	_, base := start(t, standin.Options{Now: clock.now})
	address := base + "/v1/checkout/sessions"
	first := call(t, "POST", address, order(), "Idempotency-Key", "k")
	clock.advance(24*time.Hour - time.Second)
	equal(t, "within a day", call(t, "POST", address, order(), "Idempotency-Key", "k").id(), first.id())
	clock.advance(time.Second)
	if again := call(t, "POST", address, order(), "Idempotency-Key", "k"); again.id() == first.id() {
		t.Error("after a day the key still gave the old answer")
	}
}
