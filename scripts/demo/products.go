package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// goods is what the shop sells: Awning, of the site's pages, where the pictures
// are as well (pkg/site/public/images).
var goods = []struct {
	picture, name, description string
	cents                      int64 // the price in usd
}{
	{"mug", "Awning Mug", "Stoneware, 350 ml, with our striped awning glazed on by hand. Goes in the dishwasher.", 1400},
	{"tshirt", "Awning T-Shirt", "Heavy organic cotton in bottle green, the awning on the chest. Cut straight, and stays that way in the wash.", 2400},
	{"notebook", "Coral Notebook", "A5, 160 dotted pages, thread-bound so that it lies flat. With an elastic band, a pocket and a pencil.", 950},
	{"tote", "Market Tote", "A canvas bag with long handles and an inner pocket. Carries a week's vegetables or a wet umbrella.", 1800},
	{"cap", "Corner Cap", "Five panels of washed navy twill, a small embroidered awning, and a buckle that fits every head.", 2200},
	{"bottle", "Steel Bottle", "Double-walled, 500 ml, with a striped band. Keeps tea hot through a morning and water cold all day.", 2800},
	{"poster", "Little Shop Poster", "Our shop under the morning sun, printed on 200 g matt paper, 50 by 70 cm. Comes rolled, without the frame.", 1600},
	{"stickers", "Sticker Set", "Four weatherproof vinyl stickers: an awning, a sun, an open sign and a cup of coffee.", 450},
}

// Products are the demo products at prices of the currency, newest first.
func Products(c shop.Currency, now time.Time) ([]shop.Product, error) {
	products := make([]shop.Product, len(goods))
	for i, g := range goods {
		r := shop.ProductRequest{
			Name: g.name, Description: g.description, ImageURL: "/images/" + g.picture + ".svg",
			Price: shop.Decimal(price(g.cents, c).Format(c)), Currency: c,
		}
		if err := r.Validate().Err(); err != nil {
			return nil, fmt.Errorf("demo: %s in %s: %w", g.name, c, err)
		}
		products[i] = r.Product(now.Add(time.Duration(-i) * time.Second)) // lists keep our order
		products[i].ID = shop.DerivedID("demo", "product", g.picture)
	}
	return products, nil
}

// price is about what so many US cents buy, in two digits that look like a price.
func price(cents int64, c shop.Currency) shop.Money {
	n := cents * perDollar(c)
	for range c.Decimals() {
		n *= 10
	}
	n /= 100 * 100 // cents, and hundredths
	round := int64(1)
	for n/round >= 100 {
		round *= 10
	}
	n = (n + round/2) / round * round
	return shop.Money((n + c.Step() - 1) / c.Step() * c.Step())
}

// rates says roughly how many hundredths of a currency make a US dollar. What is
// not listed is worth about as much. They need not be right, only so near that a
// mug has the price of a mug and that Stripe's minimum, about half a dollar, is
// met. One is wrong on purpose: at its real rate, the bottle in lbp would cost
// more than shop.MaxAmount.
const rates = `
	aed 370 afn 7000 all 9000 amd 39000 ang 180 aoa 90000 ars 100000 aud 150 awg 180 azn 170
	bam 180 bbd 200 bdt 12000 bgn 180 bhd 38 bif 290000 bnd 130 bob 700 brl 550 bwp 1300 byn 330 bzd 200
	cad 140 cdf 280000 clp 95000 cny 700 cop 400000 crc 51000 cve 10000 czk 2300
	djf 18000 dkk 700 dop 6000 dzd 13000 egp 5000 etb 13000 fjd 220
	gel 270 gmd 7000 gnf 860000 gtq 770 gyd 21000 hkd 780 hnl 2500 htg 13000 huf 36000
	idr 1600000 ils 370 inr 8500 isk 14000 jmd 16000 jod 71 jpy 15000
	kes 13000 kgs 8700 khr 400000 kmf 45000 krw 140000 kwd 31 kzt 50000
	lak 2100000 lbp 3000000 lkr 30000 lrd 19000 lsl 1800
	mad 1000 mdl 1700 mga 450000 mkd 5600 mmk 210000 mnt 340000 mop 800 mur 4600 mvr 1500 mwk 170000 mxn 1900 myr 440 mzn 6400
	nad 1800 ngn 150000 nio 3700 nok 1000 npr 14000 nzd 170 omr 38 pen 370 pgk 400 php 5600 pkr 28000 pln 390 pyg 750000
	qar 360 ron 460 rsd 11000 rub 9000 rwf 140000 sar 370 sbd 840 scr 1400 sek 1000 sgd 130 sle 2300 sos 57000 srd 3600 std 2200000 szl 1800
	thb 3400 tjs 1000 tnd 310 top 240 try 3500 ttd 680 twd 3200 tzs 260000
	uah 4100 ugx 370000 uyu 4200 uzs 1250000 vnd 2500000 vuv 12000 wst 270
	xaf 60000 xcd 270 xof 60000 xpf 11000 yer 24000 zar 1800 zmw 2600`

var hundredths = func() map[shop.Currency]int64 {
	table := map[shop.Currency]int64{}
	words := strings.Fields(rates)
	for i := 0; i < len(words); i += 2 {
		n, err := strconv.ParseInt(words[i+1], 10, 64)
		if err != nil {
			panic(err)
		}
		table[shop.Currency(words[i])] = n
	}
	return table
}()

func perDollar(c shop.Currency) int64 {
	if n, ok := hundredths[c]; ok {
		return n
	}
	return 100
}
