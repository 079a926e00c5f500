// Package mongostore keeps the shop in MongoDB: one client per process, the
// collections, their indexes, every query, and paging.
//
// It is written for MongoDB 4.4 and up and asks for nothing that a standalone
// server or the embedded database of the local stack lacks: no transactions, no
// pipeline updates, no $lookup.
package mongostore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/bsoncodec"
	"go.mongodb.org/mongo-driver/bson/bsonrw"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/event"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/x/mongo/driver/connstring"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Names of the collections.
const (
	usersName    = "users"
	productsName = "products"
	ordersName   = "orders"
	sessionsName = "sessions"
	throttleName = "throttle"
)

// Store is the database. It is safe for concurrent use; make one per process.
type Store struct {
	client  *mongo.Client
	db      *mongo.Database
	indexed indexed
}

// Open makes a Store of a connection string whose path names the database, else
// "shop". It connects lazily: only a bad string, or a mongodb+srv:// name that
// DNS does not know, is an error here. monitor may be nil.
func Open(ctx context.Context, uri string, monitor *event.CommandMonitor) (*Store, error) {
	name, err := DatabaseName(uri)
	if err != nil {
		return nil, unreachable(fmt.Errorf("mongostore: open: %w", err))
	}
	o := options.Client().ApplyURI(uri).
		SetAppName("payment-integration-server").
		SetRegistry(registry()).
		SetMonitor(monitor).
		// A function instance serves few requests at once, and there may be many
		// instances: small pools keep within the cluster's connection limit.
		SetMaxPoolSize(10).
		SetMaxConnIdleTime(time.Minute). // shorter than what firewalls and Atlas drop silently
		SetServerSelectionTimeout(3 * time.Second).
		SetConnectTimeout(3 * time.Second)
	client, err := mongo.Connect(ctx, o)
	if err != nil {
		return nil, unreachable(fmt.Errorf("mongostore: connect: %w", err))
	}
	return &Store{client: client, db: client.Database(name)}, nil
}

// DatabaseName is the database that a connection string names, else "shop".
func DatabaseName(uri string) (string, error) {
	cs, err := connstring.Parse(uri)
	if err != nil {
		return "", err
	}
	if cs.Database == "" {
		return "shop", nil
	}
	return cs.Database, nil
}

// Close disconnects.
func (s *Store) Close(ctx context.Context) error { return s.client.Disconnect(ctx) }

// Database is the database itself, for the seed program and for tests.
func (s *Store) Database() *mongo.Database { return s.db }

func (s *Store) users() *mongo.Collection    { return s.db.Collection(usersName) }
func (s *Store) products() *mongo.Collection { return s.db.Collection(productsName) }
func (s *Store) orders() *mongo.Collection   { return s.db.Collection(ordersName) }
func (s *Store) sessions() *mongo.Collection { return s.db.Collection(sessionsName) }
func (s *Store) throttle() *mongo.Collection { return s.db.Collection(throttleName) }

// fail turns a driver's error into one of ours; op says what was being done.
func fail(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return &shop.Error{Code: shop.NotFound, Message: "There is no such thing.", Cause: fmt.Errorf("mongostore: %s: %w", op, err)}
	}
	return unreachable(fmt.Errorf("mongostore: %s: %w", op, err))
}

func unreachable(err error) error {
	return &shop.Error{Code: shop.DatabaseDown, Message: "The shop cannot be reached right now. Please try again.",
		RetryAfter: 5 * time.Second, Cause: err}
}

// registry stores a shop.ID as an ObjectID, and reads times as UTC.
func registry() *bsoncodec.Registry {
	r := bson.NewRegistry()
	id := reflect.TypeFor[shop.ID]()
	r.RegisterTypeEncoder(id, bsoncodec.ValueEncoderFunc(func(_ bsoncodec.EncodeContext, w bsonrw.ValueWriter, v reflect.Value) error {
		return w.WriteObjectID(primitive.ObjectID(v.Interface().(shop.ID)))
	}))
	r.RegisterTypeDecoder(id, bsoncodec.ValueDecoderFunc(func(_ bsoncodec.DecodeContext, r bsonrw.ValueReader, v reflect.Value) error {
		if r.Type() == bson.TypeNull {
			return r.ReadNull()
		}
		oid, err := r.ReadObjectID()
		v.Set(reflect.ValueOf(shop.ID(oid)))
		return err
	}))
	return r
}
