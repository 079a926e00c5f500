package standin

import "errors"

// The acts are what customers and banks do. The hosted page's buttons run them, and so
// do tests; each is one step, with the events that Stripe sends of it.

// ErrClosed is an act on a session that is no longer open.
var ErrClosed = errors.New("the session is no longer open")

var errNotOffered = errors.New("the session does not offer that way to pay")

// Pay pays an open session by card: it is complete and paid. A session that costs
// nothing completes without a payment, and intentID is "".
func (s *Server) Pay(sessionID string) (intentID string, err error) {
	err = s.change(func() error {
		se, err := s.openSession(sessionID)
		if err != nil {
			return err
		}
		if se.Total == 0 {
			s.complete(se, "no_payment_required")
			return nil
		}
		if !se.takesCards() {
			return errNotOffered
		}
		in := s.intentFor(se, card.Name)
		ch := s.newCharge(se, in, "succeeded", "")
		s.succeed(in, ch)
		s.complete(se, "paid")
		intentID = in.ID
		return nil
	})
	return intentID, err
}

// Decline tries a card that the bank refuses. The session stays open: the customer may
// try again, and the same PaymentIntent serves.
func (s *Server) Decline(sessionID string) (intentID string, err error) {
	err = s.change(func() error {
		se, err := s.openSession(sessionID)
		if err != nil {
			return err
		}
		if se.Total == 0 || !se.takesCards() {
			return errNotOffered
		}
		in := s.intentFor(se, card.Name)
		s.fail(in, s.newCharge(se, in, "failed", "generic_decline"))
		intentID = in.ID
		return nil
	})
	return intentID, err
}

// PayDelayed pays by a method that takes days: the session is complete and still unpaid,
// until Settle or FailDelayed.
func (s *Server) PayDelayed(sessionID string) (intentID string, err error) {
	err = s.change(func() error {
		se, err := s.openSession(sessionID)
		if err != nil {
			return err
		}
		m, ok := se.delayed()
		if !ok || se.Total == 0 {
			return errNotOffered
		}
		in := s.intentFor(se, m.Name)
		ch := s.newCharge(se, in, "pending", "")
		in.Status = "processing"
		s.emit(cause{}, "charge.pending", s.chargeObject(ch), nil)
		s.emit(cause{}, "payment_intent.processing", s.intentObject(in), nil)
		s.complete(se, "unpaid")
		intentID = in.ID
		return nil
	})
	return intentID, err
}

// Settle is the bank's yes to a delayed payment.
func (s *Server) Settle(intentID string) error {
	return s.change(func() error {
		se, in, ch, err := s.processing(intentID)
		if err != nil {
			return err
		}
		ch.Status = "succeeded"
		se.PaymentStatus = "paid"
		s.succeed(in, ch)
		s.emit(cause{}, "checkout.session.async_payment_succeeded", s.sessionObject(se), nil)
		return nil
	})
}

// FailDelayed is the bank's no to a delayed payment. The session stays complete and
// unpaid: it cannot be tried again.
func (s *Server) FailDelayed(intentID string) error {
	return s.change(func() error {
		se, in, ch, err := s.processing(intentID)
		if err != nil {
			return err
		}
		ch.Status, ch.FailureCode = "failed", "insufficient_funds"
		s.fail(in, ch)
		s.emit(cause{}, "checkout.session.async_payment_failed", s.sessionObject(se), nil)
		return nil
	})
}

// Expire ends an open session before its time.
func (s *Server) Expire(sessionID string) error {
	return s.change(func() error {
		se, err := s.openSession(sessionID)
		if err != nil {
			return err
		}
		s.expire(cause{}, se)
		return nil
	})
}

func (s *Server) openSession(id string) (*session, error) {
	se, err := s.findSession(id)
	if err != nil {
		return nil, err
	}
	if se.Status != "open" {
		return nil, ErrClosed
	}
	return se, nil
}

func (s *Server) processing(intentID string) (*session, *intent, *charge, error) {
	in, ok := s.st.Intents.get(intentID)
	if !ok {
		return nil, nil, nil, noSuch("payment_intent", "intent", intentID)
	}
	if in.Status != "processing" {
		return nil, nil, nil, errors.New("the payment is not waiting for its bank: it is " + in.Status)
	}
	ch, _ := s.st.Charges.get(in.ChargeID)
	se, _ := s.st.Sessions.get(in.SessionID)
	return se, in, ch, nil
}

// intentFor is the session's PaymentIntent, which the first attempt to pay creates (API
// version 2022-08-01 and later).
func (s *Server) intentFor(se *session, method string) *intent {
	if in, ok := s.st.Intents.get(se.IntentID); ok {
		in.Method = method
		return in
	}
	in := &intent{
		ID: newID("pi_3", 23), SessionID: se.ID, Created: s.now(), Amount: se.Total, Currency: se.Currency,
		Status: "requires_payment_method", Method: method, Payment: se.Payment,
	}
	in.Secret = in.ID + newID("_secret_", 25)
	s.st.Intents.add(in)
	se.IntentID = in.ID
	s.emit(cause{}, "payment_intent.created", s.intentObject(in), nil)
	return in
}

// newCharge is one attempt. It copies the PaymentIntent's metadata as that is now.
func (s *Server) newCharge(se *session, in *intent, status, failure string) *charge {
	ch := &charge{
		ID: newID("ch_3", 23), IntentID: in.ID, Created: s.now(), Amount: in.Amount, Currency: in.Currency,
		Status: status, FailureCode: failure, Method: in.Method, MethodID: newID("pm_1", 23),
		Email: se.email(), Metadata: in.Payment.Metadata, Payment: in.Payment, TxnID: newID("txn_3", 23),
	}
	s.st.Charges.add(ch)
	in.ChargeID = ch.ID
	return ch
}

func (s *Server) succeed(in *intent, ch *charge) {
	in.Status = "succeeded"
	s.emit(cause{}, "charge.succeeded", s.chargeObject(ch), nil)
	s.emit(cause{}, "payment_intent.succeeded", s.intentObject(in), nil)
}

func (s *Server) fail(in *intent, ch *charge) {
	in.Status = "requires_payment_method"
	s.emit(cause{}, "charge.failed", s.chargeObject(ch), nil)
	s.emit(cause{}, "payment_intent.payment_failed", s.intentObject(in), nil)
}

func (s *Server) complete(se *session, paymentStatus string) {
	se.Status, se.PaymentStatus = "complete", paymentStatus
	se.Email = se.email()
	s.emit(cause{}, "checkout.session.completed", s.sessionObject(se), nil)
}

// expire ends a session, and with it a PaymentIntent that was tried in vain.
func (s *Server) expire(by cause, se *session) {
	se.Status = "expired"
	if in, ok := s.st.Intents.get(se.IntentID); ok {
		in.Status, in.CanceledAt = "canceled", s.now()
		s.emit(by, "payment_intent.canceled", s.intentObject(in), nil)
	}
	s.emit(by, "checkout.session.expired", s.sessionObject(se), nil)
}

// watchFor makes expireDue look again at a time.
func (s *Server) watchFor(at int64) {
	if s.nextExpiry == 0 || at < s.nextExpiry {
		s.nextExpiry = at
	}
}

// expireDue expires the sessions whose time has come. The caller holds s.mu.
func (s *Server) expireDue() {
	now := s.now()
	if s.nextExpiry == 0 || now < s.nextExpiry {
		return
	}
	s.nextExpiry = 0
	for _, se := range s.st.Sessions.rows {
		switch {
		case se.Status != "open":
		case se.ExpiresAt <= now:
			s.expire(cause{}, se)
		default:
			s.watchFor(se.ExpiresAt)
		}
	}
	if err := s.save(); err != nil {
		s.log.Error("state not saved", "err", err)
	}
}

// email is the customer's address: the shop's word, or what a customer would type.
func (se *session) email() string {
	for _, known := range []string{se.Email, se.CustomerEmail} {
		if known != "" {
			return known
		}
	}
	return "customer@example.com"
}
