package standin

import (
	"slices"
	"strings"
)

// expand reads which ids the answer is to replace by the objects they name; see
// https://docs.stripe.com/api/expanding_objects.
func (f *form) expand(allowed ...string) []string {
	paths := f.list("expand")
	for _, path := range paths {
		if !slices.Contains(allowed, path) {
			f.refuse("", "expand", "This property cannot be expanded (%s).", path)
		}
	}
	return paths
}

func (s *Server) expand(object map[string]any, paths []string) map[string]any {
	for _, path := range paths {
		s.expandPath(object, path)
	}
	return object
}

func (s *Server) expandPath(object map[string]any, path string) {
	field, rest, _ := strings.Cut(path, ".")
	if list, ok := object[field].([]map[string]any); ok {
		for _, each := range list {
			s.expandPath(each, rest)
		}
		return
	}
	inner := s.inner(object, field)
	if inner == nil {
		return // null stays null
	}
	object[field] = inner
	if rest != "" {
		s.expandPath(inner, rest)
	}
}

// inner is the object behind a field: there already, named by its id, or a list that an
// object has only when asked for.
func (s *Server) inner(object map[string]any, field string) map[string]any {
	own, _ := object["id"].(string)
	switch field {
	case "line_items":
		if se, ok := s.st.Sessions.get(own); ok {
			return s.lineItems(se)
		}
	case "refunds":
		return s.refundsOf(own)
	}
	switch v := object[field].(type) {
	case map[string]any:
		return v
	case string:
		return s.byID(v)
	case *string:
		if v != nil {
			return s.byID(*v)
		}
	}
	return nil
}

func (s *Server) byID(id string) map[string]any {
	if in, ok := s.st.Intents.get(id); ok {
		return s.intentObject(in)
	}
	if ch, ok := s.st.Charges.get(id); ok {
		return s.chargeObject(ch)
	}
	return nil
}
