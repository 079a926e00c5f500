// Package stripepay speaks to Stripe: it creates, fetches and expires Checkout
// Sessions, and verifies and reads the events that Stripe sends.
package stripepay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/checkout/session"
	"github.com/stripe/stripe-go/v76/paymentintent"

	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// CallTimeout bounds one call to Stripe, its retries included.
const CallTimeout = 4 * time.Second

// Client is the checkout.Stripe of this account.
type Client struct {
	sessions session.Client
	intents  paymentintent.Client
}

var _ checkout.Stripe = (*Client)(nil)

// New returns a client with a secret or restricted key. base is another address
// of the API ("" for Stripe's own); transport may be nil.
func New(key, base string, transport http.RoundTripper) *Client {
	config := &stripe.BackendConfig{
		HTTPClient:        &http.Client{Transport: transport, Timeout: CallTimeout},
		MaxNetworkRetries: stripe.Int64(2), // with one idempotency key, so never twice
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull}, // errors are returned, and logged once
	}
	if base != "" {
		config.URL = stripe.String(base)
	}
	b := stripe.GetBackendWithConfig(stripe.APIBackend, config)
	return &Client{session.Client{B: b, Key: key}, paymentintent.Client{B: b, Key: key}}
}

// Livemode reports whether a key moves real money.
func Livemode(key string) bool { return strings.Contains(key, "_live_") }

// CreateSession implements checkout.Stripe. Every parameter comes from the
// order, so that Stripe's idempotency layer sees the same request each time
// (https://docs.stripe.com/api/idempotent_requests).
func (c *Client) CreateSession(ctx context.Context, o shop.Order) (checkout.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	metadata := map[string]string{metaOrder: o.ID.String(), metaPayment: o.Payment.ID.String()}
	p := &stripe.CheckoutSessionParams{
		Mode:              stripe.String(string(stripe.CheckoutSessionModePayment)),
		ClientReferenceID: stripe.String(o.ID.String()),
		SuccessURL:        stripe.String(returnURL(o.Payment.SuccessURL, o.ID) + "&session_id={CHECKOUT_SESSION_ID}"),
		CancelURL:         stripe.String(returnURL(o.Payment.CancelURL, o.ID)),
		ExpiresAt:         stripe.Int64(o.ExpiresAt.Unix()),
		Metadata:          metadata,
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: metadata},
	}
	for _, item := range o.Items {
		p.LineItems = append(p.LineItems, lineItem(item, o.Currency))
	}
	p.Context = ctx
	p.SetIdempotencyKey(o.Payment.ID.String())
	s, err := c.sessions.New(p)
	if err != nil {
		return checkout.Session{}, createError(err)
	}
	return read(s), nil
}

func lineItem(item shop.LineItem, c shop.Currency) *stripe.CheckoutSessionLineItemParams {
	product := &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String(item.Name)}
	if strings.HasPrefix(item.ImageURL, "https://") { // Stripe's servers fetch it
		product.Images = []*string{stripe.String(item.ImageURL)}
	}
	return &stripe.CheckoutSessionLineItemParams{
		Quantity: stripe.Int64(item.Quantity),
		PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
			Currency:    stripe.String(string(c)),
			UnitAmount:  stripe.Int64(int64(item.UnitPrice)),
			ProductData: product,
		},
	}
}

// The metadata that tells our sessions, PaymentIntents and charges from others.
const (
	metaOrder   = "orderId"
	metaPayment = "paymentId"
)

func returnURL(page string, order shop.ID) string {
	sep := "?"
	if strings.Contains(page, "?") {
		sep = "&"
	}
	return page + sep + "orderId=" + order.String()
}

// Session implements checkout.Stripe.
func (c *Client) Session(ctx context.Context, id string) (checkout.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	p := &stripe.CheckoutSessionParams{}
	p.Context = ctx
	p.AddExpand("payment_intent") // tells a delayed payment under way from a failed one
	s, err := c.sessions.Get(id, p)
	if err != nil {
		return checkout.Session{}, unavailable(err)
	}
	return read(s), nil
}

// ExpireSession implements checkout.Stripe.
func (c *Client) ExpireSession(ctx context.Context, id string) (checkout.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	p := &stripe.CheckoutSessionExpireParams{}
	p.Context = ctx
	s, err := c.sessions.Expire(id, p)
	var e *stripe.Error
	if errors.As(err, &e) && e.HTTPStatusCode == http.StatusBadRequest {
		return checkout.Session{}, checkout.ErrNotOpen
	}
	if err != nil {
		return checkout.Session{}, unavailable(err)
	}
	return read(s), nil
}

// OrderOf implements checkout.Stripe.
func (c *Client) OrderOf(ctx context.Context, transaction string) (shop.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	p := &stripe.PaymentIntentParams{}
	p.Context = ctx
	intent, err := c.intents.Get(transaction, p)
	var e *stripe.Error
	switch {
	case errors.As(err, &e) && e.HTTPStatusCode == http.StatusNotFound:
		return shop.ID{}, &shop.Error{Code: shop.NotFound, Message: "no such PaymentIntent", Cause: err}
	case err != nil:
		return shop.ID{}, unavailable(err)
	}
	id, err := shop.ParseID(intent.Metadata[metaOrder])
	if err != nil {
		return shop.ID{}, shop.Errorf(shop.NotFound, "a PaymentIntent without an order of ours")
	}
	return id, nil
}

func read(s *stripe.CheckoutSession) checkout.Session {
	order, _ := shop.ParseID(s.Metadata[metaOrder]) // zero: not ours
	out := checkout.Session{
		ID: s.ID, URL: s.URL, OrderID: order, Livemode: s.Livemode,
		Amount: shop.Money(s.AmountTotal), Currency: shop.Currency(s.Currency),
	}
	intentFailed := false
	if s.PaymentIntent != nil {
		out.TransactionID = s.PaymentIntent.ID
		switch s.PaymentIntent.Status {
		case stripe.PaymentIntentStatusRequiresPaymentMethod, stripe.PaymentIntentStatusCanceled:
			intentFailed = true
		}
	}
	out.State = state(string(s.Status), string(s.PaymentStatus), intentFailed)
	return out
}

// state reads a session's status, payment_status and, for a complete session,
// whether its delayed payment has failed
// (https://docs.stripe.com/api/checkout/sessions/object).
func state(status, paymentStatus string, failed bool) checkout.SessionState {
	paid := paymentStatus == string(stripe.CheckoutSessionPaymentStatusPaid) ||
		paymentStatus == string(stripe.CheckoutSessionPaymentStatusNoPaymentRequired)
	switch {
	case status == string(stripe.CheckoutSessionStatusExpired):
		return checkout.SessionExpired
	case status != string(stripe.CheckoutSessionStatusComplete):
		return checkout.SessionOpen
	case paid:
		return checkout.SessionPaid
	case failed:
		return checkout.SessionDeclined
	}
	return checkout.SessionAwaiting
}
