package apispec

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// base is the name that the description has for the compiler. It is never fetched.
const base = "file:///openapi.json"

// document is what Check needs of a description.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operationEntry // by path and lower-case method
	Components struct {
		Responses map[string]responseEntry
		Headers   map[string]headerEntry
	}
}

type operationEntry struct {
	RequestBody *struct {
		Required bool
		Content  map[string]struct{}
	}
	Responses map[string]responseEntry
}

type responseEntry struct {
	Ref     string `json:"$ref"`
	Headers map[string]headerEntry
	Content map[string]struct{}
}

type headerEntry struct {
	Ref      string `json:"$ref"`
	Required bool
}

func (d *document) fill(s *Spec) error {
	for path, entries := range d.Paths {
		item := &pathItem{map[string]*operation{}}
		s.paths[path] = item
		for method, entry := range entries {
			op, err := d.operation(pointer("paths", path, method), entry)
			if err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
			item.operations[strings.ToUpper(method)] = op
		}
	}
	return nil
}

func (d *document) operation(at string, entry operationEntry) (*operation, error) {
	op := &operation{responses: map[int]*response{}}
	if entry.RequestBody != nil {
		op.body = at + pointer("requestBody", "content", "application/json", "schema")
		op.bodyRequired = entry.RequestBody.Required
	}
	for code, r := range entry.Responses {
		status, err := strconv.Atoi(code)
		if err != nil {
			return nil, fmt.Errorf("the response %q is no status", code)
		}
		if op.responses[status], err = d.response(at+pointer("responses", code), r); err != nil {
			return nil, fmt.Errorf("status %s: %w", code, err)
		}
	}
	return op, nil
}

func (d *document) response(at string, entry responseEntry) (*response, error) {
	if entry.Ref != "" {
		found, ok := d.Components.Responses[strings.TrimPrefix(entry.Ref, "#/components/responses/")]
		if !ok {
			return nil, fmt.Errorf("there is no %s", entry.Ref)
		}
		at, entry = strings.TrimPrefix(entry.Ref, "#"), found
	}
	r := &response{map[string]string{}, map[string]header{}}
	for kind := range entry.Content {
		r.content[kind] = at + pointer("content", kind, "schema")
	}
	for name, h := range entry.Headers {
		where := at + pointer("headers", name)
		if h.Ref != "" {
			found, ok := d.Components.Headers[strings.TrimPrefix(h.Ref, "#/components/headers/")]
			if !ok {
				return nil, fmt.Errorf("there is no %s", h.Ref)
			}
			where, h = strings.TrimPrefix(h.Ref, "#"), found
		}
		r.headers[http.CanonicalHeaderKey(name)] = header{h.Required, where + "/schema"}
	}
	return r, nil
}

// pointer makes a JSON pointer (RFC 6901), to stand in a URL's fragment.
func pointer(keys ...string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	var p strings.Builder
	for _, k := range keys {
		p.WriteString("/" + escape.Replace(k))
	}
	return p.String()
}
