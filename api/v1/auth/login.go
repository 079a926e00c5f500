package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Login serves POST /api/v1/auth/login: anyone with an account signs in. The
// tokens come in the body, for programs, and as cookies, for browsers.
func Login(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodPost: {Who: web.Anyone, Do: signIn},
	})
}

func signIn(a *app.App, r *web.Request) (web.Reply, error) {
	// Signing a browser in to somebody else's account is an attack as well.
	if err := r.CheckOrigin(); err != nil {
		return web.Reply{}, err
	}
	var in shop.Credentials
	if err := r.Decode(&in); err != nil {
		return web.Reply{}, err
	}
	u, tokens, err := a.Auth.Login(r.Context(), r.ClientAddr(), in)
	if err != nil {
		return web.Reply{}, err
	}
	return r.SignedIn("You are signed in.", tokens.Access, tokens.AccessTTL, tokens.Refresh, tokens.RefreshTTL, &u), nil
}
