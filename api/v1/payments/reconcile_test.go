package handler_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// age lets an order's time to pay be over, in our books alone.
func age(t *testing.T, s *shoptest.Shop, order string) {
	t.Helper()
	id, err := shop.ParseID(order)
	if err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Minute)
	r, err := s.Store.Database().Collection("orders").UpdateByID(t.Context(), id, bson.M{"$set": bson.M{"expiresAt": past}})
	if err != nil || r.MatchedCount != 1 {
		t.Fatalf("age %s: %+v, %v", order, r, err)
	}
}

func TestReconcile(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	mug := s.Product("mug", 1599)
	paid, expired, open, young := ann.Buy(mug, 1), ann.Buy(mug, 1), ann.Buy(mug, 1), ann.Buy(mug, 1)
	pay(t, s, paid)
	pay(t, s, young)
	if err := s.Stripe.Expire(expired.Session); err != nil {
		t.Fatal(err)
	}
	for _, o := range []shoptest.Order{paid, expired, open} {
		age(t, s, o.ID)
	}
	cron := []string{"Authorization", "Bearer " + shoptest.CronSecret}
	want := func(r *shoptest.Response, checked, placed, failed, unchanged string) {
		t.Helper()
		r.Want(200)
		if r.Text("data.checked") != checked || r.Text("data.placed") != placed || r.Text("data.failed") != failed || r.Text("data.unchanged") != unchanged ||
			r.Text("data.errors") != "0" || r.Text("data.remaining") != "0" {
			t.Errorf("the report is %s", r.Body)
		}
	}
	want(s.Nobody().Get("/payments/reconcile", cron...), "3", "1", "1", "1")
	s.WantState(paid.ID, shop.OrderPlaced, shop.PaymentSuccess)
	s.WantState(expired.ID, shop.OrderFailed, shop.PaymentFailed)
	s.WantState(open.ID, shop.OrderPending, shop.PaymentPending)
	s.WantState(young.ID, shop.OrderPending, shop.PaymentPending) // its webhook may still come
	want(s.Nobody().Post("/payments/reconcile", nil, cron...), "1", "0", "0", "1")
}

func TestWhoMayReconcile(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	s.Nobody().Post("/payments/reconcile", nil).Want(401)
	s.Nobody().Post("/payments/reconcile", nil, "Authorization", "Bearer wrong").Want(401)
	s.Customer("ann").Post("/payments/reconcile", nil).Want(403)
	admin := s.Admin()
	admin.Post("/payments/reconcile", nil).Want(200)
	// It acts, so even a GET by cookie must come from a page of ours.
	cookie := []string{"Cookie", "accessToken=" + admin.Token, "Sec-Fetch-Site"}
	s.Nobody().Get("/payments/reconcile", append(cookie, "same-origin")...).Want(200)
	s.Nobody().Get("/payments/reconcile", append(cookie, "cross-site")...).Want(403)
}

func TestNoCronWithoutASecret(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{Env: map[string]string{"CRON_SECRET": ""}})
	s.Nobody().Get("/payments/reconcile", "Authorization", "Bearer ").Want(401)
}
