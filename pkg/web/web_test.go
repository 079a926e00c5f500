package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

func serve(r *http.Request, do web.Action) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	web.Serve(w, r, web.Policy{Logger: slog.New(slog.DiscardHandler)}, web.Rules{http.MethodPost: {Who: web.Anyone, Do: do}})
	return w
}

func TestEveryCodeHasItsStatus(t *testing.T) {
	for _, code := range shop.Codes {
		status := web.Status(code)
		if status < 400 {
			t.Errorf("%s has no status", code)
		}
		w := serve(httptest.NewRequest(http.MethodPost, "/", nil), func(*web.Request) (web.Reply, error) {
			return web.Reply{}, &shop.Error{Code: code, Message: "why", RetryAfter: 1500 * time.Millisecond, Cause: errors.New("secret internals")}
		})
		if w.Code != status || strings.Contains(w.Body.String(), "secret") || w.Header().Get("Retry-After") != "2" {
			t.Errorf("%s: %d %v %s", code, w.Code, w.Header(), w.Body)
		}
	}
}

func TestOurFaultsSayNothing(t *testing.T) {
	for name, do := range map[string]web.Action{
		"an error":          func(*web.Request) (web.Reply, error) { return web.Reply{}, errors.New("secret internals") },
		"a panic":           func(*web.Request) (web.Reply, error) { panic("secret internals") },
		"cannot be encoded": func(*web.Request) (web.Reply, error) { return web.OK("x", func() {}), nil },
	} {
		w := serve(httptest.NewRequest(http.MethodPost, "/", nil), do)
		var f struct {
			Success   bool
			RequestID string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || w.Code != 500 || f.Success || f.RequestID == "" || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// One line for each request, whatever becomes of it.
func TestLogLine(t *testing.T) {
	for _, c := range []struct {
		status int
		level  string
		err    error
	}{
		{200, "INFO", nil},
		{404, "INFO", shop.Errorf(shop.NotFound, "no")},
		{500, "ERROR", errors.New("cause")},
	} {
		var out bytes.Buffer
		id, _ := shop.ParseID("aaaaaaaaaaaaaaaaaaaaaaaa")
		policy := web.Policy{Logger: slog.New(slog.NewJSONHandler(&out, nil)), Caller: func(string) (shop.Caller, error) {
			return shop.Caller{ID: id, Role: shop.Customer}, nil
		}}
		r := httptest.NewRequest(http.MethodPost, "/api/v1/x?secret=1", nil)
		r.Header.Set("X-Vercel-Id", "fra1::abc")
		r.Header.Set("Authorization", "Bearer token-to-hide")
		web.Serve(httptest.NewRecorder(), r, policy, web.Rules{http.MethodPost: {Who: web.SignedIn, Do: func(*web.Request) (web.Reply, error) {
			return web.OK("x", nil), c.err
		}}})
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatalf("not one line of JSON: %q", out.String())
		}
		for key, want := range map[string]any{
			"method": "POST", "route": "/api/v1/x", "status": float64(c.status), "request": "fra1::abc", "user": id.String(), "level": c.level,
		} {
			if line[key] != want {
				t.Errorf("%d: %s is %v, want %v", c.status, key, line[key], want)
			}
		}
		if _, ok := line["ms"].(float64); !ok || strings.Contains(out.String(), "secret") || strings.Contains(out.String(), "hide") {
			t.Errorf("logged %s", out.String())
		}
	}
}

type body struct {
	Name  string       `json:"name"`
	Count int64        `json:"count"`
	Price shop.Decimal `json:"price"`
}

func (b *body) Validate() (f shop.Faults) {
	if b.Name == "" {
		f.Add("name", "is required")
	}
	return f
}

func TestDecode(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20)
	for _, c := range []struct {
		name, kind, body string
		status           int
		fields           string
	}{
		{"good", "application/json", `{"name":"a","count":5,"price":1.50,"other":[1]}`, 200, ""},
		{"with a charset", "application/json; charset=utf-8", `{"name":"a"}`, 200, ""},
		{"null is missing", "application/json", `{"name":null}`, 400, "name"},
		{"wrong types, all of them", "application/json", `{"name":1,"count":"x","price":"1"}`, 400, "name count price"},
		{"a fraction", "application/json", `{"name":"a","count":1.5}`, 400, "count"},
		{"an exponent", "application/json", `{"name":"a","count":1e2}`, 400, "count"},
		{"too many digits", "application/json", `{"name":"a","count":99999999999999999999}`, 400, "count"},
		{"an operator", "application/json", `{"name":{"$gt":""}}`, 400, "name"},
		{"a key twice", "application/json", `{"name":"a","name":"b"}`, 400, ""},
		{"a key twice, inside", "application/json", `{"name":"a","other":{"x":1,"x":2}}`, 400, ""},
		{"something after it", "application/json", `{"name":"a"}{}`, 400, ""},
		{"cut off", "application/json", `{"name":"a"`, 400, ""},
		{"empty", "application/json", ``, 400, ""},
		{"a list", "application/json", `[]`, 400, ""},
		{"null", "application/json", `null`, 400, ""},
		{"not UTF-8", "application/json", "{\"name\":\"\xff\"}", 400, ""},
		{"deep", "application/json", deep, 400, ""},
		{"very deep", "application/json", strings.Repeat("[", 60000), 400, ""},
		{"no type", "", `{"name":"a"}`, 415, ""},
		{"a form", "application/x-www-form-urlencoded", `name=a`, 415, ""},
		{"text", "text/plain", `{"name":"a"}`, 415, ""},
		{"too large", "application/json", `{"name":"` + strings.Repeat("a", 64<<10) + `"}`, 413, ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
		w := serve(r, func(r *web.Request) (web.Reply, error) {
			var in body
			return web.OK("read", nil), r.Decode(&in)
		})
		var f struct{ ErrorMessages []shop.FieldError }
		if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || w.Code != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, w.Code, c.status, w.Body)
			continue
		}
		var fields []string
		for _, e := range f.ErrorMessages {
			fields = append(fields, e.Path)
		}
		if strings.Join(fields, " ") != c.fields {
			t.Errorf("%s: the faults are in %v, want %q", c.name, fields, c.fields)
		}
	}
}

func TestTime(t *testing.T) {
	b, err := json.Marshal(web.Time(time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("x", 3600))))
	if err != nil || string(b) != `"2026-01-02T02:04:05.000Z"` {
		t.Errorf("%s %v", b, err)
	}
}
