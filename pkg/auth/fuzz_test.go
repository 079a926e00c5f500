package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/auth"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// No text is an access token but those that were signed here, and none of them
// is a refresh token of a session that is not there.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.x", "aaaaaaaaaaaaaaaaaaaaaaaa." + strings.Repeat("A", 43), "aaaaaaaaaaaaaaaaaaaaaaaa.", "\x00"} {
		f.Add(s)
	}
	s := auth.New(noSessions{}, []byte(strings.Repeat("k", 32)), time.Minute, time.Hour, time.Now)
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := s.Caller(token); shop.CodeOf(err) != shop.Unauthenticated || c != (shop.Caller{}) {
			t.Errorf("%q opens for %+v: %v", token, c, err)
		}
		if _, err := s.Refresh(context.Background(), token); shop.CodeOf(err) != shop.Unauthenticated {
			t.Errorf("refreshed with %q: %v", token, err)
		}
		if err := s.SignOut(context.Background(), token); err != nil && shop.CodeOf(err) != shop.Unauthenticated {
			t.Errorf("signed out with %q: %v", token, err)
		}
	})
}

// noSessions is a store without any: the fuzzer tries parsing, not the database.
type noSessions struct{ auth.Store }

func (noSessions) RotateSession(context.Context, []byte, shop.RefreshSession) (r shop.RefreshSession, found bool, err error) {
	return r, false, nil
}

func (noSessions) Session(context.Context, shop.ID, time.Time) (r shop.RefreshSession, err error) {
	return r, shop.Errorf(shop.NotFound, "none")
}
