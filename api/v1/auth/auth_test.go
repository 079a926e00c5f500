package handler_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/auth"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

func TestRegister(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	body := map[string]any{"fullName": " Ann Ray ", "gender": "female", "email": " Ann@Example.COM ", "password": shoptest.Password, "role": "admin", "_id": "x"}
	r := s.Nobody().Post("/auth/register", body).Want(201)
	for path, want := range map[string]string{"data.fullName": "Ann Ray", "data.email": "ann@example.com", "data.role": "customer", "data.gender": "female"} {
		if got := r.Text(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if strings.Contains(strings.ToLower(string(r.Body)), "password") || strings.Contains(string(r.Body), "$2") {
		t.Errorf("the answer shows the password or its hash: %s", r.Body)
	}
	if r := s.Nobody().Post("/auth/register", body).Want(409); r.Fields()[0] != "email" {
		t.Errorf("taken: %s", r.Body)
	}
}

func TestRegisterAtTheSameMoment(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	statuses := make(chan int, 6)
	var wg sync.WaitGroup
	for range cap(statuses) {
		wg.Go(func() {
			r, err := s.Nobody().Try(http.MethodPost, "/auth/register", map[string]any{"fullName": "Ann", "email": "ann@example.com", "password": shoptest.Password})
			if err == nil {
				statuses <- r.Status
			}
		})
	}
	wg.Wait()
	close(statuses)
	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	if count[201] != 1 || count[409] != cap(statuses)-1 {
		t.Errorf("one email registered at once: %v", count)
	}
}

func TestRegisterRules(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	good := func(change map[string]any) map[string]any {
		body := map[string]any{"fullName": "Ann", "email": "ann@example.com", "password": shoptest.Password}
		for k, v := range change {
			body[k] = v
		}
		return body
	}
	for _, c := range []struct {
		field string
		body  any
	}{
		{"fullName", good(map[string]any{"fullName": "A"})},
		{"fullName", good(map[string]any{"fullName": strings.Repeat("a", 51)})},
		{"fullName", good(map[string]any{"fullName": "A\u0000nn"})},
		{"fullName", good(map[string]any{"fullName": map[string]any{"$gt": ""}})},
		{"gender", good(map[string]any{"gender": "none"})},
		{"email", good(map[string]any{"email": "ann"})},
		{"email", good(map[string]any{"email": "Ann <ann@example.com>"})},
		{"email", good(map[string]any{"email": strings.Repeat("a", 95) + "@b.com"})},
		{"email", good(map[string]any{"email": strings.Repeat("a", 65) + "@b.com"})},
		{"email", good(map[string]any{"email": "änn@example.com"})},
		{"email", good(map[string]any{"email": map[string]any{"$gt": ""}})},
		{"password", good(map[string]any{"password": "1234567"})},
		{"password", good(map[string]any{"password": strings.Repeat("a", 73)})},
		{"password", good(map[string]any{"password": strings.Repeat("ä", 37)})}, // 74 bytes
		{"password", good(map[string]any{"password": 12345678})},
	} {
		if r := s.Nobody().Post("/auth/register", c.body).Want(400); len(r.Fields()) != 1 || r.Fields()[0] != c.field {
			t.Errorf("%v: the fault is in %v, want %s", c.body, r.Fields(), c.field)
		}
	}
	if r := s.Nobody().Post("/auth/register", map[string]any{}).Want(400); len(r.Fields()) != 3 {
		t.Errorf("every missing field is named: %v", r.Fields())
	}
	s.Nobody().Post("/auth/register", good(map[string]any{"password": strings.Repeat("a", 72)})).Want(201)
}

func TestLogin(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	r := s.Nobody().Post("/auth/login", map[string]any{"email": " ANN@example.com", "password": shoptest.Password}).Want(200)
	ann.Keep(r)
	if r.Text("data.tokenType") != "Bearer" || r.Text("data.expiresIn") != "900" || r.Text("data.user.email") != ann.Email {
		t.Errorf("signed in: %s", r.Body)
	}
	cookies := map[string]*http.Cookie{}
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		cookies[c.Name] = c
	}
	access, refresh := cookies["accessToken"], cookies["refreshToken"]
	if access == nil || !access.HttpOnly || access.Secure || access.SameSite != http.SameSiteLaxMode || access.Path != "/" || access.Value != ann.Token {
		t.Errorf("the access cookie is %+v", access)
	}
	if refresh == nil || !refresh.HttpOnly || refresh.Path != "/api/v1/auth" || refresh.Value != ann.Refresh {
		t.Errorf("the refresh cookie is %+v", refresh)
	}
	wrong := s.Nobody().Post("/auth/login", map[string]any{"email": ann.Email, "password": "wrong password"}).Want(401)
	unknown := s.Nobody().Post("/auth/login", map[string]any{"email": "nobody@example.com", "password": "wrong password"}).Want(401)
	if wrong.Text("message") != unknown.Text("message") {
		t.Errorf("wrong password: %s, unknown email: %s", wrong.Body, unknown.Body)
	}
}

func TestCookiesOfADeployment(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{Env: map[string]string{"APP_URL": "https://shop.example.com"}})
	ann := s.Customer("ann")
	r := s.Nobody().Post("/auth/login", map[string]any{"email": ann.Email, "password": shoptest.Password}).Want(200)
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		if !c.Secure || c.SameSite != http.SameSiteNoneMode || !c.HttpOnly {
			t.Errorf("the cookie %s is %s", c.Name, c)
		}
	}
	if r.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
}

func TestRefresh(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	first := ann.Refresh
	r := s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": first}).Want(200)
	ann.Keep(r)
	if ann.Refresh == first {
		t.Error("the refresh token did not change")
	}
	ann.Get("/users/me").Want(200)
	// A parallel tab, within the grace, gets the same new token.
	tab := s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": first}).Want(200)
	if tab.Text("data.refreshToken") != ann.Refresh {
		t.Error("a parallel tab got another refresh token")
	}
	// By cookie.
	ann.Keep(s.Nobody().Post("/auth/refresh", nil, "Cookie", "refreshToken="+ann.Refresh).Want(200))
	// The first one is now two generations old: stolen. The session ends for all.
	s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": first}).Want(401)
	s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": ann.Refresh}).Want(401)
}

func TestRefreshBeyondTheGrace(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	first := ann.Refresh
	ann.Keep(s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": first}).Want(200))
	past := time.Now().Add(-auth.Grace - time.Second)
	sessions := s.Store.Database().Collection("sessions")
	if r, err := sessions.UpdateMany(t.Context(), map[string]any{}, map[string]any{"$set": map[string]any{"rotatedAt": past}}); err != nil || r.MatchedCount == 0 {
		t.Fatalf("age the session: %+v, %v", r, err)
	}
	s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": first}).Want(401)
	s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": ann.Refresh}).Want(401)
}

func TestSignOut(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann, ben := s.Customer("ann"), s.Customer("ben")
	r := s.Nobody().Delete("/auth/refresh", "Cookie", "refreshToken="+ann.Refresh).Want(200)
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		if c.MaxAge >= 0 || c.Value != "" {
			t.Errorf("the cookie %s is not cleared: %s", c.Name, c)
		}
	}
	s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": ann.Refresh}).Want(401)
	s.Nobody().Do(http.MethodDelete, "/auth/refresh", map[string]any{"refreshToken": ann.Refresh}).Want(200)
	s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": ben.Refresh}).Want(200)
	s.Nobody().Delete("/auth/refresh").Want(401)
	s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": "x.y"}).Want(401)
}

func TestGuessingIsThrottled(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	wrong := map[string]any{"email": ann.Email, "password": "wrong password"}
	var r *shoptest.Response
	for range 11 {
		r = s.Nobody().Post("/auth/login", wrong)
	}
	if r.Want(429); r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	// Another account from here is not concerned.
	s.Customer("ben")
}
