package proof_test

import (
	"crypto/rand"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// story is one thing that somebody does, and what must be true after it went
// wrong at some point and was repeated as its doer would.
type story struct {
	name    string
	prepare func(w *world) shoptest.Order // before; nothing goes wrong here
	act     func(w *world, o shoptest.Order)
	repeat  func(w *world, o shoptest.Order) shoptest.Order
	order   shop.OrderStatus
	payment shop.PaymentStatus
}

func newKey() string { return rand.Text() }

var stories = []story{
	{
		name:    "order, and repeat until it is answered; then pay",
		prepare: func(w *world) shoptest.Order { return shoptest.Order{ID: newKey()} },
		act:     func(w *world, o shoptest.Order) { w.tryOrder(o.ID) },
		repeat: func(w *world, o shoptest.Order) shoptest.Order {
			placed := w.order(o.ID)
			if again := w.order(o.ID); again != placed {
				w.t.Errorf("one key answered %+v and %+v", placed, again)
			}
			w.pay(placed)
			return placed
		},
		order: shop.OrderPlaced, payment: shop.PaymentSuccess,
	},
	{
		name:    "order, and give up",
		prepare: func(w *world) shoptest.Order { return shoptest.Order{ID: newKey()} },
		act:     func(w *world, o shoptest.Order) { w.tryOrder(o.ID) },
		repeat: func(w *world, o shoptest.Order) shoptest.Order {
			w.server.revive()
			id := shop.DerivedID("order", w.ann.ID, o.ID)
			if _, err := w.Store.Order(w.t.Context(), id); shop.CodeOf(err) == shop.NotFound {
				return shoptest.Order{} // it died before anything happened
			}
			for _, s := range w.Stripe.Sessions() {
				if s.Metadata["orderId"] == id.String() && s.Status == "open" {
					if err := w.Stripe.Expire(s.ID); err != nil { // as Stripe does when the time is over
						w.t.Error(err)
					}
				}
			}
			w.reconcile(id.String())
			return shoptest.Order{ID: id.String()}
		},
		order: shop.OrderFailed, payment: shop.PaymentFailed,
	},
	{
		name:    "hear of a payment",
		prepare: func(w *world) shoptest.Order { o := w.order(newKey()); w.stripePays(o); return o },
		act:     func(w *world, o shoptest.Order) { w.tryLast("checkout.session.completed") },
		repeat:  func(w *world, o shoptest.Order) shoptest.Order { w.again("checkout.session.completed"); return o },
		order:   shop.OrderPlaced, payment: shop.PaymentSuccess,
	},
	{
		name: "hear of a payment that comes after the order failed",
		prepare: func(w *world) shoptest.Order {
			o := w.order(newKey())
			intent, err := w.Stripe.PayDelayed(o.Session)
			w.must(err)
			id, err := shop.ParseID(o.ID)
			w.must(err)
			_, err = w.Store.Advance(w.t.Context(), failed(id, o.Session))
			w.must(err)
			w.must(w.Stripe.Settle(intent))
			return o
		},
		act: func(w *world, o shoptest.Order) { w.tryLast("checkout.session.async_payment_succeeded") },
		repeat: func(w *world, o shoptest.Order) shoptest.Order {
			w.again("checkout.session.async_payment_succeeded")
			return o
		},
		order: shop.OrderPlaced, payment: shop.PaymentSuccess,
	},
	{
		name: "hear of a refund",
		prepare: func(w *world) shoptest.Order {
			o := w.order(newKey())
			intent := w.pay(o)
			_, err := w.Stripe.Refund(intent, 100)
			w.must(err)
			return o
		},
		act:    func(w *world, o shoptest.Order) { w.tryLast("charge.refunded") },
		repeat: func(w *world, o shoptest.Order) shoptest.Order { w.again("charge.refunded"); return o },
		order:  shop.OrderPlaced, payment: shop.PaymentPartiallyRefunded,
	},
	{
		name: "hear of a dispute before the payment",
		prepare: func(w *world) shoptest.Order {
			o := w.order(newKey())
			_, err := w.Stripe.OpenDispute(w.stripePays(o), "fraudulent")
			w.must(err)
			return o
		},
		act: func(w *world, o shoptest.Order) { w.tryLast("charge.dispute.created") },
		repeat: func(w *world, o shoptest.Order) shoptest.Order {
			w.again("charge.dispute.created")
			w.again("checkout.session.completed")
			if got := w.Order(o.ID).Payment.Disputes; len(got) != 1 {
				w.t.Errorf("the disputes are %v", got)
			}
			return o
		},
		order: shop.OrderPlaced, payment: shop.PaymentSuccess,
	},
	{
		name:    "cancel",
		prepare: func(w *world) shoptest.Order { return w.order(newKey()) },
		act:     func(w *world, o shoptest.Order) { _, _ = w.ann.Try("DELETE", "/orders/"+o.ID, nil) },
		repeat: func(w *world, o shoptest.Order) shoptest.Order {
			w.cancel(o)
			if _, err := w.Stripe.Pay(o.Session); err == nil {
				w.t.Error("a cancelled order can be paid")
			}
			return o
		},
		order: shop.OrderFailed, payment: shop.PaymentFailed,
	},
	{
		name:    "cancel what was just paid",
		prepare: func(w *world) shoptest.Order { o := w.order(newKey()); w.stripePays(o); return o },
		act:     func(w *world, o shoptest.Order) { _, _ = w.ann.Try("DELETE", "/orders/"+o.ID, nil) },
		repeat:  func(w *world, o shoptest.Order) shoptest.Order { w.cancel(o); return o },
		order:   shop.OrderPlaced, payment: shop.PaymentSuccess,
	},
	{
		name: "reconcile a paid order",
		prepare: func(w *world) shoptest.Order {
			o := w.order(newKey())
			w.stripePays(o)
			w.age(o.ID)
			return o
		},
		act:    func(w *world, o shoptest.Order) { w.tryReconcile() },
		repeat: func(w *world, o shoptest.Order) shoptest.Order { w.reconcileAgain(); return o },
		order:  shop.OrderPlaced, payment: shop.PaymentSuccess,
	},
	{
		name: "reconcile an expired order",
		prepare: func(w *world) shoptest.Order {
			o := w.order(newKey())
			w.must(w.Stripe.Expire(o.Session))
			w.age(o.ID)
			return o
		},
		act:    func(w *world, o shoptest.Order) { w.tryReconcile() },
		repeat: func(w *world, o shoptest.Order) shoptest.Order { w.reconcileAgain(); return o },
		order:  shop.OrderFailed, payment: shop.PaymentFailed,
	},
	{
		name:    "read an order that was just paid",
		prepare: func(w *world) shoptest.Order { o := w.order(newKey()); w.stripePays(o); return o },
		act:     func(w *world, o shoptest.Order) { _, _ = w.ann.Try("GET", "/orders/"+o.ID, nil) },
		repeat: func(w *world, o shoptest.Order) shoptest.Order {
			// A read asks Stripe at most every few seconds; reconciling needs no patience.
			w.reconcile(o.ID)
			return o
		},
		order: shop.OrderPlaced, payment: shop.PaymentSuccess,
	},
}

// Every crash point: each effect of each story goes wrong in each way.
func TestEveryCrashPoint(t *testing.T) {
	var points atomic.Int64
	t.Cleanup(func() { t.Logf("%d crash points", points.Load()) })
	for _, s := range stories {
		t.Run(strings.ReplaceAll(s.name, " ", "_"), func(t *testing.T) {
			t.Parallel() // each in a world of its own
			w := newWorld(t, false)
			// The first run goes well, and shows which effects there are.
			effects := w.play(s, -1, fine)
			if len(effects) == 0 {
				t.Fatal("the story has no effect: what would it prove?")
			}
			for at, effect := range effects {
				for _, m := range modes {
					w.play(s, at, m)
					if t.Failed() {
						t.Fatalf("after %s: %s", m, effect)
					}
					points.Add(1)
				}
			}
			w.checkPromise()
			t.Logf("effects: %s", strings.Join(effects, ", "))
		})
	}
}

// play plays a story with one effect going wrong, and returns the effects that
// its act had.
func (w *world) play(s story, at int, m mode) []string {
	w.t.Helper()
	w.tap.arm(-1, fine)
	o := s.prepare(w)
	before := w.orders()
	w.tap.arm(at, m)
	s.act(w, o)
	effects := w.tap.seen()
	w.tap.arm(-1, fine)
	if at >= len(effects) {
		w.t.Errorf("the act had only %d effects this time: %v", len(effects), effects)
	}
	o = s.repeat(w, o)
	if made := w.orders() - before; made > 1 {
		w.t.Errorf("%d orders were made of one", made)
	}
	if o.ID != "" {
		w.Shop.WantState(o.ID, s.order, s.payment)
	}
	return effects
}
