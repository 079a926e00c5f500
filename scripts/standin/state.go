package standin

import "encoding/json"

// state is everything the stand-in remembers: what StateFile holds.
type state struct {
	Sessions   table[*session]
	Intents    table[*intent]
	Charges    table[*charge]
	Refunds    table[*refund]
	Disputes   table[*dispute]
	Endpoints  table[*endpoint]
	Events     table[*event]
	Deliveries table[*delivery]
	Keys       map[string]*answer // by Idempotency-Key
}

// A table keeps rows in the order they came, and finds them by id.
type table[T interface{ key() string }] struct {
	rows []T
	byID map[string]T
}

func (t *table[T]) add(row T) {
	if t.byID == nil {
		t.byID = map[string]T{}
	}
	t.rows = append(t.rows, row)
	t.byID[row.key()] = row
}

func (t *table[T]) get(id string) (T, bool) {
	row, ok := t.byID[id]
	return row, ok
}

func (t *table[T]) remove(id string) {
	t.keep(func(row T) bool { return row.key() != id })
}

func (t *table[T]) keep(wanted func(T) bool) {
	old := t.rows
	*t = table[T]{}
	for _, row := range old {
		if wanted(row) {
			t.add(row)
		}
	}
}

func (t table[T]) MarshalJSON() ([]byte, error) { return json.Marshal(t.rows) }

func (t *table[T]) UnmarshalJSON(data []byte) error {
	var rows []T
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	*t = table[T]{}
	for _, row := range rows {
		t.add(row)
	}
	return nil
}

type session struct {
	ID                string
	Created           int64
	ExpiresAt         int64
	Status            string // open, complete, expired
	PaymentStatus     string // unpaid, paid, no_payment_required
	Currency          string
	Total             int64
	Items             []lineItem
	SuccessURL        string
	CancelURL         string
	ClientReferenceID string
	CustomerEmail     string // asked for by the shop
	Email             string // as the customer gave it
	Metadata          map[string]string
	Methods           []string
	Echo              map[string]any // parameters that only come back in the answer
	Payment           paymentData
	IntentID          string
}

type lineItem struct {
	ID, ProductID, PriceID string
	Name, Description      string
	UnitAmount, Quantity   int64
}

// paymentData is what payment_intent_data hands on to the PaymentIntent.
type paymentData struct {
	Metadata         map[string]string
	Description      string
	ReceiptEmail     string
	Descriptor       string
	DescriptorSuffix string
}

type intent struct {
	ID, SessionID string
	Created       int64
	Amount        int64
	Currency      string
	Status        string // requires_payment_method, processing, succeeded, canceled
	Method        string
	ChargeID      string // the latest
	CanceledAt    int64
	Secret        string
	Payment       paymentData
}

type charge struct {
	ID, IntentID     string
	Created          int64
	Amount, Refunded int64
	Currency         string
	Status           string // succeeded, pending, failed
	Method, MethodID string
	FailureCode      string
	Email            string
	DisputeID        string // the latest
	Metadata         map[string]string
	Payment          paymentData
	TxnID            string
}

type refund struct {
	ID, ChargeID, IntentID string
	Created, Amount        int64
	Currency, Reason       string
	Metadata               map[string]string
	TxnID                  string
}

type dispute struct {
	ID, ChargeID, IntentID string
	Created, Amount        int64
	Currency, Reason       string
	Status                 string // needs_response, won, lost
}

// An endpoint is a webhook destination registered through the API.
type endpoint struct {
	ID, URL, Secret         string
	Created                 int64
	Events                  []string
	APIVersion, Description string
	Metadata                map[string]string
	Disabled                bool
}

func (s *session) key() string  { return s.ID }
func (i *intent) key() string   { return i.ID }
func (c *charge) key() string   { return c.ID }
func (r *refund) key() string   { return r.ID }
func (d *dispute) key() string  { return d.ID }
func (e *endpoint) key() string { return e.ID }
func (e *event) key() string    { return e.ID }
func (d *delivery) key() string { return d.ID }
