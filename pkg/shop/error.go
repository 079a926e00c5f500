package shop

import (
	"errors"
	"time"
)

// Code says what kind of thing went wrong. The web package has the one table
// that turns a Code into an HTTP status.
type Code string

const (
	Invalid          Code = "invalid"            // the request breaks a rule
	Unauthenticated  Code = "unauthenticated"    // no or bad credentials
	Forbidden        Code = "forbidden"          // known, but not allowed
	NotFound         Code = "not_found"          // no such thing, or not yours to know
	MethodNotAllowed Code = "method_not_allowed" // the route does not take this method
	Conflict         Code = "conflict"           // the thing is no longer in a state for this
	TooLarge         Code = "too_large"          // the body exceeds its limit
	NotJSON          Code = "not_json"           // the body is not declared as JSON
	Unprocessable    Code = "unprocessable"      // well-formed, and refused for good
	Throttled        Code = "throttled"          // too many; later it will do
	Internal         Code = "internal"           // our fault
	StripeDown       Code = "stripe_down"        // Stripe cannot be reached, or fails
	DatabaseDown     Code = "database_down"      // the database cannot be reached, or fails
)

// Codes lists every Code, for tests that must cover each.
var Codes = []Code{Invalid, Unauthenticated, Forbidden, NotFound, MethodNotAllowed, Conflict, TooLarge,
	NotJSON, Unprocessable, Throttled, Internal, StripeDown, DatabaseDown}

// Error is the one error that a client is told about. Message and Fields are
// for the client; Cause is for the log alone.
type Error struct {
	Code       Code
	Message    string
	Fields     []FieldError
	RetryAfter time.Duration // when the client may try again; 0 = not said
	Cause      error
}

// FieldError names one field of the request and what is wrong with it.
type FieldError struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message
	for _, f := range e.Fields {
		s += "; " + f.Path + ": " + f.Message
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// Errorf is the short way to an Error without fields or cause.
func Errorf(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// CodeOf returns the Code of the first Error in err's chain, "" for a nil err,
// and Internal for an error that is none of ours.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	}
	return Internal
}

// Faults collects what is wrong with a request, field by field.
type Faults []FieldError

// Add notes a fault of the field at path.
func (f *Faults) Add(path, message string) {
	*f = append(*f, FieldError{Path: path, Message: message})
}

// Err returns nil where nothing was wrong, else an Invalid Error with every fault.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Message: "Some fields are not valid.", Fields: f}
}
