package shop

// Page is which part of a list is asked for, and in which order.
type Page struct {
	Number int64  // from 1
	Limit  int64  // rows on a page
	SortBy string // a field of the list's own short choice
	Desc   bool
}

// Skip is how many rows come before the page.
func (p Page) Skip() int64 { return (p.Number - 1) * p.Limit }
