package handler_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// The main job: order, pay, hear from Stripe, be placed.
func TestPurchase(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	mug := s.Product("mug", 1599)

	order := ann.Buy(mug, 2)
	s.WantState(order.ID, shop.OrderPending, shop.PaymentPending)

	if _, err := s.Stripe.Pay(order.Session); err != nil {
		t.Fatal(err)
	}
	s.WantState(order.ID, shop.OrderPending, shop.PaymentPending) // nobody has told us yet
	s.DeliverAll()
	s.WantState(order.ID, shop.OrderPlaced, shop.PaymentSuccess)

	r := ann.Get("/orders/" + order.ID).Want(200)
	for path, want := range map[string]string{
		"data.status": "placed", "data.paymentStatus": "success", "data.subtotal": "31.98", "data.currency": "usd",
		"data.items.0.name": "mug", "data.items.0.unitPrice": "15.99", "data.items.0.quantity": "2", "data.items.0.lineTotal": "31.98",
		"data.paymentId": order.PaymentID, "data.userId": ann.ID, "data.deliveryAddress": shoptest.Address,
		"data.timeline.0.reason": "ordered", "data.timeline.1.status": "placed",
		"data.paymentSessionUrl": "", // nothing is left to pay
	} {
		if got := r.Text(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// What Stripe is asked for comes back in what it says, and so finds the order.
func TestTheSessionKnowsItsOrder(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	order := s.Customer("ann").Buy(s.Product("mug", 1599), 3)
	sessions := s.Stripe.Sessions()
	if len(sessions) != 1 || sessions[0].ID != order.Session || sessions[0].Amount != 4797 || sessions[0].Currency != "usd" {
		t.Fatalf("Stripe has %+v", sessions)
	}
	if m := sessions[0].Metadata; m["orderId"] != order.ID || m["paymentId"] != order.PaymentID {
		t.Errorf("the session's metadata is %v", m)
	}
}

func TestOrderOfSeveralItems(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	mug, cap := s.Product("mug", 1599), s.Product("cap", 2000)
	r := ann.Post("/orders/init", map[string]any{"deliveryAddress": shoptest.Address, "items": []any{
		map[string]any{"productId": mug.ID.String(), "quantity": 1},
		map[string]any{"productId": cap.ID.String(), "quantity": 3},
	}}).Want(201)
	if o := s.Order(r.Text("data.orderId")); o.Subtotal != 1599+3*2000 || o.Payment.Amount != o.Subtotal || len(o.Items) != 2 {
		t.Errorf("ordered %+v", o)
	}
}

// The price is the one at the moment of the order, whatever happens to the product.
func TestOrderKeepsItsPrice(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	mug := s.Product("mug", 1599)
	order := ann.Buy(mug, 1)
	products := s.Store.Database().Collection("products")
	if r, err := products.UpdateByID(t.Context(), mug.ID, map[string]any{"$set": map[string]any{"price": 1}}); err != nil || r.MatchedCount != 1 {
		t.Fatalf("change the price: %+v, %v", r, err)
	}
	if o := s.Order(order.ID); o.Items[0].UnitPrice != 1599 || o.Subtotal != 1599 {
		t.Errorf("the order's price moved: %+v", o)
	}
}

func TestRepeatedOrder(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann, ben := s.Customer("ann"), s.Customer("ben")
	mug := s.Product("mug", 1599)

	first := ann.Buy(mug, 2, "Idempotency-Key", "k1")
	again := shoptest.ReadOrder(ann.Post("/orders/init", shoptest.Basket(mug, 2), "Idempotency-Key", "k1").Want(200))
	if again != first {
		t.Errorf("the repeat answered %+v, the first %+v", again, first)
	}
	list := map[string]any{"items": []any{map[string]any{"productId": mug.ID.String(), "quantity": 2}}, "deliveryAddress": shoptest.Address}
	if same := shoptest.ReadOrder(ann.Post("/orders/init", list, "Idempotency-Key", "k1").Want(200)); same != first {
		t.Errorf("the same order in the long form answered %+v", same)
	}
	ann.Post("/orders/init", shoptest.Basket(mug, 3), "Idempotency-Key", "k1").Want(422)
	if other := ann.Buy(mug, 2, "Idempotency-Key", "k2"); other.ID == first.ID {
		t.Error("another key met the same order")
	}
	if bens := ben.Buy(mug, 2, "Idempotency-Key", "k1"); bens.ID == first.ID {
		t.Error("another customer's key met the same order")
	}
	if n := len(s.Stripe.Sessions()); n != 3 {
		t.Errorf("Stripe has %d sessions, want 3", n)
	}
	for _, bad := range []string{" ", "a b", "ä", string(make([]byte, 256))} {
		r, err := ann.Try(http.MethodPost, "/orders/init", shoptest.Basket(mug, 2), "Idempotency-Key", bad)
		if err == nil && r.Status != 400 {
			t.Errorf("the key %q answered %d, want 400", bad, r.Status)
		}
	}
}

func TestRepeatedOrderAtTheSameMoment(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	mug := s.Product("mug", 1599)
	answers := make([]*shoptest.Response, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i], _ = ann.Try(http.MethodPost, "/orders/init", shoptest.Basket(mug, 1), "Idempotency-Key", "same")
		})
	}
	wg.Wait()
	orders := map[shoptest.Order]bool{}
	for _, r := range answers {
		if r == nil || r.Status != 200 && r.Status != 201 {
			t.Fatalf("an answer was %+v", r)
		}
		orders[shoptest.ReadOrder(r)] = true
	}
	if n := len(s.Stripe.Sessions()); len(orders) != 1 || n != 1 {
		t.Errorf("%d orders and %d sessions came of one key", len(orders), n)
	}
}

func TestOrdersThatCannotBe(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	mug, dust, house := s.Product("mug", 1599), s.Product("dust", 1), s.Product("house", 99_999_999)
	unknown := shop.Product{ID: shop.DerivedID("nothing")}
	for _, c := range []struct {
		name   string
		body   any
		status int
		fields []string
	}{
		{"nothing", map[string]any{}, 400, []string{"productId", "quantity", "deliveryAddress"}},
		{"no id", map[string]any{"productId": "x", "quantity": 1, "deliveryAddress": shoptest.Address}, 400, []string{"productId"}},
		{"quantity 0", shoptest.Basket(mug, 0), 400, []string{"quantity"}},
		{"quantity 1000", shoptest.Basket(mug, 1000), 400, []string{"quantity"}},
		{"quantity as text", map[string]any{"productId": mug.ID.String(), "quantity": "1", "deliveryAddress": shoptest.Address}, 400, []string{"quantity"}},
		{"half a quantity", `{"productId":"` + mug.ID.String() + `","quantity":1.5,"deliveryAddress":"` + shoptest.Address + `"}`, 400, []string{"quantity"}},
		{"both forms", map[string]any{"productId": mug.ID.String(), "quantity": 1, "items": []any{map[string]any{"productId": mug.ID.String(), "quantity": 1}}, "deliveryAddress": shoptest.Address}, 400, []string{"items"}},
		{"no items", map[string]any{"items": []any{}, "deliveryAddress": shoptest.Address}, 400, []string{"items"}},
		{"an item twice", map[string]any{"items": []any{map[string]any{"productId": mug.ID.String(), "quantity": 1}, map[string]any{"productId": mug.ID.String(), "quantity": 1}}, "deliveryAddress": shoptest.Address}, 400, []string{"items[1].productId"}},
		{"items of no kind", map[string]any{"items": []any{1, map[string]any{"productId": 5, "quantity": true}}, "deliveryAddress": shoptest.Address}, 400, []string{"items[0]", "items[1].productId", "items[1].quantity"}},
		{"unknown product", shoptest.Basket(unknown, 1), 404, []string{"items[0].productId"}},
		{"below Stripe's minimum", shoptest.Basket(dust, 1), 422, nil},
		{"above Stripe's maximum", shoptest.Basket(house, 2), 422, nil},
	} {
		r := ann.Post("/orders/init", c.body)
		if r.Want(c.status); c.fields != nil {
			got := r.Fields()
			for _, f := range c.fields {
				if !contains(got, f) {
					t.Errorf("%s: the faults are in %v, want %s among them", c.name, got, f)
				}
			}
		}
	}
	if n := len(s.Stripe.Sessions()); n != 0 {
		t.Errorf("%d sessions were opened", n)
	}
	// Stripe's final no leaves a failed order behind, not a pending one.
	r := ann.Get("/orders/me").Want(200)
	if r.Text("meta.total") != "1" || r.Text("data.0.status") != "failed" {
		t.Errorf("the customer's orders are %s", r.Body)
	}
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

func TestStripeDown(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{Env: map[string]string{"STRIPE_API_BASE": "http://127.0.0.1:1"}})
	ann := s.Customer("ann")
	r := ann.Post("/orders/init", shoptest.Basket(s.Product("mug", 1599), 1), "Idempotency-Key", "k").Want(502)
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if list := ann.Get("/orders/me").Want(200); list.Text("data.0.status") != "pending" {
		t.Errorf("the order must wait for a repeat: %s", list.Body)
	}
}

func TestAtMostTenPayableOrders(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	mug := s.Product("mug", 1599)
	var first shoptest.Order
	for i := range shop.MaxPayable {
		if o := ann.Buy(mug, 1); i == 0 {
			first = o
		}
	}
	r := ann.Post("/orders/init", shoptest.Basket(mug, 1)).Want(429)
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.Customer("ben").Buy(mug, 1) // the limit is each customer's own
	ann.Delete("/orders/" + first.ID).Want(200)
	ann.Buy(mug, 1)
}
