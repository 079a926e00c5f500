package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// InsertUser writes a new account; shop.Conflict where the email is taken.
func (s *Store) InsertUser(ctx context.Context, u shop.User) error {
	if err := s.ensureUniqueEmail(ctx); err != nil {
		return err
	}
	_, err := s.users().InsertOne(ctx, u)
	if mongo.IsDuplicateKeyError(err) {
		// Without the cause: the server's message holds the email.
		return &shop.Error{Code: shop.Conflict, Message: "An account with this email exists already. Sign in instead.",
			Fields: []shop.FieldError{{Path: "email", Message: "is taken"}}}
	}
	return fail("insert user", err)
}

// UserByEmail finds an account by its normalised email; shop.NotFound where there is none.
func (s *Store) UserByEmail(ctx context.Context, email string) (u shop.User, err error) {
	return u, fail("find user", s.users().FindOne(ctx, bson.M{"email": email}).Decode(&u))
}

// User finds an account; shop.NotFound where there is none.
func (s *Store) User(ctx context.Context, id shop.ID) (u shop.User, err error) {
	return u, fail("find user", s.users().FindOne(ctx, bson.M{"_id": id}).Decode(&u))
}

// Users lists accounts, without their password hashes.
func (s *Store) Users(ctx context.Context, p shop.Page) ([]shop.User, int64, error) {
	return list[shop.User](ctx, s.users(), bson.M{}, p, bson.M{"passwordHash": 0})
}

// SetRole gives an account a role, its live sessions included; shop.NotFound
// where there is no such account.
func (s *Store) SetRole(ctx context.Context, id shop.ID, role shop.Role, now time.Time) error {
	r, err := s.users().UpdateOne(ctx, bson.M{"_id": id}, bson.M{"$set": bson.M{"role": role, "updatedAt": now}})
	if err == nil && r.MatchedCount == 0 {
		err = mongo.ErrNoDocuments
	}
	if err == nil {
		_, err = s.sessions().UpdateMany(ctx, bson.M{"userId": id}, bson.M{"$set": bson.M{"role": role}})
	}
	return fail("set role", err)
}
