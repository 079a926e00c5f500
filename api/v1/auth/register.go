// Package handler holds the functions under /api/v1/auth.
package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Register serves POST /api/v1/auth/register: anyone makes an account. It is
// always a customer's; an admin is made by the seed program alone.
func Register(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodPost: {Who: web.Anyone, Do: makeAccount},
	})
}

func makeAccount(a *app.App, r *web.Request) (web.Reply, error) {
	var in shop.Registration
	if err := r.Decode(&in); err != nil {
		return web.Reply{}, err
	}
	u, err := a.Auth.Register(r.Context(), r.ClientAddr(), in)
	if err != nil {
		return web.Reply{}, err
	}
	return web.Created("Your account is ready. Sign in with it.", web.ShowUser(u)), nil
}
