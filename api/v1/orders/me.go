package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Mine serves GET /api/v1/orders/me: whoever is signed in lists the own orders.
func Mine(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodGet: {Who: web.SignedIn, Do: ownOrders},
	})
}

func ownOrders(a *app.App, r *web.Request) (web.Reply, error) {
	q := r.Query()
	page := q.Page()
	filter := mongostore.OrderFilter{User: r.Caller.ID, Status: web.OneOf(q, "status", shop.OrderStatuses)}
	if err := q.Err(); err != nil {
		return web.Reply{}, err
	}
	orders, total, err := a.Store.Orders(r.Context(), filter, page)
	if err != nil {
		return web.Reply{}, err
	}
	return web.List("Your orders.", web.ShowOrders(orders, r.Caller, app.Now()), page, total), nil
}
