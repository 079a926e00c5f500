package checkout

import (
	"context"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// repairEvery is how often one order may make us ask Stripe on a read.
const repairEvery = 5 * time.Second

// repairWithin is how long a read waits for Stripe before it shows what it has.
const repairWithin = 2 * time.Second

// Refresh asks Stripe about a pending order that is being read, so that its
// owner sees the truth even where no webhook gets through. It never fails: at
// worst the order is returned as it was.
func (s *Service) Refresh(ctx context.Context, o shop.Order) shop.Order {
	if o.Payment.Status != shop.PaymentPending || o.Payment.SessionID == "" {
		return o
	}
	ctx, cancel := context.WithTimeout(ctx, repairWithin)
	defer cancel()
	after, err := s.refresh(ctx, o)
	if err != nil {
		s.Logger.WarnContext(ctx, "could not ask Stripe about an order", "order", o.ID, "error", err)
	}
	if after != nil {
		return *after
	}
	return o
}

func (s *Service) refresh(ctx context.Context, o shop.Order) (*shop.Order, error) {
	now := s.Now()
	if due, err := s.Store.MarkChecked(ctx, o.ID, now, now.Add(-repairEvery)); err != nil || !due {
		return nil, err
	}
	session, err := s.Stripe.Session(ctx, o.Payment.SessionID)
	if err != nil {
		return nil, err
	}
	return s.apply(ctx, session, "asked Stripe when read")
}
