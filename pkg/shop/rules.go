package shop

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkText trims s and wants min to max characters, none of them a control
// character (line breaks are fine). It returns the trimmed text.
func checkText(f *Faults, path, s string, min, max int) string {
	s = strings.TrimSpace(s)
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && min > 0:
		f.Add(path, "is required")
	case n < min || n > max:
		f.Add(path, fmt.Sprintf("must have %d to %d characters", min, max))
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }):
		f.Add(path, "must not contain control characters")
	}
	return s
}

func checkID(f *Faults, path, s string) {
	if s == "" {
		f.Add(path, "is required")
	} else if _, err := ParseID(s); err != nil {
		f.Add(path, err.Error())
	}
}

func checkOneOf[T ~string](f *Faults, path string, s T, allowed []T) {
	if !slices.Contains(allowed, s) {
		f.Add(path, "must be one of "+joined(allowed))
	}
}

func joined[T ~string](words []T) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, ", ")
}
