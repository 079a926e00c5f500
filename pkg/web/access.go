package web

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// authorise finds out who calls, and refuses who may not.
func (r *Request) authorise(who Access) error {
	switch {
	case who == Anyone:
		return nil
	case who == AdminList && r.policy.PublicLists:
		return nil
	case who == CronOrAdmin && r.isCron():
		return nil
	}
	caller, err := r.caller(who == CronOrAdmin)
	if err != nil {
		return err
	}
	if who != SignedIn && caller.Role != shop.Admin {
		return shop.Errorf(shop.Forbidden, "Only an admin may do this.")
	}
	r.Caller = caller
	return nil
}

// caller reads the access token: from the Authorization header, else from the
// cookie. A browser sends cookies for any page, so what changes something, by its
// method or because it acts all the same, must then come from a page of ours.
func (r *Request) caller(acts bool) (shop.Caller, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return shop.Caller{}, shop.Errorf(shop.Unauthenticated, "Send the access token as Authorization: Bearer ….")
		}
		return r.policy.Caller(strings.TrimSpace(token))
	}
	c, err := r.Cookie(AccessCookie)
	if err != nil {
		return shop.Caller{}, shop.Errorf(shop.Unauthenticated, "Sign in first.")
	}
	method := r.Method
	if acts {
		method = http.MethodPost
	}
	if err := r.checkOrigin(method); err != nil {
		return shop.Caller{}, err
	}
	return r.policy.Caller(c.Value)
}

// CheckOrigin refuses a write that a browser makes for a page of another site.
func (r *Request) CheckOrigin() error { return r.checkOrigin(r.Method) }

func (r *Request) checkOrigin(method string) error {
	guard := http.NewCrossOriginProtection()
	for _, origin := range append([]string{r.policy.OwnOrigin}, r.policy.Origins...) {
		if err := guard.AddTrustedOrigin(origin); err != nil {
			return err // config has checked them
		}
	}
	if err := guard.Check(&http.Request{Method: method, Host: r.Host, Header: r.Header, URL: r.URL}); err != nil {
		return &shop.Error{Code: shop.Forbidden, Message: "This page may not act for you here.", Cause: err}
	}
	return nil
}

// isCron compares in constant time, and never with an empty secret.
func (r *Request) isCron() bool {
	sent := []byte(r.Header.Get("Authorization"))
	want := []byte("Bearer " + r.policy.CronSecret)
	return r.policy.CronSecret != "" && subtle.ConstantTimeCompare(sent, want) == 1
}

// cors lets pages of the listed origins call with credentials, and no others
// (https://fetch.spec.whatwg.org/#http-cors-protocol).
func cors(h http.Header, r *http.Request, p Policy) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.Contains(p.Origins, origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
		h.Set("Access-Control-Max-Age", "7200")
	}
}
