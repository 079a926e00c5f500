// Package handler holds the functions under /api/v1/users.
package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Users serves GET /api/v1/users: an admin lists the accounts.
func Users(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodGet: {Who: web.AdminList, Do: listUsers},
	})
}

func listUsers(a *app.App, r *web.Request) (web.Reply, error) {
	q := r.Query()
	page := q.Page("email", "fullName")
	if err := q.Err(); err != nil {
		return web.Reply{}, err
	}
	users, total, err := a.Store.Users(r.Context(), page)
	if err != nil {
		return web.Reply{}, err
	}
	return web.List("Users.", web.Each(users, web.ShowUser), page, total), nil
}
