package web

import (
	"net/http"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// The cookies of a sign-in. The refresh token goes only where it is used.
const (
	AccessCookie  = "accessToken"
	RefreshCookie = "refreshToken"
	refreshPath   = "/api/v1/auth"
)

type tokens struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"` // seconds
	User         *User  `json:"user,omitempty"`
}

// SignedIn answers with a token pair, in the body and as cookies. The user may
// be nil.
func (r *Request) SignedIn(message, access string, accessTTL time.Duration, refresh string, refreshTTL time.Duration, u *shop.User) Reply {
	data := tokens{AccessToken: access, RefreshToken: refresh, TokenType: "Bearer", ExpiresIn: int(accessTTL.Seconds())}
	if u != nil {
		shown := ShowUser(*u)
		data.User = &shown
	}
	reply := OK(message, data)
	reply.Cookies = []*http.Cookie{
		r.cookie(AccessCookie, access, "/", accessTTL),
		r.cookie(RefreshCookie, refresh, refreshPath, refreshTTL),
	}
	return reply
}

// SignedOut answers with cookies that take the sign-in back.
func (r *Request) SignedOut(message string) Reply {
	reply := OK(message, nil)
	reply.Cookies = []*http.Cookie{r.cookie(AccessCookie, "", "/", 0), r.cookie(RefreshCookie, "", refreshPath, 0)}
	return reply
}

func (r *Request) cookie(name, value, path string, ttl time.Duration) *http.Cookie {
	c := &http.Cookie{Name: name, Value: value, Path: path, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(ttl.Seconds())}
	if c.MaxAge <= 0 {
		c.MaxAge = -1 // at once
	}
	if r.policy.HTTPS {
		// A frontend on another origin sends them too; see CheckOrigin.
		c.Secure, c.SameSite = true, http.SameSiteNoneMode
	}
	return c
}

type refreshBody struct {
	RefreshToken string `json:"refreshToken"`
}

func (b *refreshBody) Validate() (f shop.Faults) { return nil }

// RefreshToken reads the refresh token from the body, else from the cookie,
// which alone does not do for a page of another site.
func (r *Request) RefreshToken() (string, error) {
	if r.ContentLength != 0 {
		var in refreshBody
		if err := r.Decode(&in); err != nil {
			return "", err
		}
		if in.RefreshToken != "" {
			return in.RefreshToken, nil
		}
	}
	c, err := r.Cookie(RefreshCookie)
	if err != nil {
		return "", shop.Errorf(shop.Unauthenticated, "Send the refresh token in the body or the cookie.")
	}
	return c.Value, r.CheckOrigin()
}
