package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer is more than the largest file of the site.
const maxAnswer = 8 << 20

// answer is what came back from the shop's address: a whole answer, or an error.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// ask makes a request to the shop; headers come as name, value pairs.
func (d *doctor) ask(ctx context.Context, method, address, body string, headers ...string) answer {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("User-Agent", "payment-integration-server-doctor")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := d.shop.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return answer{res.StatusCode, res.Header, b, err}
}

// envelope reports whether the answer is the shop's own, as every function gives.
func (a answer) envelope() bool {
	var e struct {
		Success    *bool
		StatusCode int
		Message    string
		Errors     *[]json.RawMessage `json:"errorMessages"`
	}
	if a.err != nil || json.Unmarshal(a.body, &e) != nil || e.Success == nil {
		return false
	}
	return e.StatusCode == a.status && e.Message != "" && *e.Success == (a.status < 400) && (*e.Success || e.Errors != nil)
}

// is reports whether the shop itself answered with this status.
func (a answer) is(status int) bool { return a.status == status && a.envelope() }

// judge is a line about a request to the shop that should have been answered
// otherwise: what that means, whatever was asked.
func (d *doctor) judge(name string, a answer) check {
	c := check{Check: name, Status: fail, asked: true}
	c.Found, c.Todo = d.meaning(a)
	c.silent = a.err != nil
	return c
}

const (
	protection = "turn off Vercel Authentication for it: project, Settings, Deployment Protection (for the production domain it is off by default)"
	seeLog     = "read the function's log: Vercel, project, Logs"
)

func (d *doctor) meaning(a answer) (found, todo string) {
	if a.err != nil {
		if d.local() {
			return d.networkWords(a.err), "start it (go run ./scripts/dev), or set APP_URL to where the shop is deployed"
		}
		return d.networkWords(a.err), "correct APP_URL, or deploy: npx vercel --prod"
	}
	found = fmt.Sprintf("answers %d", a.status)
	switch {
	case a.status >= 300 && a.status < 400:
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil {
			return found + ", a redirect", "set APP_URL to where it leads"
		}
		if to.Hostname() == "vercel.com" || strings.Contains(to.Path, "sso-api") {
			return found + ": Vercel's deployment protection is in front of the shop", protection
		}
		to.RawQuery, to.User, to.Fragment = "", nil, "" // may hold a secret
		return found + ", a redirect to " + d.quote(to.String()), "Stripe follows no redirect: set APP_URL to the address it leads to"
	case a.status == http.StatusForbidden && a.header.Get("X-Vercel-Mitigated") != "":
		return found + ": Vercel's firewall challenges visitors", "turn off Attack Challenge Mode, or let the webhook pass: project, Firewall"
	case (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden) && !a.envelope():
		return found + ", and not from the shop: deployment protection is in front of it", protection
	case a.status == http.StatusNotFound && !a.envelope():
		return found + ": the shop is not deployed there", "correct APP_URL, or deploy this checkout: npx vercel --prod"
	case a.is(http.StatusInternalServerError):
		return found + ": the shop is there, but not set up", "read the function's log, which lists each variable that is missing: Vercel, project, Logs"
	case a.is(http.StatusServiceUnavailable):
		return found + ": the shop does not reach its database", "Atlas: Network Access, allow 0.0.0.0/0; and see that MONGODB_URI in Vercel is right"
	case a.is(http.StatusTooManyRequests):
		return found + ": too many requests", "wait a minute, and run this again"
	case a.status >= 500:
		return found + ": the function failed", seeLog
	case !a.envelope():
		return found + ", and not as the shop does", "deploy this checkout: npx vercel --prod"
	}
	return found, "deploy this checkout: npx vercel --prod"
}

// networkWords says why there was no answer. A url.Error would name the address,
// which may have a secret in its query.
func (d *doctor) networkWords(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var operation *net.OpError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &dns) && !dns.IsTimeout:
		return "does not answer: DNS does not know the name"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("does not answer within %s", d.timeout)
	case errors.As(err, &certificate):
		return "does not answer: its certificate is not trusted"
	case errors.As(err, &operation):
		return "does not answer: " + operation.Err.Error()
	}
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	return "does not answer: " + d.quote(err.Error())
}
