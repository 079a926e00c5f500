package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// CountHit adds one to the counter of a key in the window that ends at end, and
// returns the sum. A key has one counter, which starts anew in a new window, so
// there are never more counters than keys.
func (s *Store) CountHit(ctx context.Context, key string, end time.Time) (hits int64, err error) {
	var counter struct {
		Hits int64 `bson:"hits"`
	}
	for range 3 {
		err = s.throttle().FindOneAndUpdate(ctx,
			bson.M{"_id": key, "expiresAt": end},
			bson.M{"$inc": bson.M{"hits": 1}},
			options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After),
		).Decode(&counter)
		if !mongo.IsDuplicateKeyError(err) {
			return counter.Hits, fail("count a hit", err)
		}
		// The counter stands in an older window, or was made this moment.
		r, err := s.throttle().UpdateOne(ctx,
			bson.M{"_id": key, "expiresAt": bson.M{"$lt": end}},
			bson.M{"$set": bson.M{"hits": 1, "expiresAt": end}})
		if err != nil {
			return 0, fail("start a counter anew", err)
		}
		if r.ModifiedCount > 0 {
			return 1, nil
		}
	}
	return 0, fail("count a hit", err)
}

// ResetHits forgets a counter.
func (s *Store) ResetHits(ctx context.Context, key string) error {
	_, err := s.throttle().DeleteOne(ctx, bson.M{"_id": key})
	return fail("reset a counter", err)
}
