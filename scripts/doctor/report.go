package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// status is how a check came out.
type status string

const (
	ok   status = "ok"
	warn status = "warn" // it works, but not as it should or not for long
	fail status = "fail"
	skip status = "skip" // another fault is in the way
)

// check is one line of the report.
type check struct {
	Check  string `json:"check"`
	Status status `json:"status"`
	Found  string `json:"found"`
	Todo   string `json:"todo"` // "" = nothing

	// asked and silent say of a request to the shop that it was made, and that
	// nobody answered.
	asked, silent bool
	// refused says that a call to Stripe failed for a reason that is not its own:
	// the key, the network, Stripe's health.
	refused bool
}

func skipped(name, why string) check {
	return check{Check: name, Status: skip, Found: "not examined: " + why}
}

// write prints the report as lines, or as JSON.
func write(w io.Writer, checks []check, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(checks)
	}
	width := 0
	for _, c := range checks {
		width = max(width, utf8.RuneCountInString(c.Check))
	}
	count := map[status]int{}
	var b strings.Builder
	for _, c := range checks {
		count[c.Status]++
		fmt.Fprintf(&b, "%-4s  %-*s  %s", c.Status, width, c.Check, c.Found)
		if c.Todo != "" {
			fmt.Fprintf(&b, " → %s", c.Todo)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\n%d ok, %d warn, %d fail, %d skip\n", count[ok], count[warn], count[fail], count[skip])
	_, err := io.WriteString(w, b.String())
	return err
}
