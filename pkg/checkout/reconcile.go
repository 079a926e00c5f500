package checkout

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Report is what one reconciliation did, in orders.
type Report struct {
	Checked   int   `json:"checked"`
	Placed    int   `json:"placed"`
	Failed    int   `json:"failed"`
	Unchanged int   `json:"unchanged"`
	Errors    int   `json:"errors"`
	Remaining int64 `json:"remaining"` // not reached in the time there was: run it again
}

const (
	reconcileBatch    = 50
	reconcileMost     = 1000
	reconcileParallel = 4
	// reconcileReserve is kept of the caller's deadline for the work in hand.
	reconcileReserve = 5 * time.Second
)

// Reconcile asks Stripe about pending orders past their expiry and applies what
// it says, until none is left, the context's deadline nears, or 1000 are done.
// One order's error does not stop the rest, and a second run at the same moment
// does no harm.
func (s *Service) Reconcile(ctx context.Context) (Report, error) {
	var r Report
	start := s.Now()
	for r.Checked < reconcileMost && timeLeft(ctx) {
		orders, err := s.Store.Overdue(ctx, start, start, reconcileBatch)
		if err != nil {
			return r, err
		}
		s.reconcileAll(ctx, orders, &r)
		if len(orders) < reconcileBatch {
			return r, nil // that was the last of them
		}
		if r.Errors >= reconcileBatch {
			break // Stripe or the database is down: asking on would help nobody
		}
	}
	remaining, err := s.Store.CountOverdue(ctx, start, start)
	r.Remaining = remaining
	return r, err
}

func timeLeft(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > reconcileReserve
}

func (s *Service) reconcileAll(ctx context.Context, orders []shop.Order, r *Report) {
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(reconcileParallel)
	for _, o := range orders {
		g.Go(func() error {
			status, err := s.reconcile(ctx, o)
			mu.Lock()
			defer mu.Unlock()
			r.Checked++
			switch {
			case err != nil:
				s.Logger.ErrorContext(ctx, "could not reconcile an order", "order", o.ID, "error", err)
				r.Errors++
			case status == shop.PaymentSuccess:
				r.Placed++
			case status == shop.PaymentFailed:
				r.Failed++
			default:
				r.Unchanged++
			}
			return nil
		})
	}
	_ = g.Wait() // each error is counted above
}

// reconcile brings one overdue order to the truth and returns where that moved
// its payment; "" where it did not.
func (s *Service) reconcile(ctx context.Context, o shop.Order) (shop.PaymentStatus, error) {
	// Without a stored session nobody was told where to pay.
	session := Session{OrderID: o.ID, State: SessionExpired}
	var err error
	if o.Payment.SessionID != "" {
		session, err = s.Stripe.Session(ctx, o.Payment.SessionID)
	}
	var after *shop.Order
	if err == nil {
		after, err = s.apply(ctx, session, "reconciled with Stripe")
	}
	if after == nil || after.Payment.Status == shop.PaymentPending {
		// To the end of the queue, so that it does not hold up the others.
		now := s.Now()
		if _, markErr := s.Store.MarkChecked(ctx, o.ID, now, now); err == nil {
			err = markErr
		}
		return "", err
	}
	return after.Payment.Status, nil
}
