// Package shop is the vocabulary of the business: users, products, orders and
// their payments, money, the ladder of payment statuses, the rules for input,
// and the one error type. It knows nothing of HTTP, MongoDB or Stripe; the bson
// tags only name the fields of the stored documents.
package shop
