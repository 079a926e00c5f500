package proof_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

var stormTime = flag.Duration("storm", 0, "how long the storm lasts; 0: until each customer has bought twice")

const stormCustomers = 50

// TestStorm lets 50 customers buy at once, while the shop's two processes are
// killed and started again, the wire to the database is cut, Stripe fails, and
// its events get lost, come twice, late and out of order. When the dust settles
// and one reconciliation has run, what Stripe says was paid and what the shop
// says is placed are the same orders, to the cent.
func TestStorm(t *testing.T) {
	t.Parallel()
	s := newStorm(t)
	calm := s.rage()
	s.buy()
	calm()
	s.settle()
	t.Logf("%d orders, %d of them paid; %d kills, %d cuts", s.orders(), s.paid.Load(), s.kills, s.cuts)
	if s.paid.Load() == 0 || s.kills == 0 {
		t.Error("no storm: nobody paid, or nobody was killed")
	}
}

type storm struct {
	*world
	second    *server
	customers []*shoptest.Client
	paid      atomic.Int64
	kills     int
	cuts      int
	ends      time.Time
}

// newStorm is a world with a second server process, and a balancer before both.
func newStorm(t *testing.T) *storm {
	balancer := freeAddress(t)
	w := newWorldAt(t, true, balancer)
	s := &storm{world: w, second: &server{address: freeAddress(t), t: t}}
	s.second.start(w.Env)
	t.Cleanup(s.second.kill)

	front := &http.Server{Addr: balancer, Handler: balance(w.server.address, s.second.address)}
	go front.ListenAndServe()
	t.Cleanup(func() { front.Close() })

	hash, err := bcrypt.GenerateFromPassword([]byte(shoptest.Password), bcrypt.MinCost)
	w.must(err)
	for i := range stormCustomers {
		u := shop.User{
			ID: shop.NewID(app.Now()), FullName: "Customer", Email: fmt.Sprintf("customer%d@example.com", i),
			PasswordHash: string(hash), Role: shop.Customer, CreatedAt: app.Now(), UpdatedAt: app.Now(),
		}
		w.must(w.Store.InsertUser(t.Context(), u))
		c := w.Nobody()
		c.Email = u.Email
		w.insist("sign in", func() bool {
			r, err := c.Try("POST", "/auth/login", map[string]any{"email": c.Email, "password": shoptest.Password})
			if err == nil && r.Status == 200 {
				c.Keep(r)
			}
			return err == nil && r.Status == 200
		})
		s.customers = append(s.customers, c)
	}
	s.ends = time.Now().Add(*stormTime)
	return s
}

// balance passes each request to one of the servers, whichever lives or not.
func balance(addresses ...string) http.Handler {
	return &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: addresses[rand.IntN(len(addresses))]})
		r.Out.Host = r.In.Host
	}, ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }}
}

// rage breaks things until calm is called.
func (s *storm) rage() (calm func()) {
	s.Stripe.SetFaults(standin.Faults{Drop: 0.15, Duplicate: 0.2, Reorder: 0.2, Delay: 0.3, MaxDelay: 300 * time.Millisecond, APIVersion: "2026-10-28.dahlia", Seed: 1})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for turn := 0; ctx.Err() == nil; turn++ {
			s.Stripe.FailNext(http.MethodPost, "/v1/checkout/sessions", standin.APIFault{Cut: true, AfterEffect: true})
			s.Stripe.FailNext(http.MethodPost, "/v1/checkout/sessions", standin.APIFault{Status: 500, Times: 3})
			if turn%2 == 0 {
				victim := []*server{s.server, s.second}[rand.IntN(2)]
				victim.kill()
				s.kills++
				pause(ctx, 200)
				victim.revive()
			} else {
				s.tap.cut(true)
				s.cuts++
				pause(ctx, 100)
				s.tap.cut(false)
			}
			pause(ctx, 3000)
		}
	})
	return func() {
		cancel()
		wg.Wait()
		s.Stripe.ClearAPIFaults()
		s.Stripe.SetFaults(standin.Faults{})
	}
}

// pause waits for up to so many milliseconds, or until the storm is over.
func pause(ctx context.Context, most int) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(rand.IntN(most)) * time.Millisecond):
	}
}

// buy has every customer buy, each in its own manner, until the storm is over.
func (s *storm) buy() {
	var wg sync.WaitGroup
	for i, c := range s.customers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(2, uint64(i)))
			for n := 0; n < 2 || time.Now().Before(s.ends); n++ {
				s.purchase(c, random)
			}
		})
	}
	wg.Wait()
}

// purchase orders, repeating itself as a page does, and then pays, or does not.
func (s *storm) purchase(c *shoptest.Client, random *rand.Rand) {
	key := newKey()
	var o shoptest.Order
	for range 40 {
		r, err := c.Try(http.MethodPost, "/orders/init", shoptest.Basket(s.mug, 1), "Idempotency-Key", key)
		if err == nil && (r.Status == 200 || r.Status == 201) {
			o = shoptest.ReadOrder(r)
			break
		}
		if err == nil && r.Status >= 400 && r.Status < 500 {
			return // the shop's own no, such as ten unpaid orders
		}
		time.Sleep(time.Duration(50+random.IntN(150)) * time.Millisecond)
	}
	if o.ID == "" {
		return // gave up
	}
	switch random.IntN(8) {
	case 0: // thinks better of it
		_, _ = c.Try(http.MethodDelete, "/orders/"+o.ID, nil)
	case 1: // leaves
	case 2: // pays and cancels at the same moment
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = c.Try(http.MethodDelete, "/orders/"+o.ID, nil) })
		wg.Go(func() { s.count(s.Stripe.Pay(o.Session)) })
		wg.Wait()
	case 3: // pays later
		intent, err := s.Stripe.PayDelayed(o.Session)
		if err == nil && random.IntN(2) == 0 {
			s.must(s.Stripe.Settle(intent))
			s.paid.Add(1)
		} else if err == nil {
			s.must(s.Stripe.FailDelayed(intent))
		}
	case 4: // wants some money back
		if intent, err := s.Stripe.Pay(o.Session); s.count(intent, err) {
			_, err := s.Stripe.Refund(intent, 500)
			s.must(err)
		}
	default:
		_, _ = s.Stripe.Decline(o.Session)
		s.count(s.Stripe.Pay(o.Session))
		_, _ = c.Try(http.MethodGet, "/orders/"+o.ID, nil)
	}
}

func (s *storm) count(_ string, err error) bool {
	if err == nil {
		s.paid.Add(1)
	}
	return err == nil
}

// settle lets the time to pay be over, has one reconciliation run, compares, and
// then lets Stripe deliver what it still holds, refunds among it.
func (s *storm) settle() {
	s.t.Helper()
	s.server.revive()
	s.second.revive()
	for _, session := range s.Stripe.Sessions() {
		if session.Status == "open" {
			s.must(s.Stripe.Expire(session.ID))
		}
	}
	list, _, err := s.Store.Orders(s.t.Context(), allOrders, shop.Page{Number: 1, Limit: 1 << 20, SortBy: "createdAt"})
	s.must(err)
	var pending []string
	for _, o := range list {
		if o.Payment.Status == shop.PaymentPending {
			pending = append(pending, o.ID.String())
		}
	}
	if len(pending) > 0 {
		s.reconcile(pending...)
	}
	s.checkPaidIsPlaced()

	s.Stripe.Redeliver()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	s.must(s.Stripe.Quiet(ctx))
	s.checkPromise()
}
