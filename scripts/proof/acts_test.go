package proof_test

import (
	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// stripePays lets the customer pay; the shop is not told.
func (w *world) stripePays(o shoptest.Order) (intent string) {
	w.t.Helper()
	intent, err := w.Stripe.Pay(o.Session)
	w.must(err)
	return intent
}

// pay lets the customer pay, and the shop be told.
func (w *world) pay(o shoptest.Order) (intent string) {
	w.t.Helper()
	before := len(w.Stripe.Events())
	intent = w.stripePays(o)
	w.deliver(before)
	return intent
}

// last is the newest event of a type.
func (w *world) last(kind string) standin.Event {
	w.t.Helper()
	events := w.Stripe.Events()
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Type == kind {
			return events[i]
		}
	}
	w.t.Fatalf("Stripe has sent no %s", kind)
	return standin.Event{}
}

func (w *world) tryLast(kind string) { w.tryDeliver(w.last(kind)) }

// again delivers the newest event of a type as Stripe goes on to.
func (w *world) again(kind string) {
	w.t.Helper()
	w.deliverUntilTaken(w.last(kind))
}

// cancel cancels, insisting, until the shop has said yes or that it is too late.
func (w *world) cancel(o shoptest.Order) {
	w.t.Helper()
	w.insist("cancel", func() bool {
		r, err := w.ann.Try("DELETE", "/orders/"+o.ID, nil)
		return err == nil && (r.Status == 200 || r.Status == 409)
	})
}

func (w *world) reconcileAgain() {
	w.t.Helper()
	w.insist("reconcile", w.tryReconcile)
}

func failed(id shop.ID, session string) checkout.Change {
	return checkout.Change{Order: id, To: shop.PaymentFailed, SessionID: session, Reason: "test", Now: app.Now()}
}
