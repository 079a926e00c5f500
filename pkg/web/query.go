package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Query reads the query string, and collects what is wrong with it.
type Query struct {
	values url.Values
	faults shop.Faults
}

// Query parses the query string.
func (r *Request) Query() *Query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &Query{values: values}
	if err != nil {
		q.faults.Add("query", "is not a valid query string")
	}
	return q
}

// Err is everything that was wrong with what was asked for.
func (q *Query) Err() error {
	if len(q.faults) == 0 {
		return nil
	}
	return &shop.Error{Code: shop.Invalid, Message: "The query is not valid.", Fields: q.faults}
}

func (q *Query) get(name string) string {
	v := q.values[name]
	if len(v) > 1 {
		q.faults.Add(name, "is given more than once")
	}
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

// ID reads the id of the path, which vercel.json rewrites into the query;
// shop.Invalid where it is none.
func (q *Query) ID() (shop.ID, error) {
	id, err := shop.ParseID(q.get("id"))
	if err != nil {
		return id, &shop.Error{Code: shop.Invalid, Message: "The id is not valid.",
			Fields: []shop.FieldError{{Path: "id", Message: err.Error()}}}
	}
	return id, q.Err()
}

// maxPage keeps skip within what a database can count.
const maxPage = 1_000_000

// Page reads page, limit, sortBy (one of sortable; createdAt comes first where
// none is given) and sortOrder.
func (q *Query) Page(sortable ...string) shop.Page {
	p := shop.Page{Number: q.number("page", 1, maxPage, 1), Limit: q.number("limit", 1, 100, 10)}
	p.SortBy = q.oneOf("sortBy", append([]string{"createdAt"}, sortable...), "createdAt")
	p.Desc = q.oneOf("sortOrder", []string{"asc", "desc"}, "desc") == "desc"
	return p
}

func (q *Query) number(name string, min, max, fallback int64) int64 {
	v := q.get(name)
	if v == "" && !q.values.Has(name) {
		return fallback
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < min || n > max || v[0] == '+' {
		q.faults.Add(name, fmt.Sprintf("must be a whole number from %d to %d", min, max))
		return fallback
	}
	return n
}

func (q *Query) oneOf(name string, allowed []string, fallback string) string {
	v := q.get(name)
	if v == "" && !q.values.Has(name) {
		return fallback
	}
	if !slices.Contains(allowed, v) {
		q.faults.Add(name, "must be one of "+strings.Join(allowed, ", "))
		return fallback
	}
	return v
}

// OneOf reads a parameter that is one of the allowed words; the zero word where
// it is not given.
func OneOf[T ~string](q *Query, name string, allowed []T) T {
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	return T(q.oneOf(name, words, ""))
}

// Flag reads a parameter that is true or false; false where it is not given.
func (q *Query) Flag(name string) bool {
	return q.oneOf(name, []string{"true", "false"}, "false") == "true"
}
