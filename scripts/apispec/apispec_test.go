package apispec_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/apispec"
)

func document(t *testing.T) []byte {
	t.Helper()
	file, err := apispec.File()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func own(t *testing.T) *apispec.Spec {
	t.Helper()
	s, err := apispec.Own()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tree is the description as JSON; at reaches into it.
func tree(t *testing.T) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(document(t)))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func at(t *testing.T, v any, keys ...string) map[string]any {
	t.Helper()
	for _, k := range keys {
		v = v.(map[string]any)[k]
	}
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("there is nothing at %v", keys)
	}
	return m
}

func answerHeader(more ...string) http.Header {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "X-Request-Id": {"r1"}, "Cache-Control": {"no-store"}}
	for i := 0; i < len(more); i += 2 {
		h[more[i]] = nil
		if more[i+1] != "" {
			h.Set(more[i], more[i+1])
		}
	}
	return h
}

const (
	account = `{"success":true,"statusCode":200,"message":"Your account.","data":{"_id":"6924a1f0c3d2b1a09f8e7d6c","fullName":"Ann","gender":null,
		"email":"ann@example.com","role":"customer","createdAt":"2026-11-24T18:02:40.512Z","updatedAt":"2026-11-24T18:02:40.512Z"}}`
	refusal = `{"success":false,"statusCode":401,"message":"Sign in first.","errorMessages":[],"requestId":"r1"}`
)

func TestCheck(t *testing.T) {
	failure := func(status string) string { return strings.Replace(refusal, "401", status, 1) }
	for _, c := range []struct {
		name, method, path string
		status             int
		header             http.Header
		body               string
		want               string // in the error; "" for none
	}{
		{"good", "GET", "/users/me", 200, answerHeader(), account, ""},
		{"with a query", "GET", "/users/me?x=1", 200, answerHeader(), account, ""},
		{"no such path", "GET", "/users/you", 200, answerHeader(), account, "has no entry"},
		{"an empty name", "GET", "/products/", 404, answerHeader(), failure("404"), "has no entry"},
		{"no such method", "POST", "/users/me", 200, answerHeader(), account, "POST /api/v1/users/me has no entry"},
		{"no such status", "GET", "/users/me", 418, answerHeader(), failure("418"), "status 418 has no entry"},
		{"another status inside", "GET", "/users/me", 200, answerHeader(), strings.Replace(account, "200", "201", 1), "statusCode"},
		{"another type", "GET", "/users/me", 200, answerHeader("Content-Type", "text/html; charset=utf-8"), account, "content type"},
		{"no type", "GET", "/users/me", 200, answerHeader("Content-Type", ""), account, "content type"},
		{"not JSON", "GET", "/users/me", 200, answerHeader(), "<html>", "not JSON"},
		{"a field more", "GET", "/users/me", 200, answerHeader(), strings.Replace(account, `"role"`, `"passwordHash":"x","role"`, 1), "passwordHash"},
		{"a field more outside", "GET", "/users/me", 200, answerHeader(), strings.Replace(account, `"data"`, `"meta":{},"data"`, 1), "meta"},
		{"a field less", "GET", "/users/me", 200, answerHeader(), strings.Replace(account, `"gender":null,`, "", 1), "gender"},
		{"a field of another type", "GET", "/users/me", 200, answerHeader(), strings.Replace(account, `"gender":null`, `"gender":1`, 1), "gender"},
		{"a time without milliseconds", "GET", "/users/me", 200, answerHeader(), strings.Replace(account, "40.512Z", "40Z", 1), "createdAt"},
		{"no request id", "GET", "/users/me", 200, answerHeader("X-Request-Id", ""), account, "X-Request-Id is missing"},
		{"to be cached", "GET", "/users/me", 200, answerHeader("Cache-Control", "public"), account, "Cache-Control"},
		{"a cookie nobody announced", "GET", "/users/me", 200, answerHeader("Set-Cookie", "a=b"), account, "Set-Cookie has no entry"},
		{"a failure", "GET", "/users/me", 401, answerHeader("Www-Authenticate", "Bearer"), refusal, ""},
		{"a failure that does not say how", "GET", "/users/me", 401, answerHeader(), refusal, "Www-Authenticate is missing"},
		{"down, try later", "GET", "/users/me", 503, answerHeader("Retry-After", "5"), failure("503"), ""},
		{"down, never mind when", "GET", "/users/me", 503, answerHeader("Retry-After", "soon"), failure("503"), "Retry-After"},
		{"HEAD", "HEAD", "/users/me", 200, answerHeader(), "", ""},
		{"HEAD with a body", "HEAD", "/users/me", 200, answerHeader(), account, "there is a body"},
		{"HEAD without GET", "HEAD", "/auth/login", 200, answerHeader(), "", "has no entry"},
		{"OPTIONS", "OPTIONS", "/users/me", 204, answerHeader("Allow", "GET, HEAD, OPTIONS"), "", ""},
		{"OPTIONS that hides one", "OPTIONS", "/products", 204, answerHeader("Allow", "GET, HEAD, OPTIONS"), "", "POST"},
		{"405", "PUT", "/users/me", 405, answerHeader("Allow", "GET, HEAD, OPTIONS"), failure("405"), ""},
		{"405 that offers more", "PUT", "/users/me", 405, answerHeader("Allow", "GET, HEAD, OPTIONS, PATCH"), failure("405"), "Allow"},
		{"405 to a method there is", "GET", "/users/me", 405, answerHeader("Allow", "GET, HEAD, OPTIONS"), failure("405"), "answers 405"},
		{"our fault, by any method", "PUT", "/users/me", 500, answerHeader(), failure("500"), ""},
	} {
		err := own(t).Check(c.method, "/api/v1"+c.path, c.status, c.header, []byte(c.body))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

// Whatever moves in the description alone is noticed.
func TestDriftIsNoticed(t *testing.T) {
	const me = "/api/v1/users/me"
	for name, change := range map[string]func(doc map[string]any){
		"the path is gone":   func(doc map[string]any) { delete(at(t, doc, "paths"), me) },
		"the method is gone": func(doc map[string]any) { delete(at(t, doc, "paths", me), "get") },
		"the status is gone": func(doc map[string]any) { delete(at(t, doc, "paths", me, "get", "responses"), "200") },
		"a field is gone":    func(doc map[string]any) { delete(at(t, doc, "components", "schemas", "User", "properties"), "email") },
		"a field is new": func(doc map[string]any) {
			u := at(t, doc, "components", "schemas", "User")
			u["required"] = append(u["required"].([]any), "phone")
		},
		"a field is stricter": func(doc map[string]any) {
			at(t, doc, "components", "schemas", "User", "properties", "gender")["type"] = "string"
		},
		"a header is new": func(doc map[string]any) {
			at(t, doc, "paths", me, "get", "responses", "200", "headers")["X-New"] = map[string]any{"required": true, "schema": map[string]any{"type": "string"}}
		},
	} {
		doc := tree(t)
		check := func() error {
			b, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			s, err := apispec.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			return s.Check("GET", me, 200, answerHeader(), []byte(account))
		}
		if err := check(); err != nil {
			t.Fatal(err)
		}
		change(doc)
		if check() == nil {
			t.Errorf("%s, and nobody notices", name)
		}
	}
}

func TestCheckRequest(t *testing.T) {
	const product, address = `"productId":"6924a2b31f2e3d4c5b6a7988"`, `"deliveryAddress":"12 Canal Street"`
	for _, c := range []struct {
		method, path, body string
		ok                 bool
	}{
		{"POST", "/orders/init", `{` + product + `,"quantity":1,` + address + `}`, true},
		{"POST", "/orders/init", `{"items":[{` + product + `,"quantity":1}],` + address + `}`, true},
		{"POST", "/orders/init", `{"items":[{` + product + `,"quantity":1}],` + product + `,"quantity":1,` + address + `}`, false},
		{"POST", "/orders/init", `{` + product + `,"quantity":0,` + address + `}`, false},
		{"POST", "/orders/init", ``, false},
		{"POST", "/auth/login", `{"email":" Ann@Example.com ","password":"  "}`, true},
		{"POST", "/auth/refresh", ``, true},
		{"GET", "/users/me", ``, true},
		{"PUT", "/users/me", ``, false},
	} {
		if err := own(t).CheckRequest(c.method, "/api/v1"+c.path, []byte(c.body)); (err == nil) != c.ok {
			t.Errorf("%s %s %s: %v", c.method, c.path, c.body, err)
		}
	}
}
