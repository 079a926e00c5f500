package shop

import (
	"slices"
	"time"
)

// PaymentStatus is a rung of the ladder that a payment climbs and never descends.
type PaymentStatus string

const (
	PaymentPending           PaymentStatus = "pending"
	PaymentFailed            PaymentStatus = "failed"
	PaymentSuccess           PaymentStatus = "success"
	PaymentPartiallyRefunded PaymentStatus = "partially_refunded"
	PaymentRefunded          PaymentStatus = "refunded"
)

// Ladder is every PaymentStatus, lowest rung first. Because a status only
// climbs, events commute: duplicated, late or reordered, they end on one rung.
var Ladder = []PaymentStatus{PaymentPending, PaymentFailed, PaymentSuccess, PaymentPartiallyRefunded, PaymentRefunded}

// Below lists the rungs under s: the statuses from which a payment may climb to s.
func (s PaymentStatus) Below() []PaymentStatus {
	return Ladder[:max(0, slices.Index(Ladder, s))]
}

// Order is the status of the order whose payment stands on s.
func (s PaymentStatus) Order() OrderStatus {
	switch s {
	case PaymentFailed:
		return OrderFailed
	case PaymentSuccess, PaymentPartiallyRefunded:
		return OrderPlaced
	case PaymentRefunded:
		return OrderRefunded
	}
	return OrderPending
}

// Payment is how an order is paid: one Stripe Checkout Session. It lives inside
// its order's document, so that the two can never disagree.
type Payment struct {
	ID             ID            `bson:"_id"` // also Stripe's idempotency key for the session
	Status         PaymentStatus `bson:"status"`
	Amount         Money         `bson:"amount"`
	AmountRefunded Money         `bson:"amountRefunded"` // only grows
	Livemode       bool          `bson:"livemode"`       // real money, by the mode of the Stripe key

	// The pages Stripe sends the customer back to. Kept, because a repeated
	// request to Stripe must repeat every parameter.
	SuccessURL string `bson:"successUrl"`
	CancelURL  string `bson:"cancelUrl"`

	SessionID     string `bson:"sessionId,omitempty"`     // the Checkout Session, once stored
	SessionURL    string `bson:"sessionUrl,omitempty"`    // where the customer pays
	TransactionID string `bson:"transactionId,omitempty"` // the PaymentIntent, once paid

	Awaiting bool `bson:"awaiting,omitempty"` // paid by a delayed method: the money is on its way

	Disputes  map[string]Dispute `bson:"disputes,omitempty"`  // by Stripe's id
	CheckedAt *time.Time         `bson:"checkedAt,omitempty"` // when Stripe was last asked about it
}

// Dispute is a customer's bank taking a payment back, or trying to.
type Dispute struct {
	ID       string    `bson:"id"`
	Status   string    `bson:"status"` // Stripe's word: needs_response, won, lost, ...
	Reason   string    `bson:"reason"`
	Amount   Money     `bson:"amount"`
	Closed   bool      `bson:"closed"`
	OpenedAt time.Time `bson:"openedAt"`
}

// LatestDispute returns the dispute opened last, or nil.
func (p Payment) LatestDispute() *Dispute {
	var latest *Dispute
	for _, d := range p.Disputes {
		if latest == nil || d.OpenedAt.After(latest.OpenedAt) || (d.OpenedAt.Equal(latest.OpenedAt) && d.ID > latest.ID) {
			latest = &d
		}
	}
	return latest
}
