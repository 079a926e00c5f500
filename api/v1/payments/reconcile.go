package handler

import (
	"net/http"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// Reconcile serves GET and POST /api/v1/payments/reconcile: the platform's cron,
// or an admin, has Stripe asked about orders whose webhooks never came.
func Reconcile(w http.ResponseWriter, r *http.Request) {
	// Vercel's cron sends GET. The time is within maxDuration in vercel.json.
	rule := app.Rule{Who: web.CronOrAdmin, Do: reconcileAll, Timeout: 55 * time.Second}
	app.Serve(w, r, app.Rules{http.MethodGet: rule, http.MethodPost: rule})
}

func reconcileAll(a *app.App, r *web.Request) (web.Reply, error) {
	report, err := a.Checkout.Reconcile(r.Context())
	if err != nil {
		return web.Reply{}, err
	}
	return web.OK("Reconciled with Stripe.", report), nil
}
