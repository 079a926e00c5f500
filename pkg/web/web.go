// Package web is everything about HTTP: the envelope, decoding, the status
// table, who may call, CORS, request ids, logging and panics. It knows nothing
// of Vercel, MongoDB or Stripe.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Policy is how a deployment treats requests, whatever they ask for.
type Policy struct {
	Origins     []string // browser origins that may call with credentials
	OwnOrigin   string   // where the shop itself is served
	HTTPS       bool     // Secure cookies, HSTS
	PublicLists bool     // admins' lists are open to everyone, for testing
	CronSecret  string   // "" = no cron is let in
	Caller      func(accessToken string) (shop.Caller, error)
	Logger      *slog.Logger
}

// Access is who may call.
type Access int

const (
	Anyone   Access = iota
	SignedIn        // any customer or admin
	AdminOnly
	AdminList   // an admin; everyone while lists are public for testing
	CronOrAdmin // whoever knows the cron secret, or an admin
)

// Action answers one method of an endpoint. What it returns is written whole or
// not at all; nothing goes on after that.
type Action func(r *Request) (Reply, error)

// Rule is one method of an endpoint: who may call, and what it does.
type Rule struct {
	Who     Access
	Do      Action
	MaxBody int64         // bytes; 0 = 64 KiB
	Timeout time.Duration // 0 = 5 s
}

// Rules is an endpoint: a Rule for each method it takes.
type Rules map[string]Rule

const (
	defaultMaxBody = 64 << 10
	defaultTimeout = 5 * time.Second
)

// Serve answers a request by the endpoint's rules. It never panics, and always
// writes exactly one answer and one log line.
func Serve(w http.ResponseWriter, hr *http.Request, p Policy, rules Rules) {
	start := time.Now()
	r := newRequest(hr, p)
	h := w.Header()
	securityHeaders(h, p)
	cors(h, hr, p)
	h.Set("X-Request-Id", r.ID)
	status, err := answer(w, r, rules)
	r.log(status, time.Since(start), err)
}

func answer(w http.ResponseWriter, r *Request, rules Rules) (status int, err error) {
	reply, err := act(w, r, rules)
	if err == nil {
		if status, err = reply.write(w); err == nil {
			return status, nil
		}
	}
	return writeError(w, r.ID, err), err
}

func act(w http.ResponseWriter, r *Request, rules Rules) (reply Reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	if r.Method == http.MethodOptions {
		allow(w, rules)
		return Reply{Status: http.StatusNoContent}, nil
	}
	rule, ok := rules[r.Method]
	if !ok && r.Method == http.MethodHead {
		rule, ok = rules[http.MethodGet]
	}
	if !ok {
		allow(w, rules)
		return Reply{}, shop.Errorf(shop.MethodNotAllowed, "This address does not take "+r.Method+".")
	}
	if err := r.authorise(rule.Who); err != nil {
		return Reply{}, err
	}
	timeout := rule.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	r.maxBody = rule.MaxBody
	if r.maxBody == 0 {
		r.maxBody = defaultMaxBody
	}
	r.Request = r.WithContext(ctx)
	return rule.Do(r)
}

// allow names the methods of an endpoint; OPTIONS is always one of them.
func allow(w http.ResponseWriter, rules Rules) {
	methods := []string{http.MethodOptions}
	for m := range rules {
		methods = append(methods, m)
		if m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	w.Header().Set("Allow", strings.Join(slices.Compact(methods), ", "))
}

func securityHeaders(h http.Header, p Policy) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	if p.HTTPS {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}
