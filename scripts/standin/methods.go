package standin

import "slices"

// A method is a way to pay that the hosted page offers.
type method struct {
	Name  string // Stripe's
	Label string // ours, for a person
}

var card = method{"card", "Card"}

// delayedMethods confirm at once and settle or fail days later; here, when told to.
var delayedMethods = []method{
	{"us_bank_account", "US bank account"},
	{"sepa_debit", "SEPA direct debit"},
	{"bacs_debit", "Bacs direct debit"},
	{"acss_debit", "Pre-authorised debit"},
	{"au_becs_debit", "BECS direct debit"},
	{"customer_balance", "Bank transfer"},
}

// delayedIn is the delayed method offered in a currency where the shop named none. Unlike
// Stripe, the stand-in has one in every currency: each shop should meet a payment that
// is not settled yet.
func delayedIn(currency string) string {
	switch currency {
	case "usd":
		return "us_bank_account"
	case "eur":
		return "sepa_debit"
	case "gbp":
		return "bacs_debit"
	case "cad":
		return "acss_debit"
	case "aud":
		return "au_becs_debit"
	}
	return "customer_balance"
}

// delayed is the delayed method that a session allows, if any.
func (se *session) delayed() (method, bool) {
	for _, m := range delayedMethods {
		if slices.Contains(se.Methods, m.Name) {
			return m, true
		}
	}
	return method{}, false
}

func (se *session) takesCards() bool { return slices.Contains(se.Methods, card.Name) }

var failureMessages = map[string]string{
	"generic_decline":    "Your card was declined.",
	"insufficient_funds": "The bank account has insufficient funds to complete this payment.",
}

func failureMessage(code string) string { return failureMessages[code] }

// methodDetails says how a charge was paid. The card is the test card of Stripe's docs.
func methodDetails(ch *charge) map[string]any {
	if ch.Method != card.Name {
		return map[string]any{"type": ch.Method, ch.Method: map[string]any{}}
	}
	last4 := "4242"
	if ch.Status == "failed" {
		last4 = "0002"
	}
	return map[string]any{"type": "card", "card": map[string]any{
		"amount_authorized": ch.Amount, "brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034,
		"fingerprint": "standinTestCard", "funding": "credit", "last4": last4, "network": "visa",
		"checks":  map[string]any{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"},
		"mandate": nil, "installments": nil, "three_d_secure": nil, "wallet": nil,
		"network_token":             map[string]any{"used": false},
		"extended_authorization":    map[string]any{"status": "disabled"},
		"incremental_authorization": map[string]any{"status": "unavailable"},
		"multicapture":              map[string]any{"status": "unavailable"},
		"overcapture":               map[string]any{"maximum_amount_capturable": ch.Amount, "status": "unavailable"},
	}}
}
