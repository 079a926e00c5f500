package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/demo"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// connectTimeout is what a database has to answer at all.
const connectTimeout = 5 * time.Second

// job is one run of the program on one database.
type job struct {
	options
	target local.Target
	store  *mongostore.Store
	person *person
	out    io.Writer
}

func run(ctx context.Context, o options, p *person, out io.Writer) error {
	root, err := platform.Root()
	if err != nil {
		return err
	}
	if err := local.LoadEnv(root); err != nil {
		return err
	}
	currency, err := currency()
	if err != nil {
		return err
	}
	uri, err := databaseURI(root, o)
	if err != nil {
		return err
	}
	target, err := local.ParseTarget(uri)
	if err != nil {
		return err
	}
	store, err := connect(ctx, uri)
	if err != nil {
		return target.Explain(err)
	}
	defer store.Close(context.WithoutCancel(ctx))
	fmt.Fprintf(out, "Database %s.\n", target)

	j := &job{options: o, target: target, store: store, person: p, out: out}
	if o.reset {
		if err := j.empty(ctx); err != nil {
			return err
		}
	}
	if err := store.CreateIndexes(ctx); err != nil {
		return target.Explain(err)
	}
	fmt.Fprintf(out, "All %d indexes are there.\n", len(mongostore.Indexes))
	if o.admin != "" {
		if err := j.makeAdmin(ctx); err != nil {
			return err
		}
	}
	if err := j.seed(ctx, currency); err != nil {
		return target.Explain(err)
	}
	return nil
}

func currency() (shop.Currency, error) {
	code := strings.TrimSpace(os.Getenv("CURRENCY"))
	if code == "" {
		return "usd", nil
	}
	c, err := shop.ParseCurrency(code)
	if err != nil {
		return "", fmt.Errorf("CURRENCY %w", err)
	}
	return c, nil
}

// databaseURI is the database that is configured, else that of the dev server.
func databaseURI(root string, o options) (string, error) {
	if uri := strings.TrimSpace(os.Getenv("MONGODB_URI")); uri != "" {
		return uri, nil
	}
	if o.data == "" {
		o.data = filepath.Join(root, local.DefaultFolder)
	}
	if folder, ok := local.FindFolder(o.data); ok {
		if uri, ok := folder.RunningDatabase(); ok {
			return uri, nil
		}
	}
	return "", errors.New("which database? Set MONGODB_URI, in the environment or in .env, or start the dev server (go run ./scripts/dev) in another terminal to use its database")
}

// connect opens the database and waits for its first answer. It goes on waiting
// for DNS in the background where that is slow: the driver takes no deadline for it.
func connect(ctx context.Context, uri string) (*mongostore.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	type opened struct {
		store *mongostore.Store
		err   error
	}
	result := make(chan opened, 1)
	go func() {
		store, err := mongostore.Open(ctx, uri, nil)
		if err == nil {
			err = store.Database().Client().Ping(ctx, nil)
		}
		result <- opened{store, err}
	}()
	select {
	case r := <-result:
		return r.store, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// seed writes the demo data that was asked for.
func (j *job) seed(ctx context.Context, currency shop.Currency) error {
	if j.bare {
		return nil
	}
	o := demo.Options{Currency: currency, Now: app.Now(), Password: j.password}
	if j.admin == "" {
		r, err := demo.Seed(ctx, j.store, o)
		if err == nil {
			j.reportProducts(r, currency)
			j.reportAccounts(r)
		}
		return err
	}
	// The owner of a shop that sells something wants an admin, and no more.
	none, err := demo.NoProducts(ctx, j.store)
	if err != nil || !none {
		return err
	}
	r, err := demo.SeedProducts(ctx, j.store, o)
	if err == nil {
		j.reportProducts(r, currency)
	}
	return err
}

func (j *job) reportProducts(r demo.Report, currency shop.Currency) {
	fmt.Fprintf(j.out, "Products: %d new, %d kept.\n", r.ProductsNew, r.ProductsKept)
	if len(r.Currencies) > 0 {
		fmt.Fprintf(j.out, "Of those kept, some have prices in %s, and the currency is %s: with -reset they are made anew.\n", joined(r.Currencies), currency)
	}
}

func (j *job) reportAccounts(r demo.Report) {
	fmt.Fprintf(j.out, "Accounts: %d new, %d kept.\n", len(r.AccountsNew), len(r.AccountsKept))
	if len(r.AccountsNew) == 0 {
		return
	}
	if j.target.Local {
		fmt.Fprint(j.out, "\nThe new accounts and their password:\n\n")
	} else {
		fmt.Fprint(j.out, "\nThe new accounts and their passwords, which are shown this once:\n\n")
	}
	for _, a := range r.AccountsNew {
		fmt.Fprintf(j.out, "  %-20s %-10s %s\n", a.Email, a.Role, a.Password)
	}
}

// password is public on a machine of one's own, and random where others may reach
// the database.
func (j *job) password(demo.Account) string {
	if j.target.Local {
		return demo.Password
	}
	return rand.Text()
}

func joined(codes []shop.Currency) string {
	words := make([]string, len(codes))
	for i, c := range codes {
		words[i] = string(c)
	}
	return strings.Join(words, " and ")
}
