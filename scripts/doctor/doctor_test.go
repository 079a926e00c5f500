package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	mongooptions "go.mongodb.org/mongo-driver/mongo/options"

	"github.com/siam9192/payment-integration-server/pkg/config"
)

// asProgram, in the environment, makes the test binary the program itself.
const asProgram = "DOCTOR_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// answers are what can be in the shop's place.
func plain(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

func envelope(status int) http.HandlerFunc {
	return plain(status, fmt.Sprintf(`{"success":%t,"statusCode":%d,"message":"m","data":{},"errorMessages":[],"requestId":"r"}`, status < 400, status))
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusPermanentRedirect) }
}

// edited changes an answer's JSON on its way.
func edited(next http.Handler, edit func(map[string]any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		var object map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &object); err != nil {
			panic(err)
		}
		edit(object)
		json.NewEncoder(w).Encode(object)
	}
}

// A deployment in health is green, and each fault turns exactly its own checks.
func TestFaults(t *testing.T) {
	w := newWorld(t)
	set := func(name, value string) func() { return func() { w.env[name] = value } }
	hook := w.site.URL + webhookPath
	drop := func(collection, name string) {
		_, err := w.Store.Database().Collection(collection).Indexes().DropOne(t.Context(), name)
		must(t, err)
	}
	refuse := func(path string, answer http.HandlerFunc) func() { return func() { w.site.at(path, answer) } }
	endpoint := func(change func(id string)) func() { return func() { change(w.endpoints()[0].ID) } }
	elsewhere := func() {
		w.env["APP_URL"] = deployed
		w.register(deployed+webhookPath, eventNames()...)
		w.site.tamper = func(rw http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/api/") {
				rw.Header().Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
			}
			w.site.next.ServeHTTP(rw, r)
		}
	}
	const protectionPage = "<html>Authentication Required</html>"

	for _, test := range []struct {
		name  string
		do    func()
		fails string // the checks that fail, with commas
		warns string
		found string // by the first of them
		todo  string
		skips int
		wait  string // -timeout, where that much passes
	}{
		{name: "healthy", do: func() {}},

		{name: "no database named", do: set("MONGODB_URI", ""), fails: "MONGODB_URI", found: "is not set", todo: "connection string", skips: 3},
		{name: "bad currency", do: set("CURRENCY", "dollars"), fails: "CURRENCY", todo: "usd", skips: 1},
		{name: "bad key", do: set("STRIPE_SECRET_KEY", "pk_test_1234"), fails: "STRIPE_SECRET_KEY", todo: "Developers, API keys", skips: 7},
		{name: "no address", do: set("APP_URL", ""), fails: "APP_URL", todo: "vercel.app", skips: 11},
		{name: "placeholder", do: set("STRIPE_WEBHOOK_SECRET", "whsec_placeholder"), fails: "STRIPE_WEBHOOK_SECRET", found: "placeholder", todo: "signing secret", skips: 1},
		{name: "placeholder beside the secret", do: set("STRIPE_WEBHOOK_SECRET", "whsec_XXXXXXXXXXXX,"+shoptestWebhook), fails: "STRIPE_WEBHOOK_SECRET", todo: "signing secret", skips: 1},
		{name: "two faults", do: func() { w.env["JWT_SECRET"], w.env["ACCESS_TOKEN_TTL"] = "short", "15" }, fails: "JWT_SECRET,ACCESS_TOKEN_TTL", todo: "openssl rand -base64 48"},
		{name: "guessable", do: set("JWT_SECRET", strings.Repeat("ab12", 10)), warns: "JWT_SECRET", found: "4 different", todo: "openssl"},
		{name: "no cron", do: set("CRON_SECRET", ""), warns: "CRON_SECRET", todo: "openssl rand -hex 24", skips: 1},
		{name: "public lists here", do: set("PUBLIC_TEST_ROUTES", "true")},

		{name: "deployed", do: elsewhere, warns: "STRIPE_API_BASE,Stripe mode", todo: "remove it"},
		{name: "public lists there", do: func() { elsewhere(); w.env["PUBLIC_TEST_ROUTES"] = "true" }, warns: "PUBLIC_TEST_ROUTES,STRIPE_API_BASE,Stripe mode", todo: "false"},
		{name: "deployed without TLS", do: func() {
			w.env["APP_URL"] = strings.Replace(deployed, "https:", "http:", 1)
			w.register(w.env["APP_URL"]+webhookPath, eventNames()...)
		}, warns: "APP_URL,STRIPE_API_BASE,Stripe mode", found: "is not https", todo: "https", skips: 1},
		{name: "an endpoint of another host alone", do: func() {
			elsewhere()
			w.env["APP_URL"] = w.site.URL
			w.stripe("DELETE", "/"+w.endpoints()[1].ID, nil)
		}, fails: "webhook endpoint", found: "Stripe has none for " + hook, todo: "-fix", skips: 1},
		{name: "no HSTS", do: func() { elsewhere(); w.site.tamper = nil }, fails: "shop page", warns: "STRIPE_API_BASE,Stripe mode", found: "without Strict-Transport-Security", todo: "vercel.json"},

		{name: "no server", do: set("MONGODB_URI", "mongodb://me:topsecret@127.0.0.1:1/shop"), fails: "database", found: "connection refused", todo: "start it", skips: 2, wait: "1s"},
		{name: "unreadable string", do: set("MONGODB_URI", "mongodb://me:top/secret@127.0.0.1/shop"), fails: "database", todo: "%2F", skips: 2},
		{name: "no index", do: func() { drop("orders", "overdue") }, fails: "index orders.overdue", found: "reconciliation", todo: "-fix"},
		{name: "no indexes", do: func() { drop("users", "email"); drop("products", "createdAt") }, fails: "index users.email,index products.createdAt", todo: "-fix"},
		{name: "not unique", do: func() {
			drop("users", "email")
			_, err := w.Store.Database().Collection("users").Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "email", Value: 1}}, Options: mongooptions.Index().SetName("email")})
			must(t, err)
		}, fails: "index users.email", found: "is not unique", todo: "drop it"},

		{name: "no Stripe", do: set("STRIPE_API_BASE", "http://127.0.0.1:1"), fails: "Stripe key", found: "connection refused", todo: "network", skips: 5},
		{name: "Stripe is ill", do: func() { w.bank.tamper = plain(500, `{"error":{"type":"api_error"}}`) }, fails: "Stripe key", todo: "status.stripe.com", skips: 4},
		{name: "revoked key", do: func() {
			w.bank.tamper = plain(401, `{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: sk_test_********test"}}`)
		}, fails: "Stripe key", found: "does not accept", todo: "API keys", skips: 4},
		{name: "restricted key", do: func() {
			w.bank.tamper = plain(403, `{"error":{"type":"invalid_request_error","message":"The provided key does not have the required permissions"}}`)
		}, warns: "webhook endpoint", todo: "permission", skips: 3},
		{name: "live key here", do: func() {
			w.env["STRIPE_SECRET_KEY"] = "sk_live_1234567890"
			w.bank.tamper = func(rw http.ResponseWriter, r *http.Request) {
				r.Header.Set("Authorization", "Bearer sk_test_x")
				w.bank.next.ServeHTTP(rw, r)
			}
		}, fails: "Stripe mode", found: "real money", todo: "sk_test_", skips: 2},
		{name: "test account", do: func() {
			w.bank.at("/v1/account", edited(w.Stripe, func(a map[string]any) { a["charges_enabled"] = false }))
		}, warns: "Stripe account", todo: "onboarding"},
		{name: "live account not ready", do: func() {
			elsewhere()
			w.env["STRIPE_SECRET_KEY"] = "sk_live_1234567890"
			w.bank.tamper = func(rw http.ResponseWriter, r *http.Request) {
				r.Header.Set("Authorization", "Bearer sk_test_x")
				if r.URL.Path == "/v1/account" {
					edited(w.Stripe, func(a map[string]any) { a["charges_enabled"] = false })(rw, r)
					return
				}
				w.Stripe.ServeHTTP(rw, r)
			}
		}, fails: "Stripe account", warns: "STRIPE_API_BASE", todo: "onboarding"},
		{name: "currency that Stripe does not tell of", do: set("CURRENCY", "jpy")},
		{name: "currency that cannot be paid", do: func() {
			w.env["CURRENCY"] = "jpy"
			w.bank.at("/v1/country_specs/US", plain(200, `{"id":"US","object":"country_spec","supported_payment_currencies":["eur","usd"]}`))
		}, fails: "Stripe currency", todo: "usd"},
		{name: "clock", do: func() {
			w.bank.tamper = func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Date", time.Now().Add(2*time.Minute).UTC().Format(http.TimeFormat))
				w.bank.next.ServeHTTP(rw, r)
			}
		}, fails: "Stripe clock", found: "ahead of", todo: "NTP"},

		{name: "no endpoint", do: endpoint(func(id string) {
			w.stripe("DELETE", "/"+id, nil)
			w.register("https://other.example.com"+webhookPath, "*")
		}),
			fails: "webhook endpoint", found: "1 for other addresses", todo: "-fix", skips: 1},
		{name: "disabled", do: endpoint(func(id string) { w.stripe("POST", "/"+id, url.Values{"disabled": {"true"}}) }), fails: "webhook endpoint", found: "disabled", todo: "-fix", skips: 1},
		{name: "event missing", do: endpoint(func(id string) { w.stripe("POST", "/"+id, url.Values{"enabled_events[]": eventNames()[1:]}) }),
			fails: "webhook events", found: "checkout.session.completed", todo: "-fix"},
		{name: "event too many", do: endpoint(func(id string) {
			w.stripe("POST", "/"+id, url.Values{"enabled_events[]": append(eventNames(), "charge.succeeded")})
		}), warns: "webhook events", found: "charge.succeeded", todo: "-fix"},
		{name: "every event", do: endpoint(func(id string) { w.stripe("POST", "/"+id, url.Values{"enabled_events[]": {"*"}}) }), warns: "webhook events", found: "*", todo: "-fix"},
		{name: "twice", do: func() { w.register(w.site.URL+"/api/v1/webhook", eventNames()...) }, warns: "webhook endpoint", found: "2 times", todo: "disable all but"},
		{name: "twice, one disabled", do: func() {
			w.stripe("POST", "/"+w.register(hook, "*"), url.Values{"disabled": {"true"}})
		}},
		{name: "the other address", do: endpoint(func(id string) { w.stripe("POST", "/"+id, url.Values{"url": {w.site.URL + "/api/v1/webhook"}}) })},
		{name: "registered where it redirects", do: func() {
			w.stripe("POST", "/"+w.endpoints()[0].ID, url.Values{"url": {hook + "/?x-vercel-protection-bypass=bypass-me"}})
			w.site.at(webhookPath+"/", redirect(hook+"?x-vercel-protection-bypass=bypass-me"))
		}, fails: "webhook delivery,webhook secret", found: "redirect to " + hook, todo: "address it leads to"},

		{name: "webhook redirects", do: refuse(webhookPath, redirect("https://www.example.com"+webhookPath)), fails: "webhook delivery,webhook secret", found: "308", todo: "address it leads to"},
		{name: "webhook protected", do: refuse(webhookPath, plain(401, protectionPage)), fails: "webhook delivery,webhook secret", todo: "Deployment Protection"},
		{name: "webhook protected by a redirect", do: refuse(webhookPath, redirect("https://vercel.com/sso-api?url=x&nonce=y")), fails: "webhook delivery,webhook secret", todo: "Deployment Protection"},
		{name: "no webhook", do: refuse(webhookPath, plain(404, "NOT_FOUND")), fails: "webhook delivery,webhook secret", todo: "deploy"},
		{name: "webhook takes anything", do: refuse(webhookPath, envelope(200)), fails: "webhook delivery", found: "takes an unsigned event", todo: "deploy"},
		{name: "another signing secret", do: set("STRIPE_WEBHOOK_SECRET", "whsec_0123456789abcdefghijklmn"), fails: "webhook secret", found: "the deployment has another", todo: "redeploy"},

		{name: "no deployment", do: set("APP_URL", "http://127.0.0.1:1"), fails: "shop API,webhook endpoint", found: "connection refused", todo: "APP_URL", skips: 8},
		{name: "everything is protected", do: func() { w.site.tamper = plain(401, protectionPage) },
			fails: "shop API,shop rewrite,shop page,shop version,cron locked,cron let in,webhook delivery,webhook secret", todo: "Deployment Protection"},
		{name: "not set up", do: refuse("/api/v1/products", envelope(500)), fails: "shop API", todo: "log"},
		{name: "no database there", do: refuse("/api/v1/products", envelope(503)), fails: "shop API", todo: "Network Access"},
		{name: "crashed", do: refuse("/api/v1/products", plain(500, "FUNCTION_INVOCATION_FAILED")), fails: "shop API", todo: "log"},
		{name: "not an envelope", do: refuse("/api/v1/products", plain(200, "[]")), fails: "shop API", todo: "deploy"},
		{name: "no rewrites", do: refuse("/api/v1/orders/000000000000000000000000", plain(404, "NOT_FOUND")), fails: "shop rewrite", todo: "vercel.json"},
		{name: "no pages", do: refuse("/", plain(404, "NOT_FOUND")), fails: "shop page", warns: "shop version", todo: "deploy"},
		{name: "no header", do: refuse("/", func(rw http.ResponseWriter, r *http.Request) {
			w.site.next.ServeHTTP(without{rw, "Content-Security-Policy"}, r)
		}), fails: "shop page", found: "without Content-Security-Policy", todo: "vercel.json"},
		{name: "older pages", do: refuse("/success", plain(200, "<html>")), warns: "shop version", found: "1 of ", todo: "check out what is deployed"},
		{name: "open to all", do: refuse(reconcilePath, envelope(200)), fails: "cron locked", found: "lets everyone in", todo: "deploy"},
		{name: "another cron secret", do: set("CRON_SECRET", "0123456789abcdef"), fails: "cron let in", found: "not the deployment's", todo: "redeploy"},
		{name: "a long reconciliation", do: refuse(reconcilePath, func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				<-r.Context().Done()
				return
			}
			w.site.next.ServeHTTP(rw, r)
		}), warns: "cron let in", todo: "-timeout 60s", wait: "1s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.t = t
			defer w.heal()
			test.do()
			var args []string
			if test.wait != "" {
				args = []string{"-timeout", test.wait}
			}
			checks, code, printed := w.examine(args...)
			if got := strings.Join(ill(checks, fail), ","); got != test.fails {
				t.Errorf("fails: %q, want %q\n%s", got, test.fails, printed)
			}
			if got := strings.Join(ill(checks, warn), ","); got != test.warns {
				t.Errorf("warns: %q, want %q\n%s", got, test.warns, printed)
			}
			if got := len(ill(checks, skip)); got != test.skips {
				t.Errorf("%d skipped, want %d: %v", got, test.skips, ill(checks, skip))
			}
			want := healthy
			if test.fails != "" {
				want = faulty
			}
			if code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
			for _, c := range checks {
				if (c.Status == fail || c.Status == warn) && c.Todo == "" {
					t.Errorf("%s does not say what to do", c.Check)
				}
				if c.Found == "" || strings.ContainsAny(c.Found+c.Todo, "\n") {
					t.Errorf("%s is not one line: %q %q", c.Check, c.Found, c.Todo)
				}
			}
			first, _, _ := strings.Cut(test.fails, ",")
			if first == "" {
				first, _, _ = strings.Cut(test.warns, ",")
			}
			if first != "" {
				c := find(t, checks, first)
				if !strings.Contains(c.Found, test.found) || !strings.Contains(c.Todo, test.todo) {
					t.Errorf("%s: %q → %q, want %q → %q", first, c.Found, c.Todo, test.found, test.todo)
				}
			}
			for _, secret := range []string{"topsecret", "top/secret", "bypass-me"} {
				if strings.Contains(printed, secret) {
					t.Errorf("%q is shown: %s", secret, printed)
				}
			}
		})
		w.t = t
	}
}

// without takes a header out of an answer.
type without struct {
	http.ResponseWriter
	name string
}

func (w without) WriteHeader(status int) {
	w.Header().Del(w.name)
	w.ResponseWriter.WriteHeader(status)
}

const shoptestWebhook = "whsec_shoptest_0123456789abcdef"

func TestEveryVariableHasARemedy(t *testing.T) {
	for _, name := range config.Names {
		if remedies[name] == "" {
			t.Errorf("%s: nothing to do about it", name)
		}
	}
	if len(remedies) != len(config.Names) {
		t.Error("there are remedies for what is no variable")
	}
}

// What does not answer costs the timeout, however many things do not.
func TestNothingAnswers(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // connections wait to be accepted
	must(t, err)
	defer silent.Close()
	address := silent.Addr().String()
	env := map[string]string{
		"MONGODB_URI": "mongodb://" + address, "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_API_BASE": "http://" + address, "APP_URL": "http://" + address,
		"STRIPE_WEBHOOK_SECRET": shoptestWebhook, "JWT_SECRET": "0123456789abcdefghijklmnopqrstuvwxyz", "CRON_SECRET": "0123456789abcdef",
	}
	var out, errs bytes.Buffer
	start := time.Now()
	code := run(t.Context(), []string{"-timeout", "300ms"}, func(name string) (string, bool) { return env[name], true }, nil, &out, &errs)
	if took := time.Since(start); took > 900*time.Millisecond {
		t.Errorf("took %s", took)
	}
	if code != faulty || strings.Count(out.String(), "within 300ms") != 3 {
		t.Errorf("exit code %d:\n%s%s", code, &out, &errs)
	}
}

func TestReport(t *testing.T) {
	w := newWorld(t)
	w.env["CRON_SECRET"] = ""
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, w.lookup, w, &out, &errs); code != healthy || errs.Len() > 0 {
		t.Errorf("exit code %d\n%s%s", code, &out, &errs)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if !slices.ContainsFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "warn  CRON_SECRET       is not set: ") && strings.HasSuffix(l, " → make one: openssl rand -hex 24")
	}) || lines[len(lines)-1] != "17 ok, 1 warn, 0 fail, 1 skip" {
		t.Errorf("the report is\n%s", &out)
	}
	again := &bytes.Buffer{}
	run(t.Context(), nil, w.lookup, w, again, &errs)
	column := func(s string) (names []string) {
		for _, l := range strings.Split(s, "\n") {
			names = append(names, l[:min(len(l), 24)])
		}
		return names
	}
	if !slices.Equal(column(out.String()), column(again.String())) {
		t.Errorf("the order changes:\n%s\n%s", &out, again)
	}
}

// TestProgram runs the program as people do.
func TestProgram(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad")
	must(t, os.WriteFile(bad, []byte("CURRENCY=usd\nJWT_SECRET topsecret\n"), 0o600))
	good := filepath.Join(t.TempDir(), "good")
	must(t, os.WriteFile(good, []byte("MONGODB_URI=mongodb://me:topsecret@127.0.0.1:1/shop\nSTRIPE_SECRET_KEY=sk_test_topsecret\nSTRIPE_API_BASE=http://127.0.0.1:1\nAPP_URL=http://127.0.0.1:1\nCURRENCY=dollars\nJWT_SECRET=topsecret\n"), 0o600))
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-h"}, healthy, "Exit code: 0"},
		{[]string{"-colour"}, unusable, "-h"},
		{[]string{"now"}, unusable, `"now" is no flag`},
		{[]string{"-timeout", "soon"}, unusable, "timeout"},
		{[]string{"-timeout", "0s"}, unusable, "timeout"},
		{[]string{"-env", ""}, unusable, "names no file"},
		{[]string{"-env", "nowhere"}, unusable, "nowhere"},
		{[]string{"-env", bad}, unusable, "line 2 is not NAME=value"},
		{[]string{"-env", good, "-timeout", "300ms"}, faulty, "fail  CURRENCY"},
		{[]string{"-env", good, "-timeout", "300ms", "-json"}, faulty, `"check": "CURRENCY"`},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], test.args...)
		cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "ACCESS_TOKEN_TTL="}
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.says) || strings.Contains(string(out), "topsecret") {
			t.Errorf("%v: exit code %d, want %d, and %q in\n%s", test.args, code, test.code, test.says, out)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
