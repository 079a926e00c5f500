package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// No body gets more than a 4xx, and what is accepted is one JSON object.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"productId":"a","quantity":1,"deliveryAddress":"x"}`, `{"items":[{"productId":1,"quantity":"x"},null,[]]}`, `{"a":1,"a":2}`, `{}{}`, "\xff", `{"quantity":1e400}`, strings.Repeat("[", 100)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := serve(r, func(r *web.Request) (web.Reply, error) {
			var in shop.OrderRequest
			return web.OK("read", nil), r.Decode(&in)
		})
		switch w.Code {
		case 400, 413:
		case 200:
			var object map[string]any
			if !utf8.Valid(body) || json.Unmarshal(body, &object) != nil || object == nil {
				t.Errorf("accepted: %q", body)
			}
		default:
			t.Errorf("%q: %d", body, w.Code)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q is answered %q", body, w.Body)
		}
	})
}

// No query gets more than a 400, and what is accepted is a page of a list.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"page=1&limit=10&sortBy=name&sortOrder=asc&status=pending", "page=-1", "page=1&page=2", "%zz", "page=99999999999999999999", "id=aaaaaaaaaaaaaaaaaaaaaaaa", "a;b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.URL.RawQuery = query
		w := serve(r, func(r *web.Request) (web.Reply, error) {
			q := r.Query()
			p := q.Page("name")
			status := web.OneOf(q, "status", shop.OrderStatuses)
			if err := q.Err(); err != nil {
				return web.Reply{}, err
			}
			if p.Number < 1 || p.Limit < 1 || p.Limit > 100 || p.Skip() < 0 || p.SortBy != "name" && p.SortBy != "createdAt" || len(status) > 20 {
				t.Errorf("%q is read as %+v %q", query, p, status)
			}
			_, err := q.ID()
			return web.OK("read", nil), err
		})
		if w.Code != 200 && w.Code != 400 {
			t.Errorf("%q: %d", query, w.Code)
		}
	})
}
