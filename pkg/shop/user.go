package shop

import (
	"net/mail"
	"strings"
	"time"
)

// Role is what a user may do.
type Role string

const (
	Customer Role = "customer"
	Admin    Role = "admin"
)

// User is an account. The password hash never leaves the server.
type User struct {
	ID           ID        `bson:"_id"`
	FullName     string    `bson:"fullName"`
	Gender       string    `bson:"gender,omitempty"`
	Email        string    `bson:"email"`
	PasswordHash string    `bson:"passwordHash"`
	Role         Role      `bson:"role"`
	CreatedAt    time.Time `bson:"createdAt"`
	UpdatedAt    time.Time `bson:"updatedAt"`
}

// Caller is who a request comes from, as its access token says.
type Caller struct {
	ID      ID
	Role    Role
	Session ID // the sign-in that the token belongs to
}

// Registration is what a new customer fills in. It has no role: nobody chooses one.
type Registration struct {
	FullName string `json:"fullName"`
	Gender   string `json:"gender"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

var genders = []string{"male", "female", "other"}

// Validate reports every field that breaks a rule, and normalises the email.
func (r *Registration) Validate() (f Faults) {
	r.FullName = checkText(&f, "fullName", r.FullName, 2, 50)
	if r.Gender != "" {
		checkOneOf(&f, "gender", r.Gender, genders)
	}
	r.Email = checkEmail(&f, "email", r.Email)
	checkPassword(&f, "password", r.Password)
	return f
}

// Credentials are what a customer signs in with.
type Credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Validate reports missing fields. A password that breaks the rules for new ones
// is simply wrong, and an email likewise.
func (c *Credentials) Validate() (f Faults) {
	c.Email = NormalEmail(c.Email)
	if c.Email == "" {
		f.Add("email", "is required")
	} else if len(c.Email) > maxEmail {
		f.Add("email", "must have at most 100 characters")
	}
	if c.Password == "" {
		f.Add("password", "is required")
	} else if len(c.Password) > maxPassword {
		f.Add("password", "must have at most 72 bytes")
	}
	return f
}

const (
	maxEmail     = 100
	maxLocalPart = 64 // before the @ (RFC 5321, 4.5.3.1.1)
	minPassword  = 8
	maxPassword  = 72 // bcrypt reads no further
)

// NormalEmail is the one way an address is written in the database.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func checkEmail(f *Faults, path, s string) string {
	s = NormalEmail(s)
	switch addr, err := mail.ParseAddress(s); {
	case s == "":
		f.Add(path, "is required")
	case len(s) > maxEmail:
		f.Add(path, "must have at most 100 characters")
	case err != nil || addr.Address != s || strings.ContainsFunc(s, notInEmail) || strings.IndexByte(s, '@') > maxLocalPart:
		f.Add(path, "must be an email address")
	}
	return s
}

// notInEmail is stricter than RFC 5322 and 6531, which allow quoted spaces and
// more: only visible ASCII, so that one address has one spelling.
func notInEmail(r rune) bool { return r <= ' ' || r > '~' || r == '"' }

func checkPassword(f *Faults, path, s string) {
	switch {
	case s == "":
		f.Add(path, "is required")
	case len(s) < minPassword || len(s) > maxPassword:
		f.Add(path, "must have 8 to 72 bytes (a letter outside a-z may count as several)")
	case strings.ContainsRune(s, 0):
		f.Add(path, "must not contain a NUL character")
	}
}
