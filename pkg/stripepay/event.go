package stripepay

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// EventTypes are the events to select for the webhook endpoint. Any other type
// is acknowledged and changes nothing.
var EventTypes = []stripe.EventType{
	stripe.EventTypeCheckoutSessionCompleted,
	stripe.EventTypeCheckoutSessionExpired,
	stripe.EventTypeCheckoutSessionAsyncPaymentSucceeded,
	stripe.EventTypeCheckoutSessionAsyncPaymentFailed,
	stripe.EventTypeChargeRefunded,
	stripe.EventTypeChargeDisputeCreated,
	stripe.EventTypeChargeDisputeClosed,
}

// ErrSignature is Verify's answer to a body that Stripe did not sign with one of
// the secrets in the last five minutes.
var ErrSignature = errors.New("stripepay: the Stripe-Signature does not fit the body")

// Verify checks the raw body against the Stripe-Signature header with each
// secret: while one is rotated, the old and the new are both good. Without a
// secret nothing is accepted.
func Verify[S ~string](body []byte, header string, secrets []S) error {
	err := errors.New("no signing secret is configured")
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		if err = webhook.ValidatePayload(body, header, string(secret)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: %w", ErrSignature, err)
}

// event is what we read of Stripe's. These fields are the same in every API
// version since 2022-11-15; the SDK's own parser refuses events of a version
// newer than itself, which is what an account made today sends.
type event struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Created  int64  `json:"created"`
	Livemode bool   `json:"livemode"`
	Data     struct {
		Object json.RawMessage `json:"object"`
	} `json:"data"`
}

// Read makes a checkout.Event of a verified body. An event of a type that does
// not concern the shop comes back empty.
func Read(body []byte) (checkout.Event, error) {
	var in event
	if err := json.Unmarshal(body, &in); err != nil {
		return checkout.Event{}, fmt.Errorf("stripepay: read an event: %w", err)
	}
	out := checkout.Event{Type: in.Type}
	var err error
	switch t := stripe.EventType(in.Type); t {
	case stripe.EventTypeCheckoutSessionCompleted, stripe.EventTypeCheckoutSessionExpired,
		stripe.EventTypeCheckoutSessionAsyncPaymentSucceeded, stripe.EventTypeCheckoutSessionAsyncPaymentFailed:
		out.Session, err = readSession(in, t == stripe.EventTypeCheckoutSessionAsyncPaymentFailed)
	case stripe.EventTypeChargeRefunded:
		out.Refund, err = readRefund(in)
	case stripe.EventTypeChargeDisputeCreated, stripe.EventTypeChargeDisputeClosed:
		out.Dispute, err = readDispute(in, t == stripe.EventTypeChargeDisputeClosed)
	}
	if err != nil {
		return checkout.Event{}, fmt.Errorf("stripepay: read %s %s: %w", in.Type, in.ID, err)
	}
	return out, nil
}

func readSession(in event, failed bool) (*checkout.Session, error) {
	var s struct {
		ID            string            `json:"id"`
		Status        string            `json:"status"`
		PaymentStatus string            `json:"payment_status"`
		ExpiresAt     int64             `json:"expires_at"`
		PaymentIntent ref               `json:"payment_intent"`
		AmountTotal   shop.Money        `json:"amount_total"`
		Currency      shop.Currency     `json:"currency"`
		Metadata      map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(in.Data.Object, &s); err != nil {
		return nil, err
	}
	order, _ := shop.ParseID(s.Metadata[metaOrder]) // zero: not ours
	now := state(s.Status, s.PaymentStatus, failed)
	return &checkout.Session{
		ID: s.ID, OrderID: order, TransactionID: string(s.PaymentIntent), State: now,
		Early:  now == checkout.SessionExpired && in.Created < s.ExpiresAt,
		Amount: s.AmountTotal, Currency: s.Currency, Livemode: in.Livemode,
	}, nil
}

func readRefund(in event) (*checkout.Refund, error) {
	var c struct {
		PaymentIntent  ref               `json:"payment_intent"`
		Amount         shop.Money        `json:"amount"`
		AmountRefunded shop.Money        `json:"amount_refunded"`
		Currency       shop.Currency     `json:"currency"`
		Metadata       map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(in.Data.Object, &c); err != nil {
		return nil, err
	}
	order, _ := shop.ParseID(c.Metadata[metaOrder]) // zero: looked up by the PaymentIntent
	return &checkout.Refund{
		OrderID: order, TransactionID: string(c.PaymentIntent), Refunded: c.AmountRefunded, Charged: c.Amount,
		Currency: c.Currency, Livemode: in.Livemode,
	}, nil
}

// disputeID is what may become a key of the payment's document.
var disputeID = regexp.MustCompile(`^[A-Za-z0-9_]{1,100}$`)

func readDispute(in event, closed bool) (*checkout.Dispute, error) {
	var d struct {
		ID            string     `json:"id"`
		PaymentIntent ref        `json:"payment_intent"`
		Amount        shop.Money `json:"amount"`
		Reason        string     `json:"reason"`
		Status        string     `json:"status"`
		Created       int64      `json:"created"`
	}
	if err := json.Unmarshal(in.Data.Object, &d); err != nil {
		return nil, err
	}
	if !disputeID.MatchString(d.ID) {
		return nil, fmt.Errorf("the dispute's id is %q", d.ID)
	}
	return &checkout.Dispute{TransactionID: string(d.PaymentIntent), Dispute: shop.Dispute{
		ID: d.ID, Status: d.Status, Reason: d.Reason, Amount: d.Amount, Closed: closed, OpenedAt: time.Unix(d.Created, 0).UTC(),
	}}, nil
}

// ref is the id of an object that Stripe may also send whole.
type ref string

func (r *ref) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var object struct {
			ID string `json:"id"`
		}
		err := json.Unmarshal(b, &object)
		*r = ref(object.ID)
		return err
	}
	return json.Unmarshal(b, (*string)(r))
}
