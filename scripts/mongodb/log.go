package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// noise begins FerretDB's warnings about nothing amiss: an error answer, which
// the client has, spelled out over many lines, and a client that hung up.
var noise = []string{"Response header:", "Response message:", "Connection stopped", "Failed to set deadline:"}

// log writes what deserves a person's attention, one line a record.
type log struct {
	mu    *sync.Mutex
	w     io.Writer
	attrs string
}

func newLog(w io.Writer) *log { return &log{mu: new(sync.Mutex), w: w} }

// Enabled implements [slog.Handler].
func (l *log) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements [slog.Handler].
func (l *log) Handle(_ context.Context, r slog.Record) error {
	for _, prefix := range noise {
		if strings.HasPrefix(r.Message, prefix) {
			return nil
		}
	}
	line := "mongodb: " + strings.ToLower(r.Level.String()) + ": " + r.Message + l.attrs
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	line, _, _ = strings.Cut(line, "\n")

	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintln(l.w, line)
	return err
}

// WithAttrs implements [slog.Handler].
func (l *log) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *l
	for _, a := range attrs {
		c.attrs += " " + a.String()
	}
	return &c
}

// WithGroup implements [slog.Handler]; the lines are for people, who need no groups.
func (l *log) WithGroup(string) slog.Handler { return l }
