package shop_test

import (
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// What is read as money is shown as the same number, and is never out of bounds.
func FuzzMoney(f *testing.F) {
	for _, s := range []string{"15.99", "0", "1e2", "-0", "10.999", "999999.99", "1000000", "NaN", "0x1p-2", "٣", "1_000", "00000000000000000000001"} {
		for _, c := range []string{"usd", "jpy", "kwd", "isk"} {
			f.Add(s, c)
		}
	}
	f.Fuzz(func(t *testing.T, s, code string) {
		c, err := shop.ParseCurrency(code)
		if err != nil {
			return
		}
		m, err := shop.ParseMoney(s, c)
		if err != nil {
			if m != 0 {
				t.Errorf("%q is refused and is %d", s, m)
			}
			return
		}
		if m < 0 || m > shop.MaxAmount || int64(m)%c.Step() != 0 {
			t.Errorf("%q %s is read as %d", s, c, m)
		}
		again, err := shop.ParseMoney(m.Format(c), c)
		if err != nil || again != m {
			t.Errorf("%q %s is shown as %s, which is read as %d, %v", s, c, m.Format(c), again, err)
		}
		if plain := func(s string) string {
			if strings.Contains(s, ".") {
				s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
			}
			if s = strings.TrimLeft(s, "0"); s == "" || s[0] == '.' {
				s = "0" + s
			}
			return s
		}; plain(s) != plain(m.Format(c)) {
			t.Errorf("%q %s is shown as %s", s, c, m.Format(c))
		}
	})
}

// No text makes validation panic, and what passes keeps within its rules.
func FuzzRegistration(f *testing.F) {
	f.Add("Ann", "female", "ann@example.com", "long enough")
	f.Add("", "", "\"a b\"@c", "\x00")
	f.Fuzz(func(t *testing.T, name, gender, email, password string) {
		r := shop.Registration{FullName: name, Gender: gender, Email: email, Password: password}
		if len(r.Validate()) > 0 {
			return
		}
		if len(r.Password) < 8 || len(r.Password) > 72 || len(r.Email) > 100 || r.Email != shop.NormalEmail(r.Email) || strings.ContainsAny(r.Email, " \t\r\n\x00\"<>") {
			t.Errorf("accepted: %+q", r)
		}
	})
}
