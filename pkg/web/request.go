package web

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Request is an http.Request with what the shop knows of it.
type Request struct {
	*http.Request
	ID     string      // names the request in the log and in an error's answer
	Caller shop.Caller // who calls, once authorised; zero for nobody
	policy Policy

	maxBody int64
}

func newRequest(hr *http.Request, p Policy) *Request {
	id := hr.Header.Get("X-Vercel-Id")
	if !printable(id, 100) {
		id = rand.Text()
	}
	return &Request{Request: hr, ID: id, policy: p}
}

// printable reports whether s has 1 to max characters, all visible ASCII.
func printable(s string, max int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= max
}

// ClientAddr is the client's address as the platform vouches for it: Vercel
// overwrites these headers, so a client cannot choose them
// (https://vercel.com/docs/headers/request-headers). The zero Addr is unknown.
func (r *Request) ClientAddr() netip.Addr {
	for _, name := range []string{"X-Vercel-Forwarded-For", "X-Real-Ip"} {
		if a, err := netip.ParseAddr(r.Header.Get(name)); err == nil {
			return a
		}
	}
	return netip.Addr{}
}

// IdempotencyKey is the request's Idempotency-Key, "" for none; shop.Invalid
// where it is not 1 to 255 visible ASCII characters.
func (r *Request) IdempotencyKey() (string, error) {
	const name = "Idempotency-Key"
	values := r.Header.Values(name)
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 || !printable(values[0], 255) {
		return "", &shop.Error{Code: shop.Invalid, Message: "The Idempotency-Key header is not valid.",
			Fields: []shop.FieldError{{Path: name, Message: "must be 1 to 255 visible ASCII characters"}}}
	}
	return values[0], nil
}

func (r *Request) log(status int, took time.Duration, err error) {
	attrs := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("route", r.URL.Path),
		slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("request", r.ID),
	}
	if !r.Caller.ID.IsZero() {
		attrs = append(attrs, slog.String("user", r.Caller.ID.String()))
	}
	level := slog.LevelInfo
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
	}
	r.policy.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}
