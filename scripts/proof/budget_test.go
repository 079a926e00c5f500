package proof_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// budget is how many questions a request may ask one after the other, of the
// database and of Stripe. What is asked at the same time counts once: while
// Stripe is asked, the database may be too.
type budget struct{ mongo, stripe int }

var budgets = map[string]budget{
	"POST /auth/register":           {2, 0}, // count the try; insert
	"POST /auth/login":              {2, 0}, // count the tries and find the user; insert the session
	"POST /auth/refresh":            {1, 0},
	"DELETE /auth/refresh":          {2, 0},
	"GET /users/me":                 {1, 0},
	"GET /users":                    {1, 0},
	"GET /products":                 {1, 0},
	"GET /products/:id":             {1, 0},
	"POST /products":                {1, 0},
	"POST /orders/init":             {3, 1}, // look up; insert; Stripe; store the session
	"GET /orders":                   {1, 0},
	"GET /orders/me":                {1, 0},
	"GET /orders/:id, placed":       {1, 0},
	"GET /orders/:id, pending":      {2, 1}, // find; claim the question; Stripe says nothing new
	"DELETE /orders/:id":            {2, 1}, // find; Stripe; update
	"GET /payments":                 {1, 0},
	"POST /payments/webhook":        {1, 0}, // the update, no read before it
	"POST /payments/webhook, again": {2, 0}, // and a look why nothing changed
	"POST /payments/reconcile":      {2, 1}, // find; Stripe; update: in parallel for the orders
}

// TestRoundTrips holds the budget of every endpoint. The wires are slowed down so
// that what is asked at the same time overlaps.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	admin := w.Admin()
	w.ann.SignIn() // the indexes are ensured, the connections open
	pending, placed, cancelled := w.order(newKey()), w.order(newKey()), w.order(newKey())
	w.stripePays(placed)
	w.again("checkout.session.completed")
	told := w.order(newKey())
	w.stripePays(told)
	lost := []shoptest.Order{w.order(newKey()), w.order(newKey())}
	for _, o := range lost {
		w.must(w.Stripe.Expire(o.Session))
		w.age(o.ID)
	}
	old := w.last("checkout.session.completed")
	cron := []string{"Authorization", "Bearer " + shoptest.CronSecret}

	calls := map[string]func() *shoptest.Response{
		"POST /auth/register": func() *shoptest.Response {
			return w.Nobody().Post("/auth/register", map[string]any{"fullName": "Eve", "email": "eve@example.com", "password": shoptest.Password})
		},
		"POST /auth/login": func() *shoptest.Response {
			return w.Nobody().Post("/auth/login", map[string]any{"email": w.ann.Email, "password": shoptest.Password})
		},
		"POST /auth/refresh": func() *shoptest.Response {
			return w.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": w.ann.Refresh})
		},
		"DELETE /auth/refresh": func() *shoptest.Response {
			return w.Nobody().Do("DELETE", "/auth/refresh", map[string]any{"refreshToken": admin.Refresh})
		},
		"GET /users/me":     func() *shoptest.Response { return w.ann.Get("/users/me") },
		"GET /users":        func() *shoptest.Response { return admin.Get("/users") },
		"GET /products":     func() *shoptest.Response { return w.Nobody().Get("/products") },
		"GET /products/:id": func() *shoptest.Response { return w.Nobody().Get("/products/" + w.mug.ID.String()) },
		"POST /products": func() *shoptest.Response {
			return admin.Post("/products", map[string]any{"name": "Hat", "description": "A hat for the budget.", "imageUrl": "/images/cap.svg", "price": 5})
		},
		"POST /orders/init": func() *shoptest.Response {
			return w.ann.Post("/orders/init", shoptest.Basket(w.mug, 1), "Idempotency-Key", newKey())
		},
		"GET /orders":              func() *shoptest.Response { return admin.Get("/orders?status=pending") },
		"GET /orders/me":           func() *shoptest.Response { return w.ann.Get("/orders/me") },
		"GET /orders/:id, placed":  func() *shoptest.Response { return w.ann.Get("/orders/" + placed.ID) },
		"GET /orders/:id, pending": func() *shoptest.Response { return w.ann.Get("/orders/" + pending.ID) },
		"DELETE /orders/:id":       func() *shoptest.Response { return w.ann.Delete("/orders/" + cancelled.ID) },
		"GET /payments":            func() *shoptest.Response { return admin.Get("/payments") },
		"POST /payments/webhook": func() *shoptest.Response {
			e := w.last("checkout.session.completed")
			return w.Nobody().Post("/payments/webhook", e.Payload, "Stripe-Signature", w.Stripe.Sign(e.Payload))
		},
		"POST /payments/webhook, again": func() *shoptest.Response {
			return w.Nobody().Post("/payments/webhook", old.Payload, "Stripe-Signature", w.Stripe.Sign(old.Payload))
		},
		"POST /payments/reconcile": func() *shoptest.Response { return w.Nobody().Post("/payments/reconcile", nil, cron...) },
	}
	names := make([]string, 0, len(calls))
	for name := range calls {
		names = append(names, name)
	}
	slices.Sort(names) // "again" comes after the first time
	for _, name := range names {
		want, ok := budgets[name]
		if !ok {
			t.Errorf("%s has no budget", name)
		}
		w.tap.slowDown(30 * time.Millisecond)
		if r := calls[name](); r.Status >= 300 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
		trips := w.tap.taken()
		w.tap.slowDown(0)
		all, stripe := sequential(trips, ""), sequential(trips, "Stripe")
		if all > want.mongo+want.stripe || stripe > want.stripe {
			t.Errorf("%s: %d one after the other, %d of them to Stripe; the budget is %+v: %v", name, all, stripe, want, whats(trips))
		}
		t.Logf("%-30s %d + %d Stripe   %s", name, all-stripe, stripe, strings.Join(whats(trips), ", "))
	}
	if len(budgets) != len(calls) {
		t.Errorf("%d budgets, %d calls", len(budgets), len(calls))
	}
}

// taken is the trips since the last slowDown, in the order they began.
func (t *tap) taken() []trip {
	t.mu.Lock()
	defer t.mu.Unlock()
	trips := slices.Clone(t.trips)
	slices.SortFunc(trips, func(a, b trip) int { return a.start.Compare(b.start) })
	return trips
}

// sequential counts the longest row of trips of which each began after the one
// before had ended.
func sequential(trips []trip, prefix string) (n int) {
	byEnd := slices.Clone(trips)
	slices.SortFunc(byEnd, func(a, b trip) int { return a.end.Compare(b.end) })
	var last time.Time
	for _, t := range byEnd {
		if strings.HasPrefix(t.what, prefix) && !t.start.Before(last) {
			n++
			last = t.end
		}
	}
	return n
}

func whats(trips []trip) (list []string) {
	for _, t := range trips {
		list = append(list, t.what)
	}
	return list
}
