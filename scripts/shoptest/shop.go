// Package shoptest is a whole shop for a test: the functions behind HTTP as
// Vercel serves them, a database of its own, and the stand-in for Stripe.
package shoptest

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/config"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/scripts/companion"
	"github.com/siam9192/payment-integration-server/scripts/platform"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// What every shop under test is configured with.
const (
	WebhookSecret = "whsec_shoptest_0123456789abcdef"
	CronSecret    = "shoptest-cron-secret"
	JWTSecret     = "shoptest-jwt-secret-of-more-than-32-bytes"
)

// Shop is a running shop. It ends with its test.
type Shop struct {
	URL    string            // where it is served
	Store  *mongostore.Store // its database, directly
	Stripe *standin.Server   // what stands in for Stripe
	Log    *Log              // what it logged, unless another process serves it
	Env    map[string]string // what it is configured with
	t      testing.TB
}

// Options change what a shop is made of.
type Options struct {
	Env     map[string]string       // over the usual environment; "" removes
	EnvFrom func(map[string]string) // changes the environment of the shop, not of the test
	App     app.Options             // Logger and PasswordCost are set where they are not
	Deliver bool                    // the stand-in delivers its events by itself
	// ServedAt is where another process serves the shop, started by the test with
	// the shop's Env; "" = this one does.
	ServedAt string
}

// Start starts a shop. Those that this process serves run one after the other,
// for the functions have one shop per process, as deployed.
func Start(t testing.TB, o Options) *Shop {
	t.Helper()
	s := &Shop{Log: &Log{}, t: t}

	var err error
	if s.URL = o.ServedAt; s.URL == "" {
		s.URL = serve(t)
	}

	s.Stripe, err = standin.New(standin.Options{
		WebhookURL: s.URL + "/api/v1/payments/webhook", WebhookSecret: WebhookSecret,
		ManualDelivery: !o.Deliver, RetryDelays: []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, time.Second},
		Logger: slog.New(slog.DiscardHandler),
	})
	check(t, err)
	t.Cleanup(s.Stripe.Close)
	stripe := httptest.NewServer(s.Stripe)
	t.Cleanup(stripe.Close)
	s.Stripe.SetPublicURL(stripe.URL)

	s.Env = map[string]string{}
	for _, name := range config.Names {
		s.Env[name] = "" // nothing of the machine's own
	}
	maps.Copy(s.Env, map[string]string{
		"MONGODB_URI": databaseURI(t), "STRIPE_SECRET_KEY": "sk_test_shoptest", "STRIPE_WEBHOOK_SECRET": WebhookSecret,
		"STRIPE_API_BASE": stripe.URL, "JWT_SECRET": JWTSecret, "CRON_SECRET": CronSecret, "APP_URL": s.URL,
	})
	maps.Copy(s.Env, o.Env)

	s.Store, err = mongostore.Open(t.Context(), s.Env["MONGODB_URI"], nil)
	check(t, err)
	t.Cleanup(func() {
		ctx := context.Background()
		_ = s.Store.Database().Drop(ctx)
		_ = s.Store.Close(ctx)
		s.Log.checkNothingLeaked(t)
	})
	if o.EnvFrom != nil {
		o.EnvFrom(s.Env)
	}
	if o.ServedAt == "" {
		s.configure(o.App)
	}
	return s
}

// configure makes this shop the process's own.
func (s *Shop) configure(o app.Options) {
	for name, value := range s.Env {
		s.t.Setenv(name, value)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewJSONHandler(s.Log, nil))
	}
	if o.PasswordCost == 0 {
		o.PasswordCost = bcrypt.MinCost
	}
	check(s.t, app.Configure(s.t.Context(), o))
	s.t.Cleanup(func() { _ = app.Configure(context.Background(), app.Options{}) })
}

func serve(t testing.TB) (url string) {
	t.Helper()
	root, err := platform.Root()
	check(t, err)
	handler, err := platform.Handler(root)
	check(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

var database struct {
	sync.Once
	uri string
	err error
}

// databaseURI names a fresh database: on the server of MONGODB_URI where that is
// set, else on the embedded one, which this process starts once.
func databaseURI(t testing.TB) string {
	t.Helper()
	database.Do(func() {
		if database.uri = os.Getenv("MONGODB_URI"); database.uri != "" {
			return
		}
		d, err := companion.StartDatabase(context.Background(), companion.DatabaseOptions{
			Progress: func(line string) { t.Log(line) }, Stderr: os.Stderr,
		})
		if err != nil {
			database.err = err
			return
		}
		database.uri = d.URI // it ends with this process
	})
	check(t, database.err)
	server, query, _ := strings.Cut(database.uri, "?")
	if i := strings.Index(server, "://"); i >= 0 {
		if slash := strings.IndexByte(server[i+3:], '/'); slash >= 0 {
			server = server[:i+3+slash]
		}
	}
	uri := server + "/test_" + strings.ToLower(rand.Text()[:16])
	if query != "" {
		uri += "?" + query
	}
	return uri
}

// Log keeps what the shop logs.
type Log struct {
	mu      sync.Mutex
	text    bytes.Buffer
	secrets map[string]string // value -> what it is
}

// Write takes what a slog.Handler writes.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is all that was logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Secret notes a value that must never be logged; the end of the test looks for it.
func (l *Log) Secret(what, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.secrets == nil {
		l.secrets = map[string]string{JWTSecret: "the JWT secret", WebhookSecret: "the webhook secret", CronSecret: "the cron secret", "sk_test_shoptest": "the Stripe key"}
	}
	if value != "" {
		l.secrets[value] = what
	}
}

func (l *Log) checkNothingLeaked(t testing.TB) {
	l.Secret("", "")
	text := l.String()
	for value, what := range l.secrets {
		if strings.Contains(text, value) {
			t.Errorf("the log shows %s", what)
		}
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var _ http.Handler = (*standin.Server)(nil)
