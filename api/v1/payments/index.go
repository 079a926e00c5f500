// Package handler holds the functions under /api/v1/payments.
package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Payments serves GET /api/v1/payments: an admin lists the payments.
func Payments(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodGet: {Who: web.AdminList, Do: listPayments},
	})
}

func listPayments(a *app.App, r *web.Request) (web.Reply, error) {
	q := r.Query()
	page := q.Page()
	filter := mongostore.OrderFilter{PaymentStatus: web.OneOf(q, "status", shop.Ladder)}
	if err := q.Err(); err != nil {
		return web.Reply{}, err
	}
	orders, total, err := a.Store.Orders(r.Context(), filter, page)
	if err != nil {
		return web.Reply{}, err
	}
	return web.List("Payments.", web.Each(orders, web.ShowPayment), page, total), nil
}
