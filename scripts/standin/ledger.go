package standin

import "maps"

// A Payment is what became of one PaymentIntent: the side of the books that a test
// compares with the shop's.
type Payment struct {
	SessionID string            `json:"sessionId"`
	IntentID  string            `json:"intentId"`
	ChargeID  string            `json:"chargeId"` // the latest attempt
	OrderID   string            `json:"orderId"`  // the metadata's orderId
	Metadata  map[string]string `json:"metadata"`
	Amount    int64             `json:"amount"`
	Currency  string            `json:"currency"`
	Status    string            `json:"status"` // requires_payment_method, processing, succeeded, canceled
	Paid      bool              `json:"paid"`   // money came in, whatever was given back since
	Refunded  int64             `json:"refunded"`
	Dispute   string            `json:"dispute"` // "", needs_response, won, lost
}

// A Session is a Checkout Session as it stands.
type Session struct {
	ID                string            `json:"id"`
	URL               string            `json:"url"` // of its hosted page
	Status            string            `json:"status"`
	PaymentStatus     string            `json:"paymentStatus"`
	IntentID          string            `json:"intentId"`
	OrderID           string            `json:"orderId"`
	ClientReferenceID string            `json:"clientReferenceId"`
	Metadata          map[string]string `json:"metadata"`
	Amount            int64             `json:"amount"`
	Currency          string            `json:"currency"`
	Created           int64             `json:"created"`
	ExpiresAt         int64             `json:"expiresAt"`
}

// Payments are all that were ever tried, oldest first.
func (s *Server) Payments() []Payment {
	all := []Payment{}
	s.view(func() {
		for _, in := range s.st.Intents.rows {
			p := Payment{
				SessionID: in.SessionID, IntentID: in.ID, ChargeID: in.ChargeID,
				OrderID: in.Payment.Metadata["orderId"], Metadata: maps.Clone(in.Payment.Metadata),
				Amount: in.Amount, Currency: in.Currency, Status: in.Status, Paid: in.Status == "succeeded",
			}
			if ch, ok := s.st.Charges.get(in.ChargeID); ok {
				p.Refunded = ch.Refunded
			}
			if d, ok := s.disputeOf(in); ok {
				p.Dispute = d.Status
			}
			all = append(all, p)
		}
	})
	return all
}

// Sessions are all that were ever created, oldest first.
func (s *Server) Sessions() []Session {
	all := []Session{}
	s.view(func() {
		for _, se := range s.st.Sessions.rows {
			all = append(all, Session{
				ID: se.ID, URL: s.pageURL(se.ID), Status: se.Status, PaymentStatus: se.PaymentStatus,
				IntentID: se.IntentID, OrderID: se.Metadata["orderId"], ClientReferenceID: se.ClientReferenceID,
				Metadata: maps.Clone(se.Metadata), Amount: se.Total, Currency: se.Currency,
				Created: se.Created, ExpiresAt: se.ExpiresAt,
			})
		}
	})
	return all
}
