package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

var _ checkout.Store = (*Store)(nil)

// InsertOrder implements checkout.Store.
func (s *Store) InsertOrder(ctx context.Context, o shop.Order) error {
	_, err := s.orders().InsertOne(ctx, o)
	if mongo.IsDuplicateKeyError(err) {
		return checkout.ErrExists
	}
	return fail("insert order", err)
}

// Order implements checkout.Store.
func (s *Store) Order(ctx context.Context, id shop.ID) (o shop.Order, err error) {
	return o, fail("find order", s.orders().FindOne(ctx, bson.M{"_id": id}).Decode(&o))
}

// OrderByTransaction implements checkout.Store.
func (s *Store) OrderByTransaction(ctx context.Context, transactionID string) (o shop.Order, err error) {
	return o, fail("find order by transaction", s.orders().FindOne(ctx, bson.M{"payment.transactionId": transactionID}).Decode(&o))
}

// CountPayable implements checkout.Store.
func (s *Store) CountPayable(ctx context.Context, user shop.ID, now time.Time) (int64, error) {
	n, err := s.orders().CountDocuments(ctx, bson.M{
		"userId": user, "status": shop.OrderPending, "expiresAt": bson.M{"$gt": now},
	})
	return n, fail("count payable orders", err)
}

// StoreSession implements checkout.Store.
func (s *Store) StoreSession(ctx context.Context, order shop.ID, session checkout.Session, now time.Time) (bool, error) {
	return s.updateOrder(ctx, "store session",
		bson.M{"_id": order, "payment.status": shop.PaymentPending, "payment.sessionId": nil},
		bson.M{"$set": bson.M{"payment.sessionId": session.ID, "payment.sessionUrl": session.URL, "updatedAt": now}})
}

// Advance implements checkout.Store: the ladder, as one atomic update.
func (s *Store) Advance(ctx context.Context, c checkout.Change) (*shop.Order, error) {
	filter := bson.M{"_id": c.Order}
	set := bson.M{"status": c.To.Order(), "payment.status": c.To, "updatedAt": c.Now}
	update := bson.M{"$set": set, "$unset": bson.M{"payment.awaiting": ""}, "$push": bson.M{"timeline": shop.Moment{
		At: c.Now, Status: c.To.Order(), PaymentStatus: c.To, Reason: c.Reason,
	}}}
	if c.Refunded > 0 {
		// What is refunded only grows, and the rung with it.
		filter["payment.amountRefunded"] = bson.M{"$lt": c.Refunded}
		filter["payment.transactionId"] = bson.M{"$in": bson.A{nil, c.TransactionID}}
		update["$max"] = bson.M{"payment.amountRefunded": c.Refunded}
	} else {
		filter["payment.status"] = bson.M{"$in": c.To.Below()}
	}
	if c.To == shop.PaymentFailed {
		filter["payment.sessionId"] = bson.M{"$in": bson.A{nil, c.SessionID}}
	}
	if c.Terms != nil {
		filter["payment.amount"] = c.Terms.Amount
		filter["payment.livemode"] = c.Terms.Livemode
		filter["currency"] = c.Terms.Currency
	}
	if c.TransactionID != "" {
		set["payment.transactionId"] = c.TransactionID
	}
	return s.changeOrder(ctx, "advance order", filter, update)
}

// SetAwaiting implements checkout.Store.
func (s *Store) SetAwaiting(ctx context.Context, order shop.ID, now time.Time) (*shop.Order, error) {
	return s.changeOrder(ctx, "set awaiting",
		bson.M{"_id": order, "payment.status": shop.PaymentPending},
		bson.M{"$set": bson.M{"payment.awaiting": true, "updatedAt": now}})
}

// AddFinding implements checkout.Store.
func (s *Store) AddFinding(ctx context.Context, order shop.ID, f shop.Finding, now time.Time) error {
	_, err := s.updateOrder(ctx, "add finding",
		bson.M{"_id": order},
		bson.M{"$addToSet": bson.M{"review.findings": f}, "$set": bson.M{"updatedAt": now}})
	return err
}

// SetDispute implements checkout.Store.
func (s *Store) SetDispute(ctx context.Context, order shop.ID, d shop.Dispute, now time.Time) error {
	key := "payment.disputes." + d.ID
	filter := bson.M{"_id": order, key: bson.M{"$exists": false}}
	if d.Closed {
		filter = bson.M{"_id": order, key + ".closed": bson.M{"$ne": true}}
	}
	_, err := s.updateOrder(ctx, "set dispute", filter, bson.M{"$set": bson.M{key: d, "updatedAt": now}})
	return err
}

// MarkChecked implements checkout.Store.
func (s *Store) MarkChecked(ctx context.Context, order shop.ID, now, notSince time.Time) (bool, error) {
	return s.updateOrder(ctx, "mark order checked",
		bson.M{"_id": order, "$or": bson.A{
			bson.M{"payment.checkedAt": nil},
			bson.M{"payment.checkedAt": bson.M{"$lte": notSince}},
		}},
		bson.M{"$set": bson.M{"payment.checkedAt": now}})
}

// Overdue implements checkout.Store.
func (s *Store) Overdue(ctx context.Context, expiredBefore, checkedBefore time.Time, limit int64) (orders []shop.Order, err error) {
	cursor, err := s.orders().Find(ctx, overdue(expiredBefore, checkedBefore), options.Find().SetLimit(limit).
		SetSort(bson.D{{Key: "payment.checkedAt", Value: 1}, {Key: "expiresAt", Value: 1}}))
	if err == nil {
		err = cursor.All(ctx, &orders)
	}
	return orders, fail("find overdue orders", err)
}

// CountOverdue implements checkout.Store.
func (s *Store) CountOverdue(ctx context.Context, expiredBefore, checkedBefore time.Time) (int64, error) {
	n, err := s.orders().CountDocuments(ctx, overdue(expiredBefore, checkedBefore))
	return n, fail("count overdue orders", err)
}

func overdue(expiredBefore, checkedBefore time.Time) bson.M {
	return bson.M{"status": shop.OrderPending, "expiresAt": bson.M{"$lt": expiredBefore}, "$or": bson.A{
		bson.M{"payment.checkedAt": nil},
		bson.M{"payment.checkedAt": bson.M{"$lt": checkedBefore}},
	}}
}

// changeOrder updates the order that matches, and returns it as it is then; nil
// where none matches.
func (s *Store) changeOrder(ctx context.Context, op string, filter, update bson.M) (*shop.Order, error) {
	var after shop.Order
	err := s.orders().FindOneAndUpdate(ctx, filter, update, options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&after)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	if err != nil {
		return nil, fail(op, err)
	}
	return &after, nil
}

func (s *Store) updateOrder(ctx context.Context, op string, filter, update bson.M) (bool, error) {
	r, err := s.orders().UpdateOne(ctx, filter, update)
	if err != nil {
		return false, fail(op, err)
	}
	return r.MatchedCount > 0, nil
}

// OrderFilter picks orders for a list; zero fields pick all.
type OrderFilter struct {
	User          shop.ID
	Status        shop.OrderStatus
	PaymentStatus shop.PaymentStatus
	Review        bool // only those that need a person's review
}

// Orders lists orders.
func (s *Store) Orders(ctx context.Context, f OrderFilter, p shop.Page) ([]shop.Order, int64, error) {
	filter := bson.M{}
	if !f.User.IsZero() {
		filter["userId"] = f.User
	}
	if f.Status != "" {
		filter["status"] = f.Status
	}
	if f.PaymentStatus != "" {
		filter["payment.status"] = f.PaymentStatus
	}
	if f.Review {
		filter["review.findings.reason"] = bson.M{"$gt": ""}
	}
	return list[shop.Order](ctx, s.orders(), filter, p, bson.M{"payment.successUrl": 0, "payment.cancelUrl": 0, "requestHash": 0})
}
