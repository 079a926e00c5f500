package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"unicode"
)

// lineLog writes each record in one line for a person: a request as
//
//	15:04:05  POST   /api/v1/orders/init           201    38 ms
//
// and, where it failed, why. A panic's stack follows below its line.
type lineLog struct {
	mu    *sync.Mutex
	w     io.Writer
	attrs []slog.Attr
}

func newLog(w io.Writer) *slog.Logger { return slog.New(lineLog{mu: new(sync.Mutex), w: w}) }

// Enabled implements slog.Handler.
func (l lineLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// WithAttrs implements slog.Handler.
func (l lineLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	l.attrs = append(l.attrs[:len(l.attrs):len(l.attrs)], attrs...)
	return l
}

// WithGroup implements slog.Handler; the lines are for people, who need no groups.
func (l lineLog) WithGroup(string) slog.Handler { return l }

// Handle implements slog.Handler.
func (l lineLog) Handle(_ context.Context, r slog.Record) error {
	attrs := map[string]slog.Value{}
	names := []string{}
	add := func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.Resolve()
		names = append(names, a.Key)
		return true
	}
	for _, a := range l.attrs {
		add(a)
	}
	r.Attrs(add)

	var line, below string
	switch {
	case r.Message == "request":
		line, below = requestLine(attrs)
	default:
		line = r.Message
		if r.Level > slog.LevelInfo {
			line = strings.ToLower(r.Level.String()) + ": " + line
		}
		for _, name := range names {
			line += fmt.Sprintf("  %s=%v", name, attrs[name])
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintf(l.w, "%s  %s\n%s", r.Time.Format("15:04:05"), visible(line), below)
	return err
}

func requestLine(attrs map[string]slog.Value) (line, below string) {
	var ms float64
	if v := attrs["ms"]; v.Kind() == slog.KindFloat64 {
		ms = v.Float64()
	}
	line = fmt.Sprintf("%-6v %-40v %v %5.0f ms", attrs["method"], attrs["route"], attrs["status"], ms)
	if why, ok := attrs["error"]; ok {
		first, stack, _ := strings.Cut(why.String(), "\n")
		line += "  " + first
		if strings.HasPrefix(first, "panic: ") && stack != "" {
			below = "    " + strings.ReplaceAll(strings.TrimSpace(stack), "\n", "\n    ") + "\n"
		}
	}
	return line, below
}

// standInLog is the log of Stripe's stand-in: of its events only those are told
// that did not arrive. One that did shows up as a request to the webhook.
type standInLog struct{ slog.Handler }

// Handle implements slog.Handler.
func (l standInLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level > slog.LevelInfo {
		return l.Handler.Handle(ctx, r)
	}
	attrs := map[string]slog.Value{}
	r.Attrs(func(a slog.Attr) bool { attrs[a.Key] = a.Value; return true })
	status, ok := attrs["status"]
	if r.Message != "delivery" || !ok || (status.Int64() >= 200 && status.Int64() < 300) {
		return nil
	}
	why := "it answers " + status.String()
	if status.Int64() == 0 {
		why = attrs["err"].String()
	}
	next := "it is sent again soon"
	if attrs["state"].String() != "waiting" {
		next = "that was the last try; the stand-in's dashboard can resend it"
	}
	line := fmt.Sprintf("event %s does not reach the webhook (%s): %s", attrs["event"], why, next)
	return l.Handler.Handle(ctx, slog.NewRecord(r.Time, slog.LevelWarn, line, 0))
}

// visible keeps what clients send from moving the cursor or starting a line.
func visible(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			fmt.Fprintf(&b, "\\x%02x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
