package standin

import (
	"fmt"
	"net/http"
	"strings"
)

// An Error is a refusal in Stripe's words; acts and the HTTP API give the same ones.
// See https://docs.stripe.com/error-codes.
type Error struct {
	Status  int    `json:"-"` // of the HTTP answer
	Type    string `json:"type"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	Param   string `json:"param,omitempty"`
	DocURL  string `json:"doc_url,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// refuse makes a 400 of type invalid_request_error, by far the most common refusal.
func refuse(code, param, format string, args ...any) *Error {
	e := &Error{
		Status: http.StatusBadRequest, Type: "invalid_request_error",
		Code: code, Param: param, Message: fmt.Sprintf(format, args...),
	}
	if code != "" {
		e.DocURL = "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(code, "_", "-")
	}
	return e
}

// noSuch is the answer to an id we do not know: 404 where it is in the path.
func noSuch(kind, param, id string) *Error {
	e := refuse("resource_missing", param, "No such %s: '%s'", kind, id)
	e.Status = http.StatusNotFound
	return e
}

func unauthorized(format string, args ...any) *Error {
	e := refuse("", "", format, args...)
	e.Status = http.StatusUnauthorized
	return e
}
