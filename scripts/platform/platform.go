// Package platform serves the functions and the pages on one machine as Vercel
// does: its routing by vercel.json, its headers, its bridge around each function.
package platform

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/vercel/go-bridge/go/bridge"
)

// maxBody is the largest body Vercel hands to a function
// (https://vercel.com/docs/functions/limitations#request-body-size).
const maxBody = 4_500_000

// Handler serves the project in the folder root.
func Handler(root string) (http.Handler, error) {
	c, err := readConfig(filepath.Join(root, "vercel.json"))
	if err != nil {
		return nil, err
	}
	public := filepath.Join(root, filepath.FromSlash(c.OutputDirectory))
	if info, err := os.Stat(public); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("platform: there is no folder %s (outputDirectory in vercel.json)", public)
	}
	return &server{c, public}, nil
}

type server struct {
	config config
	public string // the folder of the pages
}

// ServeHTTP looks for a function or a file of this path first, and only then
// at the rewrites, as Vercel does.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, h := range s.config.Headers {
		if h.matches(r.URL.Path) {
			for _, pair := range h.Headers {
				// Only what is served over HTTPS may insist on it.
				if pair.Key != "Strict-Transport-Security" {
					w.Header().Set(pair.Key, pair.Value)
				}
			}
		}
	}
	if f, ok := Functions[r.URL.Path]; ok {
		invoke(w, r, f, r.URL.RawQuery)
		return
	}
	if s.servePage(w, r) {
		return
	}
	for _, rw := range s.config.Rewrites {
		if target, query, ok := rw.apply(r.URL.EscapedPath()); ok {
			if f, ok := Functions[target]; ok {
				invoke(w, r, f, joinQuery(r.URL.RawQuery, query))
				return
			}
		}
	}
	s.notFound(w, r)
}

// notFound shows the project's own page, except under /api.
func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	page, err := os.ReadFile(s.file("404.html"))
	if err != nil || strings.HasPrefix(r.URL.Path, "/api") {
		http.Error(w, "The page could not be found\n\nNOT_FOUND", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(page) // a client that has gone cannot be told
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// servePage serves a file of the output directory; with cleanUrls, success.html
// answers /success, and /success.html redirects there.
func (s *server) servePage(w http.ResponseWriter, r *http.Request) bool {
	name := path.Clean(r.URL.Path)
	if clean, ok := strings.CutSuffix(name, ".html"); ok && s.config.CleanURLs && s.isFile(name) {
		http.Redirect(w, r, strings.TrimSuffix(clean, "index"), http.StatusPermanentRedirect)
		return true
	}
	for _, candidate := range []string{name, name + ".html", path.Join(name, "index.html")} {
		if s.isFile(candidate) {
			s.sendFile(w, r, candidate)
			return true
		}
	}
	return false
}

func (s *server) file(name string) string { return filepath.Join(s.public, filepath.FromSlash(name)) }

func (s *server) isFile(name string) bool {
	info, err := os.Stat(s.file(name))
	return err == nil && info.Mode().IsRegular()
}

// sendFile avoids http.ServeFile, which would redirect index.html.
func (s *server) sendFile(w http.ResponseWriter, r *http.Request, name string) {
	f, err := os.Open(s.file(name))
	if err != nil {
		http.Error(w, "The page cannot be read", http.StatusInternalServerError)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		http.Error(w, "The page cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=0, must-revalidate")
	http.ServeContent(w, r, name, info.ModTime(), f)
}

// invoke calls a function through the very bridge that Vercel deploys it with,
// so that it gets the same Request and ResponseWriter as there: the original
// path with the rewritten query, no live context, and all of the body at once.
func invoke(w http.ResponseWriter, r *http.Request, f http.HandlerFunc, query string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		status := http.StatusBadRequest
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "Request Entity Too Large\n\nFUNCTION_PAYLOAD_TOO_LARGE", status)
		return
	}
	u := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query}
	response, err := bridge.Serve(f, &bridge.Request{
		Host: r.Host, Path: u.RequestURI(), Method: r.Method, Headers: platformHeaders(r, len(body)),
		Encoding: "base64", Body: base64.StdEncoding.EncodeToString(body),
	})
	if err != nil {
		http.Error(w, "FUNCTION_INVOCATION_FAILED: "+err.Error(), http.StatusInternalServerError)
		return
	}
	out, err := base64.StdEncoding.DecodeString(response.Body)
	if err != nil {
		http.Error(w, "FUNCTION_INVOCATION_FAILED: "+err.Error(), http.StatusInternalServerError)
		return
	}
	for name, values := range response.Headers {
		w.Header()[name] = values
	}
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(out) // a client that has gone cannot be told
}

// platformHeaders are the request's, with those that Vercel sets itself and lets
// no client choose (https://vercel.com/docs/headers/request-headers).
func platformHeaders(r *http.Request, length int) map[string]bridge.ReqHeaderValues {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		peer = r.RemoteAddr
	}
	headers := map[string]bridge.ReqHeaderValues{}
	for name, values := range r.Header {
		headers[name] = values
	}
	for name, value := range map[string]string{
		"Host":                   r.Host,
		"X-Forwarded-Host":       r.Host,
		"X-Forwarded-Proto":      "http",
		"X-Forwarded-For":        peer,
		"X-Real-Ip":              peer,
		"X-Vercel-Forwarded-For": peer,
		"X-Vercel-Id":            "dev1::" + strings.ToLower(rand.Text()),
		"Content-Length":         fmt.Sprint(length),
	} {
		headers[name] = bridge.ReqHeaderValues{value}
	}
	return headers
}
