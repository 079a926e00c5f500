package handler_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

func product(change map[string]any) map[string]any {
	body := map[string]any{"name": "Mug", "description": "A mug to drink from.", "imageUrl": "/images/mug.svg", "price": json.Number("15.99")}
	for k, v := range change {
		body[k] = v
	}
	return body
}

func TestAddAndReadProducts(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	admin, ann := s.Admin(), s.Customer("ann")
	ann.Post("/products", product(nil)).Want(403)
	s.Nobody().Post("/products", product(nil)).Want(401)
	r := admin.Post("/products", product(nil)).Want(201)
	if r.Text("data.price") != "15.99" || r.Text("data.currency") != "usd" {
		t.Errorf("added: %s", r.Body)
	}
	admin.Post("/products", product(map[string]any{"name": "Cap", "price": json.Number("20")})).Want(201)
	if one := s.Nobody().Get("/products/" + r.Text("data._id")).Want(200); one.Text("data.name") != "Mug" {
		t.Errorf("one: %s", one.Body)
	}
	if list := s.Nobody().Get("/products?sortBy=price&sortOrder=desc").Want(200); list.Text("meta.total") != "2" || list.Text("data.0.name") != "Cap" || list.Text("data.0.price") != "20.00" {
		t.Errorf("list: %s", list.Body)
	}
	s.Nobody().Get("/products/" + shop.DerivedID("none").String()).Want(404)
	s.Nobody().Get("/products/none").Want(400)
	s.Nobody().Get("/products?page=-1").Want(400)
}

func TestProductRules(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	admin := s.Admin()
	for _, c := range []struct {
		field string
		value any
	}{
		{"name", "M"}, {"name", strings.Repeat("m", 101)}, {"name", 5}, {"name", nil},
		{"description", "short"}, {"description", strings.Repeat("d", 1001)},
		{"imageUrl", "javascript:alert(1)"}, {"imageUrl", "//evil.example/x.png"}, {"imageUrl", "ftp://x/y"}, {"imageUrl", "mug.svg"}, {"imageUrl", ""},
		{"price", json.Number("0")}, {"price", json.Number("-1")}, {"price", json.Number("-0")}, {"price", json.Number("10.999")}, {"price", json.Number("1e2")},
		{"price", "15.99"}, {"price", true}, {"price", json.Number("1000000")}, {"price", json.Number("99999999999999999999")}, {"price", nil},
	} {
		if r := admin.Post("/products", product(map[string]any{c.field: c.value})).Want(400); len(r.Fields()) != 1 || r.Fields()[0] != c.field {
			t.Errorf("%s %v: the fault is in %v", c.field, c.value, r.Fields())
		}
	}
	admin.Post("/products", product(map[string]any{"price": json.Number("999999.99"), "imageUrl": "https://example.com/a.png"})).Want(201)
}

func TestPricesInOtherCurrencies(t *testing.T) {
	for _, c := range []struct{ currency, price, shown, bad string }{
		{"jpy", "1500", "1500", "15.5"},
		{"kwd", "3.5", "3.500", "3.505"},
		{"ISK", "1500", "1500.00", "1500.50"},
	} {
		t.Run(c.currency, func(t *testing.T) {
			s := shoptest.Start(t, shoptest.Options{Env: map[string]string{"CURRENCY": c.currency}})
			admin := s.Admin()
			r := admin.Post("/products", product(map[string]any{"price": json.Number(c.price)})).Want(201)
			if r.Text("data.price") != c.shown || r.Text("data.currency") != strings.ToLower(c.currency) {
				t.Errorf("added: %s", r.Body)
			}
			admin.Post("/products", product(map[string]any{"price": json.Number(c.bad)})).Want(400)
			body := map[string]any{"productId": r.Text("data._id"), "quantity": 2, "deliveryAddress": shoptest.Address}
			order := shoptest.ReadOrder(admin.Post("/orders/init", body).Want(201))
			if _, err := s.Stripe.Pay(order.Session); err != nil {
				t.Fatal(err)
			}
			s.DeliverAll()
			s.WantState(order.ID, shop.OrderPlaced, shop.PaymentSuccess)
		})
	}
}
