package standin

import (
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// maxBody is more than any request that Stripe's limits allow.
const maxBody = 1 << 20

// A call is one API request on its way.
type call struct {
	r    *http.Request
	form *form
	by   cause
}

// A route reads and checks a request's parameters and returns what to do. The halves
// are apart because Stripe keeps an answer under an idempotency key only once the
// second one has begun.
type route func(c *call) (effect, error)

// An effect does it and answers with an object. It runs holding s.mu.
type effect func() (map[string]any, error)

func (s *Server) apiRoutes(mux *http.ServeMux) {
	for pattern, rt := range map[string]route{
		"POST /v1/checkout/sessions":                s.createSession,
		"GET /v1/checkout/sessions":                 s.listSessions,
		"GET /v1/checkout/sessions/{id}":            s.getSession,
		"GET /v1/checkout/sessions/{id}/line_items": s.getLineItems,
		"POST /v1/checkout/sessions/{id}/expire":    s.expireSession,
		"GET /v1/payment_intents/{id}":              s.getIntent,
		"GET /v1/charges/{id}":                      s.getCharge,
		"POST /v1/refunds":                          s.createRefund,
		"GET /v1/refunds":                           s.listRefunds,
		"GET /v1/refunds/{id}":                      s.getRefund,
		"GET /v1/disputes/{id}":                     s.getDispute,
		"GET /v1/account":                           s.getAccount,
		"GET /v1/balance":                           s.getBalance,
		"POST /v1/webhook_endpoints":                s.createEndpoint,
		"GET /v1/webhook_endpoints":                 s.listEndpoints,
		"GET /v1/webhook_endpoints/{id}":            s.getEndpoint,
		"POST /v1/webhook_endpoints/{id}":           s.updateEndpoint,
		"DELETE /v1/webhook_endpoints/{id}":         s.deleteEndpoint,
		"/v1/":                                      noRoute,
	} {
		mux.HandleFunc(pattern, s.api(rt))
	}
}

func noRoute(c *call) (effect, error) {
	err := refuse("", "", "Unrecognized request URL (%s: %s). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.", c.r.Method, c.r.URL.Path)
	err.Status = http.StatusNotFound
	return nil, err
}

var versionForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$`)

func (s *Server) api(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{r: r, by: cause{RequestID: newID("req_", 14), Key: r.Header.Get("Idempotency-Key")}}
		version := r.Header.Get("Stripe-Version")
		if version == "" {
			version = APIVersion
		}
		w.Header().Set("Request-Id", c.by.RequestID)
		w.Header().Set("Stripe-Version", version)
		if err := authorize(r); err != nil {
			s.write(w, failed(err))
			return
		}
		if !versionForm.MatchString(version) {
			s.write(w, failed(refuse("", "", "Invalid Stripe API version: %s", version)))
			return
		}
		f, err := readForm(w, r)
		if err != nil {
			s.write(w, failed(err))
			return
		}
		c.form = f
		if r.Method != http.MethodPost || c.by.Key == "" {
			s.answerFaulty(w, c, nil, func() *answer { return s.run(c, rt, nil) })
			return
		}
		s.answerOnce(w, c, rt)
	}
}

// run does what a route says and returns its answer. keep, where not nil, is handed an
// answer that came of an effect, in the same step as the effect.
func (s *Server) run(c *call, rt route, keep func(*answer)) *answer {
	do, err := rt(c)
	if err == nil {
		err = c.form.err() // a route that forgot to ask must not let a parameter pass
	}
	if err != nil {
		return failed(err)
	}
	step := s.change
	if c.r.Method == http.MethodGet {
		step = s.look
	}
	var ans *answer
	saved := step(func() error {
		object, err := do()
		if err != nil {
			ans = failed(err)
		} else {
			ans = &answer{Status: http.StatusOK, Body: mustJSON(object)}
		}
		ans.RequestID = c.by.RequestID
		if keep != nil {
			keep(ans)
		}
		return nil
	})
	if saved != nil {
		return failed(saved)
	}
	return ans
}

// authorize takes Stripe's test keys, as Bearer or as the user of Basic. The key is
// never checked further, kept or repeated: this is no place for a secret.
func authorize(r *http.Request) error {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		key, _, _ = r.BasicAuth()
	}
	switch {
	case key == "":
		return unauthorized("You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.")
	case strings.HasPrefix(key, "sk_live_"), strings.HasPrefix(key, "rk_live_"):
		return unauthorized("This is the local stand-in for Stripe, and that is a live key: it was not used. Take it out of this environment.")
	case strings.HasPrefix(key, "pk_"):
		return unauthorized("This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.")
	case len(key) <= len("sk_test_"), !strings.HasPrefix(key, "sk_test_") && !strings.HasPrefix(key, "rk_test_"):
		return unauthorized("Invalid API Key provided")
	}
	return nil
}

func readForm(w http.ResponseWriter, r *http.Request) (*form, error) {
	if r.Method == http.MethodGet {
		return parseForm(r.URL.RawQuery)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, refuse("", "", "The request body could not be read.")
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if len(body) > 0 && strings.TrimSpace(kind) != "application/x-www-form-urlencoded" {
		return nil, refuse("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.")
	}
	return parseForm(string(body))
}

func failed(err error) *answer {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Status: http.StatusInternalServerError, Type: "api_error", Message: err.Error()}
	}
	return &answer{Status: e.Status, Body: mustJSON(map[string]any{"error": e})}
}

func (s *Server) write(w http.ResponseWriter, ans *answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(ans.Status)
	w.Write(ans.Body)
}
