package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// PayWithin is how long an order can be paid. Stripe refuses a session that
// lasts under 30 minutes (https://docs.stripe.com/api/checkout/sessions/create,
// expires_at); the rest is time to repeat a request that failed on the way.
const PayWithin = 35 * time.Minute

// Place orders what the customer asks for and opens the Checkout Session to pay
// it with. The order is stored before Stripe hears of it, so that no session can
// exist without its order.
//
// With a key (the Idempotency-Key, "" for none) a repeated request meets its own
// order: repeated is true, and what was left undone is done. Errors: shop.NotFound
// for a product, shop.Unprocessable for another request under the same key or
// Stripe's final no, shop.Throttled beyond shop.MaxPayable orders,
// shop.StripeDown or shop.DatabaseDown where the same request may be repeated.
func (s *Service) Place(ctx context.Context, user shop.ID, key string, req shop.OrderRequest) (o shop.Order, repeated bool, err error) {
	id := shop.NewID(s.Now())
	if key != "" {
		id = shop.DerivedID("order", user.String(), key)
	}
	earlier, products, payable, err := s.lookUp(ctx, user, id, key, req)
	if err != nil {
		return shop.Order{}, false, err
	}
	if earlier != nil {
		return s.resume(ctx, *earlier, req)
	}
	if payable >= shop.MaxPayable {
		return shop.Order{}, false, tooManyPayable()
	}
	if o, err = s.price(id, user, key, req, products); err != nil {
		return shop.Order{}, false, err
	}
	switch err := s.Store.InsertOrder(ctx, o); {
	case errors.Is(err, ErrExists): // the same request, at the same moment
		if o, err = s.Store.Order(ctx, id); err != nil {
			return shop.Order{}, false, err
		}
		return s.resume(ctx, o, req)
	case err != nil:
		return shop.Order{}, false, err
	}
	o, err = s.open(ctx, o)
	return o, false, err
}

// lookUp asks the database for all that Place needs to know, at once.
func (s *Service) lookUp(ctx context.Context, user, id shop.ID, key string, req shop.OrderRequest) (earlier *shop.Order, products map[shop.ID]shop.Product, payable int64, err error) {
	products = map[shop.ID]shop.Product{}
	var g errgroup.Group
	g.Go(func() error {
		if key == "" {
			return nil
		}
		o, err := s.Store.Order(ctx, id)
		if shop.CodeOf(err) == shop.NotFound {
			return nil
		}
		earlier = &o
		return err
	})
	g.Go(func() error {
		ids := make([]shop.ID, len(req.Items))
		for i, item := range req.Items {
			ids[i], _ = shop.ParseID(item.ProductID) // validated
		}
		list, err := s.Store.Products(ctx, ids)
		for _, p := range list {
			products[p.ID] = p
		}
		return err
	})
	g.Go(func() (err error) {
		payable, err = s.Store.CountPayable(ctx, user, s.Now())
		return err
	})
	return earlier, products, payable, g.Wait()
}

// price makes the order of the request, at the products' prices of this moment.
func (s *Service) price(id, user shop.ID, key string, req shop.OrderRequest, products map[shop.ID]shop.Product) (shop.Order, error) {
	now := s.Now()
	o := shop.Order{
		ID: id, UserID: user, DeliveryAddress: req.DeliveryAddress,
		Status: shop.OrderPending, CreatedAt: now, UpdatedAt: now,
		// Whole seconds: what Stripe's expires_at can say.
		ExpiresAt: now.Add(PayWithin).Truncate(time.Second),
	}
	if key != "" {
		o.RequestHash = req.Hash()
	}
	var missing shop.Faults
	for i, item := range req.Items {
		pid, _ := shop.ParseID(item.ProductID) // validated
		p, ok := products[pid]
		if !ok {
			missing.Add(fmt.Sprintf("items[%d].productId", i), "there is no such product")
			continue
		}
		if o.Currency = cmp.Or(o.Currency, p.Currency); o.Currency != p.Currency {
			return shop.Order{}, shop.Errorf(shop.Invalid, "These products have prices in different currencies. Order them separately.")
		}
		line := shop.LineItem{ProductID: p.ID, Name: p.Name, ImageURL: p.ImageURL, UnitPrice: p.Price, Quantity: item.Quantity}
		o.Items = append(o.Items, line)
		o.Subtotal += line.Total()
	}
	if len(missing) > 0 {
		return shop.Order{}, &shop.Error{Code: shop.NotFound, Message: "There is no such product.", Fields: missing}
	}
	if o.Subtotal > shop.MaxAmount {
		return shop.Order{}, shop.Errorf(shop.Unprocessable, fmt.Sprintf("The total is above %s %s, the most that can be paid at once. Order less.", shop.MaxAmount.Format(o.Currency), o.Currency))
	}
	o.Payment = shop.Payment{
		ID: shop.DerivedID("payment", id.String()), Status: shop.PaymentPending, Amount: o.Subtotal, Livemode: s.Livemode,
		SuccessURL: s.SuccessURL, CancelURL: s.CancelURL,
	}
	o.Timeline = []shop.Moment{{At: now, Status: o.Status, PaymentStatus: o.Payment.Status, Reason: "ordered"}}
	return o, nil
}

// resume answers a repeated request from the order that the first one made.
func (s *Service) resume(ctx context.Context, o shop.Order, req shop.OrderRequest) (shop.Order, bool, error) {
	switch {
	case o.RequestHash != req.Hash():
		return shop.Order{}, false, shop.Errorf(shop.Unprocessable, "This Idempotency-Key was used with another request. Use a new key for a new order.")
	case o.Payment.SessionID != "":
		return o, true, nil
	case o.Payment.Status != shop.PaymentPending:
		return shop.Order{}, false, shop.Errorf(shop.Unprocessable, "This order has failed and cannot be paid. Order again with a new Idempotency-Key.")
	}
	o, err := s.open(ctx, o)
	return o, true, err
}

// open has Stripe make the order's session and stores it. Only a stored session
// is returned: nobody can pay on a page that the shop does not know.
func (s *Service) open(ctx context.Context, o shop.Order) (shop.Order, error) {
	var session Session
	var payable int64
	var g errgroup.Group
	g.Go(func() (err error) { session, err = s.Stripe.CreateSession(ctx, o); return err })
	// Counted again, now that the order is in: of orders placed at the same
	// moment, the last one in sees them all.
	g.Go(func() (err error) { payable, err = s.Store.CountPayable(ctx, o.UserID, s.Now()); return err })
	err := g.Wait()
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return shop.Order{}, s.refuse(ctx, o, refusal)
	case err != nil:
		return shop.Order{}, err // the order stays pending: repeat the request, or reconcile
	case payable > shop.MaxPayable:
		return shop.Order{}, s.withdraw(ctx, o, session)
	}
	stored, err := s.Store.StoreSession(ctx, o.ID, session, s.Now())
	if err != nil {
		return shop.Order{}, err
	}
	if stored {
		o.Payment.SessionID, o.Payment.SessionURL = session.ID, session.URL
		return o, nil
	}
	// The same request at the same moment stored it first, or the order was
	// cancelled or failed meanwhile.
	if o, err = s.Store.Order(ctx, o.ID); err != nil {
		return shop.Order{}, err
	}
	if o.Payment.SessionID != session.ID {
		s.expireQuietly(ctx, session.ID)
		return shop.Order{}, shop.Errorf(shop.Conflict, "This order was cancelled before it could be paid. Order again.")
	}
	return o, nil
}

func (s *Service) refuse(ctx context.Context, o shop.Order, r *Refusal) error {
	// Stripe gives the same answer to a repeated request, so a failure here is
	// made good by one, or by reconciling.
	if _, err := s.Store.Advance(ctx, Change{Order: o.ID, To: shop.PaymentFailed, Reason: "refused by Stripe", Now: s.Now()}); err != nil {
		return err
	}
	return &shop.Error{Code: shop.Unprocessable, Message: r.Message, Cause: r}
}

// withdraw takes back an order beyond the limit. Its session was stored nowhere
// and its address told to nobody, so it cannot be paid.
func (s *Service) withdraw(ctx context.Context, o shop.Order, session Session) error {
	if _, err := s.Store.Advance(ctx, Change{Order: o.ID, To: shop.PaymentFailed, Reason: "too many unpaid orders", Now: s.Now()}); err != nil {
		return err
	}
	s.expireQuietly(ctx, session.ID)
	return tooManyPayable()
}

// expireQuietly closes a session that nobody can reach; if that fails, Stripe
// closes it when its time is over.
func (s *Service) expireQuietly(ctx context.Context, session string) {
	if _, err := s.Stripe.ExpireSession(ctx, session); err != nil {
		s.Logger.WarnContext(ctx, "an unused Checkout Session stays open until it expires", "session", session, "error", err)
	}
}

func tooManyPayable() error {
	return &shop.Error{Code: shop.Throttled, RetryAfter: time.Minute,
		Message: fmt.Sprintf("You have %d orders waiting for payment. Pay or cancel one of them first.", shop.MaxPayable)}
}
