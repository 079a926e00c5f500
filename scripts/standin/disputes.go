package standin

import (
	"errors"
	"slices"
	"strings"
)

// DisputeReasons are those that a bank may give; https://docs.stripe.com/disputes/categories.
var DisputeReasons = strings.Fields("fraudulent product_not_received product_unacceptable unrecognized duplicate credit_not_processed subscription_canceled general bank_cannot_process check_returned customer_initiated debit_not_authorized incorrect_account_details insufficient_funds")

// OpenDispute is the customer's bank taking back what is left of a payment, for one of
// DisputeReasons; "" means fraudulent.
func (s *Server) OpenDispute(intentID, reason string) (disputeID string, err error) {
	if reason == "" {
		reason = "fraudulent"
	}
	if !slices.Contains(DisputeReasons, reason) {
		return "", errors.New("no such dispute reason: " + reason)
	}
	err = s.change(func() error {
		in, ok := s.st.Intents.get(intentID)
		if !ok {
			return noSuch("payment_intent", "intent", intentID)
		}
		ch, err := s.refundable(in) // what cannot be given back cannot be taken back
		if err != nil {
			return err
		}
		d := &dispute{
			ID: newID("du_1", 23), ChargeID: ch.ID, IntentID: in.ID, Created: s.now(),
			Amount: ch.Amount - ch.Refunded, Currency: ch.Currency, Reason: reason, Status: "needs_response",
		}
		s.st.Disputes.add(d)
		ch.DisputeID = d.ID
		s.emit(cause{}, "charge.dispute.created", disputeObject(d), nil)
		s.emit(cause{}, "charge.dispute.funds_withdrawn", disputeObject(d), nil)
		disputeID = d.ID
		return nil
	})
	return disputeID, err
}

// CloseDispute is the bank's last word on the open dispute of a payment: won gives the
// money back to the shop, lost leaves it with the customer.
func (s *Server) CloseDispute(intentID string, won bool) error {
	return s.change(func() error {
		in, ok := s.st.Intents.get(intentID)
		if !ok {
			return noSuch("payment_intent", "intent", intentID)
		}
		d, ok := s.disputeOf(in)
		if !ok || d.Status != "needs_response" {
			return errors.New("the payment has no open dispute")
		}
		before := map[string]any{"status": d.Status}
		d.Status = "lost"
		if won {
			d.Status = "won"
		}
		s.emit(cause{}, "charge.dispute.closed", disputeObject(d), before)
		if won {
			s.emit(cause{}, "charge.dispute.funds_reinstated", disputeObject(d), nil)
		}
		return nil
	})
}

// disputeOf is the latest dispute of a payment.
func (s *Server) disputeOf(in *intent) (*dispute, bool) {
	ch, ok := s.st.Charges.get(in.ChargeID)
	if !ok {
		return nil, false
	}
	return s.st.Disputes.get(ch.DisputeID)
}

func (s *Server) getDispute(c *call) (effect, error) {
	expand := c.form.expand("charge", "payment_intent")
	return func() (map[string]any, error) {
		d, ok := s.st.Disputes.get(c.r.PathValue("id"))
		if !ok {
			return nil, noSuch("dispute", "dispute", c.r.PathValue("id"))
		}
		return s.expand(disputeObject(d), expand), nil
	}, nil
}
