// Package app wires the shop together, once per process and only when the first
// request needs it, and is what the functions under api/ stand on.
package app

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/event"

	"github.com/siam9192/payment-integration-server/pkg/auth"
	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/config"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/pkg/web"
)

// App is the whole shop.
type App struct {
	Config   config.Config
	Store    *mongostore.Store
	Auth     *auth.Service
	Checkout *checkout.Service
	Logger   *slog.Logger
	policy   web.Policy
}

// Options are what only programs on one machine, and tests, choose.
type Options struct {
	Logger          *slog.Logger          // nil: JSON lines on stdout, as Vercel keeps them
	MongoMonitor    *event.CommandMonitor // sees every command; may be nil
	StripeTransport http.RoundTripper     // nil: the default one
	PasswordCost    int                   // of bcrypt; 0: auth.Cost
}

func (o Options) logger() *slog.Logger {
	if o.Logger != nil {
		return o.Logger
	}
	return slog.New(slog.NewJSONHandler(os.Stdout, nil))
}

// New wires a shop of its configuration. It fails only where the database's
// address cannot be read or found.
func New(ctx context.Context, c config.Config, o Options) (*App, error) {
	store, err := mongostore.Open(ctx, string(c.MongoURI), o.MongoMonitor)
	if err != nil {
		return nil, err
	}
	logger := o.logger()
	accounts := auth.New(store, []byte(c.JWTSecret), c.AccessTokenTTL, c.RefreshTokenTTL, Now)
	if o.PasswordCost != 0 {
		accounts.Cost = o.PasswordCost
	}
	key := string(c.StripeKey)
	return &App{
		Config: c, Store: store, Auth: accounts, Logger: logger,
		Checkout: &checkout.Service{
			Store: store, Stripe: stripepay.New(key, c.StripeAPIBase, o.StripeTransport), Now: Now, Logger: logger,
			SuccessURL: c.SuccessURL, CancelURL: c.CancelURL, Livemode: stripepay.Livemode(key),
		},
		policy: web.Policy{
			Origins: c.ClientOrigins, OwnOrigin: c.AppURL, HTTPS: c.HTTPS(), PublicLists: c.PublicTestRoutes,
			CronSecret: string(c.CronSecret), Caller: accounts.Caller, Logger: logger,
		},
	}, nil
}

// Close ends the connections.
func (a *App) Close(ctx context.Context) error { return a.Store.Close(ctx) }

// Now is the clock: UTC, in the whole milliseconds that the database keeps.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// The process's shop. A failed try to make it is not kept: the next request
// tries again.
var process struct {
	sync.Mutex
	app     *App
	options Options
}

// Configure sets the options of this process's shop, and forgets the one there
// is: the next request makes it anew from the environment.
func Configure(ctx context.Context, o Options) error {
	process.Lock()
	defer process.Unlock()
	old := process.app
	process.app, process.options = nil, o
	if old != nil {
		return old.Close(ctx)
	}
	return nil
}

func currentOptions() Options {
	process.Lock()
	defer process.Unlock()
	return process.options
}

// Current returns the process's shop, made from the environment at the first call.
func Current(ctx context.Context) (*App, error) {
	process.Lock()
	defer process.Unlock()
	if process.app != nil {
		return process.app, nil
	}
	c, err := config.Load(os.Getenv)
	if err != nil {
		return nil, err
	}
	a, err := New(ctx, c, process.options)
	if err != nil {
		return nil, err
	}
	process.app = a
	return a, nil
}
