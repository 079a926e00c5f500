package siege_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// reads says which routes read a JSON body. Those that read none must not stumble
// over one.
var reads = map[string]bool{
	"POST /auth/register": true, "POST /auth/login": true, "POST /auth/refresh": true, "DELETE /auth/refresh": true,
	"POST /products": true, "POST /orders/init": true,
}

// fields of the bodies, each of which is given every hostile value in turn.
var fields = map[string]map[string]string{
	"POST /auth/register":  {"fullName": `"Eve"`, "gender": `"other"`, "email": `"eve@example.com"`, "password": `"long enough"`},
	"POST /auth/login":     {"email": `"eve@example.com"`, "password": `"long enough"`},
	"POST /auth/refresh":   {"refreshToken": `"x"`},
	"DELETE /auth/refresh": {"refreshToken": `"x"`},
	"POST /products":       {"name": `"Hat"`, "description": `"A hat for the siege."`, "imageUrl": `"/images/cap.svg"`, "price": `5`},
	"POST /orders/init":    {"productId": `"ID"`, "quantity": `1`, "deliveryAddress": `"12 Canal Street, Amsterdam"`, "items": ``},
}

// values are JSON that no field of ours may take.
var values = []string{
	`{"$gt":""}`, `{"$ne":null}`, `{"$where":"sleep(1000)"}`, `[]`, `[[]]`, `[{"$gt":""}]`, `{}`, `true`, `1e2`, `-0`, `-1`, `1e400`, `0.1`, `10.999`,
	`99999999999999999999999999`, `"\u0000"`, `"a\u0000b and more text"`, `""`, `"   "`, `"` + strings.Repeat("x", 3000) + `"`, `"\ud800"`,
}

// bodies are whole bodies that are wrong, and the status of each.
var bodies = []struct {
	name, kind, body string
	status           int
}{
	{"no body", "application/json", "", 400},
	{"cut off", "application/json", `{"email":"a`, 400},
	{"a list", "application/json", `[]`, 400},
	{"null", "application/json", `null`, 400},
	{"a text", "application/json", `"x"`, 400},
	{"a number", "application/json", `1`, 400},
	{"NaN", "application/json", `{"price":NaN}`, 400},
	{"two values", "application/json", `{} {}`, 400},
	{"a key twice", "application/json", `{"email":"a@b.c","email":"d@e.f"}`, 400},
	{"not UTF-8", "application/json", "{\"email\":\"\xc3\x28\"}", 400},
	{"nested deep", "application/json", strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000), 400},
	{"too large", "application/json", `{"email":"` + strings.Repeat("a", 65<<10) + `"}`, 413},
	{"a form", "application/x-www-form-urlencoded", `email=a`, 415},
	{"plain text", "text/plain", `{}`, 415},
	{"no content type", "", `{}`, 415},
	{"nonsense content type", "a/b/c;;", `{}`, 415},
}

func TestHostileBodies(t *testing.T) {
	s, admin, mug, n := siege(t)
	for _, route := range routes(t, s) {
		method, path, _ := strings.Cut(route, " ")
		if !reads[route] {
			continue
		}
		if fields[route] == nil {
			t.Errorf("%s: the siege does not know its fields", route)
		}
		for _, b := range bodies {
			if path == "/auth/refresh" && b.body == "" {
				continue // a cookie would do as well; without one it is 401
			}
			n.try(route+", "+b.name, b.status, admin.Do(method, path, b.body, "Content-Type", b.kind))
		}
		for field := range fields[route] {
			for _, value := range values {
				if harmless(route, field, value) {
					continue
				}
				r := admin.Do(method, path, object(route, field, value, mug.ID.String()))
				want := 400
				if field == "refreshToken" && strings.HasPrefix(value, `"`) {
					want = 401 // a text, and no token
				}
				n.try(fmt.Sprintf("%s, %s = %.40s", route, field, value), want, r)
				if want == 400 && !slices.ContainsFunc(r.Fields(), func(f string) bool { return strings.HasPrefix(f, field) }) && !strings.Contains(value, `\ud800`) {
					t.Errorf("%s, %s = %.40s: the faults name %v", route, field, value, r.Fields())
				}
			}
		}
	}
	n.done(400)
}

// harmless values are right, or missing and not needed.
func harmless(route, field, value string) bool {
	switch {
	case field == "items" && (value == `[]` || value == `{}`):
		return false
	case field == "gender" && value == `""`:
		return true // not said
	case field == "price" && value == `0.1`:
		return true // ten cents
	case field == "refreshToken" && value == `""`:
		return true
	case route == "POST /auth/login" && strings.HasPrefix(value, `"`) && !strings.Contains(value, "xxx") && strings.Trim(value, `" `) != "":
		return true // not an email or password of anybody's: 401, and it counts as a try
	case route == "POST /auth/login" && field == "password" && value == `"   "`:
		return true // the same
	case route == "POST /auth/register" && field == "password" && strings.HasPrefix(value, `"a\u0000b`):
		return false
	}
	return strings.Contains(value, `\ud800`) // encoding/json reads a lone surrogate as U+FFFD
}

func object(route, field, value, product string) string {
	var pairs []string
	for name, usual := range fields[route] {
		if name == field {
			usual = value
		} else if field == "items" && (name == "productId" || name == "quantity") {
			continue
		}
		if usual != "" {
			pairs = append(pairs, fmt.Sprintf("%q:%s", name, strings.ReplaceAll(usual, "ID", product)))
		}
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func TestHostilePathsAndQueries(t *testing.T) {
	s, admin, _, n := siege(t)
	ids := []string{"x", "0", "..%2f..%2fetc%2fpasswd", "%00", "%7B%22$gt%22:%22%22%7D", "aaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaa", "zzzzzzzzzzzzzzzzzzzzzzzz", "-1", "null", "%F0%9F%92%A9", strings.Repeat("a", 2000)}
	queries := []string{
		"page=0", "page=-1", "page=1.5", "page=x", "page=1e2", "page=", "page=%00", "page=99999999999999999999", "page=1&page=2", "page[$gt]=1&page=-1", "page=+1",
		"limit=0", "limit=101", "limit=-5", "limit=x", "limit=10&limit=10", "sortBy=password", "sortBy=passwordHash", "sortBy=$where", "sortBy=", "sortBy=createdAt&sortBy=createdAt",
		"sortOrder=up", "sortOrder=1", "sortOrder=", "page=%zz", "page=1;limit=2",
	}
	filters := map[string][]string{
		"/orders": {"status=paid", "status=", "status[$ne]=placed&status=x", "review=1", "review=yes"}, "/orders/me": {"status=success", "status=%00"}, "/payments": {"status=placed", "status=pending&status=failed"},
	}
	for _, route := range routes(t, s) {
		method, path, _ := strings.Cut(route, " ")
		switch {
		case strings.Contains(path, ":id"):
			for _, id := range ids {
				n.try(route+" "+id, 400, admin.Do(method, fill(path, id), nil))
			}
			n.try(route+" unknown", 404, admin.Do(method, fill(path, shop.DerivedID("none").String()), nil))
			n.try(route+" and another", 400, admin.Do(method, fill(path, "aaaaaaaaaaaaaaaaaaaaaaaa")+"?id=bbbbbbbbbbbbbbbbbbbbbbbb", nil))
		case method == http.MethodGet && path != "/users/me" && path != "/payments/reconcile":
			for _, q := range append(slices.Clone(queries), filters[path]...) {
				n.try(route+"?"+q, 400, admin.Do(method, path+"?"+q, nil))
			}
		}
	}
	n.done(170)
}

func TestWrongMethods(t *testing.T) {
	s, admin, _, n := siege(t)
	taken := map[string][]string{}
	for _, route := range routes(t, s) {
		method, path, _ := strings.Cut(route, " ")
		taken[path] = append(taken[path], method)
	}
	for path, methods := range taken {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"} {
			if slices.Contains(methods, method) {
				continue
			}
			r := admin.Do(method, fill(path, "aaaaaaaaaaaaaaaaaaaaaaaa"), nil)
			n.try(method+" "+path, 405, r)
			for _, m := range methods {
				if !strings.Contains(r.Header.Get("Allow"), m) {
					t.Errorf("%s %s: Allow is %q", method, path, r.Header.Get("Allow"))
				}
			}
		}
	}
	n.done(80)
}

func TestHostileHeaders(t *testing.T) {
	s, _, mug, n := siege(t)
	ann := s.Customer("ann")
	n.fingerprint()
	long := strings.Repeat("a", 20000)
	for _, h := range [][2]string{
		{"Authorization", "Bearer"}, {"Authorization", "Bearer "}, {"Authorization", "Bearer a.b.c"}, {"Authorization", "Bearer " + long}, {"Authorization", "Basic YTpi"},
		{"Authorization", "Bearer " + ann.Token + "."}, {"Authorization", ann.Token}, {"Authorization", "Token " + ann.Token},
	} {
		n.try(h[0]+": "+h[1][:min(len(h[1]), 20)], 401, ann.Get("/users/me", h[0], h[1]))
	}
	for _, key := range []string{" ", "a b", "\t", long, "ключ"} {
		if r, err := ann.Try("POST", "/orders/init", shoptest.Basket(mug, 1), "Idempotency-Key", key); err == nil {
			n.try("Idempotency-Key "+key[:min(len(key), 10)], 400, r)
		}
	}
	for _, signature := range []string{"", "t=", "t=1,v1=", "v1=abc", "t=9999999999999999999,v1=00", "t=1,t=2,v1=zz", long, "t=-1,v1=00", ",,,"} {
		n.try("Stripe-Signature "+signature[:min(len(signature), 10)], 400, s.Nobody().Post("/webhook", `{"id":"evt"}`, "Stripe-Signature", signature))
	}
	n.try("a webhook beyond 1 MiB", 413, s.Nobody().Post("/webhook", strings.Repeat("a", 1<<20+1)))
	n.done(20)
}

// Every answer, of pages and of the API, tells the browser to be careful.
func TestSecurityHeaders(t *testing.T) {
	s, admin, _, _ := siege(t)
	for _, route := range routes(t, s) {
		method, path, _ := strings.Cut(route, " ")
		r := admin.Do(method, fill(path, "x"), nil)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", route, name, got)
			}
		}
		if r.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s has no request id", route)
		}
	}
	for _, page := range []string{"/", "/success", "/cancel", "/orders"} {
		r, err := http.Get(s.URL + page)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if csp := r.Header.Get("Content-Security-Policy"); r.StatusCode != 200 || r.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %d %v", page, r.StatusCode, r.Header)
		}
	}
}

// counter counts what was tried, and notices what must not change.
type counter struct {
	t      *testing.T
	s      *shoptest.Shop
	tries  int
	before string
}

func siege(t *testing.T) (*shoptest.Shop, *shoptest.Client, shop.Product, *counter) {
	t.Helper()
	s := shoptest.Start(t, shoptest.Options{})
	admin, mug := s.Admin(), s.Product("mug", 1599)
	n := &counter{t: t, s: s}
	n.fingerprint()
	return s, admin, mug, n
}

func (n *counter) fingerprint() { n.before = n.contents() }

// contents is all of the database but the counters of tries, as one hash.
func (n *counter) contents() string {
	n.t.Helper()
	h := sha256.New()
	for _, name := range []string{"users", "products", "orders", "sessions"} {
		cursor, err := n.s.Store.Database().Collection(name).Find(context.Background(), bson.M{}, options.Find().SetSort(bson.M{"_id": 1}))
		if err != nil {
			n.t.Fatal(err)
		}
		var rows []bson.Raw
		if err := cursor.All(context.Background(), &rows); err != nil {
			n.t.Fatal(err)
		}
		for _, row := range rows {
			h.Write(row)
		}
		fmt.Fprintf(h, "%s %d", name, len(rows))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (n *counter) try(what string, want int, r *shoptest.Response) {
	n.t.Helper()
	n.tries++
	if r.Status != want {
		n.t.Errorf("%s: %d, want %d: %.200s", what, r.Status, want, r.Body)
		return
	}
	r.Want(want)
	for _, internal := range []string{"mongo", "E11000", "goroutine", ".go:", "stripe.com", "bson"} {
		if strings.Contains(string(r.Body), internal) {
			n.t.Errorf("%s: the answer shows internals: %s", what, r.Body)
		}
	}
}

func (n *counter) done(least int) {
	n.t.Helper()
	if n.contents() != n.before {
		n.t.Error("the database has changed")
	}
	n.t.Logf("%d hostile requests", n.tries)
	if n.tries < least {
		n.t.Errorf("only %d: the siege has shrunk", n.tries)
	}
}
