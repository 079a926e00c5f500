package proof_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/shoptest"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// within is how long a client may wait for the news that something is away: the
// request's deadline of five seconds, and a little for a slow machine.
const within = 7 * time.Second

func wantAway(t *testing.T, r *shoptest.Response, took time.Duration, status int) {
	t.Helper()
	if r.Want(status); r.Header.Get("Retry-After") == "" || took > within {
		t.Errorf("after %s, Retry-After %q: %s", took, r.Header.Get("Retry-After"), r.Body)
	}
}

// The first connection of the process fails; the database comes up; the very
// next request succeeds.
func TestDatabaseAwayAtFirst(t *testing.T) {
	address := freeAddress(t)
	real := ""
	s := shoptest.Start(t, shoptest.Options{EnvFrom: func(env map[string]string) {
		u, err := url.Parse(env["MONGODB_URI"])
		if err != nil {
			t.Fatal(err)
		}
		real = u.Host
		u.Host, u.RawQuery = address, "directConnection=true"
		env["MONGODB_URI"] = u.String()
	}})
	start := time.Now()
	wantAway(t, s.Nobody().Get("/products"), time.Since(start), 503)
	forward(t, address, real)
	s.Nobody().Get("/products").Want(200)
}

func forward(t *testing.T, from, to string) {
	t.Helper()
	l, err := net.Listen("tcp", from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", to)
			if err != nil {
				a.Close()
				return
			}
			go func() { _, _ = io.Copy(a, b); a.Close() }()
			go func() { _, _ = io.Copy(b, a); b.Close() }()
		}
	}()
}

// The database goes away in the middle, and comes back.
func TestDatabaseAwayForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.ann.Get("/orders/me").Want(200)
	w.tap.cut(true)
	for _, path := range []string{"/orders/me"} {
		start := time.Now()
		wantAway(t, w.ann.Get(path), time.Since(start), 503)
	}
	r, err := w.ann.Try(http.MethodPost, "/orders/init", shoptest.Basket(w.mug, 1))
	if err != nil || r.Status != 503 {
		t.Errorf("ordering: %+v %v", r, err)
	}
	w.tap.cut(false)
	w.ann.Get("/orders/me").Want(200)
}

// Stripe hangs: the customer hears of it in time, and may repeat.
func TestStripeHangs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.Stripe.FailNext(http.MethodPost, "/v1/checkout/sessions", standin.APIFault{Hang: true, Times: 10})
	start := time.Now()
	wantAway(t, w.ann.Post("/orders/init", shoptest.Basket(w.mug, 1), "Idempotency-Key", "k"), time.Since(start), 502)
	w.Stripe.ClearAPIFaults()
	w.ann.Post("/orders/init", shoptest.Basket(w.mug, 1), "Idempotency-Key", "k").Want(200)
}
