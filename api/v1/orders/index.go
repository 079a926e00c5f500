package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Orders serves /api/v1/orders, the admin's list, and /api/v1/orders/:id, where
// the owner or an admin reads one or cancels it.
func Orders(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("id") {
		app.Serve(w, r, app.Rules{
			http.MethodGet:    {Who: web.SignedIn, Do: oneOrder},
			http.MethodDelete: {Who: web.SignedIn, Do: cancelOrder},
		})
		return
	}
	app.Serve(w, r, app.Rules{
		http.MethodGet: {Who: web.AdminList, Do: listOrders},
	})
}

// visible finds the order if the caller may see it. Another customer's order
// does not exist, as far as this caller can tell.
func visible(a *app.App, r *web.Request) (shop.Order, error) {
	id, err := r.Query().ID()
	if err != nil {
		return shop.Order{}, err
	}
	o, err := a.Store.Order(r.Context(), id)
	if err == nil && o.UserID != r.Caller.ID && r.Caller.Role != shop.Admin {
		err = shop.Errorf(shop.NotFound, "There is no such thing.")
	}
	return o, err
}

func oneOrder(a *app.App, r *web.Request) (web.Reply, error) {
	o, err := visible(a, r)
	if err != nil {
		return web.Reply{}, err
	}
	o = a.Checkout.Refresh(r.Context(), o)
	return web.OK("The order.", web.ShowOrder(o, r.Caller, app.Now())), nil
}

func cancelOrder(a *app.App, r *web.Request) (web.Reply, error) {
	o, err := visible(a, r)
	if err != nil {
		return web.Reply{}, err
	}
	o, err = a.Checkout.Cancel(r.Context(), o)
	if err != nil {
		return web.Reply{}, err
	}
	return web.OK("The order is cancelled.", web.ShowOrder(o, r.Caller, app.Now())), nil
}

func listOrders(a *app.App, r *web.Request) (web.Reply, error) {
	q := r.Query()
	page := q.Page()
	filter := mongostore.OrderFilter{Status: web.OneOf(q, "status", shop.OrderStatuses), Review: q.Flag("review")}
	if err := q.Err(); err != nil {
		return web.Reply{}, err
	}
	orders, total, err := a.Store.Orders(r.Context(), filter, page)
	if err != nil {
		return web.Reply{}, err
	}
	return web.List("Orders.", web.ShowOrders(orders, r.Caller, app.Now()), page, total), nil
}
