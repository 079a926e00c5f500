// Package handler holds the functions under /api/v1/orders.
package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Init serves POST /api/v1/orders/init: a customer orders, and gets the address
// of the Stripe page to pay on. With an Idempotency-Key a repeat answers 200 with
// the same data.
func Init(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodPost: {Who: web.SignedIn, Do: placeOrder},
	})
}

func placeOrder(a *app.App, r *web.Request) (web.Reply, error) {
	key, err := r.IdempotencyKey()
	if err != nil {
		return web.Reply{}, err
	}
	var in shop.OrderRequest
	if err := r.Decode(&in); err != nil {
		return web.Reply{}, err
	}
	o, repeated, err := a.Checkout.Place(r.Context(), r.Caller.ID, key, in)
	if err != nil {
		return web.Reply{}, err
	}
	data := struct {
		OrderID    shop.ID  `json:"orderId"`
		PaymentID  shop.ID  `json:"paymentId"`
		PaymentURL string   `json:"paymentSessionUrl"`
		ExpiresAt  web.Time `json:"expiresAt"`
	}{o.ID, o.Payment.ID, o.Payment.SessionURL, web.Time(o.ExpiresAt)}
	if repeated {
		return web.OK("You ordered this before. Pay on the page at paymentSessionUrl.", data), nil
	}
	return web.Created("Ordered. Pay on the page at paymentSessionUrl.", data), nil
}
