package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Refresh serves /api/v1/auth/refresh for whoever holds a refresh token, in the
// body or the cookie: POST trades it for a new pair, DELETE signs out.
func Refresh(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodPost:   {Who: web.Anyone, Do: newPair},
		http.MethodDelete: {Who: web.Anyone, Do: signOut},
	})
}

func newPair(a *app.App, r *web.Request) (web.Reply, error) {
	token, err := r.RefreshToken()
	if err != nil {
		return web.Reply{}, err
	}
	tokens, err := a.Auth.Refresh(r.Context(), token)
	if err != nil {
		return web.Reply{}, err
	}
	return r.SignedIn("Your sign-in is renewed.", tokens.Access, tokens.AccessTTL, tokens.Refresh, tokens.RefreshTTL, nil), nil
}

func signOut(a *app.App, r *web.Request) (web.Reply, error) {
	token, err := r.RefreshToken()
	if err != nil {
		return web.Reply{}, err
	}
	if err := a.Auth.SignOut(r.Context(), token); err != nil {
		return web.Reply{}, err
	}
	return r.SignedOut("You are signed out."), nil
}
