package demo_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/demo"
)

// minimums are the least that Stripe charges, in minor units
// (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
var minimums = map[shop.Currency]shop.Money{
	"usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
	"gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
	"ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}

func currencies() (all []shop.Currency) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	for _, a := range letters {
		for _, b := range letters {
			for _, c := range letters {
				if currency, err := shop.ParseCurrency(string([]rune{a, b, c})); err == nil {
					all = append(all, currency)
				}
			}
		}
	}
	return all
}

func TestPricesSuitEveryCurrency(t *testing.T) {
	all := currencies()
	if len(all) < 100 {
		t.Fatalf("only %d currencies", len(all))
	}
	for _, c := range all {
		products, err := demo.Products(c, time.Now())
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		for _, p := range products {
			digits := strings.TrimRight(fmt.Sprint(int64(p.Price)), "0")
			switch {
			case p.Currency != c:
				t.Errorf("%s in %s costs %s", p.Name, c, p.Currency)
			case p.Price < minimums[c] || p.Price > shop.MaxAmount || int64(p.Price)%c.Step() != 0:
				t.Errorf("%s costs %d minor units of %s, which Stripe refuses", p.Name, p.Price, c)
			case len(digits) > 2:
				t.Errorf("%s costs %s %s: an odd price", p.Name, p.Price.Format(c), c)
			}
		}
	}
}

func TestPrices(t *testing.T) {
	tests := map[shop.Currency]string{ // the mug, the stickers
		"usd": "14.00 4.50", "eur": "14.00 4.50", "jpy": "2100 680", "kwd": "4.300 1.400", "isk": "2000.00 630.00",
		"krw": "20000 6300", "huf": "5000.00 1600.00", "lbp": "420000.00 140000.00",
	}
	for c, want := range tests {
		products, err := demo.Products(c, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if got := products[0].Price.Format(c) + " " + products[len(products)-1].Price.Format(c); got != want {
			t.Errorf("%s: %s, want %s", c, got, want)
		}
	}
}

func TestProductsAreWhatTheyAre(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	products, err := demo.Products("usd", now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := demo.Products("jpy", now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[shop.ID]bool{}
	for i, p := range products {
		if seen[p.ID] || p.ID != again[i].ID {
			t.Errorf("%s: its ID is not its own, or changes", p.Name)
		}
		seen[p.ID] = true
		if i > 0 && !p.CreatedAt.Before(products[i-1].CreatedAt) {
			t.Errorf("%s comes before %s in a list", p.Name, products[i-1].Name)
		}
		if _, err := os.Stat("../../pkg/site/public" + p.ImageURL); err != nil {
			t.Errorf("%s has no picture: %v", p.Name, err)
		}
	}
	if len(products) != 8 {
		t.Errorf("%d products", len(products))
	}
}
