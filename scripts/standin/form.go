package standin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A form is the form-encoded parameters of one request, in Stripe's bracket notation
// (line_items[0][price_data][currency]). Reading a parameter also says that it exists:
// whatever was sent and never asked for is unknown, and Stripe refuses it.
type form struct {
	sent     map[string]string
	asked    map[string]bool
	refusals []*Error
}

func parseForm(encoded string) (*form, error) {
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, refuse("", "", "Invalid request body: it must be form-encoded.")
	}
	f := &form{sent: map[string]string{}, asked: map[string]bool{}}
	for key, list := range values {
		if name, isList := strings.CutSuffix(key, "[]"); isList {
			for i, v := range list {
				f.sent[name+"["+strconv.Itoa(i)+"]"] = v
			}
			continue
		}
		f.sent[key] = list[len(list)-1]
	}
	return f, nil
}

// err is the answer to everything read so far: unknown parameters come first, as at
// Stripe, then the first broken one.
func (f *form) err() error {
	var unknown []string
	for key := range f.sent {
		if !f.asked[key] {
			unknown = append(unknown, f.unknownName(key))
		}
	}
	slices.Sort(unknown)
	unknown = slices.Compact(unknown)
	switch {
	case len(unknown) == 1:
		return refuse("parameter_unknown", unknown[0], "Received unknown parameter: %s", unknown[0])
	case len(unknown) > 1:
		return refuse("parameter_unknown", unknown[0], "Received unknown parameters: %s", strings.Join(unknown, ", "))
	case len(f.refusals) > 0:
		return f.refusals[0]
	}
	return nil
}

// unknownName is the outermost part of a key that nothing asked for.
func (f *form) unknownName(key string) string {
	top, _, _ := strings.Cut(key, "[")
	for asked := range f.asked {
		if asked == top || strings.HasPrefix(asked, top+"[") {
			return key
		}
	}
	return top
}

func (f *form) refuse(code, param, format string, args ...any) {
	f.refusals = append(f.refusals, refuse(code, param, format, args...))
}

// has says whether a parameter or anything inside it was sent.
func (f *form) has(key string) bool {
	if _, ok := f.sent[key]; ok {
		return true
	}
	for sent := range f.sent {
		if strings.HasPrefix(sent, key+"[") {
			return true
		}
	}
	return false
}

func (f *form) raw(key string) (string, bool) {
	f.asked[key] = true
	v, ok := f.sent[key]
	return v, ok
}

// text reads an optional string of at most max characters. Stripe takes an empty value
// for an attempt to unset, which no parameter of a creation allows.
func (f *form) text(key string, max int) string {
	v, ok := f.raw(key)
	switch {
	case ok && v == "":
		f.refuse("parameter_invalid_empty", key, "You passed an empty string for '%s'. We assume empty values are an attempt to unset a parameter; however '%s' cannot be unset. You should remove '%s' from your request or supply a non-empty value.", key, key, key)
	case utf8.RuneCountInString(v) > max:
		f.refuse("", key, "Invalid string: %s…; must be at most %d characters", string([]rune(v)[:24]), max)
	}
	return v
}

func (f *form) require(key string) {
	if !f.has(key) {
		f.refuse("parameter_missing", key, "Missing required param: %s.", key)
	}
}

func (f *form) oneOf(key string, allowed ...string) string {
	v := f.text(key, 5000)
	if v != "" && !slices.Contains(allowed, v) {
		f.refuse("", key, "Invalid %s: must be one of %s", key, strings.Join(allowed, ", "))
	}
	return v
}

func (f *form) integer(key string, min, max int64) int64 {
	v := f.text(key, 5000)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	switch {
	case err != nil:
		f.refuse("parameter_invalid_integer", key, "Invalid integer: %s", v)
	case n < min:
		f.refuse("parameter_invalid_integer", key, "This value must be greater than or equal to %d.", min)
	case n > max:
		f.refuse("parameter_invalid_integer", key, "This value must be less than or equal to %d.", max)
	}
	return n
}

func (f *form) boolean(key string) bool {
	return f.oneOf(key, "true", "false") == "true"
}

// link reads an absolute http(s) URL.
func (f *form) link(key string) string {
	v := f.text(key, 5000)
	if v == "" {
		return ""
	}
	// The template {CHECKOUT_SESSION_ID} is no part of a valid URL until it is replaced.
	u, err := url.Parse(strings.ReplaceAll(v, "{CHECKOUT_SESSION_ID}", "x"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		f.refuse("url_invalid", key, "Not a valid URL")
	}
	return v
}

func (f *form) email(key string) string {
	v := f.text(key, 800)
	name, host, ok := strings.Cut(v, "@")
	if v != "" && (!ok || name == "" || host == "" || strings.ContainsAny(v, " \t\r\n<>")) {
		f.refuse("email_invalid", key, "Invalid email address: %s", v)
	}
	return v
}

// indexes are the positions sent of a list, smallest first.
func (f *form) indexes(key string) []int {
	var found []int
	for sent := range f.sent {
		inside, ok := strings.CutPrefix(sent, key+"[")
		if !ok {
			continue
		}
		position, _, _ := strings.Cut(inside, "]")
		if n, err := strconv.Atoi(position); err == nil {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (f *form) list(key string) []string {
	var values []string
	for _, i := range f.indexes(key) {
		values = append(values, f.text(key+"["+strconv.Itoa(i)+"]", 5000))
	}
	return values
}

// metadata reads key-value pairs within Stripe's limits. A key sent with no value is not
// set; https://docs.stripe.com/api/metadata.
func (f *form) metadata(key string) map[string]string {
	pairs := map[string]string{}
	f.raw(key) // metadata= unsets everything
	for sent, v := range f.sent {
		inside, ok := strings.CutPrefix(sent, key+"[")
		if !ok {
			continue
		}
		f.asked[sent] = true
		name := strings.TrimSuffix(inside, "]")
		switch {
		case strings.ContainsAny(name, "[]"):
			f.refuse("", sent, "Invalid metadata key %q: square brackets are not allowed.", name)
		case utf8.RuneCountInString(name) > 40:
			f.refuse("", sent, "Metadata keys must be at most 40 characters long.")
		case utf8.RuneCountInString(v) > 500:
			f.refuse("", sent, "Metadata values can have up to 500 characters, but you passed in a value that is %d characters.", utf8.RuneCountInString(v))
		}
		if v != "" {
			pairs[name] = v
		}
	}
	if len(pairs) > 50 {
		f.refuse("", key, "You can have at most 50 metadata keys.")
	}
	return pairs
}

// notActed refuses what Stripe has and the stand-in does not act out: silence would let
// code pass here that behaves otherwise there.
func (f *form) notActed(keys ...string) {
	for _, key := range keys {
		if !f.has(key) {
			continue
		}
		for sent := range f.sent {
			if sent == key || strings.HasPrefix(sent, key+"[") {
				f.asked[sent] = true
			}
		}
		f.refuse("", key, "Stripe knows the parameter %s; the local stand-in does not act it out.", key)
	}
}
