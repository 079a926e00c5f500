package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// InsertSession writes a new sign-in.
func (s *Store) InsertSession(ctx context.Context, r shop.RefreshSession) error {
	_, err := s.sessions().InsertOne(ctx, r)
	return fail("insert session", err)
}

// RotateSession replaces a session's token, if hash is that of the current one
// and the session has not expired: next's Hash, PrevHash, Sealed and RotatedAt
// are stored. found is false where no such session has that token.
func (s *Store) RotateSession(ctx context.Context, hash []byte, next shop.RefreshSession) (r shop.RefreshSession, found bool, err error) {
	err = s.sessions().FindOneAndUpdate(ctx,
		bson.M{"_id": next.ID, "hash": hash, "expiresAt": bson.M{"$gt": next.RotatedAt}},
		bson.M{"$set": bson.M{"hash": next.Hash, "prevHash": next.PrevHash, "sealed": next.Sealed, "rotatedAt": next.RotatedAt}},
		options.FindOneAndUpdate().SetReturnDocument(options.After),
	).Decode(&r)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return r, false, nil
	}
	return r, err == nil, fail("rotate session", err)
}

// Session finds a sign-in; shop.NotFound where it ended.
func (s *Store) Session(ctx context.Context, id shop.ID, now time.Time) (r shop.RefreshSession, err error) {
	return r, fail("find session", s.sessions().FindOne(ctx, bson.M{"_id": id, "expiresAt": bson.M{"$gt": now}}).Decode(&r))
}

// EndSession ends a sign-in; it is no error if it ended before.
func (s *Store) EndSession(ctx context.Context, id shop.ID) error {
	_, err := s.sessions().DeleteOne(ctx, bson.M{"_id": id})
	return fail("end session", err)
}
