// Package browser holds a test alone: a person with a browser, Debian's Chromium,
// clicks through the shop as [scripts/dev] runs it, from the shelves to the bank.
//
// Things are found as a person finds them, by role and name, so a control that a
// screen reader could not name fails the test. So does whatever the browser
// complains of on the way: an error or a warning in the console, an exception, a
// violation of the Content-Security-Policy, an answer from 400 up, a request to
// another host, a page wider than its window.
//
//	go test ./...
//	SCREENSHOTS=looks go test ./...                # and every page as it looked
//	README_SCREENSHOTS=../../.github go test ./... # and the README's two pictures
//
// It is a module of its own: what drives the browser is none of the shop's
// dependencies.
//
// [scripts/dev]: https://github.com/siam9192/payment-integration-server/tree/main/scripts/dev
package browser
