package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/scripts/demo"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// pingTimeout is what a database that is not ours has to answer.
const pingTimeout = 5 * time.Second

// stack is the shop and all it needs, in this process and its children.
type stack struct {
	options
	settings
	services
	root    string
	folder  local.Folder
	front   net.Listener // of the shop; nil with -services
	site    *http.Server // on it
	shopURL string
	envFile string         // with -services
	seeded  bool           // the database was empty, and has demo data now
	signIns []demo.Account // whose password is demo.Password
	log     *slog.Logger
	out     io.Writer
	warn    io.Writer
}

// run runs the shop, or the services alone, until ctx is done, and returns when
// everything that it started has ended.
func run(ctx context.Context, o options, out, warn io.Writer) error {
	began := time.Now()
	k := &stack{options: o, log: newLog(out), out: out, warn: warn}
	k.failed = make(chan error, 2)
	defer k.stop()

	err := k.prepare()
	if err == nil {
		err = k.start(ctx)
	}
	if err == nil {
		k.banner(time.Since(began))
		err = k.serve(ctx)
	}
	k.stop()
	if ctx.Err() != nil { // then whatever failed did so because it was told to end
		fmt.Fprintf(out, "\nStopped. The data stays in %s.\n", short(k.folder.Path))
		return nil
	}
	return err
}

// prepare does all that takes no time, so that a mistake shows at once.
func (k *stack) prepare() (err error) {
	if k.root, err = platform.Root(); err != nil {
		return err
	}
	if err := k.takePort(); err != nil {
		return err
	}
	if err := local.LoadEnv(k.root); err != nil {
		return err
	}
	if k.data == "" {
		k.data = filepath.Join(k.root, local.DefaultFolder)
	}
	if k.folder, err = local.OpenFolder(k.data); err != nil {
		return err
	}
	if k.reset {
		if err := k.empty(); err != nil {
			return err
		}
	}
	if k.settings, err = settle(k.folder, k.shopURL, k.live); err != nil {
		return err
	}
	if !k.servicesOnly {
		k.site, err = newSite(k.root, k.config.AppURL, k.log)
		return err
	}
	if !k.embedded && !k.standIn {
		return errors.New("there is nothing to run: both MONGODB_URI and STRIPE_SECRET_KEY are set")
	}
	return nil
}

// takePort listens where the shop will be, and settles its address.
func (k *stack) takePort() error {
	if k.servicesOnly {
		k.shopURL = originOf(k.webhook)
		return nil
	}
	front, err := listen(k.options)
	if err != nil {
		return err
	}
	k.front = front
	k.stops = append(k.stops, func() { _ = front.Close() }) // closed before, where it was served
	k.port = portOf(front)
	k.shopURL = origin(k.host, k.port)
	k.webhook = k.shopURL + webhookPath
	return nil
}

// empty removes the local data, unless a running dev server stands on it.
func (k *stack) empty() error {
	if _, running := k.folder.RunningDatabase(); running {
		return inUse(k.folder)
	}
	if err := k.folder.Empty(); err != nil {
		return err
	}
	fmt.Fprintf(k.out, "Emptied %s.\n", short(k.folder.Path))
	if !missing("MONGODB_URI") {
		fmt.Fprintln(k.out, "The database of MONGODB_URI is another one and was not touched: go run ./scripts/seed -reset empties that.")
	}
	return nil
}

// start starts what the settings ask for, and opens the shop on it.
func (k *stack) start(ctx context.Context) (err error) {
	if k.embedded {
		if err := k.startDatabase(ctx, k.folder, k.out, k.warn); err != nil {
			return err
		}
		if k.database, err = local.ParseTarget(os.Getenv("MONGODB_URI")); err != nil {
			return err
		}
	}
	if k.standIn {
		if err := k.startStandIn(k.options, k.folder, string(k.config.StripeWebhookSecrets[0]), k.log); err != nil {
			return err
		}
	}
	if err := k.openShop(ctx); err != nil {
		return k.database.Explain(err)
	}
	if k.servicesOnly {
		var remove func()
		if k.envFile, remove, err = k.folder.WriteEnv(exports(nil)); err != nil {
			return err
		}
		k.stops = append(k.stops, remove)
	}
	return nil
}

// openShop connects to the database, and fills it with demo data if it is local
// and nobody's yet.
func (k *stack) openShop(ctx context.Context) error {
	if err := app.Configure(ctx, app.Options{Logger: k.log}); err != nil {
		return err
	}
	a, err := app.Current(ctx)
	if err != nil {
		return err
	}
	k.stops = append(k.stops, func() { _ = app.Configure(context.Background(), app.Options{}) }) // only connections are lost
	bounded, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := a.Store.Database().Client().Ping(bounded, nil); err != nil {
		return err
	}
	if !k.database.Local {
		return nil
	}
	return k.seed(ctx, a.Store)
}

func (k *stack) seed(ctx context.Context, store *mongostore.Store) error {
	if err := store.CreateIndexes(ctx); err != nil {
		return err
	}
	empty, err := demo.Empty(ctx, store)
	if err != nil {
		return err
	}
	if empty {
		_, err := demo.Seed(ctx, store, demo.Options{
			Currency: k.config.Currency, Now: app.Now(), Password: func(demo.Account) string { return demo.Password },
		})
		if err != nil {
			return err
		}
	}
	k.seeded = empty
	k.signIns, err = demo.SignIns(ctx, store)
	return err
}

// serve serves the shop, or waits beside the services, until ctx is done or
// something fails.
func (k *stack) serve(ctx context.Context) error {
	if k.site != nil {
		return serve(ctx, k.site, k.front, k.failed)
	}
	select {
	case err := <-k.failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// short is a path as seen from the working directory, where that is shorter.
func short(path string) string {
	if cwd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(cwd, path); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return path
}
