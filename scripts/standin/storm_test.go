package standin_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// Under many customers, failing deliveries and every fault at once, nothing is lost for
// good, and the ledger adds up.
func TestStorm(t *testing.T) {
	shop := openShop(t)
	shop.answer = func(n int, _ *http.Request) int { return map[bool]int{true: 500, false: 200}[n%5 == 0] }
	s, base := start(t, toShop(shop))
	s.SetFaults(standin.Faults{Drop: 0.2, Duplicate: 0.2, Delay: 0.3, Reorder: 0.3, MaxDelay: 20 * time.Millisecond, Seed: 9})
	const customers, orders = 8, 12
	var wg sync.WaitGroup
	for c := range customers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(c), 1))
			for o := range orders {
				order := fmt.Sprintf("order-%d-%d", c, o)
				id := checkout(t, base, "metadata[orderId]", order, "payment_intent_data[metadata][orderId]", order)
				switch random.IntN(6) {
				case 0:
					check(t, s.Expire(id))
				case 1:
					check(t, decline(s, id))
				case 2:
					intent, _ := s.PayDelayed(id)
					check(t, s.Settle(intent))
				case 3:
					intent, _ := s.PayDelayed(id)
					check(t, s.FailDelayed(intent))
				default:
					intent, err := s.Pay(id)
					check(t, err)
					_, err = s.Refund(intent, int64(1+random.IntN(3198)))
					check(t, err)
				}
			}
		})
	}
	wg.Wait()
	quiet(t, s)
	s.SetFaults(standin.Faults{})
	shop.answer = func(int, *http.Request) int { return 200 }
	s.Redeliver()
	quiet(t, s)

	arrived := map[string]bool{}
	for _, ev := range shop.received() {
		arrived[ev.ID] = true
	}
	for _, ev := range s.Events() {
		if !arrived[ev.ID] {
			t.Errorf("%s %s never arrived", ev.Type, ev.ID)
		}
	}
	equal(t, "forged", shop.forged, 0)
	equal(t, "sessions", len(s.Sessions()), customers*orders)
	for _, se := range s.Sessions() {
		i := slices.IndexFunc(s.Payments(), func(p standin.Payment) bool { return p.SessionID == se.ID })
		if paid := i >= 0 && s.Payments()[i].Paid; paid != (se.PaymentStatus == "paid") {
			t.Errorf("session %s is %s, its payment paid: %v", se.ID, se.PaymentStatus, paid)
		}
	}
}

// Of one key's requests at once, one takes effect; the others get its answer, or are told
// to come again.
func TestOneKeyAtOnce(t *testing.T) {
	s, base := start(t, standin.Options{})
	var wg sync.WaitGroup
	replies := make(chan reply, 20)
	for range 20 {
		wg.Go(func() {
			replies <- call(t, "POST", base+"/v1/checkout/sessions", order(), "Idempotency-Key", "k")
		})
	}
	wg.Wait()
	close(replies)
	for r := range replies {
		if r.status != http.StatusConflict && r.id() != s.Sessions()[0].ID {
			t.Errorf("got %d %s", r.status, r.raw)
		}
	}
	equal(t, "sessions", len(s.Sessions()), 1)
}
