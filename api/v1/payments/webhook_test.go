package handler_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

func sign(payload []byte, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: payload, Secret: secret, Timestamp: at}).Header
}

func TestSignature(t *testing.T) {
	const old = "whsec_the_one_before_0123456789"
	s := shoptest.Start(t, shoptest.Options{Env: map[string]string{"STRIPE_WEBHOOK_SECRET": shoptest.WebhookSecret + "," + old}})
	body := []byte(`{"id":"evt_1","type":"customer.created","data":{"object":{}}}`)
	now := time.Now()
	for _, c := range []struct {
		name, header string
		status       int
	}{
		{"the secret", sign(body, shoptest.WebhookSecret, now), 200},
		{"the secret before, while rotating", sign(body, old, now), 200},
		{"another secret", sign(body, "whsec_somebody_elses_01234", now), 400},
		{"an empty secret", sign(body, "", now), 400},
		{"no header", "", 400},
		{"six minutes ago", sign(body, shoptest.WebhookSecret, now.Add(-6*time.Minute)), 400},
		{"another body's", sign([]byte("{}"), shoptest.WebhookSecret, now), 400},
		{"nonsense", "t=1,v1=zz", 400},
	} {
		for _, path := range []string{"/payments/webhook", "/webhook"} {
			if r := s.Nobody().Post(path, body, "Stripe-Signature", c.header); r.Status != c.status {
				t.Errorf("%s, %s: %d, want %d", c.name, path, r.Status, c.status)
			}
		}
	}
}

// An account made this year sends events of a newer API version than the SDK's.
func TestNewerAPIVersion(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	order := s.Customer("ann").Buy(s.Product("mug", 1599), 1)
	pay(t, s, order)
	for _, e := range s.Stripe.Events() {
		var event map[string]any
		if err := json.Unmarshal(e.Payload, &event); err != nil {
			t.Fatal(err)
		}
		event["api_version"] = "2026-10-28.dahlia"
		body, _ := json.Marshal(event)
		s.Nobody().Post("/webhook", body, "Stripe-Signature", sign(body, shoptest.WebhookSecret, time.Now())).Want(200)
	}
	s.WantState(order.ID, shop.OrderPlaced, shop.PaymentSuccess)
}

func pay(t *testing.T, s *shoptest.Shop, order shoptest.Order) (intent string) {
	t.Helper()
	intent, err := s.Stripe.Pay(order.Session)
	if err != nil {
		t.Fatal(err)
	}
	return intent
}

func TestEndsOfAPayment(t *testing.T) {
	for _, c := range []struct {
		name    string
		act     func(s *shoptest.Shop, session string) error
		order   shop.OrderStatus
		payment shop.PaymentStatus
	}{
		{"paid", func(s *shoptest.Shop, id string) error { _, err := s.Stripe.Pay(id); return err }, shop.OrderPlaced, shop.PaymentSuccess},
		{"declined, may try again", func(s *shoptest.Shop, id string) error { _, err := s.Stripe.Decline(id); return err }, shop.OrderPending, shop.PaymentPending},
		{"declined, then paid", func(s *shoptest.Shop, id string) error {
			if _, err := s.Stripe.Decline(id); err != nil {
				return err
			}
			_, err := s.Stripe.Pay(id)
			return err
		}, shop.OrderPlaced, shop.PaymentSuccess},
		{"expired", func(s *shoptest.Shop, id string) error { return s.Stripe.Expire(id) }, shop.OrderFailed, shop.PaymentFailed},
		{"delayed", func(s *shoptest.Shop, id string) error { _, err := s.Stripe.PayDelayed(id); return err }, shop.OrderPending, shop.PaymentPending},
		{"delayed, then settled", func(s *shoptest.Shop, id string) error {
			intent, err := s.Stripe.PayDelayed(id)
			if err != nil {
				return err
			}
			return s.Stripe.Settle(intent)
		}, shop.OrderPlaced, shop.PaymentSuccess},
		{"delayed, then failed", func(s *shoptest.Shop, id string) error {
			intent, err := s.Stripe.PayDelayed(id)
			if err != nil {
				return err
			}
			return s.Stripe.FailDelayed(intent)
		}, shop.OrderFailed, shop.PaymentFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shoptest.Start(t, shoptest.Options{})
			order := s.Customer("ann").Buy(s.Product("mug", 1599), 1)
			if err := c.act(s, order.Session); err != nil {
				t.Fatal(err)
			}
			s.DeliverAll()
			s.WantState(order.ID, c.order, c.payment)
			s.DeliverAll() // once more, all of it
			s.WantState(order.ID, c.order, c.payment)
		})
	}
}

func TestRefundsAndDisputes(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann, admin := s.Customer("ann"), s.Admin()
	order := ann.Buy(s.Product("mug", 1000), 1)
	intent := pay(t, s, order)
	s.DeliverAll()

	step := func(err error, orderStatus shop.OrderStatus, paymentStatus shop.PaymentStatus, refunded string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		s.DeliverAll()
		s.WantState(order.ID, orderStatus, paymentStatus)
		if r := admin.Get("/payments").Want(200); r.Text("data.0.amountRefunded") != refunded {
			t.Errorf("refunded %s, want %s", r.Text("data.0.amountRefunded"), refunded)
		}
	}
	_, err := s.Stripe.Refund(intent, 300)
	step(err, shop.OrderPlaced, shop.PaymentPartiallyRefunded, "3.00")
	_, err = s.Stripe.Refund(intent, 200)
	step(err, shop.OrderPlaced, shop.PaymentPartiallyRefunded, "5.00")

	_, err = s.Stripe.OpenDispute(intent, "fraudulent")
	step(err, shop.OrderPlaced, shop.PaymentPartiallyRefunded, "5.00")
	if r := admin.Get("/payments").Want(200); r.Text("data.0.dispute.status") != "needs_response" || r.Text("data.0.dispute.reason") != "fraudulent" {
		t.Errorf("the dispute is %v", r.At("data.0.dispute"))
	}
	step(s.Stripe.CloseDispute(intent, true), shop.OrderPlaced, shop.PaymentPartiallyRefunded, "5.00")
	if r := admin.Get("/payments").Want(200); r.Text("data.0.dispute.status") != "won" || r.Text("data.0.transactionId") != intent {
		t.Errorf("the payment is %s", r.Body)
	}
	_, err = s.Stripe.Refund(intent, 500)
	step(err, shop.OrderRefunded, shop.PaymentRefunded, "10.00")
}

// Money that does not fit its order never places it; a person is told.
func TestPaidButNotAsAgreed(t *testing.T) {
	for _, c := range []struct{ name, old, new, reason string }{
		{"amount", `"amount_total":1599`, `"amount_total":1`, "amount_mismatch"},
		{"currency", `"currency":"usd"`, `"currency":"jpy"`, "currency_mismatch"},
		{"livemode", `"livemode":false`, `"livemode":true`, "livemode_mismatch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shoptest.Start(t, shoptest.Options{})
			ann, admin := s.Customer("ann"), s.Admin()
			order := ann.Buy(s.Product("mug", 1599), 1)
			pay(t, s, order)
			for range 2 { // a repeat adds nothing
				for _, e := range s.Stripe.Events() {
					if e.Type != "checkout.session.completed" {
						continue
					}
					body := strings.ReplaceAll(compact(t, e.Payload), c.old, c.new)
					if body == compact(t, e.Payload) {
						t.Fatalf("the event has no %s: %s", c.old, body)
					}
					s.Nobody().Post("/webhook", body, "Stripe-Signature", sign([]byte(body), shoptest.WebhookSecret, time.Now())).Want(200)
				}
			}
			s.WantState(order.ID, shop.OrderPending, shop.PaymentPending)
			r := admin.Get("/orders?review=true").Want(200)
			if r.Text("meta.total") != "1" || r.Text("data.0.review.reason") != c.reason || r.At("data.0.review.findings.1") != nil {
				t.Errorf("for review: %s", r.Body)
			}
		})
	}
}

func compact(t *testing.T, payload []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(payload, &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A refund of a charge whose metadata somebody emptied still finds its order.
func TestRefundWithoutMetadata(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	order := s.Customer("ann").Buy(s.Product("mug", 1000), 1)
	intent := pay(t, s, order)
	if _, err := s.Stripe.Refund(intent, 400); err != nil {
		t.Fatal(err)
	}
	for _, told := range []bool{false, true} { // before and after the payment is known
		if told {
			s.DeliverAll()
		}
		for _, e := range s.Stripe.Events() {
			if e.Type != "charge.refunded" {
				continue
			}
			var event map[string]any
			if err := json.Unmarshal(e.Payload, &event); err != nil {
				t.Fatal(err)
			}
			event["data"].(map[string]any)["object"].(map[string]any)["metadata"] = map[string]any{}
			body, _ := json.Marshal(event)
			s.Nobody().Post("/webhook", body, "Stripe-Signature", sign(body, shoptest.WebhookSecret, time.Now())).Want(200)
			s.WantState(order.ID, shop.OrderPlaced, shop.PaymentPartiallyRefunded)
		}
	}
}

// A second payment of one order is not lost: a person must give it back.
func TestPaidTwice(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	admin := s.Admin()
	order := s.Customer("ann").Buy(s.Product("mug", 1000), 1)
	intent := pay(t, s, order)
	s.DeliverAll()
	for _, e := range s.Stripe.Events() {
		if e.Type == "checkout.session.completed" {
			body := strings.ReplaceAll(string(e.Payload), intent, "pi_another")
			s.Nobody().Post("/webhook", body, "Stripe-Signature", sign([]byte(body), shoptest.WebhookSecret, time.Now())).Want(200)
		}
	}
	s.WantState(order.ID, shop.OrderPlaced, shop.PaymentSuccess)
	if r := admin.Get("/orders?review=true").Want(200); r.Text("data.0.review.reason") != "paid_twice" || r.Text("data.0.review.findings.0.transactionId") != "pi_another" {
		t.Errorf("for review: %s", r.Body)
	}
	if got := s.Order(order.ID).Payment.TransactionID; got != intent {
		t.Errorf("the first payment was overwritten by %s", got)
	}
}

// A session of somebody else's in the same Stripe account is not our business.
func TestForeignEvents(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	for _, object := range []string{
		`{"id":"cs_1","status":"complete","payment_status":"paid","amount_total":5,"currency":"usd","metadata":{}}`,
		`{"id":"cs_1","status":"complete","payment_status":"paid","amount_total":5,"currency":"usd","metadata":{"orderId":"` + shop.DerivedID("none").String() + `"}}`,
		`{"id":"cs_1","status":"complete","payment_status":"paid","metadata":{"orderId":"not an id"}}`,
	} {
		body := []byte(`{"id":"evt_1","type":"checkout.session.completed","livemode":false,"data":{"object":` + object + `}}`)
		s.Nobody().Post("/webhook", body, "Stripe-Signature", sign(body, shoptest.WebhookSecret, time.Now())).Want(200)
	}
	for _, kind := range []string{"charge.refunded", "charge.dispute.created"} {
		body := []byte(`{"id":"evt_1","type":"` + kind + `","livemode":false,"data":{"object":{"id":"x_1","payment_intent":"pi_unknown","amount":5,"amount_refunded":5,"currency":"usd"}}}`)
		s.Nobody().Post("/webhook", body, "Stripe-Signature", sign(body, shoptest.WebhookSecret, time.Now())).Want(200)
	}
}
