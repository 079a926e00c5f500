package standin_test

import (
	"slices"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

func TestFaultsOfEvents(t *testing.T) {
	for name, test := range map[string]struct {
		faults standin.Faults
		want   func(t *testing.T, emitted []standin.Event, shop *shop, s *standin.Server)
	}{
		"dropped": {standin.Faults{Drop: 1}, func(t *testing.T, emitted []standin.Event, shop *shop, s *standin.Server) {
			equal(t, "arrived", len(shop.received()), 0)
			s.SetFaults(standin.Faults{Drop: 1}) // does not befall a redelivery
			equal(t, "redelivered", s.Redeliver(), len(emitted))
			quiet(t, s)
			equal(t, "arrived", len(shop.received()), len(emitted))
		}},
		"doubled": {standin.Faults{Duplicate: 1}, func(t *testing.T, emitted []standin.Event, shop *shop, s *standin.Server) {
			equal(t, "arrived", len(shop.received()), 2*len(emitted))
		}},
		"delayed": {standin.Faults{Delay: 1, MaxDelay: 50 * time.Millisecond, Seed: 7}, func(t *testing.T, emitted []standin.Event, shop *shop, s *standin.Server) {
			equal(t, "arrived", len(shop.received()), len(emitted))
			if spread := shop.times[len(shop.times)-1].Sub(shop.times[0]); spread < time.Millisecond {
				t.Errorf("all within %v", spread)
			}
		}},
		"newer version": {standin.Faults{APIVersion: "2025-03-31.basil"}, func(t *testing.T, emitted []standin.Event, shop *shop, s *standin.Server) {
			equal(t, "api_version", shop.received()[0].APIVersion, "2025-03-31.basil")
		}},
		"some dropped": {standin.Faults{Drop: 0.5, Seed: 1}, func(t *testing.T, emitted []standin.Event, shop *shop, s *standin.Server) {
			lost := s.Redeliver()
			if lost == 0 || lost == len(emitted) {
				t.Errorf("%d of %d were dropped", lost, len(emitted))
			}
			quiet(t, s)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			shop := openShop(t)
			s, base := start(t, toShop(shop))
			s.SetFaults(test.faults)
			for range 3 {
				must(s.Pay(checkout(t, base)))(t)
			}
			quiet(t, s)
			test.want(t, s.Events(), shop, s)
		})
	}
}

// A reordered event is sent after a later one, and does not wait longer than that.
func TestReorder(t *testing.T) {
	shop := openShop(t)
	s, base := start(t, toShop(shop))
	one, two := checkout(t, base), checkout(t, base)
	s.SetFaults(standin.Faults{Reorder: 1, MaxDelay: time.Minute})
	check(t, s.Expire(one))
	s.SetFaults(standin.Faults{})
	check(t, s.Expire(two))
	quiet(t, s)
	got := shop.received()
	equal(t, "first", got[0].GetObjectValue("id"), two)
	equal(t, "second", got[1].GetObjectValue("id"), one)
}

func TestSameSeedSameFaults(t *testing.T) {
	choices := func() (states []int) {
		shop := openShop(t)
		s, base := start(t, toShop(shop))
		s.SetFaults(standin.Faults{Drop: 0.3, Duplicate: 0.3, Seed: 42})
		for range 10 {
			check(t, s.Expire(checkout(t, base)))
		}
		quiet(t, s)
		arrived := ids(shop.received())
		for _, ev := range s.Events() {
			states = append(states, len(slices.DeleteFunc(slices.Clone(arrived), func(id string) bool { return id != ev.ID })))
		}
		return states
	}
	first := choices()
	if second := choices(); !slices.Equal(first, second) {
		t.Errorf("%v and %v", first, second)
	}
	if !slices.Contains(first, 0) || !slices.Contains(first, 2) || !slices.Contains(first, 1) {
		t.Errorf("no mixture: %v", first)
	}
}
