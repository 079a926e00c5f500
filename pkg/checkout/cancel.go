package checkout

import (
	"context"
	"errors"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// reasonCancelled is what the timeline says of an order that somebody gave up.
const reasonCancelled = "cancelled"

// Cancel gives up a pending order. Its Checkout Session is expired first, so
// that nobody can pay what was cancelled; if Stripe says that it is too late,
// Stripe's truth is applied instead. shop.Conflict where the order can no longer
// be cancelled, shop.StripeDown where nothing was changed and it may be repeated.
func (s *Service) Cancel(ctx context.Context, o shop.Order) (shop.Order, error) {
	if o.Payment.Status != shop.PaymentPending {
		return shop.Order{}, notCancellable(o)
	}
	session := Session{OrderID: o.ID, State: SessionExpired}
	if o.Payment.SessionID != "" {
		var err error
		session, err = s.Stripe.ExpireSession(ctx, o.Payment.SessionID)
		if errors.Is(err, ErrNotOpen) {
			session, err = s.Stripe.Session(ctx, o.Payment.SessionID)
		}
		if err != nil {
			return shop.Order{}, err
		}
	}
	after, err := s.apply(ctx, session, reasonCancelled)
	if err != nil {
		return shop.Order{}, err
	}
	if after != nil && after.Payment.Status == shop.PaymentFailed {
		return *after, nil
	}
	now, err := s.Store.Order(ctx, o.ID)
	switch {
	case err != nil:
		return shop.Order{}, err
	case now.Payment.Status == shop.PaymentFailed:
		return now, nil
	case o.Payment.SessionID != now.Payment.SessionID:
		return s.Cancel(ctx, now) // its session was stored just now: expire that
	}
	return shop.Order{}, notCancellable(now)
}

func notCancellable(o shop.Order) error {
	switch {
	case o.Payment.Status == shop.PaymentFailed:
		return shop.Errorf(shop.Conflict, "This order was not paid and is closed already.")
	case o.Payment.Status == shop.PaymentPending:
		return shop.Errorf(shop.Conflict, "The payment of this order is on its way, so it can no longer be cancelled.")
	}
	return shop.Errorf(shop.Conflict, "This order is paid, so it can no longer be cancelled.")
}
