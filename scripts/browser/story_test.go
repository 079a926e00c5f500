package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const (
	customer = "ann@example.com"
	admin    = "admin@example.com"
	password = "demo-password" // of scripts/demo
	address  = "Ann Archer, 1 Example Street, 12345 Exampletown"
)

// A customer buys, hesitates, is declined, changes her mind, and waits for a bank;
// then the admin looks at all of it.
func TestStory(t *testing.T) {
	browser := newBrowser(t)
	s := startStack(t)
	w := newWatch(t, s.shop, s.stripe)
	p := newTab(t, browser, w, phone.inTheDark())
	p.looks = newLooks(t)

	step := func(name string, do func(p *tab)) {
		t.Helper()
		finished := false
		t.Run(name, func(t *testing.T) {
			p.T = t
			do(p)
			finished = true
		})
		p.T = t
		for _, complaint := range w.report() {
			t.Errorf("while she %s: %s", name, complaint)
		}
		if !finished {
			t.FailNow() // what follows builds on it
		}
	}

	step("looks around", func(p *tab) {
		p.open(s.shop)
		p.sees("button", "Add Sticker Set to the basket")
		p.reads("Nothing in it yet.")
		p.looksAt("store-empty")
		p.clicks("link", "Orders")
		p.sees("heading", "Sign in to see your orders")
		p.looksAt("orders-stranger")
		w.allow(404, s.shop+"/nowhere", "the page that says a page is missing")
		p.open(s.shop + "/nowhere")
		p.sees("heading", "…")
		p.looksAt("404")
	})

	step("buys with a card, on a phone", func(p *tab) {
		p.open(s.shop)
		p.clicks("button", "Add Awning Mug to the basket")
		p.clicks("button", "Add Sticker Set to the basket")
		p.clicks("button", "One Sticker Set more")
		p.sees("heading", "Your basket 3 pieces")
		p.forREADME("store.png", desktop)
		p.looksAt("store-basket")
		p.types("Where shall it go?", "Here")
		p.clicks("button", "Buy for $23.00")
		p.reads("Write the whole address, so that it arrives")
		p.types("Where shall it go?", address)
		p.clicks("button", "Buy for $23.00")
		p.sees("heading", "Sign in")
		p.looksAt("sign-in")
		p.types("Email", customer)
		p.types("Password", password+kb.Enter)

		p.isAt(s.stripe + "/pay/")
		p.sees("heading", "Choose how to pay")
		p.reads("Total due $23.00")
		p.looksAt("pay")
		p.clicks("button", "Pay $23.00")

		p.isAt(s.shop + "/success?orderId=")
		loaded := p.loaded()
		p.sees("heading", "Thank you. Your order is placed.")
		if p.loaded() != loaded {
			p.Error("the page was loaded again")
		}
		p.reads("Awning Mug $14.00 1 × $14.00 Sticker Set $9.00 2 × $4.50 Total $23.00")
		p.reads("Goes to " + address)
		p.forREADME("success.png", device{width: 390, height: 920, density: 2, mobile: true, dark: true}) // with the stamp
		p.looksAt("success")
	})

	step("is declined, leaves, and resumes", func(p *tab) {
		p.take(desktop)
		p.clicks("link", "To the shop")
		p.orders(s, "Coral Notebook", "$9.50")
		p.clicks("radio", "Test card that is declined…")
		p.clicks("button", "Pay $9.50")
		p.sees("alert", "…")
		p.reads("Your card was declined. No money was taken.")
		p.looksAt("pay-declined")
		p.clicks("button", "Back to …")

		p.isAt(s.shop + "/cancel?orderId=")
		p.sees("heading", "Your order is not paid yet")
		p.looksAt("cancel")
		p.clicks("link", "Go on with the payment")
		p.isAt(s.stripe + "/pay/")
		p.clicks("button", "Pay $9.50")
		p.isAt(s.shop + "/success?orderId=")
		p.sees("heading", "Thank you. Your order is placed.")
	})

	step("changes her mind", func(p *tab) {
		p.clicks("link", "To the shop")
		p.orders(s, "Market Tote", "$18.00")
		p.clicks("button", "Back to …")
		p.sees("heading", "Your order is not paid yet")
		p.clicks("button", "Cancel the order")
		p.sees("heading", "This order is closed")
		p.looksAt("cancelled")
	})

	step("cancels in the list of her orders", func(p *tab) {
		p.clicks("link", "To the shop")
		p.orders(s, "Corner Cap", "$22.00")
		p.open(s.shop) // as if she had typed it
		p.reads("An order of yours is not paid yet.")
		p.clicks("link", "Orders")
		p.clicks("DisclosureTriangle", "Corner Cap Not paid yet…$22.00")
		p.sees("link", "Pay now")
		p.looksAt("orders-pending")
		p.clicks("button", "Cancel the order")
		p.sees("heading", "Cancel this order?")
		p.looksAt("orders-ask")
		p.clicks("button", "Keep it")
		p.seesNo("heading", "Cancel this order?")
		p.clicks("button", "Cancel the order")
		p.sees("heading", "Cancel this order?")
		p.clicks("button", "Cancel the order")
		p.sees("DisclosureTriangle", "Corner Cap Closed…$22.00")
	})

	step("pays by bank, which takes its time", func(p *tab) {
		p.clicks("link", "Shop")
		p.orders(s, "Steel Bottle", "$28.00")
		p.clicks("radio", "US bank account…")
		p.clicks("button", "Pay $28.00")
		p.isAt(s.shop + "/success?orderId=")
		p.sees("heading", "Confirming your payment…")
		p.reads("State Not paid yet")
		loaded := p.loaded()
		p.looksAt("success-pending")

		bank := newTab(t, browser, w, desktop)
		bank.T, bank.looks = p.T, p.looks
		bank.open(s.stripe)
		bank.reads("Waiting for the bank")
		bank.looksAt("dashboard")
		bank.clicks("button", "Settle")
		bank.reads("Steel Bottle")
		bank.seesNo("button", "Settle")

		p.toFront()
		p.sees("heading", "Thank you. Your order is placed.")
		if p.loaded() != loaded {
			p.Error("the page was loaded again")
		}
	})

	step("finds all of it among her orders", func(p *tab) {
		p.clicks("link", "Your orders")
		p.sees("heading", "Your orders")
		for _, order := range []string{
			"Awning Mug and 2 × Sticker Set Placed…$23.00",
			"Coral Notebook Placed…$9.50",
			"Market Tote Closed…$18.00",
			"Corner Cap Closed…$22.00",
			"Steel Bottle Placed…$28.00",
		} {
			p.sees("DisclosureTriangle", order)
		}
		p.clicks("DisclosureTriangle", "Steel Bottle Placed…")
		p.reads("Paid, and so placed")
		p.looksAt("orders")
		p.clicks("link", "Closed")
		p.isAt(s.shop + "/orders?status=failed")
		p.sees("DisclosureTriangle", "Market Tote Closed…")
		p.seesNo("DisclosureTriangle", "Steel Bottle…")
	})

	step("signs out", func(p *tab) {
		p.clicks("button", "Sign out")
		p.sees("heading", "Sign in to see your orders")
		p.seesNo("DisclosureTriangle", "…")
	})

	step("comes back as the admin", func(p *tab) {
		p.open(s.shop + "/orders")
		p.sees("heading", "Sign in to see your orders")
		p.clicks("button", "Sign in")
		p.types("Email", admin)
		p.types("Password", password+kb.Enter)
		p.clicks("link", "All orders")
		p.isAt(s.shop + "/orders?view=all")
		p.sees("heading", "All orders")
		p.sees("DisclosureTriangle", "Awning Mug and 2 × Sticker Set Placed…")
		p.clicks("DisclosureTriangle", "Market Tote Closed…")
		p.reads("So far Ordered … Cancelled")
		p.reads("Customer")
		p.looksAt("admin-orders")
		p.clicks("button", "Reconcile with Stripe")
		p.reads("No order was overdue.")
		p.looksAt("admin-reconciled")
		p.clicks("link", "Payments")
		p.sees("heading", "Payments")
		p.sees("cell", "$28.00")
		p.looksAt("admin-payments")
		p.clicks("link", "To review")
		p.sees("heading", "No order needs review. Payments and orders agree.")
		p.looksAt("admin-review")
	})

	step("reads about the API", func(p *tab) {
		p.clicks("link", "API")
		p.isAt(s.shop + "/docs")
		p.sees("button", "get /api/v1/products")
		p.looksAt("docs")
		p.clicks("button", "get /api/v1/products")
		p.clicks("button", "Execute")
		p.reads("Server response")
		p.reads("Awning Mug")
	})
}

// orders puts a product into the basket and goes to pay for it, signed in and with
// an address from the last time.
func (p *tab) orders(s stack, product, price string) {
	p.Helper()
	p.clicks("button", "Add "+product+" to the basket")
	p.types("Where shall it go?", address)
	p.clicks("button", "Buy for "+price)
	p.isAt(s.stripe + "/pay/")
	p.sees("heading", "Choose how to pay")
}
