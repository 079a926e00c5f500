package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// InsertProduct writes a new product.
func (s *Store) InsertProduct(ctx context.Context, p shop.Product) error {
	_, err := s.products().InsertOne(ctx, p)
	return fail("insert product", err)
}

// Product finds a product; shop.NotFound where there is none.
func (s *Store) Product(ctx context.Context, id shop.ID) (p shop.Product, err error) {
	return p, fail("find product", s.products().FindOne(ctx, bson.M{"_id": id}).Decode(&p))
}

// Products returns those of the products that exist, in no order.
func (s *Store) Products(ctx context.Context, ids []shop.ID) (products []shop.Product, err error) {
	cursor, err := s.products().Find(ctx, bson.M{"_id": bson.M{"$in": ids}})
	if err == nil {
		err = cursor.All(ctx, &products)
	}
	return products, fail("find products", err)
}

// ListProducts lists products.
func (s *Store) ListProducts(ctx context.Context, p shop.Page) ([]shop.Product, int64, error) {
	return list[shop.Product](ctx, s.products(), bson.M{}, p, nil)
}
