package standin_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/checkout/session"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

func TestErrorBeforeTheEffect(t *testing.T) {
	s, base := start(t, standin.Options{})
	address := base + "/v1/checkout/sessions"
	s.FailNext("POST", "/v1/checkout", standin.APIFault{Status: 500, Times: 2})
	equal(t, "other paths", call(t, "GET", base+"/v1/balance", nil).status, 200)
	equal(t, "other methods", call(t, "GET", address, nil).status, 200)
	for range 2 {
		r := call(t, "POST", address, order(), "Idempotency-Key", "k")
		equal(t, "status", r.status, 500)
		equal(t, "type", r.at("error", "type"), any("api_error"))
	}
	equal(t, "sessions", len(s.Sessions()), 0)
	equal(t, "third", call(t, "POST", address, order(), "Idempotency-Key", "k").status, 200)

	s.FailNext("", "/v1/", standin.APIFault{Status: 429, Code: "rate_limit", Message: "Too many requests"})
	r := call(t, "GET", address, nil)
	equal(t, "status", r.status, 429)
	equal(t, "code", r.at("error", "code"), any("rate_limit"))
	s.FailNext("", "/v1/", standin.APIFault{Status: 500})
	s.ClearAPIFaults()
	equal(t, "cleared", call(t, "GET", address, nil).status, 200)
}

// A 500 of a request that was begun is Stripe's answer to that key for good.
func TestSaved500(t *testing.T) {
	s, base := start(t, standin.Options{})
	address := base + "/v1/checkout/sessions"
	s.FailNext("POST", "/v1/checkout", standin.APIFault{Status: 500, Saved: true})
	first := call(t, "POST", address, order(), "Idempotency-Key", "k")
	again := call(t, "POST", address, order(), "Idempotency-Key", "k")
	equal(t, "status", again.status, 500)
	equal(t, "answer", again.raw, first.raw)
	equal(t, "replayed", again.header.Get("Idempotent-Replayed"), "true")
	equal(t, "another key", call(t, "POST", address, order(), "Idempotency-Key", "k2").status, 200)
	equal(t, "sessions", len(s.Sessions()), 1)
}

func TestErrorAfterTheEffect(t *testing.T) {
	s, base := start(t, standin.Options{})
	address := base + "/v1/checkout/sessions"
	s.FailNext("POST", "/v1/checkout", standin.APIFault{Status: 503, AfterEffect: true})
	equal(t, "status", call(t, "POST", address, order(), "Idempotency-Key", "k").status, 503)
	equal(t, "sessions", len(s.Sessions()), 1)
	r := call(t, "POST", address, order(), "Idempotency-Key", "k")
	equal(t, "the effect's answer", r.id(), s.Sessions()[0].ID)
}

// The answer is lost and the effect is not: the same key finds it.
func TestLostAnswer(t *testing.T) {
	s, base := start(t, standin.Options{})
	sessions := session.Client{B: backend(base, 0), Key: testKey}
	params := sdkOrder()
	params.SetIdempotencyKey("k")
	s.FailNext("POST", "/v1/checkout", standin.APIFault{Cut: true, AfterEffect: true})
	_, err := sessions.New(params)
	var refused *stripe.Error
	if err == nil || errors.As(err, &refused) {
		t.Fatalf("got %v, want a broken connection", err)
	}
	equal(t, "sessions", len(s.Sessions()), 1)
	found, err := sessions.New(params)
	check(t, err)
	equal(t, "found", found.ID, s.Sessions()[0].ID)
	equal(t, "sessions", len(s.Sessions()), 1)

	// stripe-go finds it by itself where it may try again.
	s.FailNext("POST", "/v1/checkout", standin.APIFault{Cut: true, AfterEffect: true})
	_, err = session.Client{B: backend(base, 1), Key: testKey}.New(sdkOrder())
	check(t, err)
	equal(t, "sessions", len(s.Sessions()), 2)
}

func TestCutBeforeTheEffect(t *testing.T) {
	s, base := start(t, standin.Options{})
	s.FailNext("POST", "/v1/checkout", standin.APIFault{Cut: true})
	if _, err := (session.Client{B: backend(base, 0), Key: testKey}).New(sdkOrder()); err == nil {
		t.Error("an answer came through")
	}
	equal(t, "sessions", len(s.Sessions()), 0)
}

// While a request hangs, its key is in use.
func TestHang(t *testing.T) {
	hanging := make(chan struct{}, 1)
	s, base := start(t, standin.Options{Logger: slog.New(slog.NewTextHandler(signal{"msg=fault", hanging}, nil))})
	s.FailNext("POST", "/v1/checkout", standin.APIFault{Hang: true})
	ctx, giveUp := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		params := sdkOrder()
		params.Context = ctx
		params.SetIdempotencyKey("k")
		_, err := session.Client{B: backend(base, 0), Key: testKey}.New(params)
		gone <- err
	}()
	<-hanging
	address := base + "/v1/checkout/sessions"
	r := call(t, "POST", address, order(), "Idempotency-Key", "k")
	equal(t, "meanwhile", r.status, http.StatusConflict)
	equal(t, "code", r.at("error", "code"), any("idempotency_key_in_use"))
	giveUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v", err)
	}
	for range 200 { // until the stand-in has noticed
		if r = call(t, "POST", address, order(), "Idempotency-Key", "k"); r.status == http.StatusOK {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	equal(t, "afterwards", r.status, http.StatusOK)
	equal(t, "sessions", len(s.Sessions()), 1)
}

// A signal is a log that tells when it says something.
type signal struct {
	what string
	to   chan struct{}
}

func (s signal) Write(line []byte) (int, error) {
	if strings.Contains(string(line), s.what) {
		s.to <- struct{}{}
	}
	return len(line), nil
}
