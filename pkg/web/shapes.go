package web

import (
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Product is a product as the API shows it.
type Product struct {
	ID          shop.ID       `json:"_id"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	ImageURL    string        `json:"imageUrl"`
	Price       shop.Amount   `json:"price"`
	Currency    shop.Currency `json:"currency"`
	CreatedAt   Time          `json:"createdAt"`
	UpdatedAt   Time          `json:"updatedAt"`
}

// ShowProduct shapes a product.
func ShowProduct(p shop.Product) Product {
	return Product{p.ID, p.Name, p.Description, p.ImageURL, shop.Amount{Money: p.Price, Currency: p.Currency}, p.Currency, Time(p.CreatedAt), Time(p.UpdatedAt)}
}

// User is an account as the API shows it: never its password hash.
type User struct {
	ID        shop.ID   `json:"_id"`
	FullName  string    `json:"fullName"`
	Gender    *string   `json:"gender"` // null where it was not said
	Email     string    `json:"email"`
	Role      shop.Role `json:"role"`
	CreatedAt Time      `json:"createdAt"`
	UpdatedAt Time      `json:"updatedAt"`
}

// ShowUser shapes an account.
func ShowUser(u shop.User) User {
	return User{u.ID, u.FullName, optional(u.Gender), u.Email, u.Role, Time(u.CreatedAt), Time(u.UpdatedAt)}
}

// Order is an order as the API shows it.
type Order struct {
	ID              shop.ID            `json:"_id"`
	UserID          shop.ID            `json:"userId"`
	Items           []LineItem         `json:"items"`
	Subtotal        shop.Amount        `json:"subtotal"`
	Currency        shop.Currency      `json:"currency"`
	DeliveryAddress string             `json:"deliveryAddress"`
	Status          shop.OrderStatus   `json:"status"`
	PaymentStatus   shop.PaymentStatus `json:"paymentStatus"`
	PaymentID       shop.ID            `json:"paymentId"`
	PaymentURL      string             `json:"paymentSessionUrl,omitempty"`
	ExpiresAt       Time               `json:"expiresAt"`
	Timeline        []Moment           `json:"timeline"`
	Review          *Review            `json:"review,omitempty"`
	CreatedAt       Time               `json:"createdAt"`
	UpdatedAt       Time               `json:"updatedAt"`
}

// LineItem is one product of an order.
type LineItem struct {
	ProductID shop.ID     `json:"productId"`
	Name      string      `json:"name"`
	UnitPrice shop.Amount `json:"unitPrice"`
	Quantity  int64       `json:"quantity"`
	LineTotal shop.Amount `json:"lineTotal"`
}

// Moment is one step of an order's timeline.
type Moment struct {
	At            Time               `json:"at"`
	Status        shop.OrderStatus   `json:"status"`
	PaymentStatus shop.PaymentStatus `json:"paymentStatus"`
	Reason        string             `json:"reason"`
}

// Review tells an admin why a person must look at an order.
type Review struct {
	Reason   string    `json:"reason"` // of the first finding
	Findings []Finding `json:"findings"`
}

// Finding is one report of Stripe's that does not fit the order.
type Finding struct {
	Reason        string        `json:"reason"`
	SessionID     string        `json:"sessionId"`
	TransactionID string        `json:"transactionId"`
	Amount        shop.Amount   `json:"amount"`
	Currency      shop.Currency `json:"currency"`
	Livemode      bool          `json:"livemode"`
}

// ShowOrder shapes an order for whoever asks: the payment page's address is for
// its owner while it can be paid, the review for admins.
func ShowOrder(o shop.Order, caller shop.Caller, now time.Time) Order {
	v := Order{
		ID: o.ID, UserID: o.UserID, Subtotal: shop.Amount{Money: o.Subtotal, Currency: o.Currency}, Currency: o.Currency,
		DeliveryAddress: o.DeliveryAddress, Status: o.Status, PaymentStatus: o.Payment.Status, PaymentID: o.Payment.ID,
		ExpiresAt: Time(o.ExpiresAt), CreatedAt: Time(o.CreatedAt), UpdatedAt: Time(o.UpdatedAt),
		Items: make([]LineItem, len(o.Items)), Timeline: make([]Moment, len(o.Timeline)),
	}
	for i, l := range o.Items {
		v.Items[i] = LineItem{l.ProductID, l.Name, shop.Amount{Money: l.UnitPrice, Currency: o.Currency}, l.Quantity, shop.Amount{Money: l.Total(), Currency: o.Currency}}
	}
	for i, m := range o.Timeline {
		v.Timeline[i] = Moment{Time(m.At), m.Status, m.PaymentStatus, m.Reason}
	}
	if caller.ID == o.UserID && o.Payable(now) {
		v.PaymentURL = o.Payment.SessionURL
	}
	if caller.Role == shop.Admin && o.Review != nil {
		v.Review = showReview(*o.Review)
	}
	return v
}

func showReview(r shop.Review) *Review {
	v := &Review{Findings: make([]Finding, len(r.Findings))}
	for i, f := range r.Findings {
		v.Findings[i] = Finding{f.Reason, f.SessionID, f.TransactionID, shop.Amount{Money: f.Amount, Currency: f.Currency}, f.Currency, f.Livemode}
	}
	if len(v.Findings) > 0 {
		v.Reason = v.Findings[0].Reason
	}
	return v
}

// Payment is an order's payment as the API shows it.
type Payment struct {
	ID             shop.ID            `json:"_id"`
	OrderID        shop.ID            `json:"orderId"`
	UserID         shop.ID            `json:"userId"`
	Amount         shop.Amount        `json:"amount"`
	Currency       shop.Currency      `json:"currency"`
	Status         shop.PaymentStatus `json:"status"`
	TransactionID  *string            `json:"transactionId"` // null until paid
	SessionID      *string            `json:"sessionId"`
	AmountRefunded shop.Amount        `json:"amountRefunded"`
	Dispute        *Dispute           `json:"dispute"` // the latest one
	CreatedAt      Time               `json:"createdAt"`
	UpdatedAt      Time               `json:"updatedAt"`
}

// Dispute is a dispute as the API shows it.
type Dispute struct {
	ID       string      `json:"id"`
	Status   string      `json:"status"`
	Reason   string      `json:"reason"`
	Amount   shop.Amount `json:"amount"`
	OpenedAt Time        `json:"openedAt"`
}

// ShowPayment shapes the payment of an order.
func ShowPayment(o shop.Order) Payment {
	p := o.Payment
	v := Payment{
		ID: p.ID, OrderID: o.ID, UserID: o.UserID, Amount: shop.Amount{Money: p.Amount, Currency: o.Currency}, Currency: o.Currency,
		Status: p.Status, TransactionID: optional(p.TransactionID), SessionID: optional(p.SessionID),
		AmountRefunded: shop.Amount{Money: p.AmountRefunded, Currency: o.Currency}, CreatedAt: Time(o.CreatedAt), UpdatedAt: Time(o.UpdatedAt),
	}
	if d := p.LatestDispute(); d != nil {
		v.Dispute = &Dispute{d.ID, d.Status, d.Reason, shop.Amount{Money: d.Amount, Currency: o.Currency}, Time(d.OpenedAt)}
	}
	return v
}

// Time is a time in JSON: RFC 3339 in UTC, always with milliseconds.
type Time time.Time

// MarshalText writes 2006-01-02T15:04:05.000Z.
func (t Time) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z"), nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Each shapes every row of a list.
func Each[T, V any](rows []T, show func(T) V) []V {
	out := make([]V, len(rows))
	for i, row := range rows {
		out[i] = show(row)
	}
	return out
}

// ShowOrders shapes a list of orders: without the payment pages' addresses.
func ShowOrders(orders []shop.Order, caller shop.Caller, now time.Time) []Order {
	return Each(orders, func(o shop.Order) Order {
		v := ShowOrder(o, caller, now)
		v.PaymentURL = ""
		return v
	})
}
