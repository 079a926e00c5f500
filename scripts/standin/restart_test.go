package standin_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// A restart forgets nothing: sessions, keys, the ledger, and what was still to be sent.
func TestRestart(t *testing.T) {
	shop := openShop(t)
	shop.answer = func(int, *http.Request) int { return 500 }
	opts := toShop(shop)
	opts.StateFile = filepath.Join(t.TempDir(), "stripe.json")
	opts.RetryDelays = []time.Duration{time.Hour}
	s, base := start(t, opts)
	paid, open := checkout(t, base), checkout(t, base)
	kept := call(t, "POST", base+"/v1/checkout/sessions", order(), "Idempotency-Key", "k")
	intent := must(s.Pay(paid))(t)
	must(s.Refund(intent, 100))(t)
	waiting := must(s.PayDelayed(kept.id()))(t)
	endpoint := call(t, "POST", base+"/v1/webhook_endpoints", map[string][]string{"url": {shop.url}, "enabled_events[]": {"charge.failed"}})
	events := s.Events()
	for shop.attempts() < len(events) {
		time.Sleep(5 * time.Millisecond)
	}
	s.Close()

	shop.answer = func(int, *http.Request) int { return 200 }
	again, base := start(t, opts)
	equal(t, "events", len(again.Events()), len(events))
	equal(t, "their payload", string(again.Events()[3].Payload), string(events[3].Payload))
	equal(t, "refunded", again.Payments()[0].Refunded, 100)
	replay := call(t, "POST", base+"/v1/checkout/sessions", order(), "Idempotency-Key", "k")
	equal(t, "replay", replay.raw, kept.raw)
	equal(t, "endpoint", call(t, "GET", base+"/v1/webhook_endpoints/"+endpoint.id(), nil).status, 200)
	must(again.Pay(open))(t)
	check(t, again.Settle(waiting))
	if again.Redeliver() < len(events) {
		t.Error("what had not arrived was forgotten")
	}
	quiet(t, again)
	arrived := ids(shop.received())
	for _, ev := range again.Events() {
		if !slices.Contains(arrived, ev.ID) {
			t.Errorf("%s did not arrive", ev.Type)
		}
	}
}

func (sh *shop) attempts() int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.count
}

// A delivery that Close cuts off is no failed attempt: it goes out at the next start.
func TestCloseCutsOff(t *testing.T) {
	shop := openShop(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	shop.answer = func(n int, _ *http.Request) int {
		if n == 1 {
			<-release
		}
		return 200
	}
	opts := toShop(shop)
	opts.StateFile = filepath.Join(t.TempDir(), "stripe.json")
	opts.RetryDelays = []time.Duration{time.Hour}
	s, base := start(t, opts)
	check(t, s.Expire(checkout(t, base)))
	for shop.attempts() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	s.Close()
	again, _ := start(t, opts)
	quiet(t, again)
	equal(t, "attempts", shop.attempts(), 2)
}

// Whoever was answered finds it kept, though the process dies before Close.
func TestSudden(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stripe.json")
	s, base := start(t, standin.Options{StateFile: file})
	id := checkout(t, base)
	var intent string
	for _, step := range []struct {
		name string
		do   func()
		kept func(*standin.Server) bool
	}{
		{"created", func() {}, func(s *standin.Server) bool { return len(s.Sessions()) == 1 }},
		{"paid", func() { intent = must(s.Pay(id))(t) }, func(s *standin.Server) bool { return s.Payments()[0].Paid }},
		{"refunded", func() { must(s.Refund(intent, 5))(t) }, func(s *standin.Server) bool { return s.Payments()[0].Refunded == 5 }},
	} {
		step.do()
		copied := filepath.Join(t.TempDir(), "as-it-was.json")
		data, err := os.ReadFile(file)
		check(t, err)
		check(t, os.WriteFile(copied, data, 0o600))
		survivor, _ := start(t, standin.Options{StateFile: copied})
		equal(t, step.name, step.kept(survivor), true)
	}
}

// What cannot be read is said, not overwritten.
func TestSpoiltState(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stripe.json")
	check(t, os.WriteFile(file, []byte("{"), 0o600))
	if _, err := standin.New(standin.Options{StateFile: file}); err == nil {
		t.Error("a spoilt state was taken")
	}
	data, err := os.ReadFile(file)
	check(t, err)
	equal(t, "file", string(data), "{")
}

// What was waiting when the stand-in stopped goes out when it starts, unasked.
func TestRestartDelivers(t *testing.T) {
	shop := openShop(t)
	opts := toShop(shop)
	opts.StateFile = filepath.Join(t.TempDir(), "stripe.json")
	s, base := start(t, opts)
	s.SetFaults(standin.Faults{Delay: 1, MaxDelay: time.Second, Seed: 3})
	check(t, s.Expire(checkout(t, base)))
	s.Close()
	equal(t, "sent before", len(shop.received()), 0)
	again, _ := start(t, opts)
	quiet(t, again)
	equal(t, "sent after", len(shop.received()), 1)
}
