package handler

import (
	"net/http"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Webhook serves POST /api/v1/payments/webhook, and /api/v1/webhook: Stripe says
// what happened to a payment. Stripe delivers again, for up to three days, what
// is not answered with 2xx.
func Webhook(w http.ResponseWriter, r *http.Request) {
	app.Serve(w, r, app.Rules{
		http.MethodPost: {Who: web.Anyone, Do: hearStripe, MaxBody: 1 << 20},
	})
}

func hearStripe(a *app.App, r *web.Request) (web.Reply, error) {
	body, err := r.Body()
	if err != nil {
		return web.Reply{}, err // 4xx: too large to be Stripe's
	}
	if err := stripepay.Verify(body, r.Header.Get("Stripe-Signature"), a.Config.StripeWebhookSecrets); err != nil {
		// 4xx: not Stripe's, or our secret is not the endpoint's. In that case
		// Stripe's retries cover the time until it is corrected.
		return web.Reply{}, &shop.Error{Code: shop.Invalid, Message: "The Stripe-Signature does not fit the body.", Cause: err}
	}
	event, err := stripepay.Read(body)
	if err != nil {
		return web.Reply{}, err // 5xx: Stripe's, but we cannot read it yet
	}
	if err := a.Checkout.Handle(r.Context(), event); err != nil {
		return web.Reply{}, err // 5xx: nothing is lost, Stripe delivers it again
	}
	return web.OK("Received.", nil), nil // 2xx: the effect is durable, or there is none to have
}
