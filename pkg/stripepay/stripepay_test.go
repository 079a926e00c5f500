package stripepay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/scripts/companion"
)

func order() shop.Order {
	now := time.Now()
	return shop.Order{
		ID: shop.NewID(now), Currency: "usd", Subtotal: 3198, ExpiresAt: now.Add(checkout.PayWithin),
		Items: []shop.LineItem{
			{ProductID: shop.NewID(now), Name: "Mug", ImageURL: "https://example.com/mug.png", UnitPrice: 1599, Quantity: 1},
			{ProductID: shop.NewID(now), Name: "Mug, of this site", ImageURL: "/images/mug.svg", UnitPrice: 1599, Quantity: 1},
		},
		Payment: shop.Payment{ID: shop.NewID(now), SuccessURL: "https://shop.example.com/success", CancelURL: "https://shop.example.com/cancel?from=stripe"},
	}
}

// Stripe's own mock refuses what its OpenAPI does not know.
func TestStripesOwnMockTakesOurRequests(t *testing.T) {
	mock, err := companion.StartStripeMock(t.Context(), func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mock.Stop)
	seen := &recorder{}
	c := stripepay.New("sk_test_123", mock.URL, seen)
	if _, err := c.CreateSession(t.Context(), order()); err != nil {
		t.Errorf("create: %v", err)
	}
	if _, err := c.Session(t.Context(), "cs_test_123"); err != nil {
		t.Errorf("fetch: %v", err)
	}
	if _, err := c.ExpireSession(t.Context(), "cs_test_123"); err != nil {
		t.Errorf("expire: %v", err)
	}
	// The mock's PaymentIntent carries no metadata of ours.
	if _, err := c.OrderOf(t.Context(), "pi_123"); shop.CodeOf(err) != shop.NotFound {
		t.Errorf("whose PaymentIntent: %v", err)
	}
	// This test can fail: the mock does refuse a parameter it does not know.
	seen.spoil = true
	if _, err := c.CreateSession(t.Context(), order()); err == nil {
		t.Error("the mock took a parameter that Stripe does not know")
	}
}

func TestWhatStripeIsAsked(t *testing.T) {
	mock, err := companion.StartStripeMock(t.Context(), func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mock.Stop)
	seen := &recorder{}
	o := order()
	if _, err := stripepay.New("sk_test_123", mock.URL, seen).CreateSession(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if seen.key != o.Payment.ID.String() {
		t.Errorf("the idempotency key is %q, want the payment's id", seen.key)
	}
	for _, want := range []string{
		"mode=payment", "client_reference_id=" + o.ID.String(), "metadata[orderId]=" + o.ID.String(), "metadata[paymentId]=" + o.Payment.ID.String(),
		"payment_intent_data[metadata][orderId]=" + o.ID.String(), "payment_intent_data[metadata][paymentId]=" + o.Payment.ID.String(),
		"success_url=https%3A%2F%2Fshop.example.com%2Fsuccess%3ForderId%3D" + o.ID.String() + "%26session_id%3D%7BCHECKOUT_SESSION_ID%7D",
		"cancel_url=https%3A%2F%2Fshop.example.com%2Fcancel%3Ffrom%3Dstripe%26orderId%3D" + o.ID.String(),
		"line_items[0][price_data][unit_amount]=1599", "line_items[0][price_data][product_data][images][0]=https%3A%2F%2Fexample.com%2Fmug.png",
	} {
		if !strings.Contains(seen.body, want) {
			t.Errorf("the request lacks %s:\n%s", want, strings.ReplaceAll(seen.body, "&", "\n"))
		}
	}
	if strings.Contains(seen.body, "mug.svg") {
		t.Error("a picture that Stripe's servers cannot fetch was sent")
	}
}

// A repeated request must be the same to the letter, or Stripe refuses it.
func TestARepeatedRequestIsTheSame(t *testing.T) {
	seen := &recorder{answer: func() (*http.Response, error) { return nil, errors.New("cut") }}
	c := stripepay.New("sk_test_123", "http://127.0.0.1:1", seen)
	o := order()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := c.CreateSession(ctx, o); shop.CodeOf(err) != shop.StripeDown {
		t.Errorf("unreachable: %v", err)
	}
	first, key := seen.body, seen.key
	_, _ = c.CreateSession(ctx, o)
	if seen.body != first || seen.key != key {
		t.Errorf("repeated with another request:\n%s %s\n%s %s", key, first, seen.key, seen.body)
	}
}

func TestAnswersToACreation(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  int
		body    string
		refused bool
	}{
		{"too small", 400, `{"error":{"type":"invalid_request_error","code":"amount_too_small"}}`, true},
		{"an old order", 400, `{"error":{"type":"invalid_request_error","param":"expires_at"}}`, true},
		{"the key with other parameters", 400, `{"error":{"type":"idempotency_error"}}`, true},
		{"bad key", 401, `{"error":{"type":"invalid_request_error"}}`, false},
		{"not allowed", 403, `{"error":{"type":"invalid_request_error"}}`, false},
		{"in flight", 409, `{"error":{"type":"idempotency_error","code":"idempotency_key_in_use"}}`, false},
		{"rate limit", 429, `{"error":{"type":"invalid_request_error"}}`, false},
		{"Stripe's fault", 500, `{"error":{"type":"api_error"}}`, false},
		{"a proxy's page", 502, `<html>`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			transport := &recorder{answer: func() (*http.Response, error) {
				h := http.Header{"Stripe-Should-Retry": {"false"}}
				return &http.Response{StatusCode: c.status, Header: h, Body: io.NopCloser(strings.NewReader(c.body))}, nil
			}}
			_, err := stripepay.New("sk_test_123", "http://127.0.0.1:1", transport).CreateSession(t.Context(), order())
			var refusal *checkout.Refusal
			if got := errors.As(err, &refusal); got != c.refused || !c.refused && shop.CodeOf(err) != shop.StripeDown {
				t.Errorf("%v", err)
			}
			if c.refused && (refusal.Message == "" || strings.Contains(refusal.Message, "_")) {
				t.Errorf("the customer reads %q", refusal.Message)
			}
		})
	}
}

type recorder struct {
	body, key string
	spoil     bool
	answer    func() (*http.Response, error)
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.key = req.Header.Get("Idempotency-Key")
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if r.spoil {
			b = append(b, "&no_such_parameter=1"...)
			req.ContentLength = int64(len(b))
		}
		r.body = string(b)
		req.Body = io.NopCloser(strings.NewReader(r.body))
	}
	if r.answer != nil {
		return r.answer()
	}
	return http.DefaultTransport.RoundTrip(req)
}
