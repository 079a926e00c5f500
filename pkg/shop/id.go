package shop

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// ID names a user, a product, an order, a payment or a session: 12 bytes,
// written as 24 lower-case hex digits. It is stored as a MongoDB ObjectID and,
// like one, starts with the second it was made in.
type ID [12]byte

// NewID returns a fresh ID: four bytes of time, eight of randomness.
func NewID(now time.Time) (id ID) {
	binary.BigEndian.PutUint32(id[:4], uint32(now.Unix()))
	rand.Read(id[4:]) // never fails: crypto/rand crashes the program instead
	return id
}

// DerivedID returns the ID that belongs to these parts, the same at every call.
// Parts cannot run into each other: ("a", "bc") and ("ab", "c") differ.
func DerivedID(parts ...string) (id ID) {
	h := sha256.New()
	for _, p := range parts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write([]byte(p))
	}
	copy(id[:], h.Sum(nil))
	return id
}

var errNotID = errors.New("must be 24 hex digits")

// ParseID reads the 24 hex digits of an ID.
func ParseID(s string) (id ID, err error) {
	if len(s) != hex.EncodedLen(len(id)) {
		return ID{}, errNotID
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, errNotID
	}
	return id, nil
}

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether the ID was never set.
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText writes the hex digits; with it an ID is a string in JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }
