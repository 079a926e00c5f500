package standin

import (
	"embed"
	"encoding/json"
	"maps"
)

// The objects/ files hold every field that the API version has, with the value it has
// where nothing else is said. Each function here lays a record's own values over one.
//
//go:embed objects/*.json
var objectFiles embed.FS

func blank(name string) map[string]any {
	data, err := objectFiles.ReadFile("objects/" + name + ".json")
	if err != nil {
		panic(err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		panic(name + ": " + err.Error())
	}
	return object
}

func lay(name string, over map[string]any) map[string]any {
	object := blank(name)
	maps.Copy(object, over)
	return object
}

func (s *Server) sessionObject(se *session) map[string]any {
	over := map[string]any{
		"id": se.ID, "created": se.Created, "expires_at": se.ExpiresAt,
		"status": se.Status, "payment_status": se.PaymentStatus,
		"currency": se.Currency, "amount_total": se.Total, "amount_subtotal": se.Total,
		"success_url": orNil(se.SuccessURL), "cancel_url": orNil(se.CancelURL),
		"client_reference_id": orNil(se.ClientReferenceID), "customer_email": orNil(se.CustomerEmail),
		"metadata": se.Metadata, "payment_method_types": se.Methods,
		"payment_intent": orNil(se.IntentID), "url": nil,
		"customer_details": customerDetails(se),
	}
	if se.Status == "open" {
		over["url"] = s.pageURL(se.ID)
	}
	maps.Copy(over, se.Echo)
	return lay("session", over)
}

// customerDetails is null until the customer, or the shop for them, gave an address.
func customerDetails(se *session) any {
	email := se.Email
	if email == "" {
		email = se.CustomerEmail
	}
	if email == "" {
		return nil
	}
	return map[string]any{
		"address": nil, "email": email, "name": nil, "phone": nil, "tax_exempt": "none", "tax_ids": nil,
	}
}

func (s *Server) intentObject(in *intent) map[string]any {
	over := map[string]any{
		"id": in.ID, "created": in.Created, "amount": in.Amount, "currency": in.Currency,
		"status": in.Status, "metadata": in.Payment.Metadata, "client_secret": in.Secret,
		"latest_charge": orNil(in.ChargeID), "payment_method_types": s.methodsOf(in),
		"description": orNil(in.Payment.Description), "receipt_email": orNil(in.Payment.ReceiptEmail),
		"statement_descriptor":        orNil(in.Payment.Descriptor),
		"statement_descriptor_suffix": orNil(in.Payment.DescriptorSuffix),
	}
	if in.CanceledAt != 0 {
		over["canceled_at"], over["cancellation_reason"] = in.CanceledAt, "automatic"
	}
	if in.Status == "succeeded" {
		over["amount_received"] = in.Amount
	}
	ch, tried := s.st.Charges.get(in.ChargeID)
	switch {
	case !tried:
	case ch.Status == "failed":
		over["last_payment_error"] = map[string]any{
			"type": "card_error", "code": "card_declined", "decline_code": ch.FailureCode,
			"charge": ch.ID, "message": failureMessage(ch.FailureCode),
			"doc_url": "https://stripe.com/docs/error-codes/card-declined",
		}
	default:
		over["payment_method"] = ch.MethodID
	}
	return lay("payment_intent", over)
}

func (s *Server) methodsOf(in *intent) []string {
	if se, ok := s.st.Sessions.get(in.SessionID); ok {
		return se.Methods
	}
	return []string{in.Method}
}

func (s *Server) chargeObject(ch *charge) map[string]any {
	over := map[string]any{
		"id": ch.ID, "created": ch.Created, "amount": ch.Amount, "currency": ch.Currency,
		"status": ch.Status, "paid": ch.Status == "succeeded", "captured": ch.Status == "succeeded",
		"amount_refunded": ch.Refunded, "refunded": ch.Refunded == ch.Amount,
		"payment_intent": ch.IntentID, "payment_method": ch.MethodID, "metadata": ch.Metadata,
		"disputed": ch.DisputeID != "", "payment_method_details": methodDetails(ch),
		"billing_details": map[string]any{
			"address": blank("charge")["billing_details"].(map[string]any)["address"],
			"email":   orNil(ch.Email), "name": nil, "phone": nil,
		},
		"description": orNil(ch.Payment.Description), "receipt_email": orNil(ch.Payment.ReceiptEmail),
		"statement_descriptor":        orNil(ch.Payment.Descriptor),
		"statement_descriptor_suffix": orNil(ch.Payment.DescriptorSuffix),
	}
	switch ch.Status {
	case "failed":
		over["failure_code"], over["failure_message"] = "card_declined", failureMessage(ch.FailureCode)
	case "succeeded":
		over["amount_captured"], over["balance_transaction"] = ch.Amount, ch.TxnID
	}
	return lay("charge", over)
}

func refundObject(re *refund) map[string]any {
	return lay("refund", map[string]any{
		"id": re.ID, "created": re.Created, "amount": re.Amount, "currency": re.Currency,
		"charge": re.ChargeID, "payment_intent": re.IntentID, "reason": orNil(re.Reason),
		"metadata": re.Metadata, "balance_transaction": re.TxnID, "status": "succeeded",
	})
}

// disputeObject: a dispute has metadata of its own, which starts empty; the order is
// found by its payment_intent.
func disputeObject(d *dispute) map[string]any {
	return lay("dispute", map[string]any{
		"id": d.ID, "created": d.Created, "amount": d.Amount, "currency": d.Currency,
		"charge": d.ChargeID, "payment_intent": d.IntentID, "reason": d.Reason, "status": d.Status,
		"evidence_details": map[string]any{
			"due_by": d.Created + 9*24*3600, "has_evidence": false, "past_due": false, "submission_count": 0,
		},
	})
}

func endpointObject(e *endpoint) map[string]any {
	status := "enabled"
	if e.Disabled {
		status = "disabled"
	}
	return lay("webhook_endpoint", map[string]any{
		"id": e.ID, "created": e.Created, "url": e.URL, "enabled_events": e.Events, "status": status,
		"api_version": orNil(e.APIVersion), "description": orNil(e.Description), "metadata": e.Metadata,
	})
}

func itemObject(se *session, it lineItem) map[string]any {
	total := it.UnitAmount * it.Quantity
	return map[string]any{
		"id": it.ID, "object": "item", "currency": se.Currency, "description": it.Name, "quantity": it.Quantity,
		"amount_subtotal": total, "amount_total": total, "amount_discount": 0, "amount_tax": 0,
		"price": map[string]any{
			"id": it.PriceID, "object": "price", "active": false, "billing_scheme": "per_unit", "created": se.Created,
			"currency": se.Currency, "custom_unit_amount": nil, "livemode": false, "lookup_key": nil,
			"metadata": map[string]any{}, "nickname": nil, "product": it.ProductID, "recurring": nil,
			"tax_behavior": "unspecified", "tiers_mode": nil, "transform_quantity": nil, "type": "one_time",
			"unit_amount": it.UnitAmount, "unit_amount_decimal": currency{}.major(it.UnitAmount),
		},
	}
}
