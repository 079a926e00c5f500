// Package demo is a small shop to try the server with: eight products, an admin
// and two customers. Writing it twice changes nothing.
package demo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/mongo"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/errgroup"

	"github.com/siam9192/payment-integration-server/pkg/auth"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Password is that of every demo account in a database on one's own machine. It
// is public: no other database may ever hold it.
const Password = "demo-password"

// Account is one who can sign in.
type Account struct {
	FullName string
	Email    string
	Role     shop.Role
}

// Accounts are the demo accounts, the admin first. The domain is reserved for
// examples (RFC 2606): nobody gets their mail.
var Accounts = []Account{
	{"Alex Keeper", "admin@example.com", shop.Admin},
	{"Ann Archer", "ann@example.com", shop.Customer},
	{"Ben Baker", "ben@example.com", shop.Customer},
}

// id belongs to the account as long as it is the one made here.
func (a Account) id() shop.ID { return shop.DerivedID("demo", "user", a.Email) }

// Options are for [Seed].
type Options struct {
	Currency shop.Currency // of the prices
	Now      time.Time
	Password func(Account) string // of an account that is not there yet
}

// Report says what Seed wrote and what it found.
type Report struct {
	ProductsNew  int
	ProductsKept int
	Currencies   []shop.Currency // of products kept that are not in the asked currency
	AccountsNew  []NewAccount
	AccountsKept []Account
}

// NewAccount is an account that was not there before, and how to sign in to it.
type NewAccount struct {
	Account
	Password string
}

// Seed writes the products and accounts that are missing, and leaves those that
// are there as they are. After an error it may be repeated.
func Seed(ctx context.Context, store *mongostore.Store, o Options) (Report, error) {
	r, err := SeedProducts(ctx, store, o)
	if err == nil {
		err = seedAccounts(ctx, store, o, &r)
	}
	return r, err
}

// SeedProducts is Seed without the accounts.
func SeedProducts(ctx context.Context, store *mongostore.Store, o Options) (r Report, err error) {
	products, err := Products(o.Currency, o.Now)
	if err != nil {
		return r, err
	}
	ids := make([]shop.ID, len(products))
	for i, p := range products {
		ids[i] = p.ID
	}
	kept, err := store.Products(ctx, ids)
	if err != nil {
		return r, err
	}
	there := map[shop.ID]bool{}
	others := map[shop.Currency]bool{}
	for _, p := range kept {
		there[p.ID] = true
		if p.Currency != o.Currency && !others[p.Currency] {
			others[p.Currency] = true
			r.Currencies = append(r.Currencies, p.Currency)
		}
	}
	for _, p := range products {
		if there[p.ID] {
			r.ProductsKept++
			continue
		}
		switch err := store.InsertProduct(ctx, p); {
		case mongo.IsDuplicateKeyError(err): // somebody else was seeding
			r.ProductsKept++
		case err != nil:
			return r, err
		default:
			r.ProductsNew++
		}
	}
	return r, nil
}

func seedAccounts(ctx context.Context, store *mongostore.Store, o Options, r *Report) error {
	made := make([]*NewAccount, len(Accounts))
	var g errgroup.Group // to hash a password takes long
	for i, a := range Accounts {
		_, err := store.UserByEmail(ctx, a.Email)
		if err == nil {
			continue
		}
		if shop.CodeOf(err) != shop.NotFound {
			return err
		}
		password := o.Password(a)
		g.Go(func() error {
			err := insert(ctx, store, a, password, o.Now)
			if err == nil {
				made[i] = &NewAccount{a, password}
			}
			if shop.CodeOf(err) == shop.Conflict { // somebody else was seeding
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, a := range Accounts {
		if made[i] != nil {
			r.AccountsNew = append(r.AccountsNew, *made[i])
		} else {
			r.AccountsKept = append(r.AccountsKept, a)
		}
	}
	return nil
}

func insert(ctx context.Context, store *mongostore.Store, a Account, password string, now time.Time) error {
	hash, err := hashOf(password)
	if err != nil {
		return err
	}
	return store.InsertUser(ctx, shop.User{
		ID: a.id(), FullName: a.FullName, Email: a.Email, PasswordHash: hash, Role: a.Role, CreatedAt: now, UpdatedAt: now,
	})
}

// hashOf takes a quarter of a second, so that nobody finds the password by trying;
// with the public one there is nothing to find.
func hashOf(password string) (string, error) {
	if password != Password {
		return auth.HashPassword(password)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	return string(hash), err
}

// SignIns are those demo accounts in the database that Seed made.
func SignIns(ctx context.Context, store *mongostore.Store) (there []Account, err error) {
	for _, a := range Accounts {
		u, err := store.UserByEmail(ctx, a.Email)
		switch {
		case shop.CodeOf(err) == shop.NotFound:
		case err != nil:
			return nil, err
		case u.ID == a.id():
			there = append(there, a)
		}
	}
	return there, nil
}

// Empty reports whether the database has neither products nor users: then it is
// nobody's shop yet.
func Empty(ctx context.Context, store *mongostore.Store) (bool, error) {
	if none, err := NoProducts(ctx, store); err != nil || !none {
		return false, err
	}
	users, _, err := store.Users(ctx, one)
	return len(users) == 0, err
}

// NoProducts reports whether the shop sells nothing yet.
func NoProducts(ctx context.Context, store *mongostore.Store) (bool, error) {
	products, _, err := store.ListProducts(ctx, one)
	return len(products) == 0, err
}

var one = shop.Page{Number: 1, Limit: 1, SortBy: "createdAt"}
