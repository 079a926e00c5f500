package auth

import (
	"fmt"

	"golang.org/x/crypto/bcrypt"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// hash is the bcrypt of a password of at most 72 bytes; bcrypt refuses more.
func (s *Service) hash(password string) (string, error) {
	h, err := bcrypt.GenerateFromPassword([]byte(password), s.Cost)
	if err != nil {
		return "", fmt.Errorf("auth: hash a password: %w", err)
	}
	return string(h), nil
}

// passwordFits compares in the same time whether or not the account exists.
func (s *Service) passwordFits(u shop.User, password string) bool {
	hash := []byte(u.PasswordHash)
	known := !u.ID.IsZero()
	if !known {
		hash = s.decoy()
	}
	return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && known
}

// newDecoy makes the hash that the password of an unknown account is compared
// with: of the same cost, of a password nobody has.
func (s *Service) newDecoy() []byte {
	h, err := s.hash(newToken())
	if err != nil {
		panic(err) // 43 letters always hash
	}
	return []byte(h)
}

// HashPassword hashes a password at the cost of a deployed shop, for programs
// that write accounts by themselves.
func HashPassword(password string) (string, error) { return (&Service{Cost: Cost}).hash(password) }
