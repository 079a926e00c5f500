package companion_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/siam9192/payment-integration-server/scripts/companion"
)

func TestDatabaseInMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var stderr strings.Builder
	db := startDatabase(t, companion.DatabaseOptions{Stderr: &stderr})
	client := connect(t, db)
	if err := client.Ping(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for _, database := range []string{"one", "two"} {
		for _, collection := range []string{"users", "orders"} {
			c := client.Database(database).Collection(collection)
			if _, err := c.InsertOne(t.Context(), bson.M{"_id": "x", "in": database + collection}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var got struct{ In string }
	if err := client.Database("two").Collection("users").FindOne(t.Context(), bson.M{"_id": "x"}).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.In != "twousers" {
		t.Errorf("found %+v", got)
	}

	db.Stop() // with a client connected
	if err, open := <-db.Done(); open || err != nil {
		t.Errorf("Done after Stop = %v, want it closed", err)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if stderr.Len() > 0 {
		t.Errorf("standard error: %s", &stderr)
	}
}

// What a client was told is written outlives the database, however it ends.
func TestDatabaseInDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a new one")
	ends := []struct {
		name string
		end  func(t *testing.T, db *companion.Database)
	}{
		{"Stop", func(_ *testing.T, db *companion.Database) { db.Stop() }},
		{"killed", func(t *testing.T, db *companion.Database) {
			db.Kill()
			if err := <-db.Done(); err == nil || !strings.Contains(err.Error(), "the embedded database ended by itself") {
				t.Errorf("Done = %v", err)
			}
		}},
	}
	var want int64
	for _, tt := range ends {
		t.Run(tt.name, func(t *testing.T) {
			db := startDatabase(t, companion.DatabaseOptions{Dir: dir})
			orders := connect(t, db).Database("shop").Collection("orders")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()

			var written atomic.Int64
			var all sync.WaitGroup
			for range 4 { // until the database ends
				all.Go(func() {
					for ctx.Err() == nil {
						if _, err := orders.InsertOne(ctx, bson.M{}); err != nil {
							return
						}
						written.Add(1)
					}
				})
			}
			eventually(t, "some orders are written", func() bool { return written.Load() > 50 })
			tt.end(t, db)
			cancel()
			all.Wait()
			want += written.Load()

			again := startDatabase(t, companion.DatabaseOptions{Dir: dir})
			defer again.Stop()
			got, err := connect(t, again).Database("shop").Collection("orders").CountDocuments(t.Context(), bson.M{})
			if err != nil {
				t.Fatal(err)
			}
			// An order may be written whose answer did not arrive.
			if got < want || got > want+8 {
				t.Errorf("%d orders are there, %d were acknowledged", got, want)
			}
			want = got
		})
	}
}

// The promise that the shop's every rule stands on.
func TestOneDocumentOneAtomicUpdate(t *testing.T) {
	const clients = 20
	db := startDatabase(t, companion.DatabaseOptions{})
	defer db.Stop()
	orders := connect(t, db).Database("shop").Collection("orders")
	if _, err := orders.Indexes().CreateOne(t.Context(), mongo.IndexModel{
		Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true),
	}); err != nil {
		t.Fatal(err)
	}
	byID := bson.M{"_id": "o"}
	upsert := options.Update().SetUpsert(true)

	tests := []struct {
		name string
		do   func(ctx context.Context, i int) (won bool, err error)
		want int64
	}{
		{"a claim", func(ctx context.Context, i int) (bool, error) {
			r, err := orders.UpdateOne(ctx, bson.M{"_id": "o", "status": "pending"}, bson.M{"$set": bson.M{"status": fmt.Sprint(i)}})
			return err == nil && r.ModifiedCount == 1, err
		}, 1},
		{"a claim by findAndModify", func(ctx context.Context, i int) (bool, error) {
			err := orders.FindOneAndUpdate(ctx, bson.M{"_id": "o", "status": "pending"}, bson.M{"$set": bson.M{"status": fmt.Sprint(i)}}).Err()
			if errors.Is(err, mongo.ErrNoDocuments) {
				return false, nil
			}
			return err == nil, err
		}, 1},
		{"a count", func(ctx context.Context, _ int) (bool, error) {
			var got struct{ N int }
			err := orders.FindOneAndUpdate(ctx, byID, bson.M{"$inc": bson.M{"n": 1}}, options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&got)
			return got.N == clients, err
		}, 1},
		{"a list", func(ctx context.Context, i int) (bool, error) {
			if _, err := orders.UpdateOne(ctx, byID, bson.M{"$push": bson.M{"list": i}}); err != nil {
				return false, err
			}
			n, err := orders.CountDocuments(ctx, bson.M{"list": i})
			return n == 1, err
		}, clients},
		{"an upsert", func(ctx context.Context, _ int) (bool, error) {
			r, err := orders.UpdateOne(ctx, bson.M{"_id": "new"}, bson.M{"$inc": bson.M{"n": 1}, "$setOnInsert": bson.M{"email": "new"}}, upsert)
			return err == nil && r.UpsertedCount == 1, err
		}, 1},
		{"a unique email", func(ctx context.Context, i int) (bool, error) {
			_, err := orders.InsertOne(ctx, bson.M{"email": "same"})
			if mongo.IsDuplicateKeyError(err) {
				return false, nil
			}
			return err == nil, err
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := orders.DeleteMany(t.Context(), bson.M{}); err != nil {
				t.Fatal(err)
			}
			if _, err := orders.InsertOne(t.Context(), bson.M{"_id": "o", "status": "pending", "email": "o"}); err != nil {
				t.Fatal(err)
			}
			var won atomic.Int64
			var all sync.WaitGroup
			for i := range clients {
				all.Go(func() {
					ok, err := tt.do(t.Context(), i)
					if err != nil {
						t.Error(err)
					}
					if ok {
						won.Add(1)
					}
				})
			}
			all.Wait()
			if got := won.Load(); got != tt.want {
				t.Errorf("%d of %d clients won, want %d", got, clients, tt.want)
			}
		})
	}
}

func TestDatabaseCannotStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := t.TempDir()
	defer startDatabase(t, companion.DatabaseOptions{Dir: used}).Stop()

	tests := []struct {
		name string
		dir  string
		set  func(t *testing.T)
		want string
	}{
		{"no go command", "", func(t *testing.T) { emptyCache(t); t.Setenv("PATH", t.TempDir()) },
			"build the embedded database: this needs the go command, which is not on the PATH"},
		{"no source", "", func(t *testing.T) { t.Chdir(t.TempDir()) },
			"is not inside a checkout of github.com/siam9192/payment-integration-server"},
		{"directory is a file", file, nil,
			"start the embedded database: exit status 1: mongodb: make the data directory"},
		{"directory in use", used, nil,
			"another process is using it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.set != nil {
				tt.set(t)
			}
			db, err := companion.StartDatabase(t.Context(), companion.DatabaseOptions{Dir: tt.dir})
			if err == nil {
				db.Stop()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("StartDatabase = %q, want one line with %q", err, tt.want)
			}
		})
	}
}

func startDatabase(t *testing.T, o companion.DatabaseOptions) *companion.Database {
	t.Helper()
	o.Progress = progress(t)
	db, err := companion.StartDatabase(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Stop)
	return db
}

func connect(t *testing.T, db *companion.Database) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(t.Context(), options.Client().ApplyURI(db.URI))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Where the database has gone first, the driver looks for it.
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = client.Disconnect(ctx)
	})
	return client
}
