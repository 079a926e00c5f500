package main

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

func TestLog(t *testing.T) {
	tests := []struct {
		name string
		log  func(*slog.Logger)
		want string // after the time
	}{
		{"a request", func(l *slog.Logger) {
			l.Info("request", "method", "GET", "route", "/api/v1/products", "status", 200, "ms", 12.4, "request", "dev1::x", "user", "u1")
		}, "GET    /api/v1/products                         200    12 ms\n"},
		{"a refused one", func(l *slog.Logger) {
			l.Info("request", "method", "POST", "route", "/api/v1/auth/login", "status", 401, "ms", 240.0, "error", "unauthenticated: The email or the password is wrong.")
		}, "POST   /api/v1/auth/login                       401   240 ms  unauthenticated: The email or the password is wrong.\n"},
		{"a panic", func(l *slog.Logger) {
			l.Error("request", "method", "GET", "route", "/", "status", 500, "ms", 1.0, "error", "panic: oh\ngoroutine 1:\nmain.go:1\n")
		}, "GET    /                                        500     1 ms  panic: oh\n    goroutine 1:\n    main.go:1\n"},
		{"an error of several lines", func(l *slog.Logger) {
			l.Error("request", "method", "GET", "route", "/", "status", 500, "ms", 1.0, "error", "one\ntwo")
		}, "GET    /                                        500     1 ms  one\n"},
		{"what a client sent", func(l *slog.Logger) {
			l.Info("request", "method", "GET", "route", "/\n00:00:00  GET /admin\x1b[2J", "status", 404, "ms", 0.0)
		}, "GET    /\\x0a00:00:00  GET /admin\\x1b[2J               404     0 ms\n"},
		{"a warning", func(l *slog.Logger) { l.With("order", "o1").Warn("could not ask Stripe", "error", "a\nb") },
			"warn: could not ask Stripe  order=o1  error=a\\x0ab\n"},
		{"a word", func(l *slog.Logger) { l.Info("hello") }, "hello\n"},
		{"no debugging", func(l *slog.Logger) { l.Debug("hello") }, ""},

		{"a delivered event", func(l *slog.Logger) {
			standIn(l).Info("delivery", "event", "evt_1", "status", 200, "err", "", "state", "delivered")
		}, ""},
		{"an event", func(l *slog.Logger) { standIn(l).Info("event", "type", "charge.succeeded") }, ""},
		{"an event that nobody took", func(l *slog.Logger) {
			standIn(l).Info("delivery", "event", "evt_1", "status", 0, "err", "connection refused", "state", "waiting")
		}, "warn: event evt_1 does not reach the webhook (connection refused): it is sent again soon\n"},
		{"an event that was refused for good", func(l *slog.Logger) {
			standIn(l).Info("delivery", "event", "evt_1", "status", 400, "err", "", "state", "failed")
		}, "warn: event evt_1 does not reach the webhook (it answers 400): that was the last try; the stand-in's dashboard can resend it\n"},
		{"the stand-in's trouble", func(l *slog.Logger) { standIn(l).Error("state not saved", "err", "disk full") }, "error: state not saved  err=disk full\n"},
	}
	stamp := regexp.MustCompile(`^\d\d:\d\d:\d\d  `)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			tt.log(newLog(&b))
			got := b.String()
			if got != "" && !stamp.MatchString(got) {
				t.Errorf("no time: %q", got)
			}
			if got = stamp.ReplaceAllString(got, ""); got != tt.want {
				t.Errorf("wrote %q,\nwant  %q", got, tt.want)
			}
		})
	}
}

func standIn(l *slog.Logger) *slog.Logger { return slog.New(standInLog{l.Handler()}) }
