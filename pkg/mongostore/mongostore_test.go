package mongostore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// The suite holds for any server: MONGODB_URI names one, else it is the
// embedded database.
func open(t *testing.T) *mongostore.Store {
	t.Helper()
	return shoptest.Start(t, shoptest.Options{}).Store
}

func pending(t *testing.T, s *mongostore.Store, change func(*shop.Order)) shop.Order {
	t.Helper()
	now := app.Now()
	o := shop.Order{
		ID: shop.NewID(now), UserID: shop.NewID(now), Subtotal: 1000, Currency: "usd", Status: shop.OrderPending, ExpiresAt: now.Add(time.Hour),
		Payment:  shop.Payment{ID: shop.NewID(now), Status: shop.PaymentPending, Amount: 1000},
		Timeline: []shop.Moment{{At: now, Status: shop.OrderPending, PaymentStatus: shop.PaymentPending, Reason: "ordered"}}, CreatedAt: now, UpdatedAt: now,
	}
	if change != nil {
		change(&o)
	}
	if err := s.InsertOrder(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func read(t *testing.T, s *mongostore.Store, id shop.ID) shop.Order {
	t.Helper()
	o, err := s.Order(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOrderIsKeptWhole(t *testing.T) {
	s := open(t)
	o := pending(t, s, func(o *shop.Order) {
		o.Items = []shop.LineItem{{ProductID: shop.DerivedID("p"), Name: "Mug", UnitPrice: 500, Quantity: 2}}
		o.RequestHash, o.DeliveryAddress = "h", "12 Canal Street"
		o.Payment.SuccessURL, o.Payment.CancelURL, o.Payment.Livemode = "https://a", "https://b", true
	})
	got := read(t, s, o.ID)
	want, _ := bson.MarshalExtJSON(o, true, false)
	have, _ := bson.MarshalExtJSON(got, true, false)
	if string(want) != string(have) {
		t.Errorf("kept\n%s\nof\n%s", have, want)
	}
	if err := s.InsertOrder(t.Context(), o); !errors.Is(err, checkout.ErrExists) {
		t.Errorf("inserted twice: %v", err)
	}
	if _, err := s.Order(t.Context(), shop.DerivedID("none")); shop.CodeOf(err) != shop.NotFound {
		t.Errorf("no such order: %v", err)
	}
}

// From every rung to every rung: up is applied once, down and sideways never.
func TestAdvanceOnlyClimbs(t *testing.T) {
	s := open(t)
	for from, old := range shop.Ladder[:3] {
		for to, next := range shop.Ladder[:3] {
			o := pending(t, s, func(o *shop.Order) { o.Status, o.Payment.Status = old.Order(), old })
			after, err := s.Advance(t.Context(), checkout.Change{Order: o.ID, To: next, Reason: "test", Now: app.Now()})
			changed := after != nil
			if err != nil || changed != (to > from) {
				t.Errorf("%s to %s: %v %v", old, next, changed, err)
			}
			got := read(t, s, o.ID)
			if want := shop.Ladder[max(from, to)]; got.Payment.Status != want || got.Status != want.Order() {
				t.Errorf("%s to %s ended at %s and %s", old, next, got.Payment.Status, got.Status)
			}
			if moments := len(got.Timeline); changed && moments != 2 || !changed && moments != 1 {
				t.Errorf("%s to %s: the timeline has %d moments", old, next, moments)
			}
		}
	}
}

func TestAdvanceConditions(t *testing.T) {
	s := open(t)
	terms := func(amount shop.Money, c shop.Currency, live bool) *checkout.Terms {
		return &checkout.Terms{Amount: amount, Currency: c, Livemode: live}
	}
	for _, c := range []struct {
		name    string
		session string // stored on the order
		change  checkout.Change
		applies bool
	}{
		{"success as agreed", "cs_1", checkout.Change{To: shop.PaymentSuccess, Terms: terms(1000, "usd", false)}, true},
		{"another amount", "cs_1", checkout.Change{To: shop.PaymentSuccess, Terms: terms(999, "usd", false)}, false},
		{"another currency", "cs_1", checkout.Change{To: shop.PaymentSuccess, Terms: terms(1000, "eur", false)}, false},
		{"real money for a test order", "cs_1", checkout.Change{To: shop.PaymentSuccess, Terms: terms(1000, "usd", true)}, false},
		{"its session ended", "cs_1", checkout.Change{To: shop.PaymentFailed, SessionID: "cs_1"}, true},
		{"another session ended", "cs_1", checkout.Change{To: shop.PaymentFailed, SessionID: "cs_2"}, false},
		{"no session, and it has one", "cs_1", checkout.Change{To: shop.PaymentFailed}, false},
		{"no session, and it has none", "", checkout.Change{To: shop.PaymentFailed}, true},
		{"a session ended that was not stored", "", checkout.Change{To: shop.PaymentFailed, SessionID: "cs_1"}, true},
	} {
		o := pending(t, s, func(o *shop.Order) { o.Payment.SessionID = c.session })
		c.change.Order, c.change.Now = o.ID, app.Now()
		if after, err := s.Advance(t.Context(), c.change); err != nil || (after != nil) != c.applies {
			t.Errorf("%s: %v %v", c.name, after, err)
		}
	}
}

func TestRefundsOnlyGrow(t *testing.T) {
	s := open(t)
	refund := func(id shop.ID, transaction string, sum shop.Money) bool {
		t.Helper()
		to := shop.PaymentPartiallyRefunded
		if sum >= 1000 {
			to = shop.PaymentRefunded
		}
		after, err := s.Advance(t.Context(), checkout.Change{Order: id, To: to, Refunded: sum, TransactionID: transaction, Now: app.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return after != nil
	}
	o := pending(t, s, nil)
	for _, c := range []struct {
		transaction string
		sum         shop.Money
		changes     bool
		status      shop.PaymentStatus
		refunded    shop.Money
	}{
		{"pi_1", 500, true, shop.PaymentPartiallyRefunded, 500}, // before the payment itself is heard of
		{"pi_1", 500, false, shop.PaymentPartiallyRefunded, 500},
		{"pi_1", 300, false, shop.PaymentPartiallyRefunded, 500},
		{"pi_2", 1000, false, shop.PaymentPartiallyRefunded, 500}, // of another payment
		{"pi_1", 700, true, shop.PaymentPartiallyRefunded, 700},
		{"pi_1", 1000, true, shop.PaymentRefunded, 1000},
		{"pi_1", 800, false, shop.PaymentRefunded, 1000},
	} {
		if changed := refund(o.ID, c.transaction, c.sum); changed != c.changes {
			t.Errorf("refunded %d of %s: changed %v", c.sum, c.transaction, changed)
		}
		if got := read(t, s, o.ID); got.Payment.Status != c.status || got.Payment.AmountRefunded != c.refunded || got.Payment.TransactionID != "pi_1" {
			t.Errorf("after %d: %+v", c.sum, got.Payment)
		}
	}
	found, err := s.OrderByTransaction(t.Context(), "pi_1")
	if err != nil || found.ID != o.ID {
		t.Errorf("by transaction: %v %v", found.ID, err)
	}
}

// The database is where concurrent events meet: exactly one of them wins.
func TestConcurrentAdvance(t *testing.T) {
	s := open(t)
	for range 20 {
		o := pending(t, s, nil)
		wins := make(chan bool, 16)
		var wg sync.WaitGroup
		for i := range cap(wins) {
			to := shop.PaymentSuccess
			if i%2 == 0 {
				to = shop.PaymentFailed
			}
			wg.Go(func() {
				won, err := s.Advance(context.Background(), checkout.Change{Order: o.ID, To: to, Now: app.Now()})
				if err != nil {
					t.Error(err)
				}
				wins <- won != nil && to == shop.PaymentSuccess
			})
		}
		wg.Wait()
		close(wins)
		n := 0
		for won := range wins {
			if won {
				n++
			}
		}
		got := read(t, s, o.ID)
		if n != 1 || got.Payment.Status != shop.PaymentSuccess || got.Status != shop.OrderPlaced {
			t.Fatalf("%d successes were applied; the order is %s and %s", n, got.Status, got.Payment.Status)
		}
	}
}

func TestDisputes(t *testing.T) {
	s := open(t)
	o := pending(t, s, nil)
	set := func(id, status string, closed bool) {
		t.Helper()
		d := shop.Dispute{ID: id, Status: status, Closed: closed, OpenedAt: app.Now()}
		if err := s.SetDispute(t.Context(), o.ID, d, app.Now()); err != nil {
			t.Fatal(err)
		}
	}
	set("dp_1", "lost", true)
	set("dp_1", "needs_response", false) // late
	set("dp_2", "needs_response", false)
	set("dp_2", "won", true)
	set("dp_3", "needs_response", false)
	got := read(t, s, o.ID).Payment.Disputes
	if len(got) != 3 || got["dp_1"].Status != "lost" || got["dp_2"].Status != "won" || got["dp_3"].Status != "needs_response" {
		t.Errorf("the disputes are %+v", got)
	}
}

func TestFindingsAreASet(t *testing.T) {
	s := open(t)
	o := pending(t, s, nil)
	pending(t, s, nil)
	for _, reason := range []string{"a", "b", "a"} {
		if err := s.AddFinding(t.Context(), o.ID, shop.Finding{Reason: reason, Amount: 5}, app.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if r := read(t, s, o.ID).Review; r == nil || len(r.Findings) != 2 {
		t.Errorf("the review is %+v", r)
	}
	rows, total, err := s.Orders(t.Context(), mongostore.OrderFilter{Review: true}, shop.Page{Number: 1, Limit: 10, SortBy: "createdAt"})
	if err != nil || total != 1 || len(rows) != 1 || rows[0].ID != o.ID {
		t.Errorf("for review: %v %d %v", rows, total, err)
	}
}

func TestOverdue(t *testing.T) {
	s := open(t)
	now := app.Now()
	make := func(expires time.Duration, checked *time.Time, status shop.PaymentStatus) shop.ID {
		return pending(t, s, func(o *shop.Order) {
			o.ExpiresAt, o.Payment.CheckedAt, o.Status, o.Payment.Status = now.Add(expires), checked, status.Order(), status
		}).ID
	}
	hourAgo := now.Add(-time.Hour)
	young := make(-time.Minute, nil, shop.PaymentPending)
	old := make(-time.Hour, nil, shop.PaymentPending)
	checked := make(-2*time.Hour, &hourAgo, shop.PaymentPending)
	make(time.Hour, nil, shop.PaymentPending)
	make(-time.Hour, nil, shop.PaymentSuccess)
	make(-time.Hour, &now, shop.PaymentPending)

	list, err := s.Overdue(t.Context(), now, now, 10)
	if err != nil || len(list) != 3 || list[0].ID != old || list[1].ID != young || list[2].ID != checked {
		t.Errorf("overdue: %v %v", list, err)
	}
	if n, err := s.CountOverdue(t.Context(), now, now); err != nil || n != 3 {
		t.Errorf("%d overdue, %v", n, err)
	}
	if ok, err := s.MarkChecked(t.Context(), checked, now, now.Add(-2*time.Hour)); ok || err != nil {
		t.Errorf("checked again too early: %v %v", ok, err)
	}
	if ok, err := s.MarkChecked(t.Context(), old, now, now.Add(-time.Second)); !ok || err != nil {
		t.Errorf("checked the first time: %v %v", ok, err)
	}
}

func TestCounters(t *testing.T) {
	s := open(t)
	end := time.Now().Add(time.Minute).UTC().Truncate(time.Second)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.CountHit(context.Background(), "k", end); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, err := s.CountHit(t.Context(), "k", end); n != 21 || err != nil {
		t.Errorf("%d hits of 21 were counted, %v", n, err)
	}
	if n, err := s.CountHit(t.Context(), "k", end.Add(time.Minute)); n != 1 || err != nil {
		t.Errorf("in a new window: %d, %v", n, err)
	}
	if n, err := s.CountHit(t.Context(), "other", end); n != 1 || err != nil {
		t.Errorf("of another key: %d, %v", n, err)
	}
	if err := s.ResetHits(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	if n, err := s.CountHit(t.Context(), "k", end.Add(time.Minute)); n != 1 || err != nil {
		t.Errorf("after a reset: %d, %v", n, err)
	}
}

func TestIndexes(t *testing.T) {
	s := open(t)
	for range 2 { // repeating does no harm
		if err := s.CreateIndexes(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range mongostore.Indexes {
		cursor, err := s.Database().Collection(want.Collection).Indexes().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var have []struct{ Name string }
		if err := cursor.All(t.Context(), &have); err != nil {
			t.Fatal(err)
		}
		found := want.TTL // the embedded database has none
		for _, index := range have {
			found = found || index.Name == want.Name
		}
		if !found {
			t.Errorf("%s has no index %s: %v", want.Collection, want.Name, have)
		}
	}
}

func TestUnreachable(t *testing.T) {
	s, err := mongostore.Open(t.Context(), "mongodb://127.0.0.1:1/?connectTimeoutMS=300", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := s.Order(ctx, shop.DerivedID("x")); shop.CodeOf(err) != shop.DatabaseDown {
		t.Errorf("unreachable: %v", err)
	}
	if _, err := mongostore.Open(t.Context(), "mongodb://", nil); err == nil {
		t.Error("an empty address is accepted")
	}
	for uri, want := range map[string]string{"mongodb://a/x?retryWrites=true": "x", "mongodb://a": "shop", "mongodb://a/": "shop"} {
		if got, err := mongostore.DatabaseName(uri); got != want || err != nil {
			t.Errorf("%s names %q, %v", uri, got, err)
		}
	}
}
