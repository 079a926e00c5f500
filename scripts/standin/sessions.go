package standin

import (
	"fmt"
	"strings"
)

// Bounds of expires_at after creation, in seconds; https://docs.stripe.com/api/checkout/sessions/create.
const (
	minLife = 30 * 60
	maxLife = 24 * 3600
)

// locales and submitTypes come back in the answer and change nothing here.
var (
	locales        = strings.Fields("auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW")
	submitTypes    = strings.Fields("auto book donate pay")
	sessionExpands = []string{"customer", "line_items", "payment_intent", "payment_intent.latest_charge", "payment_intent.latest_charge.refunds"}
	methodNames    = strings.Fields("acss_debit affirm afterpay_clearpay alipay au_becs_debit bacs_debit bancontact blik boleto card cashapp customer_balance eps fpx giropay grabpay ideal klarna konbini link oxxo p24 paynow paypal pix promptpay revolut_pay sepa_debit sofort us_bank_account wechat_pay zip")
)

func (s *Server) createSession(c *call) (effect, error) {
	se, expand, err := readSession(c.form, s.now())
	if err != nil {
		return nil, err
	}
	return func() (map[string]any, error) {
		s.st.Sessions.add(se)
		s.watchFor(se.ExpiresAt)
		return s.expand(s.sessionObject(se), expand), nil
	}, nil
}

func readSession(f *form, now int64) (se *session, expand []string, err error) {
	se = &session{
		ID: newID("cs_test_a1", 56), Created: now, Status: "open", PaymentStatus: "unpaid",
		CancelURL:         f.link("cancel_url"),
		SuccessURL:        f.link("success_url"),
		ClientReferenceID: f.text("client_reference_id", 200),
		CustomerEmail:     f.email("customer_email"),
		Metadata:          f.metadata("metadata"),
		Methods:           f.list("payment_method_types"),
		Payment:           readPaymentData(f),
		Echo:              readEcho(f),
	}
	f.require("success_url")
	f.require("mode")
	f.oneOf("mode", "payment")
	readItems(f, se)
	expires := f.integer("expires_at", 0, 1<<40)
	expand = f.expand(sessionExpands...)
	for i := range se.Methods {
		f.oneOf(fmt.Sprintf("payment_method_types[%d]", i), methodNames...)
	}
	f.notActed("after_expiration", "automatic_tax", "consent_collection", "currency", "custom_fields",
		"custom_text", "customer", "customer_update", "discounts", "invoice_creation",
		"payment_method_configuration", "payment_method_options", "redirect_on_completion", "return_url",
		"setup_intent_data", "shipping_address_collection", "shipping_options", "subscription_data", "tax_id_collection")
	if err := f.err(); err != nil {
		return nil, nil, err
	}
	if se.ExpiresAt, err = expiry(f.has("expires_at"), expires, now); err != nil {
		return nil, nil, err
	}
	if err := checkTotal(se); err != nil {
		return nil, nil, err
	}
	if len(se.Methods) == 0 {
		se.Methods = []string{card.Name, delayedIn(se.Currency)}
	}
	return se, expand, nil
}

// readEcho reads what the answer repeats and the stand-in otherwise ignores.
func readEcho(f *form) map[string]any {
	echo := map[string]any{}
	for key, allowed := range map[string][]string{
		"locale": locales, "submit_type": submitTypes, "ui_mode": {"hosted"},
		"billing_address_collection": {"auto", "required"},
		"customer_creation":          {"always", "if_required"},
		"payment_method_collection":  {"always", "if_required"},
	} {
		if v := f.oneOf(key, allowed...); v != "" {
			echo[key] = v
		}
	}
	if f.has("allow_promotion_codes") {
		echo["allow_promotion_codes"] = f.boolean("allow_promotion_codes")
	}
	if f.has("phone_number_collection") {
		echo["phone_number_collection"] = map[string]any{"enabled": f.boolean("phone_number_collection[enabled]")}
	}
	return echo
}

func readPaymentData(f *form) paymentData {
	const in = "payment_intent_data"
	f.notActed(in+"[application_fee_amount]", in+"[on_behalf_of]", in+"[setup_future_usage]",
		in+"[shipping]", in+"[transfer_data]", in+"[transfer_group]")
	if f.oneOf(in+"[capture_method]", "automatic", "automatic_async", "manual") == "manual" {
		f.notActed(in + "[capture_method]")
	}
	return paymentData{
		Metadata:         f.metadata(in + "[metadata]"),
		Description:      f.text(in+"[description]", 1000),
		ReceiptEmail:     f.email(in + "[receipt_email]"),
		Descriptor:       f.text(in+"[statement_descriptor]", 22),
		DescriptorSuffix: f.text(in+"[statement_descriptor_suffix]", 22),
	}
}

func readItems(f *form, se *session) {
	f.require("line_items")
	positions := f.indexes("line_items")
	if len(positions) > 100 {
		f.refuse("", "line_items", "You can specify at most 100 line items with one-time prices.")
	}
	for _, i := range positions {
		at := fmt.Sprintf("line_items[%d]", i)
		price := at + "[price_data]"
		product := price + "[product_data]"
		f.notActed(at+"[adjustable_quantity]", at+"[dynamic_tax_rates]", at+"[price]", at+"[tax_rates]",
			price+"[product]", price+"[recurring]", price+"[unit_amount_decimal]")
		for _, needed := range []string{price, price + "[currency]", price + "[unit_amount]", product, product + "[name]", at + "[quantity]"} {
			f.require(needed)
		}
		f.oneOf(price+"[tax_behavior]", "exclusive", "inclusive", "unspecified")
		f.text(product+"[tax_code]", 5000)
		f.metadata(product + "[metadata]")
		if images := f.list(product + "[images]"); len(images) > 8 {
			f.refuse("", product+"[images]", "You can specify at most 8 images.")
		}
		cur := readCurrency(f, price+"[currency]")
		it := lineItem{
			ID: newID("li_1", 23), ProductID: newID("prod_", 14), PriceID: newID("price_1", 23),
			Name: f.text(product+"[name]", 5000), Description: f.text(product+"[description]", 40000),
			UnitAmount: f.integer(price+"[unit_amount]", 0, maxTotal),
			Quantity:   f.integer(at+"[quantity]", 1, 999_999),
		}
		if cur.step > 1 && it.UnitAmount%cur.step != 0 {
			f.refuse("parameter_invalid_integer", price+"[unit_amount]", "Invalid unit_amount: amounts in %s must be multiples of %d.", cur.code, cur.step)
		}
		if se.Currency != "" && cur.code != "" && se.Currency != cur.code {
			f.refuse("", price+"[currency]", "The Checkout Session's line items must all have the same currency: %s, %s.", se.Currency, cur.code)
		}
		se.Currency = cur.code
		se.Total += it.UnitAmount * it.Quantity
		se.Items = append(se.Items, it)
	}
}

func readCurrency(f *form, key string) currency {
	code := strings.ToLower(f.text(key, 5000))
	cur, ok := currencies[code]
	if !ok && code != "" {
		f.refuse("", key, "Invalid currency: %s. See https://stripe.com/docs/currencies for those that Stripe supports.", code)
	}
	return cur
}

func expiry(given bool, expires, now int64) (int64, error) {
	switch {
	case !given:
		return now + maxLife, nil
	case expires < now+minLife:
		return 0, refuse("", "expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.")
	case expires >= now+maxLife:
		return 0, refuse("", "expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.")
	}
	return expires, nil
}

// checkTotal holds Stripe's bounds. A total of nothing is a no-cost order, since API
// version 2023-08-16.
func checkTotal(se *session) error {
	cur := currencies[se.Currency]
	switch {
	case se.Total > maxTotal:
		return refuse("amount_too_large", "", "The Checkout Session's total amount due must be no more than %s %s", cur.format(maxTotal), cur.code)
	case se.Total > 0 && se.Total < cur.minimum:
		return refuse("amount_too_small", "", "The Checkout Session's total amount due must add up to at least %s %s", cur.format(cur.minimum), cur.code)
	}
	return nil
}

func (s *Server) getSession(c *call) (effect, error) {
	expand := c.form.expand(sessionExpands...)
	return func() (map[string]any, error) {
		se, err := s.findSession(c.r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return s.expand(s.sessionObject(se), expand), nil
	}, nil
}

func (s *Server) findSession(id string) (*session, error) {
	se, ok := s.st.Sessions.get(id)
	if !ok {
		return nil, noSuch("checkout.session", "session", id)
	}
	return se, nil
}

func (s *Server) listSessions(c *call) (effect, error) {
	p := readPaging(c.form, sessionExpands...)
	intentID := c.form.text("payment_intent", 5000)
	status := c.form.oneOf("status", "complete", "expired", "open")
	c.form.notActed("created", "customer", "customer_details", "payment_link", "subscription")
	return func() (map[string]any, error) {
		var rows []*session
		for _, se := range s.st.Sessions.rows {
			if (intentID == "" || se.IntentID == intentID) && (status == "" || se.Status == status) {
				rows = append(rows, se)
			}
		}
		return page(s, "/v1/checkout/sessions", p, rows, s.sessionObject)
	}, nil
}

func (s *Server) getLineItems(c *call) (effect, error) {
	readPaging(c.form) // a session has at most 100: always one page
	return func() (map[string]any, error) {
		se, err := s.findSession(c.r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return s.lineItems(se), nil
	}, nil
}

func (s *Server) lineItems(se *session) map[string]any {
	data := []map[string]any{}
	for _, it := range se.Items {
		data = append(data, itemObject(se, it))
	}
	return listObject("/v1/checkout/sessions/"+se.ID+"/line_items", data, false)
}

func (s *Server) expireSession(c *call) (effect, error) {
	expand := c.form.expand(sessionExpands...)
	return func() (map[string]any, error) {
		se, err := s.findSession(c.r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		if se.Status != "open" {
			return nil, refuse("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `%s`.", se.Status)
		}
		s.expire(c.by, se)
		return s.expand(s.sessionObject(se), expand), nil
	}, nil
}
