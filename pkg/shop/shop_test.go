package shop_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		text     string
		currency shop.Currency
		minor    shop.Money
		shown    string
	}{
		{"15.99", "usd", 1599, "15.99"}, {"15.9", "usd", 1590, "15.90"}, {"0.01", "usd", 1, "0.01"}, {"0", "usd", 0, "0.00"},
		{"007.5", "usd", 750, "7.50"}, {"999999.99", "usd", shop.MaxAmount, "999999.99"},
		{"1500", "jpy", 1500, "1500"}, {"3.5", "kwd", 3500, "3.500"}, {"1500", "isk", 150000, "1500.00"},
	} {
		got, err := shop.ParseMoney(c.text, c.currency)
		if err != nil || got != c.minor || got.Format(c.currency) != c.shown {
			t.Errorf("%s %s: %d %v, shown as %s", c.text, c.currency, got, err, got.Format(c.currency))
		}
	}
	for _, c := range []struct {
		text     string
		currency shop.Currency
	}{
		{"", "usd"}, {".5", "usd"}, {"5.", "usd"}, {"-1", "usd"}, {"+1", "usd"}, {"1e2", "usd"}, {"1,5", "usd"}, {"NaN", "usd"}, {"0x1", "usd"}, {" 1", "usd"}, {"1.2.3", "usd"},
		{"10.999", "usd"}, {"1000000", "usd"}, {"99999999999999999999", "usd"}, {"15.5", "jpy"}, {"3.505", "kwd"}, {"3.5055", "kwd"}, {"1500.50", "isk"}, {"١٢", "usd"},
	} {
		if got, err := shop.ParseMoney(c.text, c.currency); err == nil {
			t.Errorf("%q %s is accepted as %d", c.text, c.currency, got)
		}
	}
	if s := shop.Money(-5).Format("usd"); s != "-0.05" {
		t.Errorf("-5 usd is shown as %s", s)
	}
	if b, err := json.Marshal(shop.Amount{Money: 1590, Currency: "usd"}); err != nil || string(b) != "15.90" {
		t.Errorf("in JSON: %s, %v", b, err)
	}
}

// Each rung is above all before it, and the order follows its payment.
func TestLadder(t *testing.T) {
	want := map[shop.PaymentStatus]struct {
		below int
		order shop.OrderStatus
	}{
		shop.PaymentPending: {0, shop.OrderPending}, shop.PaymentFailed: {1, shop.OrderFailed}, shop.PaymentSuccess: {2, shop.OrderPlaced},
		shop.PaymentPartiallyRefunded: {3, shop.OrderPlaced}, shop.PaymentRefunded: {4, shop.OrderRefunded},
	}
	if len(want) != len(shop.Ladder) {
		t.Fatalf("the ladder is %v", shop.Ladder)
	}
	for status, w := range want {
		if got := len(status.Below()); got != w.below || status.Order() != w.order {
			t.Errorf("%s: %d rungs below, order %s", status, got, status.Order())
		}
	}
	if below := shop.PaymentStatus("unknown").Below(); len(below) != 0 {
		t.Errorf("an unknown status is above %v", below)
	}
}

func TestIDs(t *testing.T) {
	now := time.Now()
	a, b := shop.NewID(now), shop.NewID(now)
	if a == b || a.IsZero() || len(a.String()) != 24 {
		t.Errorf("%s and %s", a, b)
	}
	if back, err := shop.ParseID(a.String()); err != nil || back != a {
		t.Errorf("%s came back as %s, %v", a, back, err)
	}
	if one, other := shop.DerivedID("a", "bc"), shop.DerivedID("ab", "c"); one == other {
		t.Error("derived IDs run together")
	}
	if got := shop.DerivedID("order", "a").String(); got != "884bd2aaf9cb73ee633b3f17" {
		t.Errorf("the ID derived from order and a is %s: those of earlier versions are in the database", got)
	}
	for _, bad := range []string{"", "zz", a.String() + "0", a.String()[1:], "zzzzzzzzzzzzzzzzzzzzzzzz"} {
		if _, err := shop.ParseID(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestCodeOf(t *testing.T) {
	inner := shop.Errorf(shop.NotFound, "no")
	for _, c := range []struct {
		err  error
		want shop.Code
	}{{nil, ""}, {inner, shop.NotFound}, {fmt.Errorf("x: %w", inner), shop.NotFound}, {errors.New("x"), shop.Internal}} {
		if got := shop.CodeOf(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
}

func TestLatestDispute(t *testing.T) {
	day := time.Unix(0, 0)
	p := shop.Payment{Disputes: map[string]shop.Dispute{
		"a": {ID: "a", OpenedAt: day}, "c": {ID: "c", OpenedAt: day.Add(time.Hour)}, "b": {ID: "b", OpenedAt: day.Add(time.Hour)},
	}}
	if d := p.LatestDispute(); d == nil || d.ID != "c" {
		t.Errorf("the latest is %+v", d)
	}
	if d := (shop.Payment{}).LatestDispute(); d != nil {
		t.Errorf("of none, the latest is %+v", d)
	}
}
