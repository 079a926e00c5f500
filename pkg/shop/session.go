package shop

import "time"

// RefreshSession is one sign-in: it lives from login to sign-out or expiry, and
// its refresh token changes at every use. Only hashes of tokens are stored.
type RefreshSession struct {
	ID        ID        `bson:"_id"`
	UserID    ID        `bson:"userId"`
	Role      Role      `bson:"role"`     // the user's, so that a refresh needs no second look-up
	Hash      []byte    `bson:"hash"`     // SHA-256 of the current token
	PrevHash  []byte    `bson:"prevHash"` // of the one before, honoured for a short grace
	Sealed    []byte    `bson:"sealed"`   // the current token, readable only with the one before
	RotatedAt time.Time `bson:"rotatedAt"`
	CreatedAt time.Time `bson:"createdAt"`
	ExpiresAt time.Time `bson:"expiresAt"`
}
