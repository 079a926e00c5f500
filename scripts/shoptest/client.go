package shoptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/apispec"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// Client calls the shop as one person, or as nobody.
type Client struct {
	Token   string // the access token; "" for nobody
	Refresh string // the refresh token
	ID      string // the user's
	Email   string
	shop    *Shop
}

// Password is every test customer's.
const Password = "correct horse battery"

// Nobody calls without credentials.
func (s *Shop) Nobody() *Client { return &Client{shop: s} }

// Customer registers an account and signs it in.
func (s *Shop) Customer(name string) *Client {
	s.t.Helper()
	c := s.Nobody()
	c.Email = name + "@example.com"
	s.Log.Secret("a password", Password)
	c.Post("/auth/register", map[string]any{"fullName": "Test " + name, "email": c.Email, "password": Password}).Want(201)
	c.SignIn()
	return c
}

// Admin registers an account, makes it an admin, and signs it in.
func (s *Shop) Admin() *Client {
	s.t.Helper()
	c := s.Customer("admin")
	id, err := shop.ParseID(c.ID)
	check(s.t, err)
	check(s.t, s.Store.SetRole(s.t.Context(), id, shop.Admin, time.Now()))
	c.SignIn()
	return c
}

// SignIn signs the client's account in.
func (c *Client) SignIn() {
	c.shop.t.Helper()
	token := c.Token
	c.Token = ""
	r := c.Post("/auth/login", map[string]any{"email": c.Email, "password": Password})
	c.Token = token
	r.Want(200)
	c.Keep(r)
	c.ID = r.Text("data.user._id")
}

// Keep takes the tokens of an answer.
func (c *Client) Keep(r *Response) {
	c.Token, c.Refresh = r.Text("data.accessToken"), r.Text("data.refreshToken")
	c.shop.Log.Secret("an access token", c.Token)
	c.shop.Log.Secret("a refresh token", c.Refresh)
}

// Get, Post and Delete call a path under /api/v1. Headers come as name, value pairs.
func (c *Client) Get(path string, headers ...string) *Response {
	c.shop.t.Helper()
	return c.Do(http.MethodGet, path, nil, headers...)
}

// Post sends a body as JSON; a string or []byte goes as it is.
func (c *Client) Post(path string, body any, headers ...string) *Response {
	c.shop.t.Helper()
	return c.Do(http.MethodPost, path, body, headers...)
}

// Delete is like Get.
func (c *Client) Delete(path string, headers ...string) *Response {
	c.shop.t.Helper()
	return c.Do(http.MethodDelete, path, nil, headers...)
}

// Do makes a request and reads the whole answer.
func (c *Client) Do(method, path string, body any, headers ...string) *Response {
	c.shop.t.Helper()
	r, err := c.Try(method, path, body, headers...)
	check(c.shop.t, err)
	return r
}

// Try is Do for when the server may be gone.
func (c *Client) Try(method, path string, body any, headers ...string) (*Response, error) {
	var sent []byte
	switch b := body.(type) {
	case nil:
	case string:
		sent = []byte(b)
	case []byte:
		sent = b
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		sent = encoded
	}
	req, err := http.NewRequest(method, c.shop.URL+"/api/v1"+path, bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows no redirect, keeps no cookie
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	c.checkSpec(method, path, sent, res, b)
	return &Response{Status: res.StatusCode, Header: res.Header, Body: b, what: method + " " + path, t: c.shop.t}, nil
}

// checkSpec holds every answer to openapi.json, and every request that the shop
// took: a description stricter than the shop would keep clients from it.
func (c *Client) checkSpec(method, path string, sent []byte, res *http.Response, body []byte) {
	c.shop.t.Helper()
	if err := apispec.Check(method, "/api/v1"+path, res.StatusCode, res.Header, body); err != nil {
		c.shop.t.Errorf("openapi.json: %v\n%.500s", err, body)
	}
	if res.StatusCode < 300 && method != http.MethodOptions && method != http.MethodHead {
		if err := apispec.CheckRequest(method, "/api/v1"+path, sent); err != nil {
			c.shop.t.Errorf("openapi.json: %v\n%.500s", err, sent)
		}
	}
}

// Response is an answer.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	what   string
	t      testing.TB
}

// Want fails the test where the status is another, or the envelope is not that
// of the contract.
func (r *Response) Want(status int) *Response {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("%s: status %d, want %d: %s", r.what, r.Status, status, r.Body)
	}
	if status != http.StatusNoContent {
		r.checkEnvelope()
	}
	return r
}

func (r *Response) checkEnvelope() {
	r.t.Helper()
	if kind := r.Header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
		r.t.Errorf("%s: Content-Type %q", r.what, kind)
	}
	if fmt.Sprint(r.At("statusCode")) != strconv.Itoa(r.Status) || r.Text("message") == "" || r.At("success") != (r.Status < 400) {
		r.t.Errorf("%s: not the envelope: %s", r.what, r.Body)
	}
	if _, ok := r.At("errorMessages").([]any); r.Status >= 400 && (!ok || r.Text("requestId") == "") {
		r.t.Errorf("%s: not the envelope of a failure: %s", r.what, r.Body)
	}
}

// At is the value at a path such as "data.items.0.name"; nil where there is none.
// Numbers are json.Number: as they were written.
func (r *Response) At(path string) any {
	r.t.Helper()
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		r.t.Fatalf("%s: not JSON: %v: %s", r.what, err, r.Body)
	}
	for _, key := range strings.Split(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			v = node[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}

// Text is At as text, "" where there is nothing.
func (r *Response) Text(path string) string {
	r.t.Helper()
	if v := r.At(path); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// Fields lists the paths in errorMessages.
func (r *Response) Fields() (paths []string) {
	r.t.Helper()
	list, _ := r.At("errorMessages").([]any)
	for _, f := range list {
		paths = append(paths, fmt.Sprint(f.(map[string]any)["path"]))
	}
	return paths
}

// Deliver sends an event to the webhook as Stripe does, and returns the status.
func (s *Shop) Deliver(e standin.Event) int {
	s.t.Helper()
	status, err := s.Stripe.Deliver(s.t.Context(), e)
	check(s.t, err)
	return status
}

// DeliverAll delivers every event there is, in order; each must be taken.
func (s *Shop) DeliverAll() {
	s.t.Helper()
	for _, e := range s.Stripe.Events() {
		if status := s.Deliver(e); status != http.StatusOK {
			s.t.Fatalf("webhook %s: status %d", e.Type, status)
		}
	}
}
