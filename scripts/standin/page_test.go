package standin_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

type visit struct {
	status   int
	location string
	html     string
	header   http.Header
}

// browse makes one request as a browser on the stand-in's own pages does.
func browse(t *testing.T, method, address string, form url.Values, header ...string) visit {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	check(t, err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	check(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	return visit{resp.StatusCode, resp.Header.Get("Location"), string(body), resp.Header}
}

func (v visit) shows(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(v.html, text) {
			t.Errorf("the page does not show %q", text)
		}
	}
}

func (v visit) hides(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(v.html, text) {
			t.Errorf("the page shows %q", text)
		}
	}
}

const label = "<strong>Local test payment page</strong><span> — no real money, not Stripe</span>"

func TestPaymentPage(t *testing.T) {
	s, base := start(t, standin.Options{})
	id := checkout(t, base, "line_items[0][price_data][product_data][name]", `<script>alert("mug")</script>`)
	page := base + "/pay/" + id

	v := browse(t, "GET", page, nil)
	equal(t, "status", v.status, 200)
	v.shows(t, label, "Pay $31.98", "2 × $15.99", "Back to shop.test", "Test card that pays", "US bank account")
	v.hides(t, "<script", "declined.</b>")

	equal(t, "nothing chosen", browse(t, "POST", page, nil).status, 400)
	v = browse(t, "POST", page, url.Values{"with": {"declined"}})
	equal(t, "declined", v.location, "/pay/"+id+"#pay")
	browse(t, "GET", page, nil).shows(t, "Your card was declined.", "Pay $31.98")

	v = browse(t, "POST", page+"/back", nil)
	equal(t, "back", v.location, "http://shop.test/cancel")
	equal(t, "still open", s.Sessions()[0].Status, "open")

	v = browse(t, "POST", page, url.Values{"with": {"card"}})
	equal(t, "paid", v.status, http.StatusSeeOther)
	equal(t, "paid", v.location, "http://shop.test/success?s="+id)
	equal(t, "ledger", s.Payments()[0].Paid, true)

	v = browse(t, "GET", page, nil)
	v.shows(t, label, "This payment is complete", "http://shop.test/success?s="+id)
	v.hides(t, "Pay $31.98")
	v = browse(t, "POST", page, url.Values{"with": {"card"}})
	equal(t, "paid twice", v.status, http.StatusConflict)
	v.shows(t, "This payment is complete")
	equal(t, "payments", len(s.Payments()), 1)
}

func TestOtherPages(t *testing.T) {
	s, base := start(t, standin.Options{})
	expired, delayed, free, kwd := checkout(t, base), checkout(t, base),
		checkout(t, base, "line_items[0][price_data][unit_amount]", "0"),
		checkout(t, base, "line_items[0][price_data][currency]", "kwd", "line_items[0][price_data][unit_amount]", "1590", "cancel_url", "", "customer_email", "ada@example.com")
	check(t, s.Expire(expired))
	v := browse(t, "GET", base+"/pay/"+expired, nil)
	v.shows(t, label, "This payment has expired", "http://shop.test/cancel")
	v.hides(t, "<form")
	equal(t, "delayed", browse(t, "POST", base+"/pay/"+delayed, url.Values{"with": {"delayed"}}).location, "http://shop.test/success?s="+delayed)
	browse(t, "GET", base+"/pay/"+delayed, nil).shows(t, "This payment is with the bank")
	check(t, s.FailDelayed(s.Payments()[0].IntentID))
	browse(t, "GET", base+"/pay/"+delayed, nil).shows(t, "The bank refused this payment")
	browse(t, "GET", base+"/pay/"+free, nil).shows(t, "Nothing to pay", "Place order")
	equal(t, "free", browse(t, "POST", base+"/pay/"+free, url.Values{"with": {"card"}}).location, "http://shop.test/success?s="+free)
	v = browse(t, "GET", base+"/pay/"+kwd, nil)
	v.shows(t, "KWD\u00a03.180", "ada@example.com")
	v.hides(t, "/back")
	equal(t, "back to nowhere", browse(t, "POST", base+"/pay/"+kwd+"/back", nil).status, 404)
	v = browse(t, "GET", base+"/pay/cs_test_none", nil)
	equal(t, "unknown", v.status, 404)
	v.shows(t, label, "There is no such payment")
}

// The pages fetch nothing from elsewhere, run nothing, and may lead only to the shop.
func TestPagesAreContained(t *testing.T) {
	s, base := start(t, standin.Options{})
	id := checkout(t, base, "line_items[0][price_data][product_data][images][0]", "http://elsewhere.test/x.png")
	must(s.Pay(checkout(t, base)))(t)
	fetches := regexp.MustCompile(`(?:src|href|action)="(https?:)?//`)
	for path, actions := range map[string]string{
		"/pay/" + id: "form-action 'self' http://shop.test http://shop.test",
		"/":          "form-action 'self'",
	} {
		v := browse(t, "GET", base+path, nil)
		policy := v.header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; ") || !strings.HasSuffix(policy, actions) {
			t.Errorf("%s has the policy %s", path, policy)
		}
		v.hides(t, "<script", "style=", "elsewhere.test", "onclick")
		if found := fetches.FindString(v.html); found != "" {
			t.Errorf("%s leads out by %s", path, found)
		}
	}
	for _, asset := range []string{"standin.css", "icon.svg"} {
		v := browse(t, "GET", base+"/assets/"+asset, nil)
		equal(t, asset, v.status, 200)
		v.hides(t, "url(", "@import")
	}
}

// A page of another site cannot press the buttons.
func TestOtherSitesCannotAct(t *testing.T) {
	s, base := start(t, standin.Options{})
	id := checkout(t, base)
	for _, path := range []string{"/pay/" + id, "/act/expire", "/control/sessions/" + id + "/pay"} {
		v := browse(t, "POST", base+path, url.Values{"with": {"card"}, "id": {id}}, "Sec-Fetch-Site", "cross-site", "Origin", "http://evil.test")
		equal(t, path, v.status, http.StatusForbidden)
	}
	equal(t, "session", s.Sessions()[0].Status, "open")
}

func TestDashboard(t *testing.T) {
	shop := openShop(t)
	s, base := start(t, toShop(shop))
	browse(t, "GET", base+"/", nil).shows(t, "No payment yet", "No event yet", shop.url)
	act := func(name string, form ...string) visit {
		t.Helper()
		values := url.Values{}
		for i := 0; i < len(form); i += 2 {
			values.Set(form[i], form[i+1])
		}
		return browse(t, "POST", base+"/act/"+name, values)
	}
	sees := func(texts ...string) {
		t.Helper()
		quiet(t, s)
		browse(t, "GET", base+"/", nil).shows(t, texts...)
	}
	id := checkout(t, base)
	sees("$31.98", "2 × Mug", "order-1", "Waiting for the customer", "/pay/"+id)
	waiting := must(s.PayDelayed(id))(t)
	sees("Waiting for the bank", "Settle")
	equal(t, "settle", act("settle", "id", waiting).location, "/#"+id)
	sees("Paid", `value="31.98"`, ">200<")
	equal(t, "refund a part", act("refund", "id", waiting, "amount", "1.98").status, 303)
	sees("Paid, $1.98 refunded", `value="30.00"`)
	v := act("refund", "id", waiting, "amount", "30.01")
	equal(t, "too much", v.status, 409)
	v.shows(t, "That did not work.", "Refund amount ($30.01) is greater than unrefunded amount on charge ($30.00)")
	for _, amount := range []string{"", "0", "x", "1.999", "-1"} {
		equal(t, "refund of "+amount, act("refund", "id", waiting, "amount", amount).status, 409)
	}
	act("dispute", "id", waiting, "reason", "duplicate")
	sees("Disputed", "Dispute won")
	act("win", "id", waiting)
	sees("Paid, dispute won")
	act("refund", "id", waiting, "amount", "30")
	equal(t, "all", s.Payments()[0].Refunded, 3198)

	other := checkout(t, base)
	failing := must(s.PayDelayed(other))(t)
	act("fail", "id", failing)
	sees("Refused by the bank")
	act("expire", "id", checkout(t, base))
	sees("Expired")
	lost := must(s.Pay(checkout(t, base)))(t)
	act("dispute", "id", lost, "reason", "")
	act("lose", "id", lost)
	sees("Dispute lost")

	before := len(shop.received())
	act("resend", "id", s.Events()[0].ID)
	quiet(t, s)
	equal(t, "resent", len(shop.received()), before+1)
	s.SetFaults(standin.Faults{Drop: 1})
	act("expire", "id", checkout(t, base))
	sees(">lost<", "Faults are switched on", "Send 1 undelivered again")
	act("redeliver")
	quiet(t, s)
	equal(t, "redelivered", len(shop.received()), before+2)
}
