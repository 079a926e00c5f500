package standin

import "slices"

func (s *Server) getIntent(c *call) (effect, error) {
	expand := c.form.expand("customer", "latest_charge", "latest_charge.refunds")
	return func() (map[string]any, error) {
		in, ok := s.st.Intents.get(c.r.PathValue("id"))
		if !ok {
			return nil, noSuch("payment_intent", "intent", c.r.PathValue("id"))
		}
		return s.expand(s.intentObject(in), expand), nil
	}, nil
}

func (s *Server) getCharge(c *call) (effect, error) {
	expand := c.form.expand("customer", "payment_intent", "refunds")
	return func() (map[string]any, error) {
		ch, ok := s.st.Charges.get(c.r.PathValue("id"))
		if !ok {
			return nil, noSuch("charge", "id", c.r.PathValue("id"))
		}
		return s.expand(s.chargeObject(ch), expand), nil
	}, nil
}

func (s *Server) getAccount(c *call) (effect, error) {
	return func() (map[string]any, error) { return blank("account"), nil }, nil
}

// getBalance: what was paid, less what was refunded or lost, per currency.
func (s *Server) getBalance(c *call) (effect, error) {
	return func() (map[string]any, error) {
		sums := map[string]int64{"usd": 0}
		for _, ch := range s.st.Charges.rows {
			if ch.Status == "succeeded" {
				sums[ch.Currency] += ch.Amount - ch.Refunded
			}
		}
		for _, d := range s.st.Disputes.rows {
			if d.Status != "won" {
				sums[d.Currency] -= d.Amount
			}
		}
		available, pending := []map[string]any{}, []map[string]any{}
		for cur, sum := range sums {
			available = append(available, balanceOf(cur, sum))
			pending = append(pending, balanceOf(cur, 0))
		}
		byCurrency := func(a, b map[string]any) int {
			if a["currency"].(string) < b["currency"].(string) {
				return -1
			}
			return 1
		}
		slices.SortFunc(available, byCurrency)
		slices.SortFunc(pending, byCurrency)
		return map[string]any{"object": "balance", "livemode": false, "available": available, "pending": pending}, nil
	}, nil
}

func balanceOf(currency string, amount int64) map[string]any {
	return map[string]any{"amount": amount, "currency": currency, "source_types": map[string]any{"card": amount}}
}
