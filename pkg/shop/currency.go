package shop

import (
	"fmt"
	"slices"
	"strings"
)

// Currency is a lower-case ISO 4217 code that Stripe can charge, such as "usd".
type Currency string

// The currencies Stripe charges, by how it counts them
// (https://docs.stripe.com/currencies#presentment-currencies).
var (
	twoDecimals = strings.Fields(`usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl
		bsd bwp byn bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq
		gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop
		mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr
		sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah uyu uzs wst xcd yer zar zmw`)
	zeroDecimals = strings.Fields(`bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf`)
	// Stripe takes three decimals, the last of which must be 0.
	threeDecimals = strings.Fields(`bhd jod kwd omr tnd`)
	// No decimals any more, but Stripe still wants two zeros.
	wholeTwoDecimals = strings.Fields(`isk ugx`)
)

// ParseCurrency reads a code in any case, and refuses what Stripe cannot charge.
func ParseCurrency(s string) (Currency, error) {
	code := strings.ToLower(s)
	for _, list := range [][]string{twoDecimals, zeroDecimals, threeDecimals, wholeTwoDecimals} {
		if slices.Contains(list, code) {
			return Currency(code), nil
		}
	}
	return "", fmt.Errorf("must be the ISO 4217 code of a currency Stripe can charge, such as usd, not %q", s)
}

// Decimals is the number of decimals between Stripe's minor unit and the major one.
func (c Currency) Decimals() int {
	switch {
	case slices.Contains(zeroDecimals, string(c)):
		return 0
	case slices.Contains(threeDecimals, string(c)):
		return 3
	}
	return 2
}

// Step is what every amount must be a multiple of, in minor units: 1 for most
// currencies, 10 where Stripe wants the third decimal to be 0, 100 where it
// keeps two decimals for a currency that has none.
func (c Currency) Step() int64 {
	switch {
	case slices.Contains(threeDecimals, string(c)):
		return 10
	case slices.Contains(wholeTwoDecimals, string(c)):
		return 100
	}
	return 1
}
