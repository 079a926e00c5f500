package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// input is what a request's body decodes into: a struct with json tags that
// knows its own rules.
type input interface{ Validate() shop.Faults }

// Body reads the whole body, as it was sent; shop.TooLarge beyond the rule's limit.
func (r *Request) Body() ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Request.Body, r.maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, shop.Errorf(shop.TooLarge, fmt.Sprintf("The body is larger than %d KiB.", r.maxBody>>10))
	case err != nil:
		return nil, &shop.Error{Code: shop.Invalid, Message: "The body could not be read.", Cause: err}
	}
	return b, nil
}

// Decode reads a JSON object into in. Fields it does not know are ignored; every
// field of a wrong type or against a rule is reported, all in one error.
func (r *Request) Decode(in input) error {
	fields, err := r.object()
	if err != nil {
		return err
	}
	var faults shop.Faults
	fill(&faults, "", fields, reflect.ValueOf(in).Elem())
	wrongType := map[string]bool{}
	for _, f := range faults {
		wrongType[f.Path] = true
	}
	for _, f := range in.Validate() {
		if !wrongType[f.Path] {
			faults = append(faults, f)
		}
	}
	return faults.Err()
}

func (r *Request) object() (map[string]json.RawMessage, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, shop.Errorf(shop.NotJSON, "Send the body as JSON, with Content-Type: application/json.")
	}
	body, err := r.Body()
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := checkJSON(body); err != nil {
		return nil, &shop.Error{Code: shop.Invalid, Message: "The body is not valid JSON: " + err.Error() + ".", Cause: err}
	}
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, shop.Errorf(shop.Invalid, "The body must be a JSON object.")
	}
	return fields, nil
}

const maxDepth = 16

// checkJSON refuses what encoding/json would let pass or silently change:
// invalid UTF-8, a key that stands twice in an object, data after the value, and
// nesting deeper than any request of ours.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := checkValue(d, 0); err != nil {
		return plainJSONError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is something after the value")
	}
	return nil
}

func plainJSONError(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("at byte %d: %s", syntax.Offset, syntax.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends too early")
	}
	return err
}

func checkValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	keys := map[string]bool{}
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if keys[key.(string)] {
				return fmt.Errorf("the key %q stands twice", key)
			}
			keys[key.(string)] = true
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // the closing bracket
	return err
}

// fill sets the fields of a struct one by one, so that one wrong type does not
// hide the next. A null or missing field stays empty.
func fill(faults *shop.Faults, prefix string, fields map[string]json.RawMessage, into reflect.Value) {
	for i := range into.NumField() {
		name := into.Type().Field(i).Tag.Get("json")
		if raw, ok := fields[name]; ok {
			fillValue(faults, prefix+name, raw, into.Field(i))
		}
	}
}

func fillValue(faults *shop.Faults, path string, raw json.RawMessage, into reflect.Value) {
	if into.Kind() == reflect.Slice && into.Type().Elem().Kind() == reflect.Struct {
		fillSlice(faults, path, raw, into)
		return
	}
	if err := json.Unmarshal(raw, into.Addr().Interface()); err != nil {
		into.SetZero()
		faults.Add(path, wanted(into.Type()))
	}
}

func fillSlice(faults *shop.Faults, path string, raw json.RawMessage, into reflect.Value) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		faults.Add(path, "must be a list")
		return
	}
	if items == nil {
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(items), len(items)))
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", path, i)
		var fields map[string]json.RawMessage
		if json.Unmarshal(item, &fields) != nil || fields == nil {
			faults.Add(at, "must be an object")
			continue
		}
		fill(faults, at+".", fields, into.Index(i))
	}
}

func wanted(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[shop.Decimal]():
		return "must be a number"
	case t.Kind() == reflect.String:
		return "must be a text"
	case t.Kind() == reflect.Int64:
		return "must be a whole number"
	}
	return "is of the wrong type: " + strings.ToLower(t.Kind().String()) + " is wanted"
}
