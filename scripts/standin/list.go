package standin

import "slices"

// paging is what every list endpoint takes; https://docs.stripe.com/api/pagination.
type paging struct {
	limit         int
	after, before string
	expand        []string
}

// readPaging also says what expand[] may name inside each row.
func readPaging(f *form, expands ...string) paging {
	expands = slices.Clone(expands)
	for i, path := range expands {
		expands[i] = "data." + path
	}
	p := paging{limit: 10, after: f.text("starting_after", 5000), before: f.text("ending_before", 5000), expand: f.expand(expands...)}
	if n := f.integer("limit", 1, 100); n != 0 {
		p.limit = int(n)
	}
	if p.after != "" && p.before != "" {
		f.refuse("", "starting_after", "You may only specify one of these parameters: starting_after, ending_before.")
	}
	return p
}

// page renders one page of rows, newest first.
func page[T interface{ key() string }](s *Server, path string, p paging, rows []T, object func(T) map[string]any) (map[string]any, error) {
	rows = slices.Clone(rows)
	slices.Reverse(rows)
	at := func(id string) int { return slices.IndexFunc(rows, func(r T) bool { return r.key() == id }) }
	more := false
	switch {
	case p.after != "":
		i := at(p.after)
		if i < 0 {
			return nil, noSuch("object", "starting_after", p.after)
		}
		rows = rows[i+1:]
	case p.before != "":
		i := at(p.before)
		if i < 0 {
			return nil, noSuch("object", "ending_before", p.before)
		}
		more = i > p.limit
		rows = rows[max(0, i-p.limit):i]
	}
	if len(rows) > p.limit {
		rows, more = rows[:p.limit], true
	}
	data := []map[string]any{}
	for _, row := range rows {
		data = append(data, object(row))
	}
	return s.expand(listObject(path, data, more), p.expand), nil
}

func listObject(path string, data []map[string]any, more bool) map[string]any {
	return map[string]any{"object": "list", "url": path, "has_more": more, "data": data}
}

func newestFirst[T any](rows []T, object func(T) map[string]any) []map[string]any {
	data := []map[string]any{}
	for _, row := range slices.Backward(rows) {
		data = append(data, object(row))
	}
	return data
}
