package proof_test

import (
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"pgregory.net/rapid"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// TestRandomHistories lets customers order, pay, cancel and repeat themselves
// while effects fail, the process dies, and events get lost, come twice and out
// of order. A small model knows who paid; the shop must agree in the end, and
// may never be ahead of it. A failure prints the seed that repeats it.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	steps := 0
	rapid.Check(t, func(rt *rapid.T) {
		w.tap.arm(-1, fine)
		w.server.revive()
		m := &model{world: w, rt: rt, from: len(w.Stripe.Events()), rung: map[string]int{}}
		rt.Repeat(map[string]func(*rapid.T){
			"order":     func(rt *rapid.T) { m.order(rt); steps++ },
			"repeat":    func(rt *rapid.T) { m.repeat(rt); steps++ },
			"pay":       func(rt *rapid.T) { m.pay(rt); steps++ },
			"refund":    func(rt *rapid.T) { m.refund(rt); steps++ },
			"cancel":    func(rt *rapid.T) { m.cancel(rt); steps++ },
			"read":      func(rt *rapid.T) { m.read(rt); steps++ },
			"deliver":   func(rt *rapid.T) { m.deliver(rt); steps++ },
			"reconcile": func(rt *rapid.T) { m.reconcile(rt); steps++ },
			"fault":     func(rt *rapid.T) { m.fault(rt); steps++ },
			"":          func(rt *rapid.T) { m.checkNeverAhead() },
		})
		m.settle()
	})
	t.Logf("%d steps", steps)
}

// purchase is what the model knows of one order.
type purchase struct {
	key      string
	order    shoptest.Order // once it was answered
	intent   string         // once the customer has chosen how to pay
	paid     bool           // money came in
	closed   bool           // Stripe takes no money for it any more
	waiting  bool           // a delayed payment is under way
	refunded int64
}

type model struct {
	*world
	rt        *rapid.T
	from      int // Stripe's events before are of other histories
	purchases []*purchase
	rung      map[string]int // how high each order has climbed
}

// pick draws one of the purchases that fit; nil, and the step is skipped, where
// none does.
func (m *model) pick(rt *rapid.T, fits func(*purchase) bool) *purchase {
	var list []*purchase
	for _, p := range m.purchases {
		if fits(p) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		rt.Skip("no purchase fits")
	}
	return rapid.SampledFrom(list).Draw(rt, "purchase")
}

func (m *model) order(rt *rapid.T) {
	if len(m.purchases) >= shop.MaxPayable-1 {
		rt.Skip("enough orders")
	}
	p := &purchase{key: newKey()}
	m.purchases = append(m.purchases, p)
	m.tryOrder(p)
}

func (m *model) tryOrder(p *purchase) {
	m.server.revive()
	o, ok := m.world.tryOrder(p.key)
	if !ok {
		return
	}
	if p.order.ID != "" && p.order != o {
		m.rt.Fatalf("one key answered %+v and %+v", p.order, o)
	}
	p.order = o
}

func (m *model) repeat(rt *rapid.T) {
	m.tryOrder(m.pick(rt, func(p *purchase) bool { return true }))
}

func (m *model) pay(rt *rapid.T) {
	p := m.pick(rt, func(p *purchase) bool { return p.order.ID != "" && !p.closed || p.waiting })
	var err error
	switch how := rapid.SampledFrom([]string{"card", "declined", "delayed", "expires"}).Draw(rt, "how"); {
	case p.waiting && how != "declined" && how != "expires":
		err = m.Stripe.Settle(p.intent)
		p.waiting, p.paid = false, true
	case p.waiting:
		err = m.Stripe.FailDelayed(p.intent)
		p.waiting = false
	case how == "card":
		p.intent, err = m.Stripe.Pay(p.order.Session)
		p.paid, p.closed = true, true
	case how == "declined":
		_, err = m.Stripe.Decline(p.order.Session)
	case how == "delayed":
		p.intent, err = m.Stripe.PayDelayed(p.order.Session)
		p.waiting, p.closed = true, true
	case how == "expires":
		err = m.Stripe.Expire(p.order.Session)
		p.closed = true
	}
	if err != nil {
		rt.Fatal(err)
	}
}

func (m *model) refund(rt *rapid.T) {
	p := m.pick(rt, func(p *purchase) bool { return p.paid && p.refunded < 1599 })
	sum := rapid.Int64Range(1, 1599-p.refunded).Draw(rt, "sum")
	if _, err := m.Stripe.Refund(p.intent, sum); err != nil {
		rt.Fatal(err)
	}
	p.refunded += sum
}

func (m *model) cancel(rt *rapid.T) {
	p := m.pick(rt, func(p *purchase) bool { return p.order.ID != "" })
	m.server.revive()
	r, err := m.ann.Try("DELETE", "/orders/"+p.order.ID, nil)
	if err == nil && r.Status == 200 && (p.paid || p.waiting) {
		rt.Fatalf("order %s was cancelled, and is paid: %v, or on its way: %v", p.order.ID, p.paid, p.waiting)
	}
	if !p.closed { // it may have reached Stripe, whatever was answered
		for _, s := range m.Stripe.Sessions() {
			p.closed = p.closed || s.ID == p.order.Session && s.Status != "open"
		}
	}
}

func (m *model) read(rt *rapid.T) {
	p := m.pick(rt, func(p *purchase) bool { return p.order.ID != "" })
	m.server.revive()
	_, _ = m.ann.Try("GET", "/orders/"+p.order.ID, nil)
}

// deliver delivers any one event there was, perhaps again.
func (m *model) deliver(rt *rapid.T) {
	events := m.Stripe.Events()[m.from:]
	if len(events) == 0 {
		rt.Skip("no events")
	}
	m.server.revive()
	m.tryDeliver(rapid.SampledFrom(events).Draw(rt, "event"))
}

func (m *model) reconcile(rt *rapid.T) {
	m.server.revive()
	if ids := m.ids(); rapid.Bool().Draw(rt, "time is over") && len(ids) > 0 {
		m.age(ids...)
	}
	m.tryReconcile()
}

// fault lets one of the next effects go wrong.
func (m *model) fault(rt *rapid.T) {
	m.tap.arm(rapid.IntRange(0, 2).Draw(rt, "effect"), rapid.SampledFrom(modes).Draw(rt, "mode"))
}

// ids are the orders of this history that reached the database, answered or not.
func (m *model) ids() (ids []string) {
	for _, p := range m.purchases {
		if _, err := m.Store.Order(m.t.Context(), m.id(p)); err == nil {
			ids = append(ids, m.id(p).String())
		}
	}
	return ids
}

func (m *model) id(p *purchase) shop.ID { return shop.DerivedID("order", m.ann.ID, p.key) }

// checkNeverAhead holds at every moment: nothing is placed that was not paid,
// and no payment descends.
func (m *model) checkNeverAhead() {
	for _, p := range m.purchases {
		o, err := m.Store.Order(m.t.Context(), m.id(p))
		if shop.CodeOf(err) == shop.NotFound {
			continue
		}
		if err != nil {
			m.rt.Fatal(err)
		}
		rung := slices.Index(shop.Ladder, o.Payment.Status)
		if before := m.rung[p.key]; rung < before {
			m.rt.Fatalf("order %s went down the ladder, from %s to %s", o.ID, shop.Ladder[before], o.Payment.Status)
		}
		m.rung[p.key] = rung
		if o.Status != o.Payment.Status.Order() {
			m.rt.Fatalf("order %s is %s, and its payment %s", o.ID, o.Status, o.Payment.Status)
		}
		if !p.paid && (o.Status == shop.OrderPlaced || o.Status == shop.OrderRefunded) {
			m.rt.Fatalf("order %s is %s, and was not paid", o.ID, o.Status)
		}
	}
}

// settle lets the dust settle: customers repeat, Stripe delivers everything, the
// cron reconciles. Then the shop must agree with the model.
func (m *model) settle() {
	m.tap.arm(-1, fine)
	m.server.revive()
	for _, p := range m.purchases {
		if p.waiting {
			m.must(m.Stripe.Settle(p.intent))
			p.paid = true
		}
	}
	for _, s := range m.Stripe.Sessions() {
		if s.Status == "open" {
			m.must(m.Stripe.Expire(s.ID))
		}
	}
	m.world.deliver(m.from)
	if ids := m.ids(); len(ids) > 0 {
		m.world.reconcile(ids...)
	}
	sessions := map[string]int{}
	for _, s := range m.Stripe.Sessions() {
		sessions[s.OrderID]++
	}
	for _, p := range m.purchases {
		want := shop.PaymentFailed
		switch {
		case p.refunded == 1599:
			want = shop.PaymentRefunded
		case p.refunded > 0:
			want = shop.PaymentPartiallyRefunded
		case p.paid:
			want = shop.PaymentSuccess
		}
		id := m.id(p)
		o, err := m.Store.Order(m.t.Context(), id)
		if shop.CodeOf(err) == shop.NotFound && p.order.ID == "" {
			continue // its customer never got an answer, and there is nothing
		}
		if err != nil {
			m.rt.Fatal(err)
		}
		if o.Payment.Status != want || int64(o.Payment.AmountRefunded) != p.refunded || o.Review != nil || sessions[id.String()] > 1 {
			m.rt.Fatalf("order %s ended %s, refunded %d, review %v, %d sessions; the model has %+v, %s", id, o.Payment.Status, o.Payment.AmountRefunded, o.Review, sessions[id.String()], *p, want)
		}
		if p.paid && o.Payment.TransactionID != p.intent {
			m.rt.Fatal(fmt.Sprintf("order %s was paid by %s, want %s", id, o.Payment.TransactionID, p.intent))
		}
	}
	// The next history starts with an empty shop, which is also a quick one.
	_, err := m.Store.Database().Collection("orders").DeleteMany(m.t.Context(), bson.M{})
	m.must(err)
}
