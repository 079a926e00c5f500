// Package auth keeps accounts safe: passwords, access tokens, refresh sessions,
// and the throttling of those who guess.
package auth

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Cost is the bcrypt cost of a deployed shop (OWASP Password Storage Cheat Sheet:
// at least 10; 12 is about a quarter of a second).
const Cost = 12

// Service registers accounts and signs them in and out.
type Service struct {
	Store      Store
	Now        func() time.Time
	Secret     []byte // signs access tokens and hides throttle keys
	AccessTTL  time.Duration
	RefreshTTL time.Duration
	Cost       int // of bcrypt; only tests choose another than Cost

	decoy func() []byte // see newDecoy
}

// New returns a Service at full bcrypt cost.
func New(store Store, secret []byte, accessTTL, refreshTTL time.Duration, now func() time.Time) *Service {
	s := &Service{Store: store, Now: now, Secret: secret, AccessTTL: accessTTL, RefreshTTL: refreshTTL, Cost: Cost}
	s.decoy = sync.OnceValue(s.newDecoy)
	return s
}

// Store is what auth needs of the database. What is not there is shop.NotFound.
type Store interface {
	InsertUser(ctx context.Context, u shop.User) error // shop.Conflict where the email is taken
	UserByEmail(ctx context.Context, email string) (shop.User, error)
	InsertSession(ctx context.Context, r shop.RefreshSession) error
	RotateSession(ctx context.Context, hash []byte, next shop.RefreshSession) (r shop.RefreshSession, found bool, err error)
	Session(ctx context.Context, id shop.ID, now time.Time) (shop.RefreshSession, error)
	EndSession(ctx context.Context, id shop.ID) error
	CountHit(ctx context.Context, key string, windowEnd time.Time) (int64, error)
	ResetHits(ctx context.Context, key string) error
}

// Tokens is what a sign-in or a refresh gives the client.
type Tokens struct {
	Access     string
	Refresh    string
	AccessTTL  time.Duration
	RefreshTTL time.Duration // what is left of the session
}

// Register makes an account. Its role is always shop.Customer.
func (s *Service) Register(ctx context.Context, from netip.Addr, r shop.Registration) (shop.User, error) {
	t, err := s.count(ctx, registerByAddress, addressKey(from))
	if err == nil {
		err = t.err()
	}
	if err != nil {
		return shop.User{}, err
	}
	hash, err := s.hash(r.Password)
	if err != nil {
		return shop.User{}, err
	}
	now := s.Now()
	u := shop.User{
		ID: shop.NewID(now), FullName: r.FullName, Gender: r.Gender, Email: r.Email,
		PasswordHash: hash, Role: shop.Customer, CreatedAt: now, UpdatedAt: now,
	}
	return u, s.Store.InsertUser(ctx, u)
}

// Login signs an account in. An unknown email and a wrong password are the same
// error, after the same time.
func (s *Service) Login(ctx context.Context, from netip.Addr, c shop.Credentials) (shop.User, Tokens, error) {
	pair := c.Email + " " + addressKey(from)
	var u shop.User
	var byPair, byAccount, byAddress tries
	var g errgroup.Group
	g.Go(func() (err error) { byPair, err = s.count(ctx, loginByPair, pair); return err })
	g.Go(func() (err error) { byAccount, err = s.count(ctx, loginByAccount, c.Email); return err })
	g.Go(func() (err error) { byAddress, err = s.count(ctx, loginByAddress, addressKey(from)); return err })
	g.Go(func() (err error) {
		u, err = s.Store.UserByEmail(ctx, c.Email)
		if shop.CodeOf(err) == shop.NotFound {
			return nil
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return shop.User{}, Tokens{}, err
	}
	if byPair.hits <= firstTries {
		byAccount.hits = 0
	}
	for _, t := range []tries{byPair, byAccount, byAddress} {
		if err := t.err(); err != nil {
			return shop.User{}, Tokens{}, err
		}
	}
	if !s.passwordFits(u, c.Password) {
		return shop.User{}, Tokens{}, shop.Errorf(shop.Unauthenticated, "The email or the password is wrong.")
	}
	var tokens Tokens
	g = errgroup.Group{}
	g.Go(func() (err error) { tokens, err = s.startSession(ctx, u); return err })
	g.Go(func() error { return s.forgive(ctx, loginByPair, pair) })
	return u, tokens, g.Wait()
}
