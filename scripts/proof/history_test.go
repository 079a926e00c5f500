package proof_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"
	"go.mongodb.org/mongo-driver/bson"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// step is one thing that can happen in a history: an event that Stripe delivers,
// or an act of a person or the cron.
type step struct {
	name string
	do   func(t *testing.T)
}

// payment is what one payment went through at Stripe, and where the shop must
// end once it has heard of it, in whatever order.
type payment struct {
	name    string
	live    func(s *history) // what happens at Stripe
	also    []string         // acts that are mixed with the events: "cancel", "read", "reconcile"
	order   shop.OrderStatus
	payment shop.PaymentStatus
	sum     shop.Money // refunded
	dispute string     // its status
}

var payments = []payment{
	{name: "paid", live: func(s *history) { s.pay() }, also: []string{"read", "reconcile"}, order: shop.OrderPlaced, payment: shop.PaymentSuccess},
	{name: "paid and cancelled", live: func(s *history) { s.pay() }, also: []string{"cancel", "reconcile"}, order: shop.OrderPlaced, payment: shop.PaymentSuccess},
	{name: "delayed, then paid", live: func(s *history) { s.delay(); s.settle() }, also: []string{"read"}, order: shop.OrderPlaced, payment: shop.PaymentSuccess},
	{name: "delayed, then failed", live: func(s *history) { s.delay(); s.failDelayed() }, also: []string{"reconcile"}, order: shop.OrderFailed, payment: shop.PaymentFailed},
	{name: "expired", live: func(s *history) { s.expire() }, also: []string{"read", "reconcile"}, order: shop.OrderFailed, payment: shop.PaymentFailed},
	{name: "cancelled", live: func(s *history) { s.expire() }, also: []string{"cancel", "read"}, order: shop.OrderFailed, payment: shop.PaymentFailed},
	{name: "failed, and paid all the same", live: func(s *history) {
		s.delay()
		s.failDelayed()
		s.forge("checkout.session.async_payment_failed", "checkout.session.async_payment_succeeded")
	},
		order: shop.OrderPlaced, payment: shop.PaymentSuccess},
	{name: "paid, refunded in parts, then in full", live: func(s *history) { s.pay(); s.refund(300); s.refund(500); s.refund(799) }, also: []string{"read"},
		order: shop.OrderRefunded, payment: shop.PaymentRefunded, sum: 1599},
	{name: "paid, refunded in part, disputed and won", live: func(s *history) { s.pay(); s.refund(300); s.dispute(); s.closeDispute(true) }, also: []string{"cancel"},
		order: shop.OrderPlaced, payment: shop.PaymentPartiallyRefunded, sum: 300, dispute: "won"},
	{name: "delayed, paid, refunded, disputed and lost", live: func(s *history) { s.delay(); s.settle(); s.refund(300); s.dispute(); s.closeDispute(false) },
		order: shop.OrderPlaced, payment: shop.PaymentPartiallyRefunded, sum: 300, dispute: "lost"},
}

var literally = flag.Bool("literally", false, "run every history from its start, which takes minutes")

// sample is how many histories of each payment are run from their start anyway.
const sample = 20

// Every history: all orders of what one payment can bring, each of them also
// with one thing happening twice, end in one and the same state.
//
// A step's effect depends on the order's document alone, so each step is done
// once, for real, from every state that can be reached, and a history is a walk
// from state to state. That this is so is tried on a sample of histories, which
// are run step by step, and on all of them with -literally.
func TestEveryHistory(t *testing.T) {
	histories, done, walked := 0, 0, 0
	for _, p := range payments {
		t.Run(strings.ReplaceAll(p.name, " ", "_"), func(t *testing.T) {
			h := newHistory(t)
			p.live(h)
			steps := h.steps(p.also)
			all := slices.Collect(orders(len(steps)))
			histories += len(all)

			next := h.explore(steps)
			done += len(next) * len(steps)
			walk := func(order []int) string {
				at := h.key(h.start)
				for _, i := range order {
					at = next[at][i]
					walked++
				}
				return at
			}
			end := walk(all[0])
			for _, order := range all {
				if got := walk(order); got != end {
					t.Fatalf("the history %s ends in\n%s\nwhere others end in\n%s", names(steps, order), got, end)
				}
			}
			random := rand.New(rand.NewPCG(1, uint64(len(all))))
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			if !*literally {
				all = all[:min(sample, len(all))]
			}
			for _, order := range all {
				h.put(h.start)
				for _, i := range order {
					steps[i].do(t)
				}
				done += len(order)
				if got := h.key(h.Order(h.order.ID)); got != end {
					t.Fatalf("the history %s, run from its start, ends in\n%s\nand not in\n%s", names(steps, order), got, end)
				}
			}
			h.check(p)
			t.Logf("%d states; %s", len(next), names(steps, seq(len(steps))))
		})
	}
	t.Logf("%d histories of %d steps; %d steps done for real", histories, walked, done)
	if histories < 5000 && !t.Failed() {
		t.Errorf("only %d histories: the sets have shrunk", histories)
	}
}

// explore does every step from every state that can be reached, any number of
// times, and returns where each leads.
func (h *history) explore(steps []step) map[string][]string {
	documents := map[string]shop.Order{h.key(h.start): h.start}
	next := map[string][]string{}
	for queue := []string{h.key(h.start)}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, s := range steps {
			h.put(documents[from])
			s.do(h.t)
			o := h.Order(h.order.ID)
			o.Payment.CheckedAt = nil // or a read would not ask Stripe again so soon
			to := h.key(o)
			if _, known := documents[to]; !known {
				documents[to] = o
				queue = append(queue, to)
			}
			next[from] = append(next[from], to)
		}
		if h.t.Failed() {
			h.t.FailNow()
		}
	}
	return next
}

// orders yields every order of n steps, and every order of them with one twice.
func orders(n int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		for twice := -1; twice < n; twice++ {
			left := make([]int, n)
			for i := range left {
				left[i] = 1
			}
			if twice >= 0 {
				left[twice] = 2
			}
			if !permute(left, nil, yield) {
				return
			}
		}
	}
}

func permute(left, order []int, yield func([]int) bool) bool {
	done := true
	for i := range left {
		if left[i] > 0 {
			done = false
			left[i]--
			if !permute(left, append(order, i), yield) {
				return false
			}
			left[i]++
		}
	}
	return !done || yield(slices.Clone(order))
}

func seq(n int) (order []int) {
	for i := range n {
		order = append(order, i)
	}
	return order
}

func names(steps []step, order []int) string {
	words := make([]string, len(order))
	for i, at := range order {
		words[i] = steps[at].name
	}
	return strings.Join(words, ", ")
}

// history is one order, whose document is put back to the start again and again.
type history struct {
	*shoptest.Shop
	t      *testing.T
	ann    *shoptest.Client
	order  shoptest.Order
	start  shop.Order
	intent string
	first  int // the events before are not this order's
	forged []standin.Event
}

func newHistory(t *testing.T) *history {
	s := shoptest.Start(t, shoptest.Options{})
	h := &history{Shop: s, t: t, ann: s.Customer("ann")}
	h.order = h.ann.Buy(s.Product("mug", 1599), 1)
	h.start = s.Order(h.order.ID)
	h.start.ExpiresAt = h.start.CreatedAt // so that reconciling concerns it
	return h
}

// put puts the order's document into a state.
func (h *history) put(o shop.Order) {
	h.t.Helper()
	r, err := h.Store.Database().Collection("orders").ReplaceOne(h.t.Context(), bson.M{"_id": o.ID}, o)
	if err != nil || r.MatchedCount != 1 {
		h.t.Fatalf("put the order into a state: %+v, %v", r, err)
	}
}

// key is all of the order that matters, as text: not when, and not the way.
func (h *history) key(o shop.Order) string {
	h.t.Helper()
	o.UpdatedAt, o.Timeline, o.Payment.CheckedAt = o.CreatedAt, nil, nil
	b, err := json.Marshal(o)
	h.must(err)
	return string(b)
}

func (h *history) check(p payment) {
	h.t.Helper()
	o := h.Order(h.order.ID)
	if o.Status != p.order || o.Payment.Status != p.payment || o.Payment.AmountRefunded != p.sum || o.Review != nil {
		h.t.Errorf("ended %s and %s, refunded %d, review %v", o.Status, o.Payment.Status, o.Payment.AmountRefunded, o.Review)
	}
	if d := o.Payment.LatestDispute(); (d == nil) != (p.dispute == "") || d != nil && d.Status != p.dispute {
		h.t.Errorf("the dispute is %+v", d)
	}
}

// steps are the events that concern the shop, and the acts mixed with them.
func (h *history) steps(also []string) (steps []step) {
	for _, e := range append(h.Stripe.Events()[h.first:], h.forged...) {
		if slices.Contains(stripepay.EventTypes, stripe.EventType(e.Type)) {
			steps = append(steps, step{e.Type, func(t *testing.T) {
				if status := h.Deliver(e); status != http.StatusOK {
					t.Fatalf("%s was answered %d", e.Type, status)
				}
			}})
		}
	}
	for _, name := range also {
		steps = append(steps, step{name, func(t *testing.T) { h.act(t, name) }})
	}
	return steps
}

func (h *history) act(t *testing.T, name string) {
	path := "/orders/" + h.order.ID
	switch name {
	case "read":
		h.ann.Get(path).Want(200)
	case "reconcile":
		h.Nobody().Post("/payments/reconcile", nil, "Authorization", "Bearer "+shoptest.CronSecret).Want(200)
	case "cancel":
		if r := h.ann.Delete(path); r.Status != 200 && r.Status != 409 {
			t.Fatalf("cancel: %d", r.Status)
		}
	}
}

func (h *history) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) pay() {
	var err error
	h.intent, err = h.Stripe.Pay(h.order.Session)
	h.must(err)
}

func (h *history) delay() {
	var err error
	h.intent, err = h.Stripe.PayDelayed(h.order.Session)
	h.must(err)
}

func (h *history) refund(minor int64) {
	_, err := h.Stripe.Refund(h.intent, minor)
	h.must(err)
}

func (h *history) dispute() {
	_, err := h.Stripe.OpenDispute(h.intent, "fraudulent")
	h.must(err)
}

func (h *history) settle()               { h.must(h.Stripe.Settle(h.intent)) }
func (h *history) failDelayed()          { h.must(h.Stripe.FailDelayed(h.intent)) }
func (h *history) expire()               { h.must(h.Stripe.Expire(h.order.Session)) }
func (h *history) closeDispute(won bool) { h.must(h.Stripe.CloseDispute(h.intent, won)) }

// forge adds an event that Stripe would send had the money come after all.
func (h *history) forge(like, kind string) {
	for _, e := range h.Stripe.Events() {
		if e.Type == like {
			text := strings.NewReplacer(like, kind, `"payment_status":"unpaid"`, `"payment_status":"paid"`, `"payment_status": "unpaid"`, `"payment_status": "paid"`).Replace(string(e.Payload))
			h.forged = append(h.forged, standin.Event{ID: e.ID + "_late", Type: kind, Created: e.Created, Payload: []byte(text)})
			return
		}
	}
	h.t.Fatal(fmt.Errorf("no %s to forge after", like))
}
