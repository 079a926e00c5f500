// Package checkout keeps the shop's promise: a customer who paid has a placed
// order, a customer who did not has none, whatever fails in between.
//
// An order and its payment are one document, and every change of them is one
// conditional, atomic update that only climbs the ladder of shop.PaymentStatus.
// So whatever arrives twice, late, or out of order ends in the same state.
package checkout

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Service places orders and applies what Stripe says of their payments.
type Service struct {
	Store      Store
	Stripe     Stripe
	Now        func() time.Time // UTC, whole milliseconds: what the database keeps
	Logger     *slog.Logger
	SuccessURL string // pages the customer returns to from Stripe
	CancelURL  string
	Livemode   bool // the Stripe key is for real money
}

// Store is what checkout needs of the database. An unreachable database is an
// error of code shop.DatabaseDown; a document that is not there is shop.NotFound.
type Store interface {
	// Products returns those of the products that exist.
	Products(ctx context.Context, ids []shop.ID) ([]shop.Product, error)
	// InsertOrder writes a new order; ErrExists where its ID is taken.
	InsertOrder(ctx context.Context, o shop.Order) error
	Order(ctx context.Context, id shop.ID) (shop.Order, error)
	OrderByTransaction(ctx context.Context, transactionID string) (shop.Order, error)
	// CountPayable counts a customer's orders that can still be paid.
	CountPayable(ctx context.Context, user shop.ID, now time.Time) (int64, error)
	// StoreSession notes the Checkout Session of an order that is pending and
	// has none; false where there is no such order.
	StoreSession(ctx context.Context, order shop.ID, s Session, now time.Time) (bool, error)
	// Advance applies a change where its conditions hold, and returns the order
	// after it; nil where they do not.
	Advance(ctx context.Context, c Change) (*shop.Order, error)
	// SetAwaiting notes that a pending order's payment is on its way, and returns
	// the order after it; nil where it is not pending.
	SetAwaiting(ctx context.Context, order shop.ID, now time.Time) (*shop.Order, error)
	// AddFinding adds to the order's review what is not there yet.
	AddFinding(ctx context.Context, order shop.ID, f shop.Finding, now time.Time) error
	// SetDispute records a dispute, but never an open one over a closed one.
	SetDispute(ctx context.Context, order shop.ID, d shop.Dispute, now time.Time) error
	// Overdue returns pending orders that expired before now and that Stripe was
	// not asked about since, least recently checked first, then oldest first.
	Overdue(ctx context.Context, expiredBefore, checkedBefore time.Time, limit int64) ([]shop.Order, error)
	CountOverdue(ctx context.Context, expiredBefore, checkedBefore time.Time) (int64, error)
	// MarkChecked notes that Stripe is asked now; false where it was asked after notSince.
	MarkChecked(ctx context.Context, order shop.ID, now, notSince time.Time) (bool, error)
}

// ErrExists is InsertOrder's answer where the order's ID is taken.
var ErrExists = errors.New("checkout: the order exists")

// Stripe is what checkout needs of Stripe. Where it cannot be reached or cannot
// answer now, the error has code shop.StripeDown: nothing is decided, try again.
type Stripe interface {
	// CreateSession opens the order's Checkout Session, or returns the one opened
	// before: its idempotency key is the payment's ID, and every parameter comes
	// from the stored order. Stripe's final no is a *Refusal.
	CreateSession(ctx context.Context, o shop.Order) (Session, error)
	Session(ctx context.Context, id string) (Session, error)
	// ExpireSession closes an open session; ErrNotOpen where it is not open.
	ExpireSession(ctx context.Context, id string) (Session, error)
	// OrderOf reads the order's ID from a PaymentIntent's metadata; shop.NotFound
	// where it has none.
	OrderOf(ctx context.Context, transactionID string) (shop.ID, error)
}

// ErrNotOpen is ExpireSession's answer for a session that is complete or expired.
var ErrNotOpen = errors.New("checkout: the Checkout Session is not open")

// Refusal is Stripe's final no to a Checkout Session.
type Refusal struct {
	Message string // for the customer
	Cause   error
}

func (r *Refusal) Error() string { return "checkout: refused by Stripe: " + r.Cause.Error() }

func (r *Refusal) Unwrap() error { return r.Cause }

// Session is a Checkout Session as Stripe reports it.
type Session struct {
	ID            string
	URL           string
	OrderID       shop.ID // from the metadata; zero for a session that is not ours
	State         SessionState
	Early         bool   // expired before its time: cancelled, here or in Stripe's dashboard
	TransactionID string // the PaymentIntent, once there is one
	Amount        shop.Money
	Currency      shop.Currency
	Livemode      bool
}

// SessionState sums up what a session's status and payment_status mean for an order.
type SessionState string

const (
	SessionOpen     SessionState = "open"     // the customer may still pay
	SessionAwaiting SessionState = "awaiting" // completed with a delayed method: not paid yet
	SessionPaid     SessionState = "paid"
	SessionExpired  SessionState = "expired"  // nobody paid in time, or it was cancelled
	SessionDeclined SessionState = "declined" // the delayed method failed
)

// Change is one conditional update of an order and its payment. It applies only
//
//   - where the payment stands below To on the ladder, or, for a refund, where
//     less than Refunded was refunded of the same transaction,
//   - to a failure only where SessionID is the order's session, or where none is
//     stored: another session's end says nothing of this one,
//   - and where the order costs what Terms say.
type Change struct {
	Order         shop.ID
	To            shop.PaymentStatus
	SessionID     string     // for a failure: the session that ended, "" for none
	Terms         *Terms     // for money: what was agreed
	TransactionID string     // for money: the PaymentIntent, which the order keeps
	Refunded      shop.Money // for a refund: the sum refunded so far
	Reason        string     // for the timeline
	Now           time.Time
}

// Terms are what the customer agreed to pay.
type Terms struct {
	Amount   shop.Money
	Currency shop.Currency
	Livemode bool
}
