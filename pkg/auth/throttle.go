package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// limit is how many tries one key has in a window of time. Counters are in the
// database, so they hold across function instances.
type limit struct {
	name   string
	most   int64
	window time.Duration
}

var (
	// One address guessing at one account. A correct password clears it.
	loginByPair = limit{"login-pair", 10, 15 * time.Minute}
	// Many addresses guessing at one account.
	loginByAccount = limit{"login-account", 30, time.Minute}
	// One address guessing at many accounts.
	loginByAddress = limit{"login-address", 60, 5 * time.Minute}
	// One address making accounts.
	registerByAddress = limit{"register-address", 20, time.Hour}
)

// firstTries is how often an address may try an account in any case: whatever
// others do to the account, its owner is not locked out.
const firstTries = 3

// buckets bounds the counters of one limit, and with them what an attacker who
// makes up names can write. Two keys rarely share one, and which do is secret.
const buckets = 1 << 16

// tries is how often a key was tried in the window, this time included.
type tries struct {
	limit limit
	hits  int64
	left  time.Duration // of the window
}

// count counts a try.
func (s *Service) count(ctx context.Context, l limit, key string) (tries, error) {
	now := s.Now()
	end := now.Truncate(l.window).Add(l.window)
	hits, err := s.Store.CountHit(ctx, s.counter(l, key), end)
	return tries{l, hits, end.Sub(now)}, err
}

// err is shop.Throttled where there were too many.
func (t tries) err() error {
	if t.hits <= t.limit.most {
		return nil
	}
	return &shop.Error{Code: shop.Throttled, Message: "Too many tries. Please wait and try again.", RetryAfter: t.left}
}

func (s *Service) forgive(ctx context.Context, l limit, key string) error {
	return s.Store.ResetHits(ctx, s.counter(l, key))
}

func (s *Service) counter(l limit, key string) string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("throttle\x00" + l.name + "\x00" + key))
	return fmt.Sprintf("%s/%04x", l.name, binary.BigEndian.Uint32(mac.Sum(nil))%buckets)
}

// addressKey is the part of a client's address that one customer cannot change
// at will: all of an IPv4 address, the /64 network of an IPv6 one.
func addressKey(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
