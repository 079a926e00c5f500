package standin_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/charge"
	"github.com/stripe/stripe-go/v76/checkout/session"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/refund"
	"github.com/stripe/stripe-go/v76/webhookendpoint"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// backend is stripe-go's own HTTP client, aimed at the stand-in.
func backend(base string, retries int64) stripe.Backend {
	return stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(base), MaxNetworkRetries: stripe.Int64(retries),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
}

func sdkOrder() *stripe.CheckoutSessionParams {
	return &stripe.CheckoutSessionParams{
		Mode:              stripe.String(string(stripe.CheckoutSessionModePayment)),
		SuccessURL:        stripe.String("http://shop.test/success?session_id={CHECKOUT_SESSION_ID}"),
		CancelURL:         stripe.String("http://shop.test/cancel"),
		ClientReferenceID: stripe.String("order-1"),
		CustomerEmail:     stripe.String("ada@example.com"),
		ExpiresAt:         stripe.Int64(time.Now().Add(35 * time.Minute).Unix()),
		Metadata:          map[string]string{"orderId": "order-1"},
		LineItems: []*stripe.CheckoutSessionLineItemParams{{
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String("eur"), UnitAmount: stripe.Int64(1599),
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{
					Name: stripe.String("Mug"), Description: stripe.String("Oat glaze"),
					Images: stripe.StringSlice([]string{"http://shop.test/mug.jpg"}),
				},
			},
			Quantity: stripe.Int64(2),
		}},
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{
			Metadata: map[string]string{"orderId": "order-1", "paymentId": "payment-1"},
		},
	}
}

// What a shop does with stripe-go, from the order to the refund.
func TestWithStripeGo(t *testing.T) {
	s, base := start(t, standin.Options{})
	b := backend(base, 0)
	sessions := session.Client{B: b, Key: testKey}
	params := sdkOrder()
	params.SetIdempotencyKey("payment-1")
	made, err := sessions.New(params)
	check(t, err)
	equal(t, "status", made.Status, stripe.CheckoutSessionStatusOpen)
	equal(t, "total", made.AmountTotal, 3198)
	equal(t, "expiry", made.ExpiresAt, *params.ExpiresAt)
	if made.PaymentIntent != nil {
		t.Error("a PaymentIntent before anybody paid")
	}
	replayed, err := sessions.New(params)
	check(t, err)
	equal(t, "replay", replayed.ID, made.ID)
	equal(t, "replay is marked", replayed.LastResponse.Header.Get("Idempotent-Replayed"), "true")

	intent := must(s.Pay(made.ID))(t)
	get := &stripe.CheckoutSessionParams{}
	get.AddExpand("payment_intent.latest_charge")
	get.AddExpand("line_items")
	paid, err := sessions.Get(made.ID, get)
	check(t, err)
	equal(t, "paid", paid.PaymentStatus, stripe.CheckoutSessionPaymentStatusPaid)
	equal(t, "expanded charge", paid.PaymentIntent.LatestCharge.Amount, 3198)
	equal(t, "expanded items", paid.LineItems.Data[0].Quantity, 2)
	items := sessions.ListLineItems(&stripe.CheckoutSessionListLineItemsParams{Session: &made.ID})
	equal(t, "an item", items.Next(), true)
	equal(t, "the item", items.LineItem().Description, "Mug")

	_, err = sessions.Expire(made.ID, nil)
	var refused *stripe.Error
	if !errors.As(err, &refused) || refused.HTTPStatusCode != 400 {
		t.Errorf("a complete session expired: %v", err)
	}
	list := sessions.List(&stripe.CheckoutSessionListParams{PaymentIntent: &intent})
	equal(t, "found by its payment", list.Next(), true)
	equal(t, "found", list.CheckoutSession().ID, made.ID)
	equal(t, "and nothing else", list.Next(), false)

	in, err := paymentintent.Client{B: b, Key: testKey}.Get(intent, nil)
	check(t, err)
	equal(t, "received", in.AmountReceived, 3198)
	equal(t, "its metadata", in.Metadata["paymentId"], "payment-1")

	re, err := refund.Client{B: b, Key: testKey}.New(&stripe.RefundParams{PaymentIntent: &intent, Amount: stripe.Int64(198)})
	check(t, err)
	equal(t, "refund", re.Status, stripe.RefundStatusSucceeded)
	ch, err := charge.Client{B: b, Key: testKey}.Get(in.LatestCharge.ID, nil)
	check(t, err)
	equal(t, "refunded", ch.AmountRefunded, 198)

	_, err = sessions.New(&stripe.CheckoutSessionParams{Mode: stripe.String("payment")})
	if !errors.As(err, &refused) || refused.Code != stripe.ErrorCodeParameterMissing || refused.RequestID == "" {
		t.Errorf("got %v", err)
	}
	_, err = sessions.Get("cs_test_none", nil)
	if !errors.As(err, &refused) || refused.Code != stripe.ErrorCodeResourceMissing || refused.HTTPStatusCode != 404 {
		t.Errorf("got %v", err)
	}
}

func TestWebhookEndpointsWithStripeGo(t *testing.T) {
	shop := openShop(t)
	s, base := start(t, standin.Options{})
	endpoints := webhookendpoint.Client{B: backend(base, 0), Key: testKey}
	made, err := endpoints.New(&stripe.WebhookEndpointParams{
		URL: &shop.url, EnabledEvents: stripe.StringSlice([]string{"checkout.session.completed", "charge.refunded"}),
		APIVersion: stripe.String("2023-10-16"), Description: stripe.String("the shop"), Metadata: map[string]string{"a": "1", "b": "2"},
	})
	check(t, err)
	shop.secret = made.Secret
	intent := must(s.Pay(checkout(t, base)))(t)
	check(t, s.Quiet(t.Context()))
	equal(t, "received", types(shop.received(), func(ev stripe.Event) string { return string(ev.Type) }), "checkout.session.completed")
	equal(t, "forged", shop.forged, 0)

	read, err := endpoints.Get(made.ID, nil)
	check(t, err)
	equal(t, "secret, told once", read.Secret, "")
	equal(t, "status", read.Status, "enabled")
	changed, err := endpoints.Update(made.ID, &stripe.WebhookEndpointParams{Disabled: stripe.Bool(true), Metadata: map[string]string{"a": "", "c": "3"}})
	check(t, err)
	equal(t, "status", changed.Status, "disabled")
	equal(t, "metadata unset", len(changed.Metadata), 2)
	equal(t, "metadata kept and set", changed.Metadata["b"]+changed.Metadata["c"], "23")
	must(s.Refund(intent, 1))(t)
	check(t, s.Quiet(t.Context()))
	equal(t, "received while disabled", len(shop.received()), 1)
	var last stripe.Event
	check(t, json.Unmarshal(s.Events()[len(s.Events())-1].Payload, &last))
	equal(t, "pending_webhooks while disabled", last.PendingWebhooks, 0)

	_, err = endpoints.Update(made.ID, &stripe.WebhookEndpointParams{Disabled: stripe.Bool(false), EnabledEvents: stripe.StringSlice([]string{"*"})})
	check(t, err)
	must(s.Refund(intent, 1))(t)
	check(t, s.Quiet(t.Context()))
	equal(t, "received", len(shop.received()), 2)

	list := endpoints.List(nil)
	equal(t, "listed", list.Next(), true)
	gone, err := endpoints.Del(made.ID, nil)
	check(t, err)
	equal(t, "deleted", gone.Deleted, true)
	if _, err := endpoints.Get(made.ID, nil); err == nil {
		t.Error("a deleted endpoint is still there")
	}
	for _, bad := range []*stripe.WebhookEndpointParams{
		{URL: &shop.url},
		{EnabledEvents: stripe.StringSlice([]string{"*"})},
		{URL: &shop.url, EnabledEvents: stripe.StringSlice([]string{"checkout.session.complete"})},
		{URL: stripe.String("shop"), EnabledEvents: stripe.StringSlice([]string{"*"})},
	} {
		if _, err := endpoints.New(bad); err == nil {
			t.Errorf("accepted %+v", bad)
		}
	}
}
