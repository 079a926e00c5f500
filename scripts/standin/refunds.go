package standin

// Refund gives back an amount in minor units of a payment, or all that is left of it
// where amount is 0, as the shop's owner does from Stripe's dashboard.
func (s *Server) Refund(intentID string, amount int64) (refundID string, err error) {
	err = s.change(func() error {
		in, ok := s.st.Intents.get(intentID)
		if !ok {
			return noSuch("payment_intent", "payment_intent", intentID)
		}
		re, err := s.refund(cause{}, in, amount, "requested_by_customer", nil)
		if err != nil {
			return err
		}
		refundID = re.ID
		return nil
	})
	return refundID, err
}

func (s *Server) createRefund(c *call) (effect, error) {
	f := c.form
	intentID, chargeID := f.text("payment_intent", 5000), f.text("charge", 5000)
	amount := f.integer("amount", 1, maxTotal)
	reason := f.oneOf("reason", "duplicate", "fraudulent", "requested_by_customer")
	metadata := f.metadata("metadata")
	expand := f.expand("charge", "payment_intent")
	f.notActed("currency", "customer", "instructions_email", "origin", "refund_application_fee", "reverse_transfer")
	if err := f.err(); err != nil {
		return nil, err
	}
	if intentID == "" && chargeID == "" {
		return nil, refuse("", "", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	return func() (map[string]any, error) {
		in, err := s.paymentToRefund(intentID, chargeID)
		if err != nil {
			return nil, err
		}
		re, err := s.refund(c.by, in, amount, reason, metadata)
		if err != nil {
			return nil, err
		}
		return s.expand(refundObject(re), expand), nil
	}, nil
}

func (s *Server) paymentToRefund(intentID, chargeID string) (*intent, error) {
	if chargeID != "" {
		ch, ok := s.st.Charges.get(chargeID)
		if !ok || (intentID != "" && ch.IntentID != intentID) {
			return nil, noSuch("charge", "charge", chargeID)
		}
		intentID = ch.IntentID
	}
	in, ok := s.st.Intents.get(intentID)
	if !ok {
		return nil, noSuch("payment_intent", "payment_intent", intentID)
	}
	return in, nil
}

func (s *Server) refund(by cause, in *intent, amount int64, reason string, metadata map[string]string) (*refund, error) {
	ch, err := s.refundable(in)
	if err != nil {
		return nil, err
	}
	cur := currencies[ch.Currency]
	left := ch.Amount - ch.Refunded
	if amount == 0 {
		amount = left
	}
	switch {
	case amount > left && ch.Refunded == 0:
		return nil, refuse("", "amount", "Refund amount (%s) is greater than charge amount (%s)", cur.format(amount), cur.format(left))
	case amount > left:
		return nil, refuse("", "amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)", cur.format(amount), cur.format(left))
	case amount < 0 || amount%cur.step != 0:
		return nil, refuse("parameter_invalid_integer", "amount", "Invalid amount: amounts in %s must be multiples of %d.", cur.code, cur.step)
	}
	if metadata == nil {
		metadata = map[string]string{}
	}
	before := map[string]any{"amount_refunded": ch.Refunded, "refunded": false}
	ch.Refunded += amount
	re := &refund{
		ID: newID("re_3", 23), ChargeID: ch.ID, IntentID: in.ID, Created: s.now(), Amount: amount,
		Currency: ch.Currency, Reason: reason, Metadata: metadata, TxnID: newID("txn_3", 23),
	}
	s.st.Refunds.add(re)
	s.emit(by, "charge.refunded", s.chargeObject(ch), before)
	return re, nil
}

// refundable is the payment's charge, where there is something to give back.
func (s *Server) refundable(in *intent) (*charge, error) {
	ch, ok := s.st.Charges.get(in.ChargeID)
	if !ok || ch.Status != "succeeded" {
		return nil, refuse("", "payment_intent", "This PaymentIntent (%s) does not have a successful charge to refund.", in.ID)
	}
	if d, ok := s.st.Disputes.get(ch.DisputeID); ok && d.Status != "won" {
		return nil, refuse("charge_disputed", "", "Charge %s has been charged back; cannot issue a refund.", ch.ID)
	}
	if ch.Refunded == ch.Amount {
		return nil, refuse("charge_already_refunded", "", "Charge %s has already been refunded.", ch.ID)
	}
	return ch, nil
}

func (s *Server) getRefund(c *call) (effect, error) {
	expand := c.form.expand("charge", "payment_intent")
	return func() (map[string]any, error) {
		re, ok := s.st.Refunds.get(c.r.PathValue("id"))
		if !ok {
			return nil, noSuch("refund", "id", c.r.PathValue("id"))
		}
		return s.expand(refundObject(re), expand), nil
	}, nil
}

func (s *Server) listRefunds(c *call) (effect, error) {
	p := readPaging(c.form, "charge", "payment_intent")
	intentID, chargeID := c.form.text("payment_intent", 5000), c.form.text("charge", 5000)
	c.form.notActed("created")
	return func() (map[string]any, error) {
		var rows []*refund
		for _, re := range s.st.Refunds.rows {
			if (intentID == "" || re.IntentID == intentID) && (chargeID == "" || re.ChargeID == chargeID) {
				rows = append(rows, re)
			}
		}
		return page(s, "/v1/refunds", p, rows, refundObject)
	}, nil
}

// refundsOf is the list that a charge has when expanded.
func (s *Server) refundsOf(chargeID string) map[string]any {
	var of []*refund
	for _, re := range s.st.Refunds.rows {
		if re.ChargeID == chargeID {
			of = append(of, re)
		}
	}
	return listObject("/v1/charges/"+chargeID+"/refunds", newestFirst(of, refundObject), false)
}
