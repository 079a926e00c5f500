package stripepay

import (
	"errors"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/siam9192/payment-integration-server/pkg/checkout"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// createError tells Stripe's final no to a session from a failure that a repeat
// may mend. A bad key (401, 403), a rate limit (429) or a request under way
// (409) say nothing about the order.
func createError(err error) error {
	var e *stripe.Error
	if !errors.As(err, &e) {
		return unavailable(err)
	}
	switch e.HTTPStatusCode {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		return &checkout.Refusal{Message: refusalMessage(e), Cause: err}
	}
	return unavailable(err)
}

// refusalMessage says what the customer can do. Stripe's own words stay in the log.
func refusalMessage(e *stripe.Error) string {
	switch {
	case e.Code == stripe.ErrorCodeAmountTooSmall:
		return "The total is below the least that can be paid by card. Order more."
	case e.Code == stripe.ErrorCodeAmountTooLarge:
		return "The total is above the most that can be paid at once. Order less."
	case e.Type == stripe.ErrorTypeIdempotency:
		return "This order was sent to the payment provider in another form before. Order again with a new Idempotency-Key."
	case e.Param == "expires_at":
		return "This order is too old to be paid. Order again with a new Idempotency-Key."
	}
	return "The payment provider did not accept this order."
}

func unavailable(err error) error {
	return &shop.Error{Code: shop.StripeDown, Message: "The payment provider cannot be reached. Please try again.",
		RetryAfter: 5 * time.Second, Cause: err}
}
