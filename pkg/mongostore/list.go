package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// list returns one page of the documents that match, and how many match in all.
// Rows and count are asked for at the same time. Equal rows are told apart by
// _id, so that no row shows up on two pages.
func list[T any](ctx context.Context, c *mongo.Collection, filter bson.M, p shop.Page, projection bson.M) (rows []T, total int64, err error) {
	direction := 1
	if p.Desc {
		direction = -1
	}
	o := options.Find().SetSkip(p.Skip()).SetLimit(p.Limit).
		SetSort(bson.D{{Key: p.SortBy, Value: direction}, {Key: "_id", Value: direction}})
	if projection != nil {
		o.SetProjection(projection)
	}
	var g errgroup.Group
	g.Go(func() error {
		cursor, err := c.Find(ctx, filter, o)
		if err != nil {
			return err
		}
		return cursor.All(ctx, &rows)
	})
	g.Go(func() (err error) {
		if len(filter) == 0 {
			total, err = c.EstimatedDocumentCount(ctx) // from the collection's metadata
		} else {
			total, err = c.CountDocuments(ctx, filter)
		}
		return err
	})
	return rows, total, fail("list "+c.Name(), g.Wait())
}
