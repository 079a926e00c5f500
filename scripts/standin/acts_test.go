package standin_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// Each act leads to the events that Stripe sends of it, in the order it emits them, and
// to a state that the API tells.
func TestActs(t *testing.T) {
	const paid = "payment_intent.created charge.succeeded payment_intent.succeeded checkout.session.completed"
	const delayed = "payment_intent.created charge.pending payment_intent.processing checkout.session.completed"
	for name, test := range map[string]struct {
		act    func(s *standin.Server, session string) error
		events string
		status string // of the session
		paid   string
		intent string
	}{
		"pay": {pay, paid, "complete", "paid", "succeeded"},
		"decline": {decline, "payment_intent.created charge.failed payment_intent.payment_failed",
			"open", "unpaid", "requires_payment_method"},
		"decline, then pay": {all(decline, pay),
			"payment_intent.created charge.failed payment_intent.payment_failed charge.succeeded payment_intent.succeeded checkout.session.completed",
			"complete", "paid", "succeeded"},
		"delayed":          {payDelayed, delayed, "complete", "unpaid", "processing"},
		"delayed, settled": {all(payDelayed, onIntent((*standin.Server).Settle)), delayed + " charge.succeeded payment_intent.succeeded checkout.session.async_payment_succeeded", "complete", "paid", "succeeded"},
		"delayed, failed":  {all(payDelayed, onIntent((*standin.Server).FailDelayed)), delayed + " charge.failed payment_intent.payment_failed checkout.session.async_payment_failed", "complete", "unpaid", "requires_payment_method"},
		"expire":           {(*standin.Server).Expire, "checkout.session.expired", "expired", "unpaid", ""},
		"decline, expire":  {all(decline, (*standin.Server).Expire), "payment_intent.created charge.failed payment_intent.payment_failed payment_intent.canceled checkout.session.expired", "expired", "unpaid", "canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			s, base := start(t, standin.Options{})
			id := checkout(t, base)
			check(t, test.act(s, id))
			equal(t, "events", emitted(s), test.events)
			se := call(t, "GET", base+"/v1/checkout/sessions/"+id+"?expand[]=payment_intent", nil)
			equal(t, "status", se.at("status"), any(test.status))
			equal(t, "payment_status", se.at("payment_status"), any(test.paid))
			if test.intent == "" {
				equal(t, "payment_intent", se.at("payment_intent"), nil)
				return
			}
			equal(t, "intent's status", se.at("payment_intent", "status"), any(test.intent))
			equal(t, "intent's metadata", se.at("payment_intent", "metadata", "orderId"), any("order-1"))
		})
	}
}

func pay(s *standin.Server, id string) error        { _, err := s.Pay(id); return err }
func decline(s *standin.Server, id string) error    { _, err := s.Decline(id); return err }
func payDelayed(s *standin.Server, id string) error { _, err := s.PayDelayed(id); return err }

func all(acts ...func(*standin.Server, string) error) func(*standin.Server, string) error {
	return func(s *standin.Server, id string) error {
		for _, act := range acts {
			if err := act(s, id); err != nil {
				return err
			}
		}
		return nil
	}
}

func onIntent(act func(*standin.Server, string) error) func(*standin.Server, string) error {
	return func(s *standin.Server, _ string) error { return act(s, s.Payments()[0].IntentID) }
}

func TestActsOutOfPlace(t *testing.T) {
	s, base := start(t, standin.Options{})
	id := checkout(t, base)
	intent := must(s.Pay(id))(t)
	cards := checkout(t, base, "payment_method_types[]", "card")
	debit := checkout(t, base, "payment_method_types[]", "sepa_debit", "line_items[0][price_data][currency]", "eur")
	closed := must(s.Pay(checkout(t, base)))(t)
	must(s.OpenDispute(closed, ""))(t)
	check(t, s.CloseDispute(closed, false))
	before := len(s.Events())

	for name, act := range map[string]func() error{
		"pay twice":              func() error { return pay(s, id) },
		"decline after pay":      func() error { return decline(s, id) },
		"delayed after pay":      func() error { return payDelayed(s, id) },
		"expire after pay":       func() error { return s.Expire(id) },
		"settle what is settled": func() error { return s.Settle(intent) },
		"fail what is settled":   func() error { return s.FailDelayed(intent) },
		"close without dispute":  func() error { return s.CloseDispute(intent, true) },
		"close twice":            func() error { return s.CloseDispute(closed, true) },
		"dispute what is lost":   func() error { _, err := s.OpenDispute(closed, ""); return err },
		"unknown session":        func() error { return pay(s, "cs_test_x") },
		"unknown payment":        func() error { return s.Settle("pi_x") },
		"delayed, cards only":    func() error { return payDelayed(s, cards) },
		"card, debit only":       func() error { return pay(s, debit) },
		"unknown reason":         func() error { _, err := s.OpenDispute(intent, "boredom"); return err },
		"refund too much":        func() error { _, err := s.Refund(intent, 999999); return err },
	} {
		if act() == nil {
			t.Errorf("%s went through", name)
		}
	}
	equal(t, "events of it", len(s.Events()), before)
}

// Of many who pay one session at once, one does.
func TestPaidOnce(t *testing.T) {
	s, base := start(t, standin.Options{})
	id := checkout(t, base)
	var wg sync.WaitGroup
	results := make(chan error, 20)
	for range 10 {
		wg.Go(func() { results <- pay(s, id) })
		wg.Go(func() { results <- s.Expire(id) })
	}
	wg.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, standin.ErrClosed) {
			t.Error(err)
		}
	}
	equal(t, "acts that went through", won, 1)
}

func TestNothingToPay(t *testing.T) {
	s, base := start(t, standin.Options{})
	id := checkout(t, base, "line_items[0][price_data][unit_amount]", "0")
	check(t, pay(s, id))
	equal(t, "events", emitted(s), "checkout.session.completed")
	r := call(t, "GET", base+"/v1/checkout/sessions/"+id, nil)
	equal(t, "payment_status", r.at("payment_status"), any("no_payment_required"))
	equal(t, "payment_intent", r.at("payment_intent"), nil)
}

// The charge copies the PaymentIntent's metadata, the session has its own, and a
// dispute's starts empty: a shop finds its order by payment_intent.
func TestEventObjects(t *testing.T) {
	s, base := start(t, standin.Options{})
	id := checkout(t, base, "metadata[orderId]", "of the session", "payment_intent_data[metadata][orderId]", "of the intent")
	intent := must(s.Pay(id))(t)
	must(s.Refund(intent, 198))(t)
	dispute := must(s.OpenDispute(intent, "product_not_received"))(t)
	check(t, s.CloseDispute(intent, true))

	byType := map[string]stripe.Event{}
	for _, ev := range s.Events() {
		parsed, err := webhook.ConstructEvent(ev.Payload, s.Sign(ev.Payload), "")
		check(t, err)
		equal(t, "id", parsed.ID, ev.ID)
		equal(t, "livemode", parsed.Livemode, false)
		byType[string(parsed.Type)] = parsed
	}
	var se stripe.CheckoutSession
	check(t, json.Unmarshal(byType["checkout.session.completed"].Data.Raw, &se))
	equal(t, "session's metadata", se.Metadata["orderId"], "of the session")
	equal(t, "session's intent", se.PaymentIntent.ID, intent)
	equal(t, "amount", se.AmountTotal, 3198)
	equal(t, "email", se.CustomerDetails.Email, "customer@example.com")

	var ch stripe.Charge
	check(t, json.Unmarshal(byType["charge.refunded"].Data.Raw, &ch))
	equal(t, "charge's metadata", ch.Metadata["orderId"], "of the intent")
	equal(t, "charge's intent", ch.PaymentIntent.ID, intent)
	equal(t, "refunded", ch.AmountRefunded, 198)
	equal(t, "all of it", ch.Refunded, false)
	equal(t, "before", byType["charge.refunded"].Data.PreviousAttributes["amount_refunded"].(float64), 0)

	var d stripe.Dispute
	check(t, json.Unmarshal(byType["charge.dispute.created"].Data.Raw, &d))
	equal(t, "dispute", d.ID, dispute)
	equal(t, "dispute's metadata", len(d.Metadata), 0)
	equal(t, "dispute's intent", d.PaymentIntent.ID, intent)
	equal(t, "dispute's charge", d.Charge.ID, ch.ID)
	equal(t, "disputed amount", d.Amount, 3000)
	equal(t, "reason", d.Reason, stripe.DisputeReasonProductNotReceived)
	equal(t, "status", d.Status, stripe.DisputeStatusNeedsResponse)
	check(t, json.Unmarshal(byType["charge.dispute.closed"].Data.Raw, &d))
	equal(t, "closed", d.Status, stripe.DisputeStatusWon)
}

func TestRefunds(t *testing.T) {
	s, base := start(t, standin.Options{})
	intent := must(s.Pay(checkout(t, base)))(t) // 3198
	charge := call(t, "GET", base+"/v1/payment_intents/"+intent, nil).at("latest_charge").(string)
	refund := func(with ...string) reply {
		params := order() // only for its type
		clear(params)
		for i := 0; i < len(with); i += 2 {
			params.Set(with[i], with[i+1])
		}
		return call(t, "POST", base+"/v1/refunds", params)
	}
	refuse := func(code, says string, with ...string) {
		t.Helper()
		r := refund(with...)
		got, _ := r.at("error", "code").(string)
		if r.status < 400 || got != code || r.at("error", "message") != says {
			t.Errorf("refund %v: got %d %s", with, r.status, r.raw)
		}
	}
	refuse("", "Refund amount ($31.99) is greater than charge amount ($31.98)", "payment_intent", intent, "amount", "3199")
	first := refund("payment_intent", intent, "amount", "1000", "metadata[why]", "chipped", "reason", "requested_by_customer")
	equal(t, "first", first.status, 200)
	equal(t, "amount", first.at("amount"), any(1000.0))
	equal(t, "metadata", first.at("metadata", "why"), any("chipped"))
	equal(t, "charge", first.at("charge"), any(charge))
	refuse("", "Refund amount ($21.99) is greater than unrefunded amount on charge ($21.98)", "payment_intent", intent, "amount", "2199")
	equal(t, "second, by charge", refund("charge", charge, "amount", "198").status, 200)
	equal(t, "the rest", refund("payment_intent", intent).at("amount"), any(2000.0))
	refuse("charge_already_refunded", "Charge "+charge+" has already been refunded.", "payment_intent", intent)
	refuse("charge_already_refunded", "Charge "+charge+" has already been refunded.", "payment_intent", intent, "amount", "1")

	refuse("", "One of the following params should be provided for this request: payment_intent or charge.")
	refuse("parameter_invalid_integer", "This value must be greater than or equal to 1.", "payment_intent", intent, "amount", "0")
	refuse("parameter_unknown", "Received unknown parameter: colour", "payment_intent", intent, "colour", "red")
	refuse("resource_missing", "No such payment_intent: 'pi_x'", "payment_intent", "pi_x")

	waiting := must(s.PayDelayed(checkout(t, base)))(t)
	refuse("", "This PaymentIntent ("+waiting+") does not have a successful charge to refund.", "payment_intent", waiting)
	disputed := must(s.Pay(checkout(t, base)))(t)
	must(s.OpenDispute(disputed, ""))(t)
	its := call(t, "GET", base+"/v1/payment_intents/"+disputed, nil).at("latest_charge").(string)
	refuse("charge_disputed", "Charge "+its+" has been charged back; cannot issue a refund.", "payment_intent", disputed)
	check(t, s.CloseDispute(disputed, true))
	equal(t, "after a dispute won", refund("payment_intent", disputed).status, 200)

	dinars := must(s.Pay(checkout(t, base, "line_items[0][price_data][currency]", "kwd", "line_items[0][price_data][unit_amount]", "1500")))(t)
	refuse("parameter_invalid_integer", "Invalid amount: amounts in kwd must be multiples of 10.", "payment_intent", dinars, "amount", "1005")

	full := call(t, "GET", base+"/v1/charges/"+charge+"?expand[]=refunds", nil)
	equal(t, "refunded", full.at("refunded"), any(true))
	equal(t, "amount_refunded", full.at("amount_refunded"), any(3198.0))
	equal(t, "its refunds", len(full.at("refunds", "data").([]any)), 3)
	listed := call(t, "GET", base+"/v1/refunds?payment_intent="+intent, nil)
	equal(t, "listed", len(listed.at("data").([]any)), 3)
	equal(t, "one", call(t, "GET", base+"/v1/refunds/"+first.id(), nil).raw, first.raw)

	ledger := s.Payments()[0]
	equal(t, "ledger", ledger.Refunded, 3198)
	equal(t, "ledger: paid, whatever was given back", ledger.Paid, true)
	equal(t, "ledger's order", ledger.OrderID, "order-1")
}

func TestBalance(t *testing.T) {
	s, base := start(t, standin.Options{})
	intent := must(s.Pay(checkout(t, base)))(t)
	must(s.Refund(intent, 1000))(t)
	lost := must(s.Pay(checkout(t, base)))(t)
	must(s.OpenDispute(lost, ""))(t)
	check(t, s.CloseDispute(lost, false))
	available := call(t, "GET", base+"/v1/balance", nil).at("available").([]any)
	equal(t, "balance", available[0].(map[string]any)["amount"], any(2198.0))
}
