package platform_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// What Vercel's builder makes of vercel.json was looked at in the output of
// `vercel build`; scripts/vercel runs the real thing.
func TestRoutesAsVercelDoes(t *testing.T) {
	root, err := platform.Root()
	if err != nil {
		t.Fatal(err)
	}
	h, err := platform.Handler(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MONGODB_URI", "") // the functions answer that they are not set up: they were reached
	for _, c := range []struct {
		path, location string
		status         int
		api            bool
	}{
		{"/", "", 200, false},
		{"/success", "", 200, false},
		{"/success?orderId=1", "", 200, false},
		{"/success.html", "/success", 308, false},
		{"/index.html", "/", 308, false},
		{"/style.css", "", 200, false},
		{"/nothing", "", 404, false},
		{"/../go.mod", "", 404, false},
		{"/js", "", 404, false},
		{"/api/v1/products", "", 500, true},
		{"/api/v1/products/abc", "", 500, true},
		{"/api/v1/products/a%2fb", "", 500, true},
		{"/api/v1/orders/me", "", 500, true},
		{"/api/v1/webhook", "", 500, true},
		{"/api/v1/nothing", "", 404, false},
		{"/api/v1/products/a/b", "", 404, false},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, nil))
		body, _ := io.ReadAll(w.Body)
		if w.Code != c.status || w.Header().Get("Location") != c.location || strings.Contains(string(body), `"requestId"`) != c.api {
			t.Errorf("%s: %d %s %.80s", c.path, w.Code, w.Header().Get("Location"), body)
		}
	}
}

func TestNoClientChoosesItsAddress(t *testing.T) {
	platform.Functions["/api/v1/users/me"] = func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("X-Real-Ip")+" "+r.Header.Get("X-Vercel-Forwarded-For")+" "+r.Header.Get("X-Vercel-Id")[:4])
	}
	root, _ := platform.Root()
	h, err := platform.Handler(root)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/api/v1/users/me", nil)
	r.RemoteAddr = "192.0.2.7:1234"
	for _, name := range []string{"X-Real-Ip", "X-Vercel-Forwarded-For", "X-Forwarded-For", "X-Vercel-Id"} {
		r.Header.Set(name, "6.6.6.6")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Body.String(); got != "192.0.2.7 192.0.2.7 dev1" {
		t.Errorf("the function was told %q", got)
	}
}
