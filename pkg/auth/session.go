package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Grace is how long a refresh token that was just used still answers, so that
// two tabs that refresh together both succeed.
const Grace = 10 * time.Second

const secretSize = 32 // bytes of randomness in a refresh token

// A refresh token is the session's ID and a secret: "<24 hex digits>.<43 letters>".
func formatRefresh(session shop.ID, secret []byte) string {
	return session.String() + "." + base64.RawURLEncoding.EncodeToString(secret)
}

func parseRefresh(token string) (session shop.ID, secret []byte, err error) {
	head, tail, _ := strings.Cut(token, ".")
	if session, err = shop.ParseID(head); err != nil {
		return session, nil, endedSession()
	}
	secret, err = base64.RawURLEncoding.Strict().DecodeString(tail)
	if err != nil || len(secret) != secretSize {
		return session, nil, endedSession()
	}
	return session, secret, nil
}

func newSecret() []byte {
	b := make([]byte, secretSize)
	rand.Read(b) // never fails
	return b
}

func newToken() string { return base64.RawURLEncoding.EncodeToString(newSecret()) }

func hashOf(secret []byte) []byte {
	h := sha256.Sum256(secret)
	return h[:]
}

// seal hides next so that only a holder of previous can read it; sealing again
// opens it. The pad is used once, because a secret is replaced once.
func seal(next, previous []byte) []byte {
	pad := sha256.Sum256(append([]byte("next refresh secret\x00"), previous...))
	out := make([]byte, secretSize)
	subtle.XORBytes(out, next, pad[:])
	return out
}

func (s *Service) startSession(ctx context.Context, u shop.User) (Tokens, error) {
	now := s.Now()
	secret := newSecret()
	r := shop.RefreshSession{
		ID: shop.NewID(now), UserID: u.ID, Role: u.Role, Hash: hashOf(secret),
		RotatedAt: now, CreatedAt: now, ExpiresAt: now.Add(s.RefreshTTL),
	}
	if err := s.Store.InsertSession(ctx, r); err != nil {
		return Tokens{}, err
	}
	return s.tokens(r, secret)
}

func (s *Service) tokens(r shop.RefreshSession, secret []byte) (Tokens, error) {
	access, err := s.accessToken(r.UserID, r.Role, r.ID)
	return Tokens{Access: access, Refresh: formatRefresh(r.ID, secret), AccessTTL: s.AccessTTL, RefreshTTL: r.ExpiresAt.Sub(s.Now())}, err
}

// Refresh trades a refresh token for a new pair. The token stops working, except
// that within Grace it gives the very pair's refresh token again; shown later it
// has been stolen by one side or the other, and the session ends for both.
func (s *Service) Refresh(ctx context.Context, token string) (Tokens, error) {
	id, secret, err := parseRefresh(token)
	if err != nil {
		return Tokens{}, err
	}
	now := s.Now()
	next := newSecret()
	r, found, err := s.Store.RotateSession(ctx, hashOf(secret), shop.RefreshSession{
		ID: id, Hash: hashOf(next), PrevHash: hashOf(secret), Sealed: seal(next, secret), RotatedAt: now,
	})
	if err != nil {
		return Tokens{}, err
	}
	if found {
		return s.tokens(r, next)
	}
	r, err = s.Store.Session(ctx, id, now)
	switch {
	case shop.CodeOf(err) == shop.NotFound:
		return Tokens{}, endedSession()
	case err != nil:
		return Tokens{}, err
	case subtle.ConstantTimeCompare(r.PrevHash, hashOf(secret)) == 1 && now.Sub(r.RotatedAt) <= Grace:
		return s.tokens(r, seal(r.Sealed, secret))
	}
	if err := s.Store.EndSession(ctx, id); err != nil {
		return Tokens{}, err
	}
	return Tokens{}, endedSession()
}

// SignOut ends the session of a refresh token. A token whose session is over
// already is no error; one that is none, or not this session's, is.
func (s *Service) SignOut(ctx context.Context, token string) error {
	id, secret, err := parseRefresh(token)
	if err != nil {
		return err
	}
	r, err := s.Store.Session(ctx, id, s.Now())
	if shop.CodeOf(err) == shop.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	h := hashOf(secret)
	if subtle.ConstantTimeCompare(r.Hash, h)|subtle.ConstantTimeCompare(r.PrevHash, h) == 0 {
		return endedSession()
	}
	return s.Store.EndSession(ctx, id)
}

func endedSession() error {
	return shop.Errorf(shop.Unauthenticated, "This session has ended. Sign in again.")
}
