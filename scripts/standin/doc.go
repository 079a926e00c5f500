// Package standin is Stripe on one machine: it takes Checkout Sessions, shows a page to
// pay them on, and sends signed events, with no account, no network and no money.
//
// The development server runs it for people, tests run it as their bank: they pay,
// decline, refund and dispute, choose the order in which events arrive, and inject
// faults. It answers as API version 2023-10-16 does, stripe-go v76's, for the part that
// a shop with Checkout uses; TestAgreesWithStripeMock holds it against Stripe's own
// stripe-mock. A parameter of Stripe's that it does not act out is refused, with a
// message that says so, rather than ignored.
//
// # Addresses
//
//	/v1/…          the API: form-encoded in, JSON out, any sk_test_ or rk_test_ key
//	/pay/SESSION   the hosted payment page
//	/              a dashboard: settle, fail, refund, dispute, resend
//	/control/…     the Go API as JSON, for tests in another process
//
// # Control
//
// GET answers a JSON list; POST does something and answers {"id": …} or {}. A refusal
// is {"error": "…"} with a status of 400 and up. Amounts are in minor units.
//
//	GET  /control/sessions                       Sessions
//	GET  /control/payments                       Payments
//	GET  /control/events                         Events, with payloads and deliveries
//	GET  /control/quiet?timeout=30s              Quiet
//	POST /control/sessions/ID/pay                Pay
//	POST /control/sessions/ID/decline            Decline
//	POST /control/sessions/ID/delayed            PayDelayed
//	POST /control/sessions/ID/expire             Expire
//	POST /control/payments/ID/settle             Settle
//	POST /control/payments/ID/fail               FailDelayed
//	POST /control/payments/ID/refund?amount=500  Refund; without amount, all that is left
//	POST /control/payments/ID/dispute?reason=…   OpenDispute
//	POST /control/payments/ID/dispute/won        CloseDispute; also /lost
//	POST /control/events/ID/deliver              Deliver, answers {"status": …}
//	POST /control/events/ID/resend               Resend
//	POST /control/redeliver                      Redeliver, answers {"count": …}
//	POST /control/sign                           Sign the body, answers {"header": …}
//	POST /control/webhook                        {"url", "secret"}: SetWebhook
//	POST /control/faults                         Faults: SetFaults
//	POST /control/faults/api                     {"method", "pathPrefix"} and APIFault: FailNext
//	POST /control/faults/api/clear               ClearAPIFaults
//
// # Where it differs from Stripe
//
// One account, one currency to settle in, no fees. The minimum of a total is Stripe's
// where Stripe publishes one, and is not converted from other currencies. Every currency
// has a delayed way to pay. Bank transfers, debits and refunds are settled by a button
// or at once, never by time. Objects have the shape of 2023-10-16 whatever Stripe-Version
// asks for. Webhook URLs may be on this machine. Retries take minutes, not days.
package standin
