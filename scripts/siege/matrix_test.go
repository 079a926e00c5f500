package siege_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// Who may do what, as statuses. Anyone means that the endpoint does not look at
// tokens at all, so bad ones change nothing. The order is Ann's.
var matrix = map[string]struct{ nobody, ann, ben, admin, badToken int }{
	"POST /auth/register":      {201, 201, 201, 201, 201},
	"POST /auth/login":         {200, 200, 200, 200, 200},
	"POST /auth/refresh":       {401, 401, 401, 401, 401}, // an access token is no refresh token
	"DELETE /auth/refresh":     {401, 401, 401, 401, 401},
	"GET /users/me":            {401, 200, 200, 200, 401},
	"GET /users":               {401, 403, 403, 200, 401},
	"GET /products":            {200, 200, 200, 200, 200},
	"GET /products/:id":        {200, 200, 200, 200, 200},
	"POST /products":           {401, 403, 403, 201, 401},
	"POST /orders/init":        {401, 201, 201, 201, 401},
	"GET /orders":              {401, 403, 403, 200, 401},
	"GET /orders/me":           {401, 200, 200, 200, 401},
	"GET /orders/:id":          {401, 200, 404, 200, 401},
	"DELETE /orders/:id":       {401, 200, 404, 200, 401},
	"GET /payments":            {401, 403, 403, 200, 401},
	"POST /payments/webhook":   {400, 400, 400, 400, 400}, // Stripe's signature is what counts
	"POST /webhook":            {400, 400, 400, 400, 400},
	"GET /payments/reconcile":  {401, 403, 403, 200, 401},
	"POST /payments/reconcile": {401, 403, 403, 200, 401},
}

func TestWhoMayDoWhat(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann, ben, admin := s.Customer("ann"), s.Customer("ben"), s.Admin()
	mug := s.Product("mug", 1599)

	known := map[string]bool{}
	for _, route := range routes(t, s) {
		known[route] = true
		if _, ok := matrix[route]; !ok {
			t.Errorf("the matrix does not say who may %s", route)
		}
	}
	bad := badTokens(t, ann.ID, admin.ID)
	n := 0
	for route, want := range matrix {
		if !known[route] {
			t.Errorf("the matrix has %s, and the shop does not", route)
			continue
		}
		method, path, _ := strings.Cut(route, " ")
		try := func(who, token string, want int) {
			t.Helper()
			n++
			target := mug.ID.String()
			if strings.HasPrefix(path, "/orders/") && strings.Contains(path, ":id") {
				order := ann.Buy(mug, 1)
				defer ann.Delete("/orders/" + order.ID)
				target = order.ID
			}
			c := s.Nobody()
			c.Token = token
			r := c.Do(method, fill(path, target), body(route, n, mug.ID.String(), ann.Email))
			if r.Status != want {
				t.Errorf("%s %s: %d, want %d: %s", who, route, r.Status, want, r.Body)
			}
			if order := r.Text("data.orderId"); order != "" {
				admin.Delete("/orders/" + order).Want(200) // none may hold more than ten
			}
		}
		try("nobody", "", want.nobody)
		try("ann", ann.Token, want.ann)
		try("ben", ben.Token, want.ben)
		try("an admin", admin.Token, want.admin)
		for what, token := range bad {
			if route == "POST /auth/login" || route == "POST /auth/register" {
				continue // the same as for nobody; and these count tries
			}
			try(what, token, want.badToken)
		}
	}
	t.Logf("%d tries", n)
}

func body(route string, n int, product, email string) any {
	switch route {
	case "POST /auth/register":
		return map[string]any{"fullName": "Eve", "email": fmt.Sprintf("eve%d@example.com", n), "password": shoptest.Password}
	case "POST /auth/login":
		return map[string]any{"email": email, "password": shoptest.Password}
	case "POST /orders/init":
		return map[string]any{"productId": product, "quantity": 1, "deliveryAddress": shoptest.Address}
	case "POST /products":
		return map[string]any{"name": "Hat", "description": "A hat for the matrix.", "imageUrl": "/images/cap.svg", "price": 5}
	}
	return nil
}

// badTokens are access tokens that must not open anything, by what is wrong with them.
func badTokens(t *testing.T, user, admin string) map[string]string {
	t.Helper()
	now := time.Now()
	claims := func(change map[string]any) jwt.MapClaims {
		c := jwt.MapClaims{
			"iss": "payment-integration-server", "aud": "payment-integration-server/api", "sub": admin, "role": "admin", "sid": user,
			"jti": "x", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		}
		for k, v := range change {
			if c[k] = v; v == nil {
				delete(c, k)
			}
		}
		return c
	}
	sign := func(m jwt.SigningMethod, key any, c jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(m, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	secret := []byte(shoptest.JWTSecret)
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := sign(jwt.SigningMethodHS256, secret, claims(nil))
	parts := strings.Split(good, ".")
	return map[string]string{
		"expired":              sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"exp": now.Add(-time.Second).Unix()})),
		"without expiry":       sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"exp": nil})),
		"from the future":      sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"iat": now.Add(time.Hour).Unix()})),
		"without iat":          sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"iat": nil})),
		"without jti":          sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"jti": nil})),
		"another issuer":       sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"iss": "evil"})),
		"another audience":     sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"aud": "evil"})),
		"another secret":       sign(jwt.SigningMethodHS256, []byte("another secret that is long enough too"), claims(nil)),
		"an unknown role":      sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"role": "root"})),
		"nobody's":             sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"sub": "x"})),
		"alg none":             sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil)),
		"HS512":                sign(jwt.SigningMethodHS512, secret, claims(nil)),
		"RS256":                sign(jwt.SigningMethodRS256, pair, claims(nil)),
		"RS256 over HS256":     strings.Split(sign(jwt.SigningMethodRS256, pair, claims(nil)), ".")[0] + "." + parts[1] + "." + parts[2],
		"without signature":    parts[0] + "." + parts[1] + ".",
		"a changed payload":    parts[0] + "." + strings.Split(sign(jwt.SigningMethodHS256, secret, claims(map[string]any{"sub": user})), ".")[1] + "." + parts[2],
		"not a token":          "abc",
		"the secret itself":    shoptest.JWTSecret,
		"the cron secret, cut": shoptest.CronSecret[:len(shoptest.CronSecret)-1],
	}
}

// The control: the same claims, rightly signed, do open.
func TestTheBadTokensAreBadForOneReason(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	admin := s.Admin()
	c := s.Nobody()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "payment-integration-server", "aud": "payment-integration-server/api", "sub": admin.ID, "role": "admin", "sid": admin.ID,
		"jti": "x", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}).SignedString([]byte(shoptest.JWTSecret))
	if err != nil {
		t.Fatal(err)
	}
	c.Token = token
	c.Get("/users").Want(http.StatusOK)
}

// A session that was signed out gives no new tokens, and neither does any of its
// older refresh tokens.
func TestSignedOutSession(t *testing.T) {
	s := shoptest.Start(t, shoptest.Options{})
	ann := s.Customer("ann")
	older := ann.Refresh
	ann.Keep(s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": older}).Want(200))
	s.Nobody().Do(http.MethodDelete, "/auth/refresh", map[string]any{"refreshToken": ann.Refresh}).Want(200)
	for _, token := range []string{older, ann.Refresh} {
		s.Nobody().Post("/auth/refresh", map[string]any{"refreshToken": token}).Want(401)
		s.Nobody().Post("/auth/refresh", nil, "Cookie", "refreshToken="+token).Want(401)
	}
}
