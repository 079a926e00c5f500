package standin_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

func TestSessionParameters(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	_, base := start(t, standin.Options{Now: func() time.Time { return now }})
	in := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	const item = "line_items[0]"
	const price = item + "[price_data]"

	for name, test := range map[string]struct {
		with  []string
		code  string // "ok" where the session is created
		param string
		says  string
	}{
		"as it is":                  {nil, "ok", "", ""},
		"no mode":                   {[]string{"mode", ""}, "parameter_missing", "mode", "Missing required param: mode."},
		"another mode":              {[]string{"mode", "setup"}, "", "mode", "Invalid mode"},
		"no success_url":            {[]string{"success_url", ""}, "parameter_missing", "success_url", ""},
		"relative success_url":      {[]string{"success_url", "/success"}, "url_invalid", "success_url", "Not a valid URL"},
		"no host":                   {[]string{"cancel_url", "http:///cancel"}, "url_invalid", "cancel_url", ""},
		"other scheme":              {[]string{"cancel_url", "ftp://shop.test/"}, "url_invalid", "cancel_url", ""},
		"script url":                {[]string{"cancel_url", "javascript:alert(1)"}, "url_invalid", "cancel_url", ""},
		"unknown":                   {[]string{"colour", "red"}, "parameter_unknown", "colour", "Received unknown parameter: colour"},
		"unknown, nested":           {[]string{"colour[hue]", "red"}, "parameter_unknown", "colour", ""},
		"unknown inside":            {[]string{price + "[colour]", "red"}, "parameter_unknown", price + "[colour]", ""},
		"two unknown":               {[]string{"b", "1", "a", "1"}, "parameter_unknown", "a", "Received unknown parameters: a, b"},
		"unknown before invalid":    {[]string{"colour", "red", "mode", ""}, "parameter_unknown", "colour", ""},
		"known, not acted out":      {[]string{"automatic_tax[enabled]", "true"}, "", "automatic_tax", "does not act it out"},
		"empty":                     {nil, "parameter_invalid_empty", "client_reference_id", "You passed an empty string"},
		"no items":                  {[]string{price + "[currency]", "", price + "[unit_amount]", "", price + "[product_data][name]", "", item + "[quantity]", ""}, "parameter_missing", "line_items", ""},
		"no quantity":               {[]string{item + "[quantity]", ""}, "parameter_missing", item + "[quantity]", ""},
		"no currency":               {[]string{price + "[currency]", ""}, "parameter_missing", price + "[currency]", ""},
		"no amount":                 {[]string{price + "[unit_amount]", ""}, "parameter_missing", price + "[unit_amount]", ""},
		"no name":                   {[]string{price + "[product_data][name]", ""}, "parameter_missing", price + "[product_data]", ""},
		"quantity 0":                {[]string{item + "[quantity]", "0"}, "parameter_invalid_integer", item + "[quantity]", "greater than or equal to 1"},
		"amount with decimals":      {[]string{price + "[unit_amount]", "15.99"}, "parameter_invalid_integer", price + "[unit_amount]", "Invalid integer: 15.99"},
		"negative amount":           {[]string{price + "[unit_amount]", "-1"}, "parameter_invalid_integer", price + "[unit_amount]", ""},
		"nine digits":               {[]string{price + "[unit_amount]", "100000000"}, "parameter_invalid_integer", price + "[unit_amount]", ""},
		"eight digits":              {[]string{price + "[unit_amount]", "99999999", item + "[quantity]", "1"}, "ok", "", ""},
		"nine digits in all":        {[]string{price + "[unit_amount]", "50000000"}, "amount_too_large", "", "$999,999.99 usd"},
		"unknown currency":          {[]string{price + "[currency]", "xyz"}, "", price + "[currency]", "Invalid currency: xyz"},
		"currency in capitals":      {[]string{price + "[currency]", "USD"}, "ok", "", ""},
		"49 cents":                  {[]string{price + "[unit_amount]", "49", item + "[quantity]", "1"}, "amount_too_small", "", "The Checkout Session's total amount due must add up to at least $0.50 usd"},
		"50 cents":                  {[]string{price + "[unit_amount]", "25"}, "ok", "", ""},
		"49 yen":                    {[]string{price + "[currency]", "jpy", price + "[unit_amount]", "49", item + "[quantity]", "1"}, "amount_too_small", "", "¥50 jpy"},
		"174 forint":                {[]string{price + "[currency]", "huf", price + "[unit_amount]", "17499", item + "[quantity]", "1"}, "amount_too_small", "", ""},
		"nothing":                   {[]string{price + "[unit_amount]", "0"}, "ok", "", ""},
		"dinar ending in 0":         {[]string{price + "[currency]", "kwd", price + "[unit_amount]", "1500"}, "ok", "", ""},
		"dinar not ending in 0":     {[]string{price + "[currency]", "kwd", price + "[unit_amount]", "1505"}, "parameter_invalid_integer", price + "[unit_amount]", "multiples of 10"},
		"króna with aurar":          {[]string{price + "[currency]", "isk", price + "[unit_amount]", "1550"}, "parameter_invalid_integer", price + "[unit_amount]", "multiples of 100"},
		"two currencies":            {[]string{"line_items[1][price_data][currency]", "eur", "line_items[1][price_data][unit_amount]", "1", "line_items[1][price_data][product_data][name]", "x", "line_items[1][quantity]", "1"}, "", "line_items[1][price_data][currency]", "same currency"},
		"30 minutes less 1 s":       {[]string{"expires_at", in(30*time.Minute - time.Second)}, "", "expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."},
		"30 minutes":                {[]string{"expires_at", in(30 * time.Minute)}, "ok", "", ""},
		"24 hours less 1 s":         {[]string{"expires_at", in(24*time.Hour - time.Second)}, "ok", "", ""},
		"24 hours":                  {[]string{"expires_at", in(24 * time.Hour)}, "", "expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."},
		"expires_at 0":              {[]string{"expires_at", "0"}, "", "expires_at", "at least 30 minutes"},
		"long reference":            {[]string{"client_reference_id", strings.Repeat("é", 201)}, "", "client_reference_id", "at most 200"},
		"reference":                 {[]string{"client_reference_id", strings.Repeat("é", 200)}, "ok", "", ""},
		"bad email":                 {[]string{"customer_email", "ada"}, "email_invalid", "customer_email", "Invalid email address: ada"},
		"metadata key of 40":        {[]string{"metadata[" + strings.Repeat("k", 40) + "]", "v"}, "ok", "", ""},
		"metadata key of 41":        {[]string{"metadata[" + strings.Repeat("k", 41) + "]", "v"}, "", "metadata[" + strings.Repeat("k", 41) + "]", "40 characters"},
		"metadata value of 501":     {[]string{"metadata[k]", strings.Repeat("v", 501)}, "", "metadata[k]", "500 characters"},
		"intent metadata of 501":    {[]string{"payment_intent_data[metadata][k]", strings.Repeat("v", 501)}, "", "payment_intent_data[metadata][k]", "500 characters"},
		"metadata of 51 keys":       {manyKeys(50), "", "metadata", "50 metadata keys"}, // with orderId
		"a way to pay":              {[]string{"payment_method_types[]", "card"}, "ok", "", ""},
		"unknown way to pay":        {[]string{"payment_method_types[0]", "shells"}, "", "payment_method_types[0]", "must be one of"},
		"locale":                    {[]string{"locale", "de"}, "ok", "", ""},
		"unknown locale":            {[]string{"locale", "tlh"}, "", "locale", ""},
		"what cannot be expanded":   {[]string{"expand[]", "colour"}, "", "expand", "cannot be expanded"},
		"manual capture, not acted": {[]string{"payment_intent_data[capture_method]", "manual"}, "", "payment_intent_data[capture_method]", "does not act it out"},
	} {
		t.Run(name, func(t *testing.T) {
			params := order(test.with...)
			if test.code == "parameter_invalid_empty" {
				params.Set(test.param, "")
			}
			r := call(t, "POST", base+"/v1/checkout/sessions", params)
			if test.code == "ok" {
				if r.status != http.StatusOK {
					t.Fatalf("got %d %s", r.status, r.raw)
				}
				return
			}
			code, _ := r.at("error", "code").(string)
			param, _ := r.at("error", "param").(string)
			says, _ := r.at("error", "message").(string)
			if r.status != http.StatusBadRequest || code != test.code || param != test.param ||
				!strings.Contains(says, test.says) || r.at("error", "type") != "invalid_request_error" {
				t.Fatalf("got %d %s", r.status, r.raw)
			}
		})
	}
}

func manyKeys(n int) (with []string) {
	for i := range n {
		with = append(with, fmt.Sprintf("metadata[k%d]", i), "v")
	}
	return with
}

func TestSessionAnswer(t *testing.T) {
	_, base := start(t, standin.Options{})
	r := call(t, "POST", base+"/v1/checkout/sessions", order("customer_email", "ada@example.com", "client_reference_id", "order-1"))
	for key, want := range map[string]any{
		"object": "checkout.session", "status": "open", "payment_status": "unpaid", "livemode": false,
		"amount_total": 3198.0, "currency": "usd", "payment_intent": nil, "client_reference_id": "order-1",
		"customer_email": "ada@example.com", "url": base + "/pay/" + r.id(), "mode": "payment",
	} {
		if got, ok := r.body[key]; !ok || got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	equal(t, "metadata", r.at("metadata", "orderId"), any("order-1"))
	if !strings.HasPrefix(r.id(), "cs_test_") {
		t.Errorf("id %s", r.id())
	}
	life := r.at("expires_at").(float64) - r.at("created").(float64)
	equal(t, "default life in seconds", life, 24*3600)

	again := call(t, "GET", base+"/v1/checkout/sessions/"+r.id(), nil)
	equal(t, "session read again", again.raw, r.raw)
	equal(t, "unknown session", call(t, "GET", base+"/v1/checkout/sessions/cs_test_x", nil).at("error", "code"), any("resource_missing"))
}

func TestSessionExpiry(t *testing.T) {
	clock := newClock()
	s, base := start(t, standin.Options{Now: clock.now})
	soon := checkout(t, base, "expires_at", strconv.FormatInt(clock.now().Add(31*time.Minute).Unix(), 10))
	later := checkout(t, base)

	expired := call(t, "POST", base+"/v1/checkout/sessions/"+later+"/expire", nil, "Idempotency-Key", "e1")
	equal(t, "status", expired.at("status"), any("expired"))
	equal(t, "url", expired.at("url"), nil)
	again := call(t, "POST", base+"/v1/checkout/sessions/"+later+"/expire", nil)
	equal(t, "expired twice", again.at("error", "message"), any("Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `expired`."))
	equal(t, "status code", again.status, 400)
	equal(t, "events", emitted(s), "checkout.session.expired")

	if _, err := s.Pay(later); err != standin.ErrClosed {
		t.Errorf("an expired session was paid: %v", err)
	}

	r := call(t, "GET", base+"/v1/checkout/sessions/"+soon, nil)
	equal(t, "before its time", r.at("status"), any("open"))
	clock.advance(31 * time.Minute)
	r = call(t, "GET", base+"/v1/checkout/sessions/"+soon, nil)
	equal(t, "after its time", r.at("status"), any("expired"))
	equal(t, "events", emitted(s), "checkout.session.expired checkout.session.expired")
}

// The timer expires a session that nobody asks about.
func TestExpiryUnasked(t *testing.T) {
	shop := openShop(t)
	now := hurried(time.Now(), 3600) // an hour a second
	_, base := start(t, standin.Options{WebhookURL: shop.url, WebhookSecret: secret, Now: now})
	id := checkout(t, base, "expires_at", strconv.FormatInt(now().Add(time.Hour).Unix(), 10))
	deadline := time.Now().Add(60 * time.Second)
	for len(shop.received()) == 0 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	got := shop.received()
	if len(got) == 0 || got[0].Type != "checkout.session.expired" || got[0].GetObjectValue("id") != id {
		t.Fatalf("got %v", got)
	}
}

// hurried is a clock that runs faster than the real one.
func hurried(from time.Time, times int) func() time.Time {
	return func() time.Time { return from.Add(time.Since(from) * time.Duration(times)) }
}

func TestSessionLists(t *testing.T) {
	s, base := start(t, standin.Options{})
	var ids []string
	for range 5 {
		ids = append(ids, checkout(t, base))
	}
	intent := must(s.Pay(ids[2]))(t)
	list := func(query string) (got []string, more bool) {
		r := call(t, "GET", base+"/v1/checkout/sessions?"+query, nil)
		if r.status != 200 {
			t.Fatalf("%s: %s", query, r.raw)
		}
		for _, row := range r.at("data").([]any) {
			got = append(got, row.(map[string]any)["id"].(string))
		}
		return got, r.at("has_more").(bool)
	}
	for _, test := range []struct {
		query string
		want  []int
		more  bool
	}{
		{"", []int{4, 3, 2, 1, 0}, false},
		{"limit=2", []int{4, 3}, true},
		{"limit=2&starting_after=" + ids[3], []int{2, 1}, true},
		{"limit=2&starting_after=" + ids[1], []int{0}, false},
		{"limit=2&ending_before=" + ids[0], []int{2, 1}, true},
		{"limit=2&ending_before=" + ids[2], []int{4, 3}, false},
		{"payment_intent=" + intent, []int{2}, false},
		{"payment_intent=pi_none", nil, false},
		{"status=complete", []int{2}, false},
	} {
		got, more := list(test.query)
		var want []string
		for _, i := range test.want {
			want = append(want, ids[i])
		}
		equal(t, test.query, strings.Join(got, " "), strings.Join(want, " "))
		equal(t, test.query+" more", more, test.more)
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "colour=red", "starting_after=cs_none"} {
		if r := call(t, "GET", base+"/v1/checkout/sessions?"+query, nil); r.status < 400 {
			t.Errorf("%s was accepted", query)
		}
	}
}
