package standin_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// quick is a schedule of retries that a test has time for.
var quick = []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond}

func toShop(shop *shop) standin.Options {
	return standin.Options{WebhookURL: shop.url, WebhookSecret: secret, RetryDelays: quick}
}

func quiet(t *testing.T, s *standin.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	check(t, s.Quiet(ctx))
}

func ids(events []stripe.Event) []string {
	var all []string
	for _, ev := range events {
		all = append(all, ev.ID)
	}
	return all
}

func TestEventsArriveSigned(t *testing.T) {
	shop := openShop(t)
	s, base := start(t, toShop(shop))
	must(s.Pay(checkout(t, base)))(t)
	quiet(t, s)
	got := ids(shop.received())
	equal(t, "events", len(got), 4)
	equal(t, "forged", shop.forged, 0)
	for _, ev := range s.Events() {
		if !slices.Contains(got, ev.ID) {
			t.Errorf("%s did not arrive", ev.Type)
		}
	}
	ev := shop.received()[0]
	equal(t, "api_version", ev.APIVersion, standin.APIVersion)
	equal(t, "pending_webhooks", ev.PendingWebhooks, 1)
	equal(t, "request of a customer's act", ev.Request.ID, "")

	id := checkout(t, base)
	r := call(t, "POST", base+"/v1/checkout/sessions/"+id+"/expire", nil, "Idempotency-Key", "k9")
	quiet(t, s)
	ev = shop.received()[4]
	equal(t, "request of an API's", ev.Request.ID, r.header.Get("Request-Id"))
	equal(t, "its key", ev.Request.IdempotencyKey, "k9")
}

func TestRetries(t *testing.T) {
	for name, test := range map[string]struct {
		answer   func(n int) int
		attempts int
	}{
		"refused twice":      {func(n int) int { return map[bool]int{true: 500, false: 200}[n <= 2] }, 3},
		"redirected":         {func(n int) int { return map[bool]int{true: 302, false: 204}[n == 1] }, 2},
		"refused for good":   {func(int) int { return 400 }, 4},
		"accepted with 299":  {func(int) int { return 299 }, 1},
		"refused with a 300": {func(n int) int { return map[bool]int{true: 300, false: 200}[n == 1] }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			shop := openShop(t)
			shop.answer = func(n int, r *http.Request) int {
				if r.URL.Path != "/" {
					t.Error("a redirect was followed")
				}
				return test.answer(n)
			}
			s, base := start(t, toShop(shop))
			check(t, s.Expire(checkout(t, base)))
			quiet(t, s)
			equal(t, "attempts", len(shop.received()), test.attempts)
			if test.attempts < 3 {
				return
			}
			gaps := shop.times[2].Sub(shop.times[0])
			if gaps < quick[0]+quick[1] {
				t.Errorf("two retries within %v", gaps)
			}
			if test.attempts == 4 { // given up: until asked for
				equal(t, "redelivered", s.Redeliver(), 1)
				quiet(t, s)
				equal(t, "attempts, with retries of their own", len(shop.received()), 8)
				shop.answer = func(int, *http.Request) int { return 200 }
				equal(t, "redelivered", s.Redeliver(), 1)
				quiet(t, s)
				equal(t, "attempts", len(shop.received()), 9)
				equal(t, "nothing left", s.Redeliver(), 0)
			}
		})
	}
}

func TestShopUnreachable(t *testing.T) {
	shop := openShop(t)
	opts := toShop(shop)
	opts.WebhookURL = "http://127.0.0.1:1/nobody"
	s, base := start(t, opts)
	check(t, s.Expire(checkout(t, base)))
	quiet(t, s)
	s.SetWebhook(shop.url, secret)
	equal(t, "redelivered", s.Redeliver(), 1)
	quiet(t, s)
	equal(t, "arrived", len(shop.received()), 1)
}

// Deliveries run beside each other: one that hangs holds up no other.
func TestDeliveriesOvertake(t *testing.T) {
	shop := openShop(t)
	release := make(chan struct{})
	shop.answer = func(n int, _ *http.Request) int {
		if n == 1 {
			<-release
		}
		return 200
	}
	s, base := start(t, toShop(shop))
	must(s.Pay(checkout(t, base)))(t)
	deadline := time.Now().Add(5 * time.Second) // well before the hanging one is given up
	for len(shop.received()) < 4 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	equal(t, "arrived past the hanging one", len(shop.received()), 4)
	close(release)
	quiet(t, s)
}

func TestManualDelivery(t *testing.T) {
	shop := openShop(t)
	opts := toShop(shop)
	opts.ManualDelivery = true
	s, base := start(t, opts)
	must(s.Pay(checkout(t, base)))(t)
	quiet(t, s)
	equal(t, "sent by itself", len(shop.received()), 0)
	events := s.Events()
	slices.Reverse(events)
	for _, ev := range events {
		equal(t, "status", must(s.Deliver(t.Context(), ev))(t), 200)
	}
	for i, ev := range shop.received() {
		equal(t, "order", ev.ID, events[i].ID)
	}
	must(s.Deliver(t.Context(), events[0]))(t)
	equal(t, "twice, where asked for", len(shop.received()), 5)
	equal(t, "left to redeliver", s.Redeliver(), 0)

	shop.answer = func(int, *http.Request) int { return 503 }
	check(t, s.Expire(checkout(t, base)))
	last := s.Events()[4]
	equal(t, "status", must(s.Deliver(t.Context(), last))(t), 503)
	quiet(t, s)
	equal(t, "no retry of its own", len(shop.received()), 6)
	shop.answer = func(int, *http.Request) int { return 200 }
	equal(t, "left to redeliver", s.Redeliver(), 1)
	quiet(t, s)
	check(t, s.Resend(last.ID))
	quiet(t, s)
	equal(t, "resent though arrived", len(shop.received()), 8)
	if s.Resend("evt_x") == nil {
		t.Error("an unknown event was resent")
	}
}
