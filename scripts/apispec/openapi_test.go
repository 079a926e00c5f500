package apispec_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/config"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/pkg/web"
	"github.com/siam9192/payment-integration-server/scripts/apispec"
	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// routes are the addresses of the functions, rewritten ones included: a :name
// stands as {name}, as in the description.
func routes(t *testing.T) (paths []string) {
	t.Helper()
	for path := range platform.Functions {
		paths = append(paths, path)
	}
	root, err := platform.Root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "vercel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Rewrites []struct{ Source string }
	}
	if err := json.Unmarshal(b, &c); err != nil || len(c.Rewrites) == 0 {
		t.Fatalf("vercel.json: %+v, %v", c, err)
	}
	name := regexp.MustCompile(`:(\w+)`)
	for _, rw := range c.Rewrites {
		paths = append(paths, name.ReplaceAllString(rw.Source, "{$1}"))
	}
	slices.Sort(paths)
	return paths
}

func TestEveryRouteHasAnEntryAndEveryEntryARoute(t *testing.T) {
	routes, entries := routes(t), own(t).Paths()
	for _, path := range routes {
		if !slices.Contains(entries, path) {
			t.Errorf("%s has no entry in openapi.json", path)
		}
	}
	for _, path := range entries {
		if !slices.Contains(routes, path) {
			t.Errorf("openapi.json has %s, which is neither a function nor a rewrite", path)
		}
	}
}

// The methods of a path are those that it names in Allow; Check compares.
func TestEveryMethodHasAnEntryAndEveryEntryAMethod(t *testing.T) {
	for _, name := range config.Names {
		t.Setenv(name, "")
	}
	for name, value := range map[string]string{ // none of it is reached
		"MONGODB_URI": "mongodb://127.0.0.1:1/none", "STRIPE_SECRET_KEY": "sk_test_apispec", "STRIPE_WEBHOOK_SECRET": "whsec_apispec_0123456789",
		"JWT_SECRET": strings.Repeat("x", 32), "APP_URL": "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	if err := app.Configure(t.Context(), app.Options{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Configure(t.Context(), app.Options{}) })
	root, err := platform.Root()
	if err != nil {
		t.Fatal(err)
	}
	handler, err := platform.Handler(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range routes(t) {
		path := regexp.MustCompile(`{\w+}`).ReplaceAllString(route, shop.ID{}.String())
		for method, want := range map[string]int{http.MethodOptions: 204, http.MethodPut: 405, http.MethodPatch: 405} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			r := w.Result()
			body, _ := io.ReadAll(r.Body)
			if r.StatusCode != want {
				t.Errorf("%s %s: status %d, want %d: %s", method, path, r.StatusCode, want, body)
			}
			if err := own(t).Check(method, path, r.StatusCode, r.Header, body); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestEveryErrorHasAnEntry(t *testing.T) {
	statuses := own(t).Statuses()
	ours := map[int]bool{}
	for _, code := range shop.Codes {
		ours[web.Status(code)] = true
		if !slices.Contains(statuses, web.Status(code)) {
			t.Errorf("%s is answered with %d, which openapi.json does not have", code, web.Status(code))
		}
	}
	for _, status := range statuses {
		if status >= 400 && !ours[status] {
			t.Errorf("openapi.json has %d, which no error is answered with", status)
		}
	}
}

// Words that are written in the code and in the description are the same.
func TestWords(t *testing.T) {
	doc := tree(t)
	for name, want := range map[string]string{
		"OrderStatus": fmt.Sprint(shop.OrderStatuses), "PaymentStatus": fmt.Sprint(shop.Ladder),
		"ReviewReason": fmt.Sprint([]string{checkout.ReasonAmount, checkout.ReasonCurrency, checkout.ReasonLivemode, checkout.ReasonTwice}),
	} {
		if got := fmt.Sprint(at(t, doc, "components", "schemas", name)["enum"]); got != want {
			t.Errorf("%s is %s, the code has %s", name, got, want)
		}
	}
	text := at(t, doc, "paths", "/api/v1/payments/webhook", "post")["description"].(string)
	for _, event := range stripepay.EventTypes {
		// ".expired" stands for the rest of a name that began the same way.
		if short := string(event); !strings.Contains(text, short) && !strings.Contains(text, "`"+short[strings.LastIndexByte(short, '.'):]+"`") {
			t.Errorf("the webhook's description does not name %s", event)
		}
	}
}

// A request is good by the description where it is good by the code.
func TestRequestsFollowTheSameRules(t *testing.T) {
	text := func(n int) string { return strings.Repeat("ä", n) }
	ascii := func(n int) string { return strings.Repeat("a", n) }
	id := shop.DerivedID("x").String()
	items := func(n int) []any {
		list := []any{}
		for i := range n {
			list = append(list, map[string]any{"productId": shop.DerivedID(fmt.Sprint(i)).String(), "quantity": 1})
		}
		return list
	}
	type values map[string][]any
	for path, c := range map[string]struct {
		good   map[string]any
		others values
		decode func(b []byte) error
	}{
		"/auth/register": {
			map[string]any{"fullName": "Ann", "gender": "other", "email": "ann@example.com", "password": ascii(8)},
			values{"fullName": {nil, "", text(1), text(2), text(50), text(51), 5}, "gender": {"male", "female", "none", 1},
				"email":    {nil, "", "ann", "ann@", ascii(64) + "@" + ascii(31) + ".com", ascii(64) + "@" + ascii(32) + ".com", 5},
				"password": {nil, "", ascii(7), ascii(72), ascii(73), 5}},
			validate[shop.Registration],
		},
		"/auth/login": {
			map[string]any{"email": "ann@example.com", "password": "x"},
			values{"email": {nil, "", "ann", ascii(100), ascii(101)}, "password": {nil, "", ascii(72), ascii(73), false}},
			validate[shop.Credentials],
		},
		"/products": {
			map[string]any{"name": "Mug", "description": "A mug to drink from.", "imageUrl": "/images/mug.svg", "price": json.Number("15.99")},
			values{"name": {nil, "", text(1), text(2), text(100), text(101)}, "description": {nil, text(9), text(10), text(1000), text(1001)},
				"imageUrl": {nil, "", "/", "//host/a.png", "a.png", "https://example.com", "http://example.com/a.png?b=c#d", "ftp://example.com/a", "https://", "/a b", `/a"b`, `/a\b`, "javascript:alert(1)", "/" + ascii(2047), "/" + ascii(2048), 5},
				"price":    {nil, json.Number("0"), json.Number("0.01"), json.Number("-1"), "15.99"}},
			func(b []byte) error { return validateIn(b, &shop.ProductRequest{Currency: "usd"}) },
		},
		"/orders/init": {
			map[string]any{"productId": id, "quantity": 1, "deliveryAddress": text(10)},
			values{"productId": {nil, "", "x", strings.ToUpper(id), id + "0", 5}, "quantity": {nil, 0, 1, 999, 1000, -1, json.Number("1.5"), "1"},
				"deliveryAddress": {nil, text(9), text(500), text(501)}, "items": {items(1)}},
			validate[shop.OrderRequest],
		},
		"/orders/init?": {
			map[string]any{"items": items(2), "deliveryAddress": text(10)},
			values{"items": {nil, items(0), items(1), items(20), items(21), []any{1}, "x", []any{map[string]any{"productId": id}}}, "productId": {id}},
			validate[shop.OrderRequest],
		},
	} {
		try := func(body map[string]any) {
			b, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			byCode, bySpec := c.decode(b), own(t).CheckRequest(http.MethodPost, "/api/v1"+path, b)
			if (byCode == nil) != (bySpec == nil) {
				t.Errorf("%s %.200s\nby the code: %v\nby openapi.json: %v", path, b, byCode, bySpec)
			}
		}
		try(c.good)
		for field, others := range c.others {
			for _, value := range others {
				body := map[string]any{}
				for k, v := range c.good {
					body[k] = v
				}
				if body[field] = value; value == nil {
					delete(body, field)
				}
				try(body)
			}
		}
	}
}

func validate[T any, P interface {
	*T
	Validate() shop.Faults
}](b []byte) error {
	return validateIn(b, P(new(T)))
}

// validateIn decodes and validates a body as a function does.
func validateIn(b []byte, in interface{ Validate() shop.Faults }) error {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(b)))
	r.Header.Set("Content-Type", "application/json")
	var err error
	web.Serve(httptest.NewRecorder(), r, web.Policy{Logger: slog.New(slog.DiscardHandler)}, web.Rules{http.MethodPost: {Do: func(r *web.Request) (web.Reply, error) {
		err = r.Decode(in)
		return web.OK("", nil), err
	}}})
	return err
}

// Every example is good by its own schema, and every body has one.
func TestExamples(t *testing.T) {
	s, doc := own(t), tree(t)
	examples := 0
	fits := func(schema, what string, value any) {
		compiled, err := s.Schema(schema)
		if err != nil {
			t.Fatalf("%s: %v", schema, err)
		}
		if examples++; compiled.Validate(value) != nil {
			t.Errorf("%s: the %s does not fit its own schema: %v", schema, what, compiled.Validate(value))
		}
	}
	var walk func(pointer string, v any)
	walk = func(pointer string, v any) {
		if list, ok := v.([]any); ok {
			for i, item := range list {
				walk(fmt.Sprintf("%s/%d", pointer, i), item)
			}
		}
		node, ok := v.(map[string]any)
		if !ok {
			return
		}
		if _, ok := node["schema"]; ok { // a body, a parameter or a header
			one, hasOne := node["example"]
			several, _ := node["examples"].(map[string]any)
			if hasOne {
				fits(pointer+"/schema", "example", one)
			}
			for name, example := range several {
				fits(pointer+"/schema", "example "+name, example.(map[string]any)["value"])
			}
			if !hasOne && len(several) == 0 && strings.Contains(pointer, "/content/") {
				t.Errorf("%s has no example", pointer)
			}
		}
		if list, ok := node["examples"].([]any); ok { // a schema
			for _, example := range list {
				fits(pointer, "example", example)
			}
		}
		if value, ok := node["default"]; ok {
			fits(pointer, "default", value)
		}
		for key, child := range node {
			if key != "example" && key != "examples" {
				walk(pointer+"/"+escaped.Replace(key), child)
			}
		}
	}
	walk("", doc)
	if examples < 100 {
		t.Errorf("only %d examples: has the way to write them changed?", examples)
	}
}

var escaped = strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")

// What the shop answers with is said whole: an object with fields that are not
// named, or need not be there, would let the answer drift.
func TestAnswersAreStrict(t *testing.T) {
	doc := tree(t)
	optional := map[string][]string{"Order": {"paymentSessionUrl", "review"}, "OrderInList": {"review"}}
	requests := regexp.MustCompile(`Request$|^(Registration|Credentials|OrderOf.*|StripeEvent)$`)
	for name, schema := range at(t, doc, "components", "schemas") {
		s := schema.(map[string]any)
		if s["type"] != "object" || requests.MatchString(name) {
			continue
		}
		if s["additionalProperties"] != false {
			t.Errorf("%s takes fields that it does not name", name)
		}
		for field := range at(t, s, "properties") {
			if !slices.Contains(s["required"].([]any), any(field)) && !slices.Contains(optional[name], field) {
				t.Errorf("%s need not have %s", name, field)
			}
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	file, err := apispec.File()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := apispec.Load(file); err != nil {
			b.Fatal(err)
		}
	}
}
