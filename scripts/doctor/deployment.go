package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

const (
	shopAPI     = "shop API"
	shopRewrite = "shop rewrite"
	cronLocked  = "cron locked"
	cronLetIn   = "cron let in"

	reconcilePath = "/api/v1/payments/reconcile"
)

// deployment examines what answers at APP_URL.
func (d *doctor) deployment(ctx context.Context) []check {
	names := []string{shopAPI, shopRewrite, shopPage, shopVersion, cronLocked, cronLetIn}
	if d.bad("APP_URL") {
		var checks []check
		for _, name := range names {
			checks = append(checks, skipped(name, "APP_URL is not right"))
		}
		return checks
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	var all []func(context.Context) []check
	for _, one := range []func(context.Context) check{d.api, d.rewrite, d.page, d.version, d.cronLocked, d.cronLetIn} {
		all = append(all, func(ctx context.Context) []check { return []check{one(ctx)} })
	}
	return together(ctx, all...)
}

// good is a line about a request to the shop that went as it should.
func good(name, found string) check {
	return check{Check: name, Status: ok, Found: found, asked: true}
}

// api asks for the products, which is also the address for a health probe: it takes
// a function and the database.
func (d *doctor) api(ctx context.Context) check {
	a := d.ask(ctx, http.MethodGet, d.config.AppURL+"/api/v1/products?limit=1", "")
	if !a.is(http.StatusOK) {
		return d.judge(shopAPI, a)
	}
	return good(shopAPI, d.config.AppURL+"/api/v1/products answers, with its database")
}

// rewrite asks for an order, whose path only vercel.json's rewrites know.
func (d *doctor) rewrite(ctx context.Context) check {
	a := d.ask(ctx, http.MethodGet, d.config.AppURL+"/api/v1/orders/000000000000000000000000", "")
	switch {
	case a.is(http.StatusUnauthorized):
		return good(shopRewrite, "/api/v1/orders/:id reaches its function, which wants a sign-in")
	case a.is(http.StatusOK):
		c := d.judge(shopRewrite, a)
		c.Found = "answers 200: it shows an order to nobody in particular"
		return c
	case a.status == http.StatusNotFound && !a.envelope():
		return check{Check: shopRewrite, Status: fail, asked: true, Found: "answers 404: /api/v1/orders/:id reaches no function",
			Todo: "deploy with this checkout's vercel.json, from its root: npx vercel --prod"}
	}
	return d.judge(shopRewrite, a)
}

func (d *doctor) cronLocked(ctx context.Context) check {
	a := d.ask(ctx, http.MethodGet, d.config.AppURL+reconcilePath, "")
	switch {
	case a.is(http.StatusUnauthorized):
		return good(cronLocked, "reconcile refuses who has no secret")
	case a.is(http.StatusOK):
		c := d.judge(cronLocked, a)
		c.Found = "answers 200: reconcile lets everyone in"
		return c
	}
	return d.judge(cronLocked, a)
}

// cronLetIn has the deployment reconcile, as its cron does each day: there is no
// other way to see that the secrets are the same. It does what would be done anyway.
func (d *doctor) cronLetIn(ctx context.Context) check {
	switch {
	case d.bad("CRON_SECRET") || d.config.CronSecret == "":
		return skipped(cronLetIn, "there is no CRON_SECRET")
	case !d.config.HTTPS() && !d.local():
		return skipped(cronLetIn, "a secret is not sent over http")
	}
	a := d.ask(ctx, http.MethodGet, d.config.AppURL+reconcilePath, "", "Authorization", "Bearer "+string(d.config.CronSecret))
	var report struct {
		Data struct{ Checked, Placed, Failed, Errors int }
	}
	switch {
	case a.is(http.StatusUnauthorized):
		return check{Check: cronLetIn, Status: fail, asked: true, Found: "answers 401: CRON_SECRET is not the deployment's",
			Todo: "set it to the same value in Vercel (Settings, Environment Variables), and redeploy"}
	case ctx.Err() != nil:
		c := d.judge(cronLetIn, a)
		c.Status, c.Todo = warn, "a backlog takes up to a minute: run this again with -timeout 60s"
		return c
	case !a.is(http.StatusOK) || json.Unmarshal(a.body, &report) != nil:
		return d.judge(cronLetIn, a)
	}
	r := report.Data
	c := good(cronLetIn, fmt.Sprintf("CRON_SECRET is taken; that ran a reconciliation: %d orders checked, %d placed, %d failed", r.Checked, r.Placed, r.Failed))
	if r.Errors > 0 {
		c.Status, c.Found, c.Todo = warn, fmt.Sprintf("%s, %d errors", c.Found, r.Errors), seeLog
	}
	return c
}

// isWebhookPath reports whether a path leads to the webhook's function.
func isWebhookPath(path string) bool {
	return slices.Contains([]string{webhookPath, "/api/v1/webhook"}, path)
}
