package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// parrot answers everything with all it was sent, and every secret that it knows.
type parrot struct{ secrets []string }

func (p parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	all := strings.Join(p.secrets, " ")
	w.Header().Set("Location", "https://me:"+p.secrets[0]+"@example.com/?s="+p.secrets[1])
	w.Header().Set("X-All", all)
	w.WriteHeader(map[string]int{"GET": 400, "POST": 308}[r.Method])
	fmt.Fprintf(w, `{"error":{"type":"invalid_request_error","message":%q},"success":false,"statusCode":400,"message":%q,"errorMessages":[]}`, all+string(body), all)
}

// No secret is shown: not in health, not in a broken deployment, not where others
// repeat what they were sent, not as a fault's value.
func TestNoSecretIsShown(t *testing.T) {
	w := newWorld(t)
	secrets := []string{"db-topsecret", "sk_test_topsecret1", "whsec_topsecret01234567", "whsec_topsecret89abcdef", "jwt-topsecret-0123456789abcdefghij", "cron-topsecret-0123"}
	set := func(over map[string]string) {
		w.env["STRIPE_SECRET_KEY"], w.env["STRIPE_WEBHOOK_SECRET"], w.env["JWT_SECRET"], w.env["CRON_SECRET"] = secrets[1], secrets[2]+","+secrets[3], secrets[4], secrets[5]
		host, name, _ := strings.Cut(strings.TrimPrefix(w.env["MONGODB_URI"], "mongodb://"), "/")
		w.env["MONGODB_URI"] = "mongodb://me:" + secrets[0] + "@" + host + "/" + name
		for name, value := range over {
			w.env[name] = value
		}
	}
	for _, test := range []struct {
		name string
		env  map[string]string
		sick bool
		wait string
	}{
		{"health", nil, false, "1s"},
		{"parrots", nil, true, "1s"},
		{"password with a slash", map[string]string{"MONGODB_URI": "mongodb://me:x/topsecret@127.0.0.1/shop"}, false, "1s"},
		{"password with an at", map[string]string{"MONGODB_URI": "mongodb+srv://me:x@topsecret@127.0.0.1/shop?w=topsecret"}, false, "1s"},
		{"no server", map[string]string{"MONGODB_URI": "mongodb://me:topsecret@127.0.0.1:1/shop"}, false, "300ms"},
		{"malformed", map[string]string{"MONGODB_URI": "topsecret", "STRIPE_SECRET_KEY": "topsecret", "STRIPE_WEBHOOK_SECRET": "topsecret", "JWT_SECRET": "topsecret", "CRON_SECRET": "topsecret"}, false, "1s"},
		{"repetitive", map[string]string{"JWT_SECRET": strings.Repeat("topsecret", 5)}, false, "1s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.t = t
			defer w.heal()
			set(test.env)
			if test.sick {
				w.site.tamper, w.bank.tamper = parrot{secrets}.ServeHTTP, parrot{secrets}.ServeHTTP
			}
			for _, args := range [][]string{nil, {"-json"}, {"-fix"}} {
				var out, errs bytes.Buffer
				run(t.Context(), append(args, "-timeout", test.wait), w.lookup, w, &out, &errs)
				for line := range strings.Lines(out.String() + errs.String()) {
					if strings.Contains(line, "topsecret") {
						t.Errorf("%v: a secret is shown: %s", args, line)
					}
				}
				if out.Len() == 0 {
					t.Errorf("%v: no report: %s", args, &errs)
				}
			}
		})
		w.t = t
	}
}

func TestQuote(t *testing.T) {
	d := &doctor{secrets: secretsIn(func(name string) string {
		return map[string]string{"MONGODB_URI": "mongodb://me:p%40ss@h/x", "STRIPE_WEBHOOK_SECRET": "whsec_a, whsec_b"}[name]
	})}
	for text, want := range map[string]string{
		"all\n is  well": "all is well", "bad p@ss": "withheld", "bad p%40ss": "withheld", "not whsec_b": "withheld", strings.Repeat("é", 300): strings.Repeat("é", 200) + "…",
	} {
		if got := d.quote(text); !strings.Contains(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := d.networkWords(errors.New("dial whsec_a")); strings.Contains(got, "whsec_a") {
		t.Error(got)
	}
}
