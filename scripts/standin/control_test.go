package standin_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

// do posts JSON to the control API.
func do(t *testing.T, base, path, body string) reply {
	t.Helper()
	return send(t, "POST", base+"/control"+path, body)
}

// A test in another process has what one in this process has.
func TestControl(t *testing.T) {
	shop := openShop(t)
	_, base := start(t, standin.Options{ManualDelivery: true})
	do(t, base, "/webhook", `{"url":"`+shop.url+`","secret":"`+secret+`"}`)
	id := checkout(t, base)
	act := func(path string) string {
		t.Helper()
		r := do(t, base, path, "")
		if r.status != 200 {
			t.Fatalf("%s: %s", path, r.raw)
		}
		return r.id()
	}
	act("/sessions/" + id + "/decline")
	intent := act("/sessions/" + id + "/pay")
	act("/payments/" + intent + "/refund?amount=100")
	act("/payments/" + intent + "/dispute?reason=duplicate")
	act("/payments/" + intent + "/dispute/won")
	act("/payments/" + intent + "/dispute")
	act("/payments/" + intent + "/dispute/lost")
	settled := act("/sessions/" + checkout(t, base) + "/delayed")
	act("/payments/" + settled + "/settle")
	failing := act("/sessions/" + checkout(t, base) + "/delayed")
	act("/payments/" + failing + "/fail")
	act("/sessions/" + checkout(t, base) + "/expire")

	payments := list(t, base+"/control/payments")
	equal(t, "payments", len(payments), 3)
	for key, want := range map[string]any{"sessionId": id, "intentId": intent, "orderId": "order-1", "amount": 3198.0,
		"currency": "usd", "paid": true, "refunded": 100.0, "dispute": "lost", "status": "succeeded"} {
		equal(t, key, payments[0][key], want)
	}
	sessions := list(t, base+"/control/sessions")
	equal(t, "session's url", sessions[0]["url"], any(base+"/pay/"+id))

	events := list(t, base+"/control/events")
	first := events[0]
	equal(t, "type", first["type"], any("payment_intent.created"))
	equal(t, "payload", first["payload"].(map[string]any)["id"], first["id"])
	r := do(t, base, "/events/"+first["id"].(string)+"/deliver", "")
	equal(t, "status", r.at("status"), any(200.0))
	equal(t, "arrived", len(shop.received()), 1)
	equal(t, "delivery", list(t, base+"/control/events")[0]["deliveries"].([]any)[0].(map[string]any)["state"], any("delivered"))
	act("/events/" + first["id"].(string) + "/resend")
	r = do(t, base, "/redeliver", "")
	equal(t, "redelivered", r.at("count"), any(float64(len(events)-1)))
	equal(t, "quiet", send(t, "GET", base+"/control/quiet?timeout=10s", "").status, 200)
	equal(t, "arrived", len(shop.received()), len(events)+1)

	const payload = `{"id":"evt_x","object":"event"}`
	header := do(t, base, "/sign", payload).at("header").(string)
	_, err := webhook.ConstructEventWithOptions([]byte(payload), header, secret, webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	check(t, err)

	equal(t, "faults", do(t, base, "/faults", `{"drop":1,"apiVersion":"2025-03-31.basil","seed":4}`).status, 200)
	equal(t, "api fault", do(t, base, "/faults/api", `{"method":"GET","pathPrefix":"/v1/balance","status":503,"times":2}`).status, 200)
	equal(t, "it befalls", call(t, "GET", base+"/v1/balance", nil).status, 503)
	equal(t, "cleared", do(t, base, "/faults/api/clear", "").status, 200)
	equal(t, "cleared", call(t, "GET", base+"/v1/balance", nil).status, 200)

	for path, want := range map[string]int{
		"/sessions/" + id + "/pay": http.StatusConflict, "/sessions/cs_x/pay": http.StatusNotFound,
		"/payments/pi_x/refund": http.StatusNotFound, "/payments/" + intent + "/refund?amount=x": http.StatusBadRequest,
		"/payments/" + settled + "/refund?amount=999999": http.StatusBadRequest, "/events/evt_x/deliver": http.StatusNotFound,
		"/faults": http.StatusBadRequest,
	} {
		r := do(t, base, path, "")
		equal(t, path, r.status, want)
		if says, _ := r.at("error").(string); says == "" {
			t.Errorf("%s gives no reason: %s", path, r.raw)
		}
	}
	equal(t, "a fault's misspelling", do(t, base, "/faults", `{"dorp":1}`).status, 400)
}

// The package comment lists the control API as it is.
func TestControlIsDocumented(t *testing.T) {
	comment, err := os.ReadFile("doc.go")
	check(t, err)
	code, err := os.ReadFile("control.go")
	check(t, err)
	for _, line := range strings.Split(string(code), "\n") {
		call, rest, found := strings.Cut(strings.TrimSpace(line), `("/`)
		if !found || (call != "get" && call != "post") {
			continue
		}
		path, _, _ := strings.Cut(rest, `"`)
		path = strings.ReplaceAll(path, "{id}", "ID")
		path = strings.Replace(path, "dispute/lost", "dispute/won", 1) // one line for both
		if !strings.Contains(string(comment), strings.ToUpper(call)+" /control/"+path) && !strings.Contains(string(comment), strings.ToUpper(call)+"  /control/"+path) {
			t.Errorf("%s /control/%s is not in the package comment", call, path)
		}
	}
}
