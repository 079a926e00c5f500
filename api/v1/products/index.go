// Package handler holds the functions under /api/v1/products.
package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Products serves /api/v1/products and /api/v1/products/:id: anyone reads, an
// admin adds.
func Products(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("id") {
		app.Serve(w, r, app.Rules{
			http.MethodGet: {Who: web.Anyone, Do: oneProduct},
		})
		return
	}
	app.Serve(w, r, app.Rules{
		http.MethodGet:  {Who: web.Anyone, Do: listProducts},
		http.MethodPost: {Who: web.AdminOnly, Do: addProduct},
	})
}

func oneProduct(a *app.App, r *web.Request) (web.Reply, error) {
	id, err := r.Query().ID()
	if err != nil {
		return web.Reply{}, err
	}
	p, err := a.Store.Product(r.Context(), id)
	if err != nil {
		return web.Reply{}, err
	}
	return web.OK("The product.", web.ShowProduct(p)), nil
}

func listProducts(a *app.App, r *web.Request) (web.Reply, error) {
	q := r.Query()
	page := q.Page("name", "price")
	if err := q.Err(); err != nil {
		return web.Reply{}, err
	}
	products, total, err := a.Store.ListProducts(r.Context(), page)
	if err != nil {
		return web.Reply{}, err
	}
	return web.List("Our products.", web.Each(products, web.ShowProduct), page, total), nil
}

func addProduct(a *app.App, r *web.Request) (web.Reply, error) {
	in := shop.ProductRequest{Currency: a.Config.Currency}
	if err := r.Decode(&in); err != nil {
		return web.Reply{}, err
	}
	p := in.Product(app.Now())
	if err := a.Store.InsertProduct(r.Context(), p); err != nil {
		return web.Reply{}, err
	}
	return web.Created("The product is in the shop.", web.ShowProduct(p)), nil
}
