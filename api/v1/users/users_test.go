package handler_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

func TestMe(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	if r := ann.Get("/users/me").Want(200); r.Text("data.email") != ann.Email || r.Text("data.role") != "customer" {
		t.Errorf("me: %s", r.Body)
	}
	s.Nobody().Get("/users/me", "Cookie", "accessToken="+ann.Token).Want(200)
	if r := s.Nobody().Get("/users/me").Want(401); r.Header.Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate")
	}
	s.Nobody().Get("/users/me", "Authorization", "Basic "+ann.Token).Want(401)
	s.Nobody().Get("/users/me", "Authorization", "Bearer "+ann.Token+"x").Want(401)
}

func TestUsers(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann, admin := s.Customer("ann"), s.Admin()
	ann.Get("/users").Want(403)
	s.Nobody().Get("/users").Want(401)
	r := admin.Get("/users?sortBy=email&sortOrder=asc").Want(200)
	if r.Text("meta.total") != "2" || r.Text("data.0.role") != "admin" || r.Text("data.1._id") != ann.ID {
		t.Errorf("users: %s", r.Body)
	}
	if strings.Contains(strings.ToLower(string(r.Body)), "password") {
		t.Errorf("the list shows password hashes: %s", r.Body)
	}
}

func TestCrossSiteWritesByCookie(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{Env: map[string]string{"CLIENT_ORIGINS": "https://app.example.com"}})
	ann := s.Customer("ann")
	mug := s.Product("mug", 1599)
	order := func(headers ...string) int {
		headers = append(headers, "Cookie", "accessToken="+ann.Token)
		return s.Nobody().Post("/orders/init", shoptest.Basket(mug, 1), headers...).Status
	}
	for _, c := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"no browser", nil, 201},
		{"our page", []string{"Origin", s.URL, "Sec-Fetch-Site", "same-origin"}, 201},
		{"a listed page", []string{"Origin", "https://app.example.com", "Sec-Fetch-Site", "cross-site"}, 201},
		{"another site", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, 403},
		{"another site, old browser", []string{"Origin", "https://evil.example"}, 403},
	} {
		if got := order(c.headers...); got != c.status {
			t.Errorf("%s: %d, want %d", c.name, got, c.status)
		}
	}
	// A token in the header is no cookie: the page has it because we gave it.
	ann.Post("/orders/init", shoptest.Basket(mug, 1), "Origin", "https://evil.example").Want(201)
}

func TestCORS(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{Env: map[string]string{"CLIENT_ORIGINS": "https://app.example.com"}})
	r := s.Nobody().Do(http.MethodOptions, "/orders/init", nil, "Origin", "https://app.example.com", "Access-Control-Request-Method", "POST").Want(204)
	for name, want := range map[string]string{"Access-Control-Allow-Origin": "https://app.example.com", "Access-Control-Allow-Credentials": "true", "Allow": "OPTIONS, POST"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), "Idempotency-Key") {
		t.Error("Idempotency-Key is not allowed")
	}
	r = s.Nobody().Get("/products", "Origin", "https://evil.example").Want(200)
	if r.Header.Get("Access-Control-Allow-Origin") != "" || r.Header.Get("Vary") != "Origin" {
		t.Errorf("another origin got %v", r.Header)
	}
	if r := s.Nobody().Do(http.MethodPut, "/products", nil).Want(405); r.Header.Get("Allow") != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow: %s", r.Header.Get("Allow"))
	}
}
