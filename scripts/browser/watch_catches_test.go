package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A watch that hears nothing would make the whole test pass: here is each kind of
// broken page, and what must be said of it.
func TestWatchHearsABrokenPage(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"nothing wrong", `<h1>Fine</h1>`, ""},
		{"an inline style", `<h1 style="color: red">Red</h1>`, "CSP violation of style-src"},
		{"an inline script", `<script>alert(1)</script>`, "CSP violation of script-src"},
		{"an exception", `<script src="/throws.js"></script>`, "exception: Uncaught Error: broken"},
		{"a rejected promise", `<script src="/rejects.js"></script>`, "exception: Uncaught (in promise) Error: broken"},
		{"an error in the console", `<script src="/complains.js"></script>`, `console error: "broken"`},
		{"a picture that is not there", `<img src="/none.png" alt="">`, "answer 404 to GET"},
		{"a picture elsewhere", `<img src="http://other.invalid/x.png" alt="">`, "other.invalid"},
		{"a label of no field", `<form><label for="none">Email</label><input name="email" autocomplete="email"></form>`, "issue GenericIssue"},
	}
	scripts := map[string]string{
		"/throws.js":    `throw new Error("broken");`,
		"/rejects.js":   `Promise.reject(new Error("broken"));`,
		"/complains.js": `console.error("broken");`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if script, ok := scripts[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, script)
		} else if _, err := fmt.Sscanf(r.URL.Path, "/page/%d", &n); err == nil {
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'")
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="/fine.svg">%s`, tests[n].body)
		} else if r.URL.Path == "/fine.svg" {
			w.Header().Set("Content-Type", "image/svg+xml")
			fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg"/>`)
		} else {
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)

	w := newWatch(t, server.URL)
	p := newTab(t, newBrowser(t), w, desktop)
	for i, tt := range tests {
		p.open(fmt.Sprintf("%s/page/%d", server.URL, i))
		var heard string
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			heard += strings.Join(w.report(), "\n") + "\n"
			if (tt.want != "" && strings.Contains(heard, tt.want)) || time.Now().After(end) {
				break
			}
			if tt.want == "" && time.Now().After(end.Add(-4*time.Second)) {
				break
			}
		}
		if tt.want == "" && strings.TrimSpace(heard) != "" || !strings.Contains(heard, tt.want) {
			t.Errorf("%s: heard %q, want %q", tt.name, heard, tt.want)
		}
	}

	wide := `document.body.append(Object.assign(document.createElement("hr"), { width: 3000 }))`
	if _, err := ask[any](p, wide+", 1"); err != nil {
		t.Fatal(err)
	}
	if got, err := ask[string](p, overflow(desktop.width)); err != nil || !strings.Contains(got, "<hr ") {
		t.Errorf("a line that is too wide: %q, %v", got, err)
	}
}
