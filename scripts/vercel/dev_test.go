//go:build vercel

package vercel_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// The main job, through the functions as the CLI itself builds and serves them.
func TestPurchaseThroughDev(t *testing.T) {
	dir := checkout(t)
	address := freeAddress(t)
	s := shoptest.Start(t, shoptest.Options{Deliver: true, ServedAt: "http://" + address})

	ctx, cancel := context.WithCancel(t.Context())
	output := &safeBuffer{}
	cmd := vercelCLI(ctx, t, dir, output, "dev", "--local", "--listen", address)
	for name, value := range s.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("vercel dev said:\n%s", output)
		}
	})
	waitFor(t, ended, output, s.URL+"/success")

	start := time.Now()
	ann, mug := s.Customer("ann"), s.Product("mug", 1599)
	order := ann.Buy(mug, 2)
	if _, err := s.Stripe.Pay(order.Session); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute) // the webhook is compiled at its first event
	for s.Order(order.ID).Status != shop.OrderPlaced {
		if time.Now().After(deadline) {
			t.Fatalf("the order is %s; the events so far: %+v", s.Order(order.ID).Status, s.Stripe.Events())
		}
		time.Sleep(200 * time.Millisecond)
	}
	if r := ann.Get("/orders/" + order.ID).Want(200); r.Text("data.status") != "placed" || r.Text("data.subtotal") != "31.98" {
		t.Errorf("the order is %s", r.Body)
	}
	s.Nobody().Get("/products/" + mug.ID.String()).Want(200)
	s.Nobody().Post("/webhook", "{}").Want(400)
	t.Logf("a purchase through vercel dev, compiling each function at its first call: %.1f s", time.Since(start).Seconds())
}

func waitFor(t *testing.T, ended chan error, output fmt.Stringer, url string) {
	t.Helper()
	for deadline := time.Now().Add(4 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("vercel dev ended: %v\n%s", err, output)
		default:
		}
		if r, err := http.Get(url); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatalf("vercel dev does not serve %s:\n%s", url, output)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.TrimSpace(s.b.String())
}
