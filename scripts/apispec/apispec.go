// Package apispec holds what the shop answers to its own description,
// pkg/site/public/openapi.json. It is for tests alone.
package apispec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// Spec is a description, ready to check with. It is safe for concurrent use.
type Spec struct {
	paths map[string]*pathItem

	mu       sync.Mutex
	compiler *jsonschema.Compiler // keeps what it has compiled
}

// pathItem is a path by its upper-case methods.
type pathItem struct{ operations map[string]*operation }

type operation struct {
	body         string // where its schema stands; "": it takes none
	bodyRequired bool
	responses    map[int]*response
}

type response struct {
	content map[string]string // where the schema of a media type stands
	headers map[string]header // by canonical name
}

type header struct {
	required bool
	schema   string // where it stands
}

// Check reports what of an answer the shop's own description does not have: the
// route, the method, the status, a header, the content type, or a field of the body.
func Check(method, path string, status int, h http.Header, body []byte) error {
	s, err := Own()
	if err != nil {
		return err
	}
	return s.Check(method, path, status, h, body)
}

// CheckRequest reports what is wrong with a request's body, by the shop's own
// description.
func CheckRequest(method, path string, body []byte) error {
	s, err := Own()
	if err != nil {
		return err
	}
	return s.CheckRequest(method, path, body)
}

// Own is the shop's own description, read once per process.
var Own = sync.OnceValues(func() (*Spec, error) {
	file, err := File()
	if err != nil {
		return nil, err
	}
	return Load(file)
})

// File is where the shop's own description stands.
func File() (string, error) {
	root, err := platform.Root()
	return filepath.Join(root, "pkg", "site", "public", "openapi.json"), err
}

// Load reads a description of OpenAPI 3.1.
func Load(file string) (*Spec, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("apispec: %w", err)
	}
	s, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("apispec: %s: %w", file, err)
	}
	return s, nil
}

// Check is the package's Check, by this description. HEAD is checked as GET
// without a body. OPTIONS is no entry of its own: it and every method that the
// path does not have answer with Allow, which must list the path's entries.
func (s *Spec) Check(method, path string, status int, h http.Header, body []byte) error {
	item, err := s.find(path)
	if err != nil {
		return err
	}
	op := item.operations[method]
	switch {
	case method == http.MethodHead && item.operations[http.MethodGet] != nil:
		op = item.operations[http.MethodGet]
	case method == http.MethodOptions && status == http.StatusNoContent:
		if err := errors.Join(item.checkAllow(h), empty(body)); err != nil {
			return fmt.Errorf("apispec: %s %s: %w", method, path, err)
		}
		return nil
	case op == nil:
		if status != http.StatusMethodNotAllowed && status < 500 {
			return fmt.Errorf("apispec: %s %s has no entry, and answers %d", method, path, status)
		}
		op = item.any()
	case status == http.StatusMethodNotAllowed:
		return fmt.Errorf("apispec: %s %s has an entry, and answers 405", method, path)
	}
	r := op.responses[status]
	if r == nil {
		return fmt.Errorf("apispec: %s %s: status %d has no entry", method, path, status)
	}
	err = errors.Join(s.checkHeaders(r, h), s.checkBody(r, method, h, body))
	if status == http.StatusMethodNotAllowed {
		err = errors.Join(err, item.checkAllow(h))
	}
	if err != nil {
		return fmt.Errorf("apispec: %s %s, status %d: %w", method, path, status, err)
	}
	return nil
}

// CheckRequest is the package's CheckRequest, by this description.
func (s *Spec) CheckRequest(method, path string, body []byte) error {
	item, err := s.find(path)
	if err != nil {
		return err
	}
	op := item.operations[method]
	switch {
	case op == nil:
		return fmt.Errorf("apispec: %s %s has no entry", method, path)
	case op.body == "", len(body) == 0 && !op.bodyRequired:
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = s.validate(op.body, trimmed(v))
	}
	if err != nil {
		return fmt.Errorf("apispec: the request %s %s: %w", method, path, err)
	}
	return nil
}

// trimmed is a request as the rules see it: no text but a password keeps the
// space around it.
func trimmed(v any) any {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case []any:
		for i, item := range v {
			v[i] = trimmed(item)
		}
	case map[string]any:
		for name, field := range v {
			if name != "password" {
				v[name] = trimmed(field)
			}
		}
	}
	return v
}

// Paths lists every path, with {names}.
func (s *Spec) Paths() (paths []string) {
	for p := range s.paths {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// Statuses lists every status that some entry answers.
func (s *Spec) Statuses() (statuses []int) {
	for _, item := range s.paths {
		for _, op := range item.operations {
			for status := range op.responses {
				statuses = append(statuses, status)
			}
		}
	}
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

// find matches a path, without its query, against the entries: one that is
// written out comes before one with {names}.
func (s *Spec) find(path string) (*pathItem, error) {
	path, _, _ = strings.Cut(path, "?")
	if item := s.paths[path]; item != nil {
		return item, nil
	}
	parts := strings.Split(path, "/")
	for pattern, item := range s.paths {
		if fits(strings.Split(pattern, "/"), parts) {
			return item, nil
		}
	}
	return nil, fmt.Errorf("apispec: %s has no entry", path)
}

func fits(pattern, parts []string) bool {
	return slices.EqualFunc(pattern, parts, func(want, part string) bool {
		return want == part || strings.HasPrefix(want, "{") && part != ""
	})
}

// any is one entry of the path: what answers an unknown method is the same in all.
func (p *pathItem) any() *operation {
	for _, op := range p.operations {
		return op
	}
	return &operation{}
}

func (p *pathItem) checkAllow(h http.Header) error {
	want := []string{http.MethodOptions}
	for method := range p.operations {
		want = append(want, method)
		if method == http.MethodGet {
			want = append(want, http.MethodHead)
		}
	}
	slices.Sort(want)
	if got := h.Get("Allow"); got != strings.Join(want, ", ") {
		return fmt.Errorf("the header Allow is %q, the entries are %s", got, strings.Join(want, ", "))
	}
	return nil
}

// telling are headers that no answer may have unless its entry says so.
var telling = []string{"Allow", "Location", "Retry-After", "Set-Cookie", "Www-Authenticate"}

func (s *Spec) checkHeaders(r *response, h http.Header) error {
	var errs []error
	for name, want := range r.headers {
		if want.required && len(h.Values(name)) == 0 {
			errs = append(errs, fmt.Errorf("the header %s is missing", name))
		}
		for _, value := range h.Values(name) {
			if err := s.validateHeader(want.schema, value); err != nil {
				errs = append(errs, fmt.Errorf("the header %s: %q: %w", name, value, err))
			}
		}
	}
	for _, name := range telling {
		if _, ok := r.headers[name]; !ok && h.Get(name) != "" {
			errs = append(errs, fmt.Errorf("the header %s has no entry", name))
		}
	}
	return errors.Join(errs...)
}

// validateHeader reads a header as its schema means it.
func (s *Spec) validateHeader(schema, value string) error {
	compiled, err := s.Schema(schema)
	if err != nil {
		return err
	}
	if _, err := strconv.Atoi(value); err == nil && compiled.Types != nil && slices.Contains(compiled.Types.ToStrings(), "integer") {
		return compiled.Validate(json.Number(value))
	}
	return compiled.Validate(value)
}

func (s *Spec) checkBody(r *response, method string, h http.Header, body []byte) error {
	if len(r.content) == 0 {
		return empty(body)
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	schema := r.content[kind]
	if err != nil || schema == "" || params["charset"] != "utf-8" {
		return fmt.Errorf("the content type %q has no entry", h.Get("Content-Type"))
	}
	if method == http.MethodHead {
		return empty(body)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the body is not JSON: %w", err)
	}
	return s.validate(schema, v)
}

func (s *Spec) validate(schema string, v any) error {
	compiled, err := s.Schema(schema)
	if err != nil {
		return err
	}
	return compiled.Validate(v)
}

func empty(body []byte) error {
	if len(body) > 0 {
		return fmt.Errorf("there is a body: %.80s", body)
	}
	return nil
}

// Parse reads a description of OpenAPI 3.1.
func Parse(b []byte) (*Spec, error) {
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var doc document
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		return nil, fmt.Errorf("this is OpenAPI %q, 3.1 is wanted", doc.OpenAPI)
	}
	s := &Spec{paths: map[string]*pathItem{}, compiler: jsonschema.NewCompiler()}
	// A schema of OpenAPI 3.1 is one of JSON Schema 2020-12
	// (https://spec.openapis.org/oas/v3.1.1.html#schema-object).
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	if err := s.compiler.AddResource(base, root); err != nil {
		return nil, err
	}
	return s, doc.fill(s)
}

// Schema is the schema at a JSON pointer into the description, compiled when it
// is first asked for: one test needs few of them.
func (s *Spec) Schema(pointer string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.compiler.Compile(base + "#" + pointer)
}
