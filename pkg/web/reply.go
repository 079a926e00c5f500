package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Reply is a successful answer.
type Reply struct {
	Status  int // 0 = 200; 204 has no body
	Message string
	Data    any
	Meta    *Meta // of a list
	Cookies []*http.Cookie
}

// Meta says which part of a list is in the answer.
type Meta struct {
	Page  int64 `json:"page"`
	Limit int64 `json:"limit"`
	Total int64 `json:"total"`
}

// OK is a 200 with data.
func OK(message string, data any) Reply { return Reply{Message: message, Data: data} }

// Created is a 201 with data.
func Created(message string, data any) Reply {
	return Reply{Status: http.StatusCreated, Message: message, Data: data}
}

// List is a 200 with a page of rows, [] where there are none.
func List[T any](message string, rows []T, p shop.Page, total int64) Reply {
	if rows == nil {
		rows = []T{}
	}
	return Reply{Message: message, Data: rows, Meta: &Meta{p.Number, p.Limit, total}}
}

type success struct {
	Success    bool   `json:"success"`
	StatusCode int    `json:"statusCode"`
	Message    string `json:"message"`
	Data       any    `json:"data"`
	Meta       *Meta  `json:"meta,omitempty"`
}

type failure struct {
	Success       bool              `json:"success"`
	StatusCode    int               `json:"statusCode"`
	Message       string            `json:"message"`
	ErrorMessages []shop.FieldError `json:"errorMessages"`
	RequestID     string            `json:"requestId"`
}

// write encodes before it sends, so that an answer that cannot be encoded is
// still a clean error.
func (r Reply) write(w http.ResponseWriter) (status int, err error) {
	status = r.Status
	if status == 0 {
		status = http.StatusOK
	}
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return status, nil
	}
	body, err := encode(success{true, status, r.Message, r.Data, r.Meta})
	if err != nil {
		return 0, err
	}
	for _, c := range r.Cookies {
		http.SetCookie(w, c)
	}
	send(w, status, body)
	return status, nil
}

// statuses is the one table from the kind of an error to its HTTP status.
var statuses = map[shop.Code]int{
	shop.Invalid:          http.StatusBadRequest,
	shop.Unauthenticated:  http.StatusUnauthorized,
	shop.Forbidden:        http.StatusForbidden,
	shop.NotFound:         http.StatusNotFound,
	shop.MethodNotAllowed: http.StatusMethodNotAllowed,
	shop.Conflict:         http.StatusConflict,
	shop.TooLarge:         http.StatusRequestEntityTooLarge,
	shop.NotJSON:          http.StatusUnsupportedMediaType,
	shop.Unprocessable:    http.StatusUnprocessableEntity,
	shop.Throttled:        http.StatusTooManyRequests,
	shop.Internal:         http.StatusInternalServerError,
	shop.StripeDown:       http.StatusBadGateway,
	shop.DatabaseDown:     http.StatusServiceUnavailable,
}

// Status is the HTTP status of an error's code.
func Status(code shop.Code) int { return statuses[code] }

func writeError(w http.ResponseWriter, requestID string, err error) (status int) {
	f := failure{StatusCode: http.StatusInternalServerError, Message: "Something went wrong on our side.",
		ErrorMessages: []shop.FieldError{}, RequestID: requestID}
	var e *shop.Error
	if errors.As(err, &e) {
		f.StatusCode, f.Message = Status(e.Code), e.Message
		if len(e.Fields) > 0 {
			f.ErrorMessages = e.Fields
		}
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", seconds(e.RetryAfter))
		}
		if e.Code == shop.Unauthenticated {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
	}
	body, err := encode(f)
	if err != nil {
		panic(err) // strings always encode
	}
	send(w, f.StatusCode, body)
	return f.StatusCode
}

// seconds rounds up: a client that waits that long has waited enough.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it is never HTML: nosniff
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("web: encode the answer: %w", err)
	}
	return b.Bytes(), nil
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone cannot be told
}
