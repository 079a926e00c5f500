package standin

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

// maxTotal is the largest amount Stripe charges at once: eight digits of the minor unit.
const maxTotal = 99_999_999

// A currency is what Stripe asks of amounts in it.
type currency struct {
	code     string
	decimals int
	step     int64 // amounts are multiples of it: kwd has three decimals, the last always 0
	minimum  int64 // of a total, in minor units; 0 where Stripe publishes none
	sign     string
}

//go:embed facts/currencies.txt
var currencyFacts string

var currencies = readCurrencies(currencyFacts)

func readCurrencies(facts string) map[string]currency {
	table := map[string]currency{}
	for line := range strings.Lines(facts) {
		col := strings.Fields(line)
		if len(col) < 4 || col[0] == "#" {
			continue
		}
		c := currency{code: col[0]}
		c.decimals, _ = strconv.Atoi(col[1])
		c.step, _ = strconv.ParseInt(col[2], 10, 64)
		c.minimum, _ = strconv.ParseInt(col[3], 10, 64) // "-" reads as 0: none
		if len(col) > 4 {
			c.sign = col[4]
		}
		table[c.code] = c
	}
	return table
}

// format writes an amount of minor units as a person reads it: $15.99, ¥500, KWD 1.500.
func (c currency) format(amount int64) string {
	number := c.major(amount)
	whole, fraction, _ := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if c.sign == "" {
		return strings.ToUpper(c.code) + "\u00a0" + whole
	}
	return c.sign + whole
}

// beside is the code to print next to a formatted amount, where a sign stands in for it:
// many currencies are written $.
func (c currency) beside() string {
	if c.sign == "" {
		return ""
	}
	return strings.ToUpper(c.code)
}

// major writes an amount as a plain decimal number of the major unit.
func (c currency) major(amount int64) string {
	if c.decimals == 0 {
		return strconv.FormatInt(amount, 10)
	}
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	digits := fmt.Sprintf("%0*d", c.decimals+1, amount)
	cut := len(digits) - c.decimals
	return sign + digits[:cut] + "." + digits[cut:]
}

// minor reads what a person typed into an amount field of the dashboard.
func (c currency) minor(text string) (int64, error) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	if len(fraction) > c.decimals {
		return 0, fmt.Errorf("%s has %d decimals", strings.ToUpper(c.code), c.decimals)
	}
	digits := whole + fraction + strings.Repeat("0", c.decimals-len(fraction))
	amount, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not an amount", text)
	}
	return int64(amount), nil
}
