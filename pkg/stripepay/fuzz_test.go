package stripepay_test

import (
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/stripepay"
)

// No header fits a body that was not signed with our secret.
func FuzzSignature(f *testing.F) {
	for _, h := range []string{"", "t=1,v1=00", "t=1792000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd", "t=,v1=", "v1=a,v1=b,t=9", "t=99999999999999999999,v1=00"} {
		f.Add([]byte(`{"id":"evt"}`), h)
	}
	secrets := []string{"whsec_fuzz_0123456789", ""}
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		if stripepay.Verify(body, header, secrets) == nil {
			t.Errorf("%q fits %q", header, body)
		}
	})
}

// No signed body makes reading panic, and at most one thing comes of it.
func FuzzEvent(f *testing.F) {
	for _, kind := range stripepay.EventTypes {
		f.Add([]byte(`{"id":"evt","type":"` + string(kind) + `","livemode":false,"data":{"object":{"id":"dp_1","status":"complete","payment_status":"paid","payment_intent":{"id":"pi"},"amount":5,"amount_refunded":3,"currency":"usd","metadata":{"orderId":"aaaaaaaaaaaaaaaaaaaaaaaa"}}}}`))
		f.Add([]byte(`{"type":"` + string(kind) + `","data":{"object":[]}}`))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := stripepay.Read(body)
		n := 0
		for _, is := range []bool{e.Session != nil, e.Refund != nil, e.Dispute != nil} {
			if is {
				n++
			}
		}
		if n > 1 || err != nil && n > 0 {
			t.Errorf("%q is read as %+v, %v", body, e, err)
		}
	})
}
