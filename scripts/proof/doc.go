// Package proof holds the shop to its promise: a customer who paid has a placed
// order, a customer who did not has none, whatever fails in between. Its tests
// run every history of a payment, every point at which a process can die, random
// histories against a model, and a storm of all of it at once.
package proof
