package auth

import (
	"crypto/rand"
	"fmt"

	"github.com/golang-jwt/jwt/v5"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Who signs access tokens, and for whom (RFC 7519, 4.1).
const (
	issuer   = "payment-integration-server"
	audience = "payment-integration-server/api"
)

type claims struct {
	jwt.RegisteredClaims
	Role    shop.Role `json:"role"`
	Session string    `json:"sid"`
}

func (s *Service) accessToken(user shop.ID, role shop.Role, session shop.ID) (string, error) {
	now := s.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: user.String(), ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(s.AccessTTL)),
		},
		Role: role, Session: session.String(),
	}).SignedString(s.Secret)
	if err != nil {
		return "", fmt.Errorf("auth: sign an access token: %w", err)
	}
	return token, nil
}

// Caller says whom an access token belongs to; shop.Unauthenticated where it is
// forged, expired or not an access token of this shop. It asks no database: a
// token is good until it expires.
func (s *Service) Caller(token string) (shop.Caller, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.Secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithIssuedAt(), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.Now), jwt.WithStrictDecoding())
	if err != nil {
		return shop.Caller{}, badToken(err)
	}
	user, err := shop.ParseID(c.Subject)
	if err != nil {
		return shop.Caller{}, badToken(err)
	}
	session, err := shop.ParseID(c.Session)
	if err != nil {
		return shop.Caller{}, badToken(err)
	}
	if c.ID == "" || c.IssuedAt == nil || (c.Role != shop.Customer && c.Role != shop.Admin) {
		return shop.Caller{}, badToken(fmt.Errorf("a claim is missing"))
	}
	return shop.Caller{ID: user, Role: c.Role, Session: session}, nil
}

func badToken(err error) error {
	return &shop.Error{Code: shop.Unauthenticated, Message: "Your sign-in is not valid or has expired. Sign in again.",
		Cause: fmt.Errorf("auth: access token: %w", err)}
}
