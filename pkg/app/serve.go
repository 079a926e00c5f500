package app

import (
	"net/http"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Action answers one method of an endpoint, with the shop at hand.
type Action func(a *App, r *web.Request) (web.Reply, error)

// Rules is an endpoint: for each method, who may call and what it does.
type Rules map[string]Rule

// Rule is one method of an endpoint.
type Rule struct {
	Who     web.Access
	Do      Action
	MaxBody int64         // bytes; 0 = 64 KiB
	Timeout time.Duration // 0 = 5 s
}

// Serve answers a request by the endpoint's rules.
func Serve(w http.ResponseWriter, r *http.Request, rules Rules) {
	a, err := Current(r.Context())
	if err != nil {
		serveBroken(w, r, err)
		return
	}
	bound := web.Rules{}
	for method, rule := range rules {
		bound[method] = web.Rule{Who: rule.Who, MaxBody: rule.MaxBody, Timeout: rule.Timeout, Do: func(r *web.Request) (web.Reply, error) {
			return rule.Do(a, r)
		}}
	}
	web.Serve(w, r, a.policy, bound)
}

// serveBroken answers where there is no shop: the reason is for the log alone.
func serveBroken(w http.ResponseWriter, r *http.Request, err error) {
	logger := currentOptions().logger()
	if shop.CodeOf(err) == shop.Internal {
		err = &shop.Error{Code: shop.Internal, Message: "The shop is not set up. Its log says what is missing.", Cause: err}
	}
	web.Serve(w, r, web.Policy{Logger: logger}, web.Rules{r.Method: {Who: web.Anyone, Do: func(*web.Request) (web.Reply, error) {
		return web.Reply{}, err
	}}})
}
