package mongostore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// Index is one index of a collection, and what it is for.
type Index struct {
	Collection string
	Name       string
	Keys       bson.D
	Unique     bool
	TTL        bool // documents go when the time in the key is past
	Serves     string
}

// Indexes is every index of the database but those on _id.
var Indexes = []Index{
	{usersName, "email", bson.D{{Key: "email", Value: 1}}, true, false, "sign-in; no two accounts with one email"},
	{usersName, "createdAt", bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}, false, false, "the list of users"},
	{productsName, "createdAt", bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}, false, false, "the list of products"},
	{ordersName, "createdAt", bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}, false, false, "the lists of orders and payments"},
	{ordersName, "status_createdAt", bson.D{{Key: "status", Value: 1}, {Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}, false, false, "orders by status"},
	{ordersName, "payment_status_createdAt", bson.D{{Key: "payment.status", Value: 1}, {Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}, false, false, "payments by status"},
	{ordersName, "user_createdAt", bson.D{{Key: "userId", Value: 1}, {Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}, false, false, "a customer's orders"},
	{ordersName, "user_status_createdAt", bson.D{{Key: "userId", Value: 1}, {Key: "status", Value: 1}, {Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}, false, false, "a customer's orders by status, and its payable ones"},
	{ordersName, "overdue", bson.D{{Key: "status", Value: 1}, {Key: "payment.checkedAt", Value: 1}, {Key: "expiresAt", Value: 1}}, false, false, "reconciliation"},
	{ordersName, "transaction", bson.D{{Key: "payment.transactionId", Value: 1}}, false, false, "disputes, and refunds without metadata"},
	{ordersName, "review", bson.D{{Key: "review.findings.reason", Value: 1}, {Key: "createdAt", Value: -1}}, false, false, "orders that need review"},
	{sessionsName, "user", bson.D{{Key: "userId", Value: 1}}, false, false, "all sessions of an account"},
	{sessionsName, "expiresAt", bson.D{{Key: "expiresAt", Value: 1}}, false, true, "ends old sessions"},
	{throttleName, "expiresAt", bson.D{{Key: "expiresAt", Value: 1}}, false, true, "drops old counters"},
}

// notImplemented is what the embedded database answers to a TTL index. There,
// expiry is only checked on read, which every reader does anyway.
const notImplemented = 238

// CreateIndexes creates every index that is missing. It is safe to repeat.
func (s *Store) CreateIndexes(ctx context.Context) error {
	for _, index := range Indexes {
		if err := s.createIndex(ctx, index); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) createIndex(ctx context.Context, index Index) error {
	o := options.Index().SetName(index.Name)
	if index.Unique {
		o.SetUnique(true)
	}
	if index.TTL {
		o.SetExpireAfterSeconds(0)
	}
	_, err := s.db.Collection(index.Collection).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: index.Keys, Options: o})
	var command mongo.CommandError
	if index.TTL && errors.As(err, &command) && command.HasErrorCode(notImplemented) {
		return nil
	}
	return fail(fmt.Sprintf("create index %s on %s", index.Name, index.Collection), err)
}

// indexed remembers that this process has seen the index that keeps emails unique.
type indexed struct{ email atomic.Bool }

// ensureUniqueEmail makes sure, once per process, that the index is there before
// an account is written: integrity must not depend on anyone having run the seed.
func (s *Store) ensureUniqueEmail(ctx context.Context) error {
	if s.indexed.email.Load() {
		return nil
	}
	if err := s.createIndex(ctx, Indexes[0]); err != nil {
		return err
	}
	s.indexed.email.Store(true)
	return nil
}
