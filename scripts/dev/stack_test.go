//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/siam9192/payment-integration-server/scripts/companion"
)

// A stranger's first minute, and the second.
func TestFirstMinute(t *testing.T) {
	t.Parallel()
	root := newRoot(t)
	p := start(t, root, nil)
	shop, stripe, database := p.row("Shop"), p.row("Stripe"), p.row("Database")

	page := bash(t, p.pasted())
	if !strings.HasPrefix(page, stripe+"/pay/cs_test_") || strings.ContainsAny(page, " \n") {
		t.Fatalf("the pasted purchase printed %q", page)
	}
	token := p.signIn("ann@example.com")
	if got := p.orders(token); !slices.Equal(got, []string{"pending"}) {
		t.Errorf("orders before paying: %v", got)
	}
	if order := string(p.call("GET", "/orders/me", token, nil)); !strings.Contains(order, `"name":"Awning Mug"`) {
		t.Errorf("it is not the first product: %s", order)
	}
	payAsABrowser(t, page, shop)
	// Of its own: this list never asks Stripe, so only the webhook can have told it.
	eventually(t, "the order is placed", func() bool { return slices.Equal(p.orders(token), []string{"placed"}) })

	for _, want := range []string{
		`(?m)^\d\d:\d\d:\d\d  POST   /api/v1/orders/init +201 +\d+ ms$`,
		`(?m)^\d\d:\d\d:\d\d  POST   /api/v1/payments/webhook +200 +\d+ ms$`,
		`(?m)^\d\d:\d\d:\d\d  GET    /success +200 +\d+ ms$`,
	} {
		if !regexp.MustCompile(want).MatchString(p.out.String()) {
			t.Errorf("no line %s", want)
		}
	}

	children := p.children()
	if len(children) == 0 {
		t.Error("no child process: the test of its end would be empty")
	}
	p.ctrlC()
	if code := p.end(); code != 0 || !strings.HasSuffix(p.out.String(), "\nStopped. The data stays in .local.\n") || p.errs.String() != "" {
		t.Errorf("Ctrl-C: exit code %d", code)
	}
	wantAllGone(t, children, shop, stripe, database)
	if exists(filepath.Join(root, ".local/mongodb-uri")) {
		t.Error("the file with the database's address is still there")
	}
	wantNoSecrets(t, root, p)

	again := start(t, root, nil)
	if took := readyAfter(t, again); took > 5*time.Second { // well under 1 s on an idle machine
		t.Errorf("ready after %v, the second time", took)
	}
	if got := again.orders(token); !slices.Equal(got, []string{"placed"}) { // the old sign-in is still good
		t.Errorf("orders in the second run: %v", got)
	}
	if _, dashboard := browse(t, "GET", again.row("Stripe"), nil); !strings.Contains(dashboard, "Paid") {
		t.Error("the stand-in has forgotten the payment")
	}
	if err := again.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := again.end(); code != 0 {
		t.Errorf("SIGTERM: exit code %d", code)
	}
}

// payAsABrowser opens the page to pay on, sends its form, and goes where it leads.
func payAsABrowser(t *testing.T, page, shop string) {
	t.Helper()
	res, html := browse(t, "GET", page, nil)
	before, _, ok := strings.Cut(html, `name="with" value="card"`)
	actions := regexp.MustCompile(`<form method="post" action="([^"]+)">`).FindAllStringSubmatch(before, -1)
	if res.StatusCode != http.StatusOK || !ok || len(actions) == 0 {
		t.Fatalf("the page to pay on: %s\n%s", res.Status, html)
	}
	u, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	res, _ = browse(t, "POST", u.Scheme+"://"+u.Host+actions[len(actions)-1][1], url.Values{"with": {"card"}})
	next := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(next, shop+"/success?orderId=") {
		t.Fatalf("paying: %s to %q", res.Status, next)
	}
	if res, _ = browse(t, "GET", next, nil); res.StatusCode != http.StatusOK {
		t.Errorf("the success page: %s", res.Status)
	}
}

func readyAfter(t *testing.T, p *program) time.Duration {
	t.Helper()
	m := regexp.MustCompile(`ready after ([0-9.]+) s`).FindStringSubmatch(p.out.String())
	if m == nil {
		t.Fatal("it does not say how long it took")
	}
	took, err := time.ParseDuration(m[1] + "s")
	if err != nil {
		t.Fatal(err)
	}
	return took
}

func wantNoSecrets(t *testing.T, root string, p *program) {
	t.Helper()
	var secrets map[string]string
	parse(t, json.RawMessage(read(t, filepath.Join(root, ".local/secrets.json"))), &secrets)
	if len(secrets) != 3 {
		t.Errorf("%d secrets are kept", len(secrets))
	}
	for name, secret := range secrets {
		if strings.Contains(p.out.String()+p.errs.String(), secret) {
			t.Errorf("it shows %s", name)
		}
	}
}

// What goes wrong beside a running server, and what -reset does after it.
func TestTroubleAndReset(t *testing.T) {
	t.Parallel()
	root := newRoot(t)
	p := start(t, root, nil)
	token := p.signIn("ben@example.com")
	bash(t, strings.ReplaceAll(p.pasted(), "ann@", "ben@"))

	// A child that dies takes the server along, with one line.
	children := p.children()
	if len(children) != 1 {
		t.Fatalf("%d children", len(children))
	}
	if err := syscall.Kill(children[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := p.end(); code != 1 || p.errs.String() != "dev: the embedded database ended by itself: signal: killed\n" {
		t.Errorf("after its database was killed: exit code %d, %q", code, &p.errs)
	}

	// A server that is killed takes its database along, nothing is lost, and the
	// next one can start at once.
	p = start(t, root, nil)
	children = p.children()
	if got := p.orders(token); len(got) != 1 {
		t.Errorf("orders after the database was killed: %v", got)
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.end()
	wantAllGone(t, children)
	release := lock(t, filepath.Join(root, ".local/mongodb/lock")) // as a database does that takes its time to end
	time.AfterFunc(time.Second, release)
	p = start(t, root, nil)

	// A request that never ends holds Ctrl-C up, but not a second one.
	children = p.children()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.row("Shop"), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	time.Sleep(100 * time.Millisecond) // it is being read
	p.ctrlC()
	time.Sleep(200 * time.Millisecond)
	select {
	case <-p.done:
		t.Error("the first Ctrl-C did not wait for the request")
	default:
	}
	began := time.Now()
	p.ctrlC()
	if code := p.end(); code == 0 || time.Since(began) > time.Second {
		t.Errorf("the second Ctrl-C: exit code %d after %v", code, time.Since(began))
	}

	mine := filepath.Join(root, ".local/notes.txt")
	write(t, mine, "keep")
	p = start(t, root, nil, "-reset")
	wantAllGone(t, children)
	if got := p.orders(p.signIn("ben@example.com")); len(got) != 0 || !strings.HasPrefix(p.out.String(), "Emptied .local.\n") {
		t.Errorf("orders after -reset: %v", got)
	}
	if read(t, mine) != "keep" {
		t.Error("-reset has touched a file that is not ours")
	}
}

func lock(t *testing.T, path string) (release func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	return func() { _ = f.Close() }
}

func TestTwoOnOneFolder(t *testing.T) {
	t.Parallel()
	root := newRoot(t)
	p := start(t, root, nil)
	others := []*program{
		launch(t, root, nil, "-addr", "127.0.0.1:0"),
		launch(t, root, nil, "-addr", "127.0.0.1:0", "-reset"),
	}
	for _, other := range others {
		if code := other.end(); code != 1 || other.errs.String() != "dev: another dev server uses "+filepath.Join(root, ".local")+": stop it first, or choose another -data\n" {
			t.Errorf("another server with %v: exit code %d, %s", other.cmd.Args[1:], code, &other.errs)
		}
	}
	p.signIn("ann@example.com") // who is still there
}

// The stand-in is found where it was the last time, unless somebody took its port.
func TestPortOfTheStandIn(t *testing.T) {
	var port int
	for port == 0 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		n := l.Addr().(*net.TCPAddr).Port
		if next, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", n+1)); err == nil {
			next.Close()
			port = n
		}
	}
	first, err := listenAfter("127.0.0.1", fmt.Sprint(port))
	if err != nil || portOf(first) != fmt.Sprint(port+1) {
		t.Fatalf("the port after %d is %v, %v", port, first.Addr(), err)
	}
	defer first.Close()
	second, err := listenAfter("127.0.0.1", fmt.Sprint(port))
	if err != nil || portOf(second) == fmt.Sprint(port+1) {
		t.Errorf("after that it is %v, %v", second.Addr(), err)
	}
	second.Close()
}

func TestServicesOnly(t *testing.T) {
	t.Parallel()
	type event struct {
		body      []byte
		signature string
	}
	events := make(chan event, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		events <- event{body, r.Header.Get("Stripe-Signature")}
	}))
	defer receiver.Close()
	root := newRoot(t)
	const cron = "mine's \"and\" $HOME `ls` \\" // a test for the shell
	p := launch(t, root, []string{"CLIENT_ORIGINS=http://a.example,http://b.example", "CRON_SECRET=" + cron}, "-services", "-addr", "127.0.0.1:0", "-webhook", receiver.URL+"/hook")
	p.waitFor("Ctrl-C stops.")

	env := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^export ([A-Z_]+)=(.*)$`).FindAllStringSubmatch(p.out.String(), -1) {
		env[m[1]] = m[2]
	}
	if env["APP_URL"] != receiver.URL || env["STRIPE_API_BASE"] != p.row("Stripe") || len(env["JWT_SECRET"]) < 32 {
		t.Errorf("it sets %v", env)
	}
	if text := p.out.String(); strings.Contains(text, "export CRON_SECRET") || !strings.Contains(text, "and to what you have set yourself: CLIENT_ORIGINS, CRON_SECRET.") {
		t.Error("it shows what it was given, or does not say that it hands it on")
	}
	file := filepath.Join(root, ".local/env")
	got := bash(t, ". "+file+`; echo "$MONGODB_URI $JWT_SECRET $CLIENT_ORIGINS $CRON_SECRET"`)
	if want := env["MONGODB_URI"] + " " + env["JWT_SECRET"] + " http://a.example,http://b.example " + cron; got != want {
		t.Errorf("sourcing the file sets %q, want %q", got, want)
	}
	if !strings.Contains(p.out.String(), "\n  . "+file+"\n") {
		t.Error("it does not say what to source")
	}

	// An event of the stand-in, signed with the secret that it exports.
	const create = `mode=payment&success_url=http://a.example/&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd` +
		`&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][product_data][name]=Mug`
	session := bash(t, fmt.Sprintf(`curl -sS %s/v1/checkout/sessions -u %s: -d '%s' | sed -n 's/.*"id": *"\(cs_test_[^"]*\)".*/\1/p'`, env["STRIPE_API_BASE"], env["STRIPE_SECRET_KEY"], create))
	bash(t, fmt.Sprintf(`curl -sS -X POST %s/control/sessions/%s/pay`, env["STRIPE_API_BASE"], session))
	select {
	case e := <-events:
		if err := webhook.ValidatePayload(e.body, e.signature, env["STRIPE_WEBHOOK_SECRET"]); err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("no event reaches -webhook")
	}

	// One that the webhook does not take is told of.
	receiver.Close()
	bash(t, fmt.Sprintf(`curl -sS -X POST %s/v1/checkout/sessions/%s/expire -u %s:`, env["STRIPE_API_BASE"], session, env["STRIPE_SECRET_KEY"]))

	children := p.children()
	p.ctrlC()
	if code := p.end(); code != 0 || p.errs.String() != "" {
		t.Errorf("Ctrl-C: exit code %d", code)
	}
	wantAllGone(t, children, env["STRIPE_API_BASE"])
	if exists(file) {
		t.Error("the file of variables is still there, of services that are not")
	}
}

// Other databases, and Stripe itself.
func TestWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	db, err := companion.StartDatabase(t.Context(), companion.DatabaseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Stop()
	u, err := url.Parse(db.URI)
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(t)
	write(t, filepath.Join(root, ".env"), "# mine\nMONGODB_URI=mongodb://"+u.Host+"/mine\nSTRIPE_SECRET_KEY=sk_test_51abc\nJWT_SECRET=\n")

	p := start(t, root, nil)
	text := p.out.String()
	for _, want := range []string{
		"  Database   mine on " + u.Host + "\n",
		"  Stripe     your account in test mode",
		"The database was empty: it has demo products and accounts now.",
		"stripe listen --forward-to " + strings.TrimPrefix(p.row("Shop"), "http://") + "/api/v1/payments/webhook\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if len(p.children()) != 0 || strings.Contains(text, "sk_test_51abc") {
		t.Error("it starts a database that it does not need, or shows the key")
	}
	p.ctrlC()
	p.end()

	// Not empty any more; a stand-in, because the environment's emptiness wins; a
	// live key, because it was asked for.
	p = start(t, root, []string{"STRIPE_SECRET_KEY=", "APP_URL=https://shop.example.com"})
	if text := p.out.String(); strings.Contains(text, "was empty") || !strings.Contains(text, "a stand-in") || !strings.Contains(text, "  APP_URL    https://shop.example.com") {
		t.Error("the second run")
	}
	p.ctrlC()
	p.end()
	p = start(t, root, []string{"STRIPE_SECRET_KEY=sk_live_51abc", "STRIPE_WEBHOOK_SECRET=whsec_12345678"}, "-live")
	if text := p.out.String(); !strings.Contains(text, "LIVE") || strings.Contains(text, "stripe listen") {
		t.Error("the run with a live key")
	}
	p.ctrlC()
	p.end()

	// An address that is not loopback is perhaps a deployed shop: no demo accounts.
	p = start(t, root, []string{"MONGODB_URI=mongodb://0.0.0.0:" + u.Port() + "/deployed"})
	if text := p.out.String(); strings.Contains(text, "demo-password") || !strings.Contains(text, "go run ./scripts/seed") {
		t.Error("the run on a database that is not local")
	}
	if products := string(p.call("GET", "/products", "", nil)); products != "[]" {
		t.Errorf("it was seeded: %s", products)
	}
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := portOf(taken)
	free := []string{"-addr", "127.0.0.1:0"}

	tests := []struct {
		name  string
		files map[string]string
		env   []string
		args  []string
		code  int
		want  string // the whole of standard error, or a part of it between asterisks
	}{
		{"port in use", nil, nil, []string{"-addr", "127.0.0.1:" + port}, 1,
			"dev: port " + port + " is in use, perhaps by another dev server: stop that, or choose another port with -addr 127.0.0.1:PORT\n"},
		{"not our address", nil, nil, []string{"-addr", "192.0.2.1:3000"}, 1, "*dev: cannot listen on -addr 192.0.2.1:3000: *"},
		{"wrong values", map[string]string{".env": "CURRENCY=zzz\nACCESS_TOKEN_TTL=soon\nSTRIPE_SECRET_KEY=pk_test_topsecret\n"}, nil, free, 1,
			"*\n  STRIPE_SECRET_KEY must be a secret or restricted key: sk_test_…, sk_live_…, rk_test_… or rk_live_…\n  ACCESS_TOKEN_TTL must be a duration of at least a second, such as \"15m\" or \"720h\"\n  CURRENCY must be the ISO 4217 code *"},
		{"not a .env", map[string]string{".env": "# mine\nCURRENCY=usd\n\nSTRIPE_SECRET_KEY sk_test_topsecret\nJWT_SECRET=\n"}, nil, free, 1,
			"*/.env cannot be read: line 4 is not NAME=value (a value with spaces, # or $ goes between single quotes)\n"},
		{"a live key", nil, []string{"STRIPE_SECRET_KEY=sk_live_topsecret"}, free, 1, "*dev: STRIPE_SECRET_KEY is a live key: orders would take real money. *"},
		{"no such database", nil, []string{"MONGODB_URI=mongodb://me:topsecret@127.0.0.1:1/shop"}, free, 1,
			"dev: no database answers on 127.0.0.1:1 (connect: connection refused): is it running?\n"},
		{"not a database's address", nil, []string{"MONGODB_URI=mongodb://me:top/topsecret@host/shop"}, free, 1, "*dev: MONGODB_URI cannot be read: it must look like *"},
		{"somebody's folder", map[string]string{"theirs/mongodb/WiredTiger": ""}, nil, append(free, "-data", "theirs", "-reset"), 1,
			"*theirs has a mongodb that is not ours: choose another -data\n"},
		{"the folder is a file", map[string]string{"file": ""}, nil, append(free, "-data", "file"), 1, "*dev: make the data folder: *not a directory\n"},
		{"damaged secrets", map[string]string{".local/about.txt": "", ".local/secrets.json": "{"}, nil, free, 1, "*.local/secrets.json cannot be read (delete it, and new secrets are made): *"},
		{"damaged stand-in", map[string]string{".local/about.txt": "", ".local/stripe.json": "{"}, nil, free, 1, "*.local/stripe.json: *(delete the file to start anew)\n"},
		{"nothing to run", nil, []string{"MONGODB_URI=mongodb://127.0.0.1/", "STRIPE_SECRET_KEY=sk_test_1"}, []string{"-services"}, 1,
			"dev: there is nothing to run: both MONGODB_URI and STRIPE_SECRET_KEY are set\n"},
		{"no such flag", nil, nil, []string{"-port", "1"}, 2, "dev: flag provided but not defined: -port\nSee: go run ./scripts/dev -h\n"},
		{"an argument", nil, nil, []string{"3000"}, 2, "dev: \"3000\" is no flag\nSee: go run ./scripts/dev -h\n"},
		{"a port alone", nil, nil, []string{"-addr", "3000"}, 2, "*dev: -addr \"3000\" is not an address such as 127.0.0.1:3000\n*"},
		{"a webhook for nobody", nil, nil, []string{"-webhook", "http://a.example/"}, 2, "*dev: -webhook goes with -services\n*"},
		{"a webhook nowhere", nil, nil, []string{"-services", "-webhook", "a.example"}, 2, "*dev: -webhook \"a.example\" is not an http or https URL\n*"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := newRoot(t)
			for name, text := range tt.files {
				write(t, filepath.Join(root, name), text)
			}
			began := time.Now()
			p := launch(t, root, tt.env, tt.args...)
			if code := p.end(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			said := p.errs.String()
			if !matches(said, tt.want) {
				t.Errorf("it says %q,\nwant    %q", said, tt.want)
			}
			if strings.Contains(said+p.out.String(), "topsecret") || strings.Contains(said, "goroutine ") {
				t.Error("it shows a secret, or a stack trace")
			}
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}

	t.Run("not in the project", func(t *testing.T) {
		p := launch(t, t.TempDir(), nil)
		if code := p.end(); code != 1 || !strings.HasPrefix(p.errs.String(), "dev: this is not a checkout of the project") {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("help", func(t *testing.T) {
		p := launch(t, t.TempDir(), nil, "-h")
		if code := p.end(); code != 0 || p.out.String() != help || p.errs.String() != "" {
			t.Errorf("exit code %d", code)
		}
	})
}

// matches compares with asterisks at the ends for anything.
func matches(got, want string) bool {
	prefix, suffix := strings.HasPrefix(want, "*"), strings.HasSuffix(want, "*")
	middle := strings.Trim(want, "*")
	switch {
	case !prefix && !suffix:
		return got == want
	case !prefix:
		return strings.HasPrefix(got, middle)
	case !suffix:
		return containsInOrder(got, strings.Split(middle, "*")) && strings.HasSuffix(got, middle[strings.LastIndex(middle, "*")+1:])
	}
	return containsInOrder(got, strings.Split(middle, "*"))
}

func containsInOrder(s string, parts []string) bool {
	for _, part := range parts {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

// The host's other name leads to the one that the sign-in belongs to.
func TestOneNameForTheShop(t *testing.T) {
	tests := []struct {
		appURL, method, host, path string
		want                       bool
	}{
		{"http://127.0.0.1:3000", "GET", "localhost:3000", "/", true},
		{"http://localhost:3000", "GET", "127.0.0.1:3000", "/orders?x=1", true},
		{"http://127.0.0.1:3000", "GET", "127.0.0.1:3000", "/", false},
		{"http://127.0.0.1:3000", "GET", "localhost:3000", "/api/v1/products", false}, // programs may say what they like
		{"http://127.0.0.1:3000", "POST", "localhost:3000", "/", false},
		{"http://127.0.0.1:3000", "GET", "localhost:8080", "/", false},        // a forwarded port
		{"http://127.0.0.1:3000", "GET", "192.168.0.7:3000", "/", false},      // from the next room
		{"https://shop.example.com", "GET", "127.0.0.1:3000", "/", false},     // behind a tunnel
		{"http://shop.example.com:3000", "GET", "127.0.0.1:3000", "/", false}, // in /etc/hosts
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Host = tt.host
		if got := elsewhere(r, onLoopback(tt.appURL)); got != tt.want {
			t.Errorf("%s %s%s at %s: %v, want %v", tt.method, tt.host, tt.path, tt.appURL, got, tt.want)
		}
	}
}
