package checkout_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// service is the checkout over a real database and the stand-in, without HTTP.
func service(s *shoptest.Shop) *checkout.Service {
	return &checkout.Service{
		Store: s.Store, Stripe: stripepay.New("sk_test_shoptest", s.Env["STRIPE_API_BASE"], nil), Now: app.Now,
		Logger: slog.New(slog.DiscardHandler), SuccessURL: s.URL + "/success", CancelURL: s.URL + "/cancel",
	}
}

func request(p shop.Product) shop.OrderRequest {
	r := shop.OrderRequest{Items: []shop.ItemRequest{{ProductID: p.ID.String(), Quantity: 1}}, DeliveryAddress: shoptest.Address}
	if f := r.Validate(); f != nil {
		panic(f)
	}
	return r
}

// overdue places n orders whose time to pay is over.
func overdue(t *testing.T, s *shoptest.Shop, n int) {
	t.Helper()
	c := service(s)
	c.Now = func() time.Time { return app.Now().Add(-checkout.PayWithin - time.Minute) }
	c.Stripe = unreachable{} // so that their sessions are never stored
	mug := s.Product("mug", 1599)
	for i := range n {
		user := shop.DerivedID("user", string(rune('a'+i)))
		if _, _, err := c.Place(t.Context(), user, "", request(mug)); shop.CodeOf(err) != shop.StripeDown {
			t.Fatalf("placing without Stripe: %v", err)
		}
	}
}

type unreachable struct{ checkout.Stripe }

func (unreachable) CreateSession(context.Context, shop.Order) (checkout.Session, error) {
	return checkout.Session{}, shop.Errorf(shop.StripeDown, "cut")
}

// Orders whose session was never stored cannot be paid, and are closed.
func TestReconcileOrdersWithoutASession(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	overdue(t, s, 3)
	r, err := service(s).Reconcile(t.Context())
	if want := (checkout.Report{Checked: 3, Failed: 3}); err != nil || r != want {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestReconcileMindsItsTime(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	overdue(t, s, 3)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // less than it keeps in reserve
	defer cancel()
	r, err := service(s).Reconcile(ctx)
	if want := (checkout.Report{Remaining: 3}); err != nil || r != want {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestReconcileTwiceAtTheSameMoment(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	overdue(t, s, 5)
	var reports [2]checkout.Report
	var wg sync.WaitGroup
	for i := range reports {
		wg.Go(func() { reports[i], _ = service(s).Reconcile(context.Background()) })
	}
	wg.Wait()
	if reports[0].Failed+reports[1].Failed != 5 || reports[0].Errors+reports[1].Errors != 0 {
		t.Errorf("%+v", reports)
	}
}

// One order that cannot be asked about does not stop the rest.
func TestReconcileGoesOnAfterAnError(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	overdue(t, s, 2)
	c := service(s)
	order, _, err := c.Place(t.Context(), shop.DerivedID("ann"), "", request(s.Product("cap", 1599)))
	if err != nil {
		t.Fatal(err)
	}
	s.Stripe.FailNext(http.MethodGet, "/v1/checkout/sessions/"+order.Payment.SessionID, standin.APIFault{Status: 404, Code: "resource_missing", Times: 3})
	c.Now = func() time.Time { return app.Now().Add(time.Hour) }
	r, err := c.Reconcile(t.Context())
	if want := (checkout.Report{Checked: 3, Failed: 2, Errors: 1}); err != nil || r != want {
		t.Errorf("%+v, %v", r, err)
	}
}

// Stripe's idempotency layer has seen the key with another request: that order
// can never get a session, and says so.
func TestStripeSaysTheKeyWasUsedOtherwise(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	c, mug := service(s), s.Product("mug", 1599)
	s.Stripe.FailNext(http.MethodPost, "/v1/checkout/sessions", standin.APIFault{Status: 400, Type: "idempotency_error", Message: "Keys for idempotent requests can only be used with the same parameters"})
	user := shop.DerivedID("ann")
	if _, _, err := c.Place(t.Context(), user, "k", request(mug)); shop.CodeOf(err) != shop.Unprocessable {
		t.Errorf("%v", err)
	}
	if _, _, err := c.Place(t.Context(), user, "k", request(mug)); shop.CodeOf(err) != shop.Unprocessable {
		t.Errorf("repeated: %v", err)
	}
	if _, _, err := c.Place(t.Context(), user, "k2", request(mug)); err != nil {
		t.Errorf("with a new key: %v", err)
	}
}

// lossy lets requests reach Stripe, and loses the answers while it is told to.
type lossy struct{ losing bool }

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && l.losing {
		response.Body.Close()
		return nil, errors.New("the answer was lost")
	}
	return response, err
}

// The answers to the creation are lost after its effect: Stripe's replay of it is
// what the repeat stores, and there is one session. Nothing of a repeat comes from
// the configuration of the day: in between, the shop was deployed anew with other
// return pages.
func TestStripeReplaysALostAnswer(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	c, mug, wire := service(s), s.Product("mug", 1599), &lossy{losing: true}
	c.Stripe = stripepay.New("sk_test_shoptest", s.Env["STRIPE_API_BASE"], wire)
	user := shop.DerivedID("ann")
	if _, _, err := c.Place(t.Context(), user, "k", request(mug)); shop.CodeOf(err) != shop.StripeDown {
		t.Fatalf("%v", err)
	}
	wire.losing = false
	c.SuccessURL, c.CancelURL = "https://new.example.com/thanks", "https://new.example.com/basket"
	o, repeated, err := c.Place(t.Context(), user, "k", request(mug))
	if sessions := s.Stripe.Sessions(); err != nil || !repeated || len(sessions) != 1 || sessions[0].ID != o.Payment.SessionID {
		t.Errorf("%+v %v %v; sessions %+v", o.Payment, repeated, err, sessions)
	}
}

// The limit holds also for orders placed at the same moment.
func TestManyOrdersAtTheSameMoment(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	c, mug, user := service(s), s.Product("mug", 1599), shop.DerivedID("ann")
	var wg sync.WaitGroup
	for range 2 * shop.MaxPayable {
		wg.Go(func() { _, _, _ = c.Place(context.Background(), user, "", request(mug)) })
	}
	wg.Wait()
	open := 0
	for _, session := range s.Stripe.Sessions() {
		if session.Status == "open" {
			open++
		}
	}
	n, err := s.Store.CountPayable(t.Context(), user, app.Now())
	if err != nil || n > shop.MaxPayable || open > shop.MaxPayable {
		t.Errorf("%d payable orders and %d open sessions, %v", n, open, err)
	}
}

// A read never waits long for Stripe, and never fails because of it.
func TestReadWhileStripeHangs(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	c := service(s)
	o, _, err := c.Place(t.Context(), shop.DerivedID("ann"), "", request(s.Product("mug", 1599)))
	if err != nil {
		t.Fatal(err)
	}
	s.Stripe.FailNext(http.MethodGet, "/v1/checkout/sessions", standin.APIFault{Hang: true, Times: 5})
	start := time.Now()
	if got := c.Refresh(t.Context(), o); got.ID != o.ID || got.Status != shop.OrderPending {
		t.Errorf("read %+v", got)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("the read took %s", took)
	}
}

// At most one question in a few seconds, however often an order is read.
func TestReadsAskStripeSparingly(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	c := service(s)
	o, _, err := c.Place(t.Context(), shop.DerivedID("ann"), "", request(s.Product("mug", 1599)))
	if err != nil {
		t.Fatal(err)
	}
	c.Refresh(t.Context(), o)
	if _, err := s.Stripe.Pay(o.Payment.SessionID); err != nil {
		t.Fatal(err)
	}
	if got := c.Refresh(t.Context(), o); got.Status != shop.OrderPending {
		t.Error("asked twice at once")
	}
	c.Now = func() time.Time { return app.Now().Add(6 * time.Second) }
	if got := c.Refresh(t.Context(), o); got.Status != shop.OrderPlaced {
		t.Errorf("six seconds later the order is %s", got.Status)
	}
}
