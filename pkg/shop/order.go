package shop

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// OrderStatus follows from the status of the order's payment.
type OrderStatus string

const (
	OrderPending  OrderStatus = "pending"
	OrderFailed   OrderStatus = "failed"
	OrderPlaced   OrderStatus = "placed"
	OrderRefunded OrderStatus = "refunded"
)

// OrderStatuses is every OrderStatus.
var OrderStatuses = []OrderStatus{OrderPending, OrderFailed, OrderPlaced, OrderRefunded}

// MaxPayable is how many orders awaiting payment one customer may hold at once.
const MaxPayable = 10

// Order is what a customer buys, and its one payment: a single document.
type Order struct {
	ID              ID          `bson:"_id"`
	UserID          ID          `bson:"userId"`
	Items           []LineItem  `bson:"items"`
	Subtotal        Money       `bson:"subtotal"`
	Currency        Currency    `bson:"currency"`
	DeliveryAddress string      `bson:"deliveryAddress"`
	Status          OrderStatus `bson:"status"`
	Payment         Payment     `bson:"payment"`
	ExpiresAt       time.Time   `bson:"expiresAt"`             // until when it can be paid
	RequestHash     string      `bson:"requestHash,omitempty"` // of a request with an Idempotency-Key
	Timeline        []Moment    `bson:"timeline"`
	Review          *Review     `bson:"review,omitempty"`
	CreatedAt       time.Time   `bson:"createdAt"`
	UpdatedAt       time.Time   `bson:"updatedAt"`
}

// LineItem is one product of an order, at the price it had when ordered.
type LineItem struct {
	ProductID ID     `bson:"productId"`
	Name      string `bson:"name"`
	ImageURL  string `bson:"imageUrl,omitempty"`
	UnitPrice Money  `bson:"unitPrice"`
	Quantity  int64  `bson:"quantity"`
}

// Total is the price of all pieces, in minor units.
func (l LineItem) Total() Money { return l.UnitPrice * Money(l.Quantity) }

// Moment is one change of an order's status, and why it happened.
type Moment struct {
	At            time.Time     `bson:"at"`
	Status        OrderStatus   `bson:"status"`
	PaymentStatus PaymentStatus `bson:"paymentStatus"`
	Reason        string        `bson:"reason"`
}

// Review asks a person to look at an order: Stripe reported money that does not
// fit it. Findings are a set, so a repeated event adds nothing.
type Review struct {
	Findings []Finding `bson:"findings"`
}

// Finding is one report of Stripe's that does not fit its order.
type Finding struct {
	Reason        string   `bson:"reason"` // see the checkout package's reasons
	SessionID     string   `bson:"sessionId"`
	TransactionID string   `bson:"transactionId"`
	Amount        Money    `bson:"amount"`
	Currency      Currency `bson:"currency"`
	Livemode      bool     `bson:"livemode"`
}

// Payable reports whether the customer can still pay at this moment.
func (o Order) Payable(now time.Time) bool {
	return o.Payment.Status == PaymentPending && !o.Payment.Awaiting && o.Payment.SessionURL != "" && now.Before(o.ExpiresAt)
}

// OrderRequest is what a customer asks for: one product, or a list of items.
type OrderRequest struct {
	ProductID       string        `json:"productId"`
	Quantity        int64         `json:"quantity"`
	Items           []ItemRequest `json:"items"`
	DeliveryAddress string        `json:"deliveryAddress"`
}

// ItemRequest is one product and how many of it.
type ItemRequest struct {
	ProductID string `json:"productId"`
	Quantity  int64  `json:"quantity"`
}

const (
	maxItems    = 20
	maxQuantity = 999
)

// Validate reports every field that breaks a rule, and brings the short form
// {productId, quantity} into the long one.
func (r *OrderRequest) Validate() (f Faults) {
	short := r.ProductID != "" || r.Quantity != 0
	if short && len(r.Items) > 0 {
		f.Add("items", "give either items or productId and quantity, not both")
	} else if short || r.Items == nil {
		checkID(&f, "productId", r.ProductID)
		checkQuantity(&f, "quantity", r.Quantity)
		r.Items = []ItemRequest{{r.ProductID, r.Quantity}}
	} else {
		checkItems(&f, r.Items)
	}
	r.ProductID, r.Quantity = "", 0
	r.DeliveryAddress = checkText(&f, "deliveryAddress", r.DeliveryAddress, 10, 500)
	return f
}

func checkItems(f *Faults, items []ItemRequest) {
	if len(items) == 0 || len(items) > maxItems {
		f.Add("items", fmt.Sprintf("must have 1 to %d items", maxItems))
		return
	}
	seen := map[string]bool{}
	for i, item := range items {
		path := fmt.Sprintf("items[%d].", i)
		checkID(f, path+"productId", item.ProductID)
		checkQuantity(f, path+"quantity", item.Quantity)
		if id, err := ParseID(item.ProductID); err == nil && seen[id.String()] {
			f.Add(path+"productId", "is in the list twice: add up the quantities")
		} else {
			seen[id.String()] = true
		}
	}
}

func checkQuantity(f *Faults, path string, n int64) {
	if n < 1 || n > maxQuantity {
		f.Add(path, fmt.Sprintf("must be a whole number from 1 to %d", maxQuantity))
	}
}

// Hash tells one validated request from another; equal requests have equal hashes.
func (r OrderRequest) Hash() string {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and integers always marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
