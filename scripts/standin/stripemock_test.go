package standin_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/companion"
	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// absentHere are keys of stripe-mock's fixtures that Stripe's own answers lack.
var absentHere = map[string]string{
	"charge.refunds":           "only when expanded, since API version 2022-11-15",
	"balance.connect_reserved": "only for Connect platforms",
}

// absentThere are keys of Stripe's answers that stripe-mock's fixtures lack.
var absentThere = map[string]string{
	"webhook_endpoint.secret": "told at creation only: in the OpenAPI, not in the fixture",
}

// TestAgreesWithStripeMock sends the same requests to the stand-in and to Stripe's own
// mock, which checks them against the OpenAPI of the API version: what one accepts or
// refuses, so does the other (of unknown parameters it sees those at the top), and the objects have the same fields of the same types.
func TestAgreesWithStripeMock(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs stripe-mock")
	}
	mock, err := companion.StartStripeMock(t.Context(), func(progress string) { t.Log(progress) })
	check(t, err)
	t.Cleanup(mock.Stop)

	s, base := start(t, standin.Options{})
	intent := must(s.Pay(checkout(t, base)))(t)
	refunded := must(s.Refund(intent, 100))(t)
	disputed := must(s.Pay(checkout(t, base)))(t)
	dispute := must(s.OpenDispute(disputed, ""))(t)
	declined := checkout(t, base)
	failed := must(s.Decline(declined))(t)
	waiting := must(s.PayDelayed(checkout(t, base)))(t)
	charge := s.Payments()[0].ChargeID
	complete, open := s.Sessions()[0].ID, checkout(t, base)
	endpoint := call(t, "POST", base+"/v1/webhook_endpoints", url.Values{"url": {"https://shop.test/hook"}, "enabled_events[]": {"*"}}).id()

	const item = "line_items[0]"
	const price = item + "[price_data]"
	session := func(with ...string) url.Values { return order(with...) }
	params := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	for _, test := range []struct {
		request string
		params  url.Values
		refused bool
	}{
		{"POST /v1/checkout/sessions", session(), false},
		{"POST /v1/checkout/sessions", session("customer_email", "ada@example.com", "client_reference_id", "o", "locale", "de",
			"submit_type", "pay", "payment_method_types[0]", "card", price+"[product_data][images][0]", "https://shop.test/x.png",
			price+"[product_data][description]", "d", price+"[product_data][metadata][k]", "v", price+"[tax_behavior]", "exclusive",
			"payment_intent_data[description]", "d", "payment_intent_data[receipt_email]", "a@b.test", "payment_intent_data[capture_method]", "automatic",
			"payment_intent_data[statement_descriptor]", "SHOP", "payment_intent_data[statement_descriptor_suffix]", "ORDER",
			"billing_address_collection", "auto", "customer_creation", "always", "payment_method_collection", "if_required",
			"phone_number_collection[enabled]", "true", "allow_promotion_codes", "true", "ui_mode", "hosted"), false},
		{"POST /v1/checkout/sessions", session("expand[0]", "line_items", "expand[1]", "payment_intent"), false},
		{"POST /v1/checkout/sessions", session("colour", "red"), true},
		{"POST /v1/checkout/sessions", session(price+"[unit_amount]", "15.99"), true},
		{"POST /v1/checkout/sessions", session(price+"[currency]", ""), true},
		{"POST /v1/checkout/sessions", session(price+"[product_data][name]", "", price+"[product_data][description]", "d"), true},
		{"POST /v1/checkout/sessions", session("mode", "gift"), true},
		{"POST /v1/checkout/sessions", session("locale", "tlh"), true},
		{"POST /v1/checkout/sessions", session("payment_method_types[0]", "shells"), true},
		{"POST /v1/checkout/sessions", session("expires_at", "soon"), true},
		{"GET /v1/checkout/sessions/" + open, nil, false},
		{"GET /v1/checkout/sessions/" + complete, nil, false},
		{"GET /v1/checkout/sessions/" + declined, nil, false},
		{"GET /v1/checkout/sessions/" + complete, params("expand[]", "payment_intent.latest_charge", "expand[]", "line_items"), false},
		{"GET /v1/checkout/sessions/" + complete, params("colour", "red"), true},
		{"GET /v1/checkout/sessions/" + complete + "/line_items", params("limit", "5"), false},
		{"GET /v1/checkout/sessions", params("limit", "2"), false},
		{"GET /v1/checkout/sessions", params("payment_intent", intent, "status", "complete"), false},
		{"GET /v1/checkout/sessions", params("limit", "x"), true},
		{"GET /v1/checkout/sessions", params("colour", "red"), true},
		{"POST /v1/checkout/sessions/" + open + "/expire", params("colour", "red"), true},
		{"POST /v1/checkout/sessions/" + open + "/expire", params(), false},
		{"GET /v1/payment_intents/" + intent, nil, false},
		{"GET /v1/payment_intents/" + failed, nil, false},
		{"GET /v1/payment_intents/" + waiting, nil, false},
		{"GET /v1/charges/" + charge, nil, false},
		{"GET /v1/charges/" + charge, params("expand[]", "refunds"), false},
		{"GET /v1/refunds/" + refunded, nil, false},
		{"GET /v1/refunds", params("payment_intent", intent, "limit", "3"), false},
		{"POST /v1/refunds", params("payment_intent", intent, "amount", "100", "reason", "duplicate", "metadata[k]", "v"), false},
		{"POST /v1/refunds", params("charge", charge), false},
		{"POST /v1/refunds", params("charge", charge, "colour", "red"), true},
		{"POST /v1/refunds", params("charge", charge, "amount", "x"), true},
		{"POST /v1/refunds", params("charge", charge, "reason", "boredom"), true},
		{"GET /v1/disputes/" + dispute, nil, false},
		{"GET /v1/account", nil, false},
		{"GET /v1/balance", nil, false},
		{"GET /v1/webhook_endpoints", params("limit", "1"), false},
		{"GET /v1/webhook_endpoints/" + endpoint, nil, false},
		{"POST /v1/webhook_endpoints", params("url", "https://shop.test/hook", "enabled_events[]", "charge.refunded", "api_version", "2023-10-16", "description", "d", "metadata[k]", "v"), false},
		{"POST /v1/webhook_endpoints", everyEventType(t), false},
		{"POST /v1/webhook_endpoints", params("url", "https://shop.test/hook"), true},
		{"POST /v1/webhook_endpoints", params("enabled_events[]", "charge.refunded"), true},
		{"POST /v1/webhook_endpoints", params("url", "https://shop.test/hook", "enabled_events[]", "charge.refnded"), true},
		{"POST /v1/webhook_endpoints", params("url", "https://shop.test/hook", "enabled_events[]", "*", "colour", "red"), true},
		{"POST /v1/webhook_endpoints/" + endpoint, params("disabled", "true", "description", "d"), false},
		{"POST /v1/webhook_endpoints/" + endpoint, params("colour", "red"), true},
		{"DELETE /v1/webhook_endpoints/" + endpoint, nil, false},
		{"GET /v1/colours", nil, true},
	} {
		name := test.request + " " + test.params.Encode()
		t.Run(name[:min(len(name), 120)], func(t *testing.T) {
			method, path, _ := strings.Cut(test.request, " ")
			ours := call(t, method, base+path, test.params)
			theirs := call(t, method, mock.URL+path, test.params)
			if (ours.status >= 400) != test.refused || (theirs.status >= 400) != test.refused {
				t.Fatalf("want refused: %v\nours: %d %.300s\ntheirs: %d %.300s", test.refused, ours.status, ours.raw, theirs.status, theirs.raw)
			}
			if !test.refused {
				sameShape(t, ours.body, theirs.body)
			}
		})
	}
	t.Run("event", func(t *testing.T) {
		theirs := call(t, "GET", mock.URL+"/v1/events/evt_x", nil)
		for _, ev := range s.Events() {
			var ours map[string]any
			check(t, json.Unmarshal(ev.Payload, &ours))
			delete(ours["data"].(map[string]any), "previous_attributes")
			delete(ours["data"].(map[string]any), "object") // held against its own kind above
			sameShape(t, ours, theirs.body)
		}
	})
}

func everyEventType(t *testing.T) url.Values {
	facts, err := os.ReadFile("facts/event_types.txt")
	check(t, err)
	return url.Values{"url": {"https://shop.test/hook"}, "enabled_events[]": strings.Fields(string(facts))}
}

// sameShape: every field of ours is one of theirs, of the same JSON type, and every field
// that theirs has at the top, ours has. Null fits any type.
func sameShape(t *testing.T, ours, theirs map[string]any) {
	t.Helper()
	kind, _ := ours["object"].(string)
	for key := range theirs {
		if _, ok := ours[key]; !ok && absentHere[kind+"."+key] == "" {
			t.Errorf("%s lacks %s", kind, key)
		}
	}
	fits(t, kind, ours, theirs)
}

func fits(t *testing.T, at string, ours, theirs any) {
	t.Helper()
	if ours == nil || theirs == nil {
		return
	}
	if a, b := fmt.Sprintf("%T", ours), fmt.Sprintf("%T", theirs); a != b {
		t.Errorf("%s is %s, at Stripe %s", at, a, b)
		return
	}
	switch o := ours.(type) {
	case map[string]any:
		if strings.HasSuffix(at, "metadata") {
			return
		}
		for key, v := range o {
			their, known := theirs.(map[string]any)[key]
			if !known && absentThere[at+"."+key] != "" {
				continue
			}
			if !known {
				t.Errorf("Stripe has no %s.%s", at, key)
				continue
			}
			fits(t, at+"."+key, v, their)
		}
	case []any:
		for _, v := range o {
			if their := theirs.([]any); len(their) > 0 {
				fits(t, at+"[]", v, their[0])
			}
		}
	}
}
