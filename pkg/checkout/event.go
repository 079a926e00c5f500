package checkout

import (
	"context"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Event is a signed message from Stripe about one thing. Where all are nil, it
// is of a type that does not concern the shop.
type Event struct {
	Type    string
	Session *Session
	Refund  *Refund
	Dispute *Dispute
}

// Refund is the sum given back of one paid charge so far.
type Refund struct {
	OrderID       shop.ID // from the charge's metadata; may be zero
	TransactionID string
	Refunded      shop.Money
	Charged       shop.Money
	Currency      shop.Currency
	Livemode      bool
}

// Dispute is a dispute of a charge.
type Dispute struct {
	TransactionID string
	Dispute       shop.Dispute
}

// Why an order needs a person's review.
const (
	ReasonAmount   = "amount_mismatch"   // another amount than the order's was paid
	ReasonCurrency = "currency_mismatch" // in another currency
	ReasonLivemode = "livemode_mismatch" // test money for a real order, or the reverse
	ReasonTwice    = "paid_twice"        // a second payment for an order that was paid
)

// Handle applies an event. Nil means its effect is durable, or there is none to
// have: Stripe may forget it. On an error Stripe must deliver it again; that is
// harmless at any time.
func (s *Service) Handle(ctx context.Context, e Event) error {
	switch {
	case e.Session != nil:
		reason := "Stripe: " + e.Type
		if e.Session.Early {
			reason = reasonCancelled // the event may overtake the cancellation that caused it
		}
		_, err := s.apply(ctx, *e.Session, reason)
		return err
	case e.Refund != nil:
		return s.refund(ctx, *e.Refund)
	case e.Dispute != nil:
		return s.dispute(ctx, *e.Dispute)
	}
	return nil
}

// apply brings an order to what its session says, and returns the order after
// it; nil where that changed nothing.
func (s *Service) apply(ctx context.Context, session Session, reason string) (*shop.Order, error) {
	if session.OrderID.IsZero() {
		return nil, nil // somebody else's session in the same Stripe account
	}
	c := Change{Order: session.OrderID, Reason: reason, Now: s.Now()}
	switch session.State {
	case SessionPaid:
		// Money counts whatever session it came through.
		c.To = shop.PaymentSuccess
		c.TransactionID = session.TransactionID
		c.Terms = &Terms{session.Amount, session.Currency, session.Livemode}
	case SessionExpired, SessionDeclined:
		c.To = shop.PaymentFailed
		c.SessionID = session.ID
	case SessionAwaiting:
		return s.Store.SetAwaiting(ctx, session.OrderID, s.Now())
	default:
		return nil, nil // the customer may still pay
	}
	after, err := s.Store.Advance(ctx, c)
	if err != nil || after != nil || c.To != shop.PaymentSuccess {
		return after, err
	}
	return nil, s.explain(ctx, session.OrderID, shop.Finding{
		SessionID: session.ID, TransactionID: session.TransactionID,
		Amount: session.Amount, Currency: session.Currency, Livemode: session.Livemode,
	})
}

// refund raises the sum refunded. It may arrive before the payment it refunds.
func (s *Service) refund(ctx context.Context, r Refund) error {
	id, err := s.orderOf(ctx, r.OrderID, r.TransactionID)
	if id.IsZero() || err != nil {
		return err
	}
	to := shop.PaymentPartiallyRefunded
	if r.Refunded >= r.Charged {
		to = shop.PaymentRefunded
	}
	after, err := s.Store.Advance(ctx, Change{
		Order: id, To: to, Refunded: r.Refunded, TransactionID: r.TransactionID,
		Terms:  &Terms{r.Charged, r.Currency, r.Livemode},
		Reason: "Stripe: refunded " + r.Refunded.Format(r.Currency) + " " + string(r.Currency), Now: s.Now(),
	})
	if err != nil || after != nil {
		return err
	}
	return s.explain(ctx, id, shop.Finding{
		TransactionID: r.TransactionID, Amount: r.Charged, Currency: r.Currency, Livemode: r.Livemode,
	})
}

func (s *Service) dispute(ctx context.Context, d Dispute) error {
	id, err := s.orderOf(ctx, shop.ID{}, d.TransactionID)
	if id.IsZero() || err != nil {
		return err
	}
	return s.Store.SetDispute(ctx, id, d.Dispute, s.Now())
}

// orderOf finds the order that a PaymentIntent paid: by the metadata at hand, by
// the transaction noted on the order, or by asking Stripe. The zero ID means
// that it is none of ours.
func (s *Service) orderOf(ctx context.Context, known shop.ID, transaction string) (shop.ID, error) {
	if !known.IsZero() || transaction == "" {
		return known, nil
	}
	o, err := s.Store.OrderByTransaction(ctx, transaction)
	if shop.CodeOf(err) != shop.NotFound {
		return o.ID, err
	}
	id, err := s.Stripe.OrderOf(ctx, transaction)
	if shop.CodeOf(err) == shop.NotFound {
		return shop.ID{}, nil
	}
	return id, err
}

// explain finds out why reported money changed nothing. A repeated event, or one
// for an order we do not know, is no trouble; money that does not fit its order
// is recorded for a person and never places it.
func (s *Service) explain(ctx context.Context, id shop.ID, f shop.Finding) error {
	o, err := s.Store.Order(ctx, id)
	if shop.CodeOf(err) == shop.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case f.Livemode != o.Payment.Livemode:
		f.Reason = ReasonLivemode
	case f.Currency != o.Currency:
		f.Reason = ReasonCurrency
	case f.Amount != o.Payment.Amount:
		f.Reason = ReasonAmount
	case f.TransactionID != o.Payment.TransactionID:
		f.Reason = ReasonTwice
	default:
		return nil
	}
	s.Logger.ErrorContext(ctx, "an order needs review", "order", id, "reason", f.Reason, "transaction", f.TransactionID)
	return s.Store.AddFinding(ctx, id, f, s.Now())
}
