package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// shutdownTimeout is what requests that are running have left after Ctrl-C.
const shutdownTimeout = 5 * time.Second

// newSite serves the project as Vercel does, with a log line for each page. The
// functions log themselves.
func newSite(root, appURL string, log *slog.Logger) (*http.Server, error) {
	vercel, err := platform.Handler(root)
	if err != nil {
		return nil, err
	}
	home := onLoopback(appURL)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sw := &statusWriter{w, http.StatusOK}
		if elsewhere(r, home) {
			http.Redirect(sw, r, "http://"+home+r.URL.RequestURI(), http.StatusTemporaryRedirect)
		} else {
			vercel.ServeHTTP(sw, r)
		}
		if w.Header().Get("X-Request-Id") == "" && (sw.status >= 400 || path.Ext(r.URL.Path) == "") {
			log.Info("request", "method", r.Method, "route", r.URL.Path, "status", sw.status, "ms", float64(time.Since(start).Microseconds())/1000)
		}
	})
	return &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		WriteTimeout: 90 * time.Second, // reconciling may take a minute
	}, nil
}

// onLoopback is the host of the shop's address, if that is this machine over HTTP.
func onLoopback(appURL string) string {
	u, err := url.Parse(appURL)
	if err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()) {
		return ""
	}
	return u.Host
}

// elsewhere reports whether a page is asked for under another name of this
// machine than the shop's: localhost for 127.0.0.1. There the customer would sign
// in, and come back from paying as a stranger: cookies belong to the name.
func elsewhere(r *http.Request, home string) bool {
	if home == "" || r.Host == home || strings.HasPrefix(r.URL.Path, "/api/") || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	_, homePort, _ := net.SplitHostPort(home)
	return err == nil && port == homePort && isLoopback(host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// serve serves until ctx is done or something fails.
func serve(ctx context.Context, server *http.Server, l net.Listener, failed <-chan error) error {
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	var err error
	select {
	case err = <-served:
	case err = <-failed:
	case <-ctx.Done():
	}
	bounded, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if server.Shutdown(bounded) != nil {
		_ = server.Close()
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
