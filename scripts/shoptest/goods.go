package shoptest

import (
	"strings"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Address is where every test order goes.
const Address = "12 Canal Street, Amsterdam"

// Product puts a product with a price in usd minor units into the shop.
func (s *Shop) Product(name string, price shop.Money) shop.Product {
	s.t.Helper()
	s.Log.Secret("a delivery address", Address)
	now := app.Now()
	p := shop.Product{
		ID: shop.NewID(now), Name: name, Description: "A " + name + " for tests.", ImageURL: "/images/mug.svg",
		Price: price, Currency: "usd", CreatedAt: now, UpdatedAt: now,
	}
	check(s.t, s.Store.InsertProduct(s.t.Context(), p))
	return p
}

// Order is an order that was just placed by Buy.
type Order struct {
	ID        string
	PaymentID string
	Session   string // the Checkout Session
	URL       string // the payment page
}

// Basket is an order request for one product.
func Basket(p shop.Product, quantity int) map[string]any {
	return map[string]any{"productId": p.ID.String(), "quantity": quantity, "deliveryAddress": Address}
}

// Buy orders a product; it is not paid yet.
func (c *Client) Buy(p shop.Product, quantity int, headers ...string) Order {
	c.shop.t.Helper()
	return ReadOrder(c.Post("/orders/init", Basket(p, quantity), headers...).Want(201))
}

// ReadOrder reads the answer of /orders/init.
func ReadOrder(r *Response) Order {
	url := r.Text("data.paymentSessionUrl")
	return Order{
		ID: r.Text("data.orderId"), PaymentID: r.Text("data.paymentId"), URL: url,
		Session: url[strings.LastIndexByte(url, '/')+1:],
	}
}

// State is an order's status and its payment's, as the database has them.
func (s *Shop) State(orderID string) (shop.OrderStatus, shop.PaymentStatus) {
	s.t.Helper()
	o := s.Order(orderID)
	return o.Status, o.Payment.Status
}

// Order is an order as the database has it.
func (s *Shop) Order(orderID string) shop.Order {
	s.t.Helper()
	id, err := shop.ParseID(orderID)
	check(s.t, err)
	o, err := s.Store.Order(s.t.Context(), id)
	check(s.t, err)
	return o
}

// WantState fails the test where an order is not in this state.
func (s *Shop) WantState(orderID string, order shop.OrderStatus, payment shop.PaymentStatus) {
	s.t.Helper()
	if o, p := s.State(orderID); o != order || p != payment {
		s.t.Errorf("order %s: %s and %s, want %s and %s", orderID, o, p, order, payment)
	}
}
