package proof_test

import (
	"cmp"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// world is a shop in a process of its own, with a tap on its wires, and the
// people around it.
type world struct {
	*shoptest.Shop
	t      testing.TB
	tap    *tap
	server *server
	ann    *shoptest.Client
	mug    shop.Product
	taken  map[string]bool // events that the shop answered 200: Stripe forgets those
}

func newWorld(t testing.TB, deliver bool) *world {
	t.Helper()
	return newWorldAt(t, deliver, "")
}

// newWorldAt is a world whose clients call at an address other than its server's.
func newWorldAt(t testing.TB, deliver bool, front string) *world {
	t.Helper()
	address := freeAddress(t)
	w := &world{t: t, server: &server{address: address, t: t}, taken: map[string]bool{}}
	w.Shop = shoptest.Start(t, shoptest.Options{ServedAt: "http://" + cmp.Or(front, address), Deliver: deliver})

	mongo, err := url.Parse(w.Env["MONGODB_URI"])
	if err != nil || mongo.Scheme != "mongodb" || strings.Contains(mongo.Host, ",") {
		t.Fatal("this test cuts the wire to the database, so MONGODB_URI must be one plain mongodb:// address")
	}
	w.tap = newTap(t, mongo.Host, w.Env["STRIPE_API_BASE"])
	w.tap.kill = w.server.kill
	mongo.Host = w.tap.mongo
	q := mongo.Query()
	q.Set("directConnection", "true")
	mongo.RawQuery = q.Encode()
	w.Env["MONGODB_URI"], w.Env["STRIPE_API_BASE"] = mongo.String(), w.tap.stripe
	w.server.start(w.Env)
	t.Cleanup(w.server.kill)

	w.mug = w.Product("mug", 1599)
	if front == "" {
		w.ann = w.Customer("ann")
	}
	return w
}

// insist does something again and again, reviving the server, until it is done:
// so do clients that retry, and so does Stripe.
func (w *world) insist(what string, done func() bool) {
	w.t.Helper()
	for range 20 {
		w.server.revive()
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatalf("%s: never done", what)
}

// order orders under a key, insisting.
func (w *world) order(key string) (o shoptest.Order) {
	w.t.Helper()
	w.insist("order", func() bool {
		var ok bool
		o, ok = w.tryOrder(key)
		return ok
	})
	return o
}

func (w *world) tryOrder(key string) (shoptest.Order, bool) {
	r, err := w.ann.Try("POST", "/orders/init", shoptest.Basket(w.mug, 1), "Idempotency-Key", key)
	if err != nil || r.Status != 201 && r.Status != 200 {
		return shoptest.Order{}, false
	}
	return shoptest.ReadOrder(r), true
}

// deliver sends the events there are from the number on as Stripe does: again and
// again, until they are taken.
func (w *world) deliver(from int) {
	w.t.Helper()
	for _, e := range w.Stripe.Events()[from:] {
		w.deliverUntilTaken(e)
	}
}

func (w *world) deliverUntilTaken(e standin.Event) {
	w.t.Helper()
	w.insist("deliver "+e.Type, func() bool { return w.taken[e.ID] || w.tryDeliver(e) })
}

func (w *world) tryDeliver(e standin.Event) bool {
	status, err := w.Stripe.Deliver(w.t.Context(), e)
	taken := err == nil && status == 200
	w.taken[e.ID] = w.taken[e.ID] || taken
	return taken
}

// reconcile has the time to pay of these orders be over in our books, and
// reconciles, insisting, until no order is left with an error.
func (w *world) reconcile(orders ...string) {
	w.t.Helper()
	w.age(orders...)
	w.insist("reconcile", func() bool { return w.tryReconcile() })
}

func (w *world) age(orders ...string) {
	w.t.Helper()
	for _, id := range orders {
		oid, err := shop.ParseID(id)
		if err != nil {
			w.t.Fatal(err)
		}
		past := time.Now().Add(-time.Minute)
		r, err := w.Store.Database().Collection("orders").UpdateByID(w.t.Context(), oid, bson.M{"$set": bson.M{"expiresAt": past}, "$unset": bson.M{"payment.checkedAt": 1}})
		if err != nil || r.MatchedCount != 1 {
			w.t.Fatalf("age %s: %+v, %v", id, r, err)
		}
	}
}

func (w *world) tryReconcile() bool {
	r, err := w.Nobody().Try("POST", "/payments/reconcile", nil, "Authorization", "Bearer "+shoptest.CronSecret)
	return err == nil && r.Status == 200 && r.Text("data.errors") == "0" && r.Text("data.remaining") == "0"
}

// ordersOf counts the orders in the database.
func (w *world) orders() int64 {
	w.t.Helper()
	n, err := w.Store.Database().Collection("orders").CountDocuments(w.t.Context(), bson.M{})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

var allOrders = mongostore.OrderFilter{}

// checkPaidIsPlaced compares what Stripe says was paid with what the shop says is
// placed: the same orders.
func (w *world) checkPaidIsPlaced() {
	w.t.Helper()
	w.compare(func(o shop.Order, p standin.Payment) {})
}

// checkPromise also compares them to the cent.
func (w *world) checkPromise() {
	w.t.Helper()
	w.compare(func(o shop.Order, p standin.Payment) {
		if o.Payment.Amount != shop.Money(p.Amount) || o.Payment.AmountRefunded != shop.Money(p.Refunded) || o.Payment.TransactionID != p.IntentID {
			w.t.Errorf("order %s has %d, refunded %d, by %s; Stripe has %+v", o.ID, o.Payment.Amount, o.Payment.AmountRefunded, o.Payment.TransactionID, p)
		}
	})
}

func (w *world) compare(paidOrder func(shop.Order, standin.Payment)) {
	w.t.Helper()
	paid := map[string]standin.Payment{}
	for _, p := range w.Stripe.Payments() {
		if !p.Paid {
			continue
		}
		if _, twice := paid[p.OrderID]; twice {
			w.t.Errorf("order %s was paid twice", p.OrderID)
		}
		paid[p.OrderID] = p
	}
	orders, _, err := w.Store.Orders(w.t.Context(), allOrders, shop.Page{Number: 1, Limit: 1 << 20, SortBy: "createdAt"})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range orders {
		p, isPaid := paid[o.ID.String()]
		delete(paid, o.ID.String())
		if isPlaced := o.Status == shop.OrderPlaced || o.Status == shop.OrderRefunded; isPaid != isPlaced {
			w.t.Errorf("order %s is %s (%s), and paid at Stripe: %v", o.ID, o.Status, o.Payment.Status, isPaid)
		}
		if o.Status != o.Payment.Status.Order() {
			w.t.Errorf("order %s is %s, and its payment %s", o.ID, o.Status, o.Payment.Status)
		}
		if isPaid {
			paidOrder(o, p)
		}
	}
	for id := range paid {
		w.t.Errorf("order %s was paid at Stripe, and the shop does not have it", id)
	}
	sessions := map[string]int{}
	for _, s := range w.Stripe.Sessions() {
		if sessions[s.OrderID]++; sessions[s.OrderID] > 1 {
			w.t.Errorf("order %s has several Checkout Sessions", s.OrderID)
		}
	}
}
