package handler_test

import (
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

func TestCancel(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann, ben, admin := s.Customer("ann"), s.Customer("ben"), s.Admin()
	mug := s.Product("mug", 1599)

	order := ann.Buy(mug, 1)
	ben.Delete("/orders/" + order.ID).Want(404)
	if r := ann.Delete("/orders/" + order.ID).Want(200); r.Text("data.status") != "failed" || r.Text("data.paymentStatus") != "failed" {
		t.Errorf("cancelled: %s", r.Body)
	}
	if _, err := s.Stripe.Pay(order.Session); err == nil {
		t.Error("a cancelled order can still be paid")
	}
	ann.Delete("/orders/" + order.ID).Want(409)

	byAdmin := ann.Buy(mug, 1)
	admin.Delete("/orders/" + byAdmin.ID).Want(200)
	s.WantState(byAdmin.ID, shop.OrderFailed, shop.PaymentFailed)
}

// The event of the expired session may be here before the answer to expiring it.
func TestTheTimelineSaysCancelled(t *testing.T) {
	for _, eventFirst := range []bool{false, true} {
		s := shoptest.Start(t, shoptest.Options{})
		ann := s.Customer("ann")
		order := ann.Buy(s.Product("mug", 1599), 1)
		if eventFirst {
			if err := s.Stripe.Expire(order.Session); err != nil {
				t.Fatal(err)
			}
			s.DeliverAll()
		} else {
			ann.Delete("/orders/" + order.ID).Want(200)
		}
		if r := ann.Get("/orders/" + order.ID).Want(200); r.Text("data.timeline.1.reason") != "cancelled" {
			t.Errorf("event first: %v; the timeline is %v", eventFirst, r.At("data.timeline"))
		}
	}
}

// The customer pays, and cancels before we hear of the payment: the money wins.
func TestCancelWhatWasJustPaid(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	order := ann.Buy(s.Product("mug", 1599), 1)
	if _, err := s.Stripe.Pay(order.Session); err != nil {
		t.Fatal(err)
	}
	ann.Delete("/orders/" + order.ID).Want(409)
	s.WantState(order.ID, shop.OrderPlaced, shop.PaymentSuccess)
}

func TestCancelWhileADelayedPaymentIsOnItsWay(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	order := ann.Buy(s.Product("mug", 1599), 1)
	intent, err := s.Stripe.PayDelayed(order.Session)
	if err != nil {
		t.Fatal(err)
	}
	ann.Delete("/orders/" + order.ID).Want(409)
	s.WantState(order.ID, shop.OrderPending, shop.PaymentPending)
	if r := ann.Get("/orders/" + order.ID).Want(200); r.Text("data.paymentSessionUrl") != "" {
		t.Error("it can be paid once more while the money is on its way")
	}
	if err := s.Stripe.Settle(intent); err != nil {
		t.Fatal(err)
	}
	s.DeliverAll()
	s.WantState(order.ID, shop.OrderPlaced, shop.PaymentSuccess)
}

// The success page must be right even where no webhook gets through.
func TestReadingAPendingOrderAsksStripe(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	order := ann.Buy(s.Product("mug", 1599), 1)
	if r := ann.Get("/orders/" + order.ID).Want(200); r.Text("data.status") != "pending" || r.Text("data.paymentSessionUrl") != order.URL {
		t.Errorf("before paying: %s", r.Body)
	}
	other := ann.Buy(s.Product("cap", 1599), 1)
	if _, err := s.Stripe.Pay(other.Session); err != nil {
		t.Fatal(err)
	}
	if r := ann.Get("/orders/" + other.ID).Want(200); r.Text("data.status") != "placed" {
		t.Errorf("after paying: %s", r.Body)
	}
}

func TestWhoSeesAnOrder(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann, ben, admin := s.Customer("ann"), s.Customer("ben"), s.Admin()
	order := ann.Buy(s.Product("mug", 1599), 1)
	path := "/orders/" + order.ID
	ann.Get(path).Want(200)
	if r := admin.Get(path).Want(200); r.Text("data.paymentSessionUrl") != "" {
		t.Error("the payment page's address is the owner's alone")
	}
	ben.Get(path).Want(404)
	s.Nobody().Get(path).Want(401)
	ann.Get("/orders/none").Want(400)
	ann.Get("/orders/" + shop.DerivedID("none").String()).Want(404)
}

func TestListsOfOrders(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann, ben, admin := s.Customer("ann"), s.Customer("ben"), s.Admin()
	mug := s.Product("mug", 1599)
	var last shoptest.Order
	for range 3 {
		last = ann.Buy(mug, 1)
	}
	bens := ben.Buy(mug, 1)
	ben.Delete("/orders/" + bens.ID).Want(200)

	if r := ann.Get("/orders/me?limit=2").Want(200); r.Text("meta.total") != "3" || r.Text("data.0._id") != last.ID || r.At("data.2") != nil || r.Text("data.0.paymentSessionUrl") != "" {
		t.Errorf("ann's orders: %s", r.Body)
	}
	if r := ann.Get("/orders/me?limit=2&page=2").Want(200); r.At("data.0") == nil || r.At("data.1") != nil {
		t.Errorf("ann's second page: %s", r.Body)
	}
	if r := ben.Get("/orders/me?status=pending").Want(200); r.Text("meta.total") != "0" || r.At("data").([]any) == nil {
		t.Errorf("ben's pending orders: %s", r.Body)
	}
	if r := admin.Get("/orders?status=failed").Want(200); r.Text("meta.total") != "1" || r.Text("data.0._id") != bens.ID {
		t.Errorf("failed orders: %s", r.Body)
	}
	if r := admin.Get("/orders?sortOrder=asc").Want(200); r.Text("meta.total") != "4" || r.Text("data.3._id") != bens.ID {
		t.Errorf("all orders: %s", r.Body)
	}
	ann.Get("/orders").Want(403)
	s.Nobody().Get("/orders").Want(401)
	for _, bad := range []string{"page=0", "page=x", "limit=101", "limit=0", "sortBy=secret", "sortOrder=up", "status=paid", "page=1&page=2", "review=maybe"} {
		admin.Get("/orders?" + bad).Want(400)
	}
}

func TestListsArePublicForTestingOnly(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{Env: map[string]string{"PUBLIC_TEST_ROUTES": "true"}})
	s.Customer("ann").Buy(s.Product("mug", 1599), 1)
	for _, path := range []string{"/orders", "/payments", "/users"} {
		if r := s.Nobody().Get(path).Want(200); r.At("data.0") == nil {
			t.Errorf("%s: %s", path, r.Body)
		}
	}
	s.Nobody().Post("/products", map[string]any{}).Want(401)
}
