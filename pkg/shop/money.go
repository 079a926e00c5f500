package shop

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount in minor units of its currency: cents for usd, yen for
// jpy, fils for kwd. It is never a float.
type Money int64

// MaxAmount is the largest amount Stripe charges at once, in minor units:
// eight digits (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
const MaxAmount Money = 99_999_999

// Format writes m in major units with all decimals of the currency: 1599 usd
// is "15.99", 1599 jpy "1599".
func (m Money) Format(c Currency) string {
	d := c.Decimals()
	if d == 0 {
		return strconv.FormatInt(int64(m), 10)
	}
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	unit := pow10(d)
	return fmt.Sprintf("%s%d.%0*d", sign, int64(m)/unit, d, int64(m)%unit)
}

// ParseMoney reads a plain decimal number of major units ("15.99") exactly.
// Signs, exponents, and more decimals than the currency has are refused, and so
// is what Stripe could not charge: see [Currency.Step].
func ParseMoney(s string, c Currency) (Money, error) {
	whole, fraction, hasPoint := strings.Cut(s, ".")
	if whole == "" || (hasPoint && fraction == "") || !digits(whole) || !digits(fraction) {
		return 0, errors.New("must be a plain decimal number such as 15.99")
	}
	d := c.Decimals()
	if len(fraction) > d {
		if d == 0 {
			return 0, fmt.Errorf("must be a whole number: %s has no decimals", c)
		}
		return 0, fmt.Errorf("must have at most %d decimals in %s", d, c)
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", d-len(fraction)), 10, 64)
	if err != nil || Money(n) > MaxAmount {
		return 0, fmt.Errorf("must be at most %s %s", MaxAmount.Format(c), c)
	}
	if n%c.Step() != 0 {
		return 0, fmt.Errorf("must be a multiple of %s in %s", Money(c.Step()).Format(c), c)
	}
	return Money(n), nil
}

// Amount is Money that knows its currency. In JSON it is a decimal number of
// major units with all decimals of the currency: 15.90.
type Amount struct {
	Money    Money
	Currency Currency
}

// MarshalJSON writes the number that [Money.Format] shows.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.Money.Format(a.Currency)), nil }

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
