package shop

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"
)

// Product is something the shop sells.
type Product struct {
	ID          ID        `bson:"_id"`
	Name        string    `bson:"name"`
	Description string    `bson:"description"`
	ImageURL    string    `bson:"imageUrl"`
	Price       Money     `bson:"price"`
	Currency    Currency  `bson:"currency"`
	CreatedAt   time.Time `bson:"createdAt"`
	UpdatedAt   time.Time `bson:"updatedAt"`
}

// ProductRequest is what an admin fills in for a new product.
type ProductRequest struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	ImageURL    string   `json:"imageUrl"`
	Price       Decimal  `json:"price"`
	Currency    Currency `json:"-"` // the shop's, not the admin's choice

	price Money
}

// Decimal is a number of the request, kept letter by letter so that no float
// ever touches it.
type Decimal string

// UnmarshalJSON takes a JSON number and nothing else.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	var n json.Number
	if len(b) == 0 || b[0] == '"' || json.Unmarshal(b, &n) != nil {
		return errors.New("must be a number")
	}
	*d = Decimal(n)
	return nil
}

// Validate reports every field that breaks a rule, and reads the price.
func (r *ProductRequest) Validate() (f Faults) {
	r.Name = checkText(&f, "name", r.Name, 2, 100)
	r.Description = checkText(&f, "description", r.Description, 10, 1000)
	r.ImageURL = checkImage(&f, "imageUrl", r.ImageURL)
	var err error
	if r.Price == "" {
		f.Add("price", "is required")
	} else if r.price, err = ParseMoney(string(r.Price), r.Currency); err != nil {
		f.Add("price", err.Error())
	} else if r.price == 0 {
		f.Add("price", "must be greater than 0")
	}
	return f
}

// Product makes the product of a validated request.
func (r *ProductRequest) Product(now time.Time) Product {
	return Product{ID: NewID(now), Name: r.Name, Description: r.Description, ImageURL: r.ImageURL,
		Price: r.price, Currency: r.Currency, CreatedAt: now, UpdatedAt: now}
}

// checkImage wants an http(s) URL or a path on this site ("/images/mug.svg").
func checkImage(f *Faults, path, s string) string {
	s = checkText(f, path, s, 1, 2048)
	u, err := url.Parse(s)
	switch {
	case s == "":
	case err != nil, strings.ContainsAny(s, " \\\"'<>\r\n\t"):
		f.Add(path, "must be an http or https URL, or a path on this site")
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil:
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//"):
	default:
		f.Add(path, "must be an http or https URL, or a path on this site")
	}
	return s
}
