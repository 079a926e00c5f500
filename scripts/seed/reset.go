package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// collections are all that the shop writes; each has an index.
func collections() (names []string) {
	for _, index := range mongostore.Indexes {
		if !slices.Contains(names, index.Collection) {
			names = append(names, index.Collection)
		}
	}
	return names
}

// empty removes every document of the shop, once a person has said so. Collections
// and indexes stay: a server that runs meanwhile must not miss the index that
// keeps emails unique.
func (j *job) empty(ctx context.Context) error {
	if err := j.refuseRealOrders(ctx); err != nil {
		return err
	}
	counts := map[string]int64{}
	var total int64
	for _, name := range collections() {
		n, err := j.store.Database().Collection(name).CountDocuments(ctx, bson.M{})
		if err != nil {
			return j.target.Explain(err)
		}
		counts[name] = n
		total += n
	}
	if total == 0 {
		fmt.Fprintln(j.out, "It is empty already.")
		return nil
	}
	fmt.Fprint(j.out, "This removes from it all\n\n")
	for _, name := range collections() {
		fmt.Fprintf(j.out, "  %6d  %s\n", counts[name], name)
	}
	fmt.Fprintln(j.out)
	if err := j.confirm(ctx); err != nil {
		return err
	}
	if err := j.refuseRealOrders(ctx); err != nil { // one may have come in meanwhile
		return err
	}
	var removed int64
	for _, name := range collections() {
		r, err := j.store.Database().Collection(name).DeleteMany(ctx, bson.M{})
		if err != nil {
			return j.target.Explain(err)
		}
		removed += r.DeletedCount
	}
	fmt.Fprintf(j.out, "Removed %d documents.\n", removed)
	return nil
}

func (j *job) confirm(ctx context.Context) error {
	if j.yes {
		return nil
	}
	typed, err := j.person.ask(ctx, fmt.Sprintf("Type the database's name, %s, to go on: ", j.target.Database))
	switch {
	case errors.Is(err, errNobody):
		fmt.Fprintln(j.out)
		return errors.New("nobody answers, so nothing was removed. In a script, say -yes")
	case err != nil:
		return err
	case typed != j.target.Database:
		return fmt.Errorf("%q is not its name, so nothing was removed", typed)
	}
	return nil
}

// refuseRealOrders fails where somebody's money is in the database. On one's own
// machine, paid orders were paid to the stand-in or in Stripe's test mode.
func (j *job) refuseRealOrders(ctx context.Context) error {
	if j.force {
		return nil
	}
	real := bson.A{bson.M{"payment.livemode": true}}
	if !j.target.Local {
		paid := shop.Ladder[slices.Index(shop.Ladder, shop.PaymentSuccess):]
		real = append(real, bson.M{"payment.status": bson.M{"$in": paid}})
	}
	orders := j.store.Database().Collection("orders")
	n, err := orders.CountDocuments(ctx, bson.M{"$or": real})
	if err != nil {
		return j.target.Explain(err)
	}
	if n > 0 {
		return fmt.Errorf("%s holds real orders (%d of them), so nothing was removed. If they may go, say -even-real-orders as well", j.target, n)
	}
	return nil
}
