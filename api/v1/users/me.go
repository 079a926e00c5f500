package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Me serves GET /api/v1/users/me: whoever is signed in sees the own account.
func Me(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodGet: {Who: web.SignedIn, Do: ownAccount},
	})
}

func ownAccount(a *app.App, r *web.Request) (web.Reply, error) {
	u, err := a.Store.User(r.Context(), r.Caller.ID)
	if shop.CodeOf(err) == shop.NotFound {
		return web.Reply{}, shop.Errorf(shop.Unauthenticated, "This account is no longer there.")
	}
	if err != nil {
		return web.Reply{}, err
	}
	return web.OK("Your account.", web.ShowUser(u)), nil
}
