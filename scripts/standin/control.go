package standin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// controlRoutes are the Go API over HTTP, for tests that run the stand-in in another
// process; the package comment lists them.
func (s *Server) controlRoutes(mux *http.ServeMux) {
	get := func(path string, read func(*http.Request) (any, error)) {
		mux.HandleFunc("GET /control"+path, control(read))
	}
	post := func(path string, do func(*http.Request) (any, error)) {
		mux.HandleFunc("POST /control"+path, control(do))
	}
	get("/sessions", func(*http.Request) (any, error) { return s.Sessions(), nil })
	get("/payments", func(*http.Request) (any, error) { return s.Payments(), nil })
	get("/events", func(*http.Request) (any, error) { return s.controlEvents(), nil })
	get("/quiet", s.controlQuiet)

	post("/sessions/{id}/pay", actOn(s.Pay))
	post("/sessions/{id}/decline", actOn(s.Decline))
	post("/sessions/{id}/delayed", actOn(s.PayDelayed))
	post("/sessions/{id}/expire", actOn(silent(s.Expire)))
	post("/payments/{id}/settle", actOn(silent(s.Settle)))
	post("/payments/{id}/fail", actOn(silent(s.FailDelayed)))
	post("/payments/{id}/refund", s.controlRefund)
	post("/payments/{id}/dispute", func(r *http.Request) (any, error) {
		id, err := s.OpenDispute(r.PathValue("id"), r.URL.Query().Get("reason"))
		return map[string]string{"id": id}, err
	})
	post("/payments/{id}/dispute/won", actOn(silent(func(id string) error { return s.CloseDispute(id, true) })))
	post("/payments/{id}/dispute/lost", actOn(silent(func(id string) error { return s.CloseDispute(id, false) })))

	post("/events/{id}/deliver", s.controlDeliver)
	post("/events/{id}/resend", actOn(silent(s.Resend)))
	post("/redeliver", func(*http.Request) (any, error) { return map[string]int{"count": s.Redeliver()}, nil })
	post("/sign", s.controlSign)
	post("/webhook", withBody(func(to struct{ URL, Secret string }) { s.SetWebhook(to.URL, to.Secret) }))
	post("/faults", withBody(s.SetFaults))
	post("/faults/api", withBody(func(f struct {
		Method, PathPrefix string
		APIFault
	}) {
		s.FailNext(f.Method, f.PathPrefix, f.APIFault)
	}))
	post("/faults/api/clear", func(*http.Request) (any, error) { s.ClearAPIFaults(); return nil, nil })
}

// control answers 200 with what do returns, or the error's status with {"error": …}.
func control(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		answer, err := do(r)
		status := http.StatusOK
		if err != nil {
			status, answer = http.StatusConflict, map[string]string{"error": err.Error()}
			var refused *Error
			if errors.As(err, &refused) {
				status = refused.Status
			}
		}
		if answer == nil {
			answer = struct{}{}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write(mustJSON(answer))
	}
}

func actOn(act func(id string) (string, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		id, err := act(r.PathValue("id"))
		return map[string]string{"id": id}, err
	}
}

func silent(act func(id string) error) func(string) (string, error) {
	return func(id string) (string, error) { return id, act(id) }
}

// withBody decodes the JSON of a request and refuses fields that are not T's.
func withBody[T any](do func(T)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var in T
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, refuse("", "", "%v", err)
		}
		do(in)
		return nil, nil
	}
}

func (s *Server) controlRefund(r *http.Request) (any, error) {
	var amount int64
	if text := r.URL.Query().Get("amount"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, refuse("parameter_invalid_integer", "amount", "Invalid integer: %s", text)
		}
		amount = n
	}
	id, err := s.Refund(r.PathValue("id"), amount)
	return map[string]string{"id": id}, err
}

type controlEvent struct {
	Event
	Deliveries []controlDelivery `json:"deliveries"`
	Payload    json.RawMessage   `json:"payload"`
}

type controlDelivery struct {
	To       string `json:"to"` // "default" or the endpoint's id
	State    string `json:"state"`
	Statuses []int  `json:"statuses"` // of each attempt; 0 where there was no answer
}

func (s *Server) controlEvents() []controlEvent {
	all := []controlEvent{}
	s.view(func() {
		for _, ev := range s.st.Events.rows {
			out := controlEvent{Event: ev.public(), Payload: ev.payload(ev.APIVersion), Deliveries: []controlDelivery{}}
			for _, d := range ev.sent {
				cd := controlDelivery{To: d.TargetID, State: d.State, Statuses: []int{}}
				for _, a := range d.Attempts {
					cd.Statuses = append(cd.Statuses, a.Status)
				}
				out.Deliveries = append(out.Deliveries, cd)
			}
			all = append(all, out)
		}
	})
	return all
}

func (s *Server) controlDeliver(r *http.Request) (any, error) {
	var ev Event
	found := false
	s.view(func() {
		kept, ok := s.st.Events.get(r.PathValue("id"))
		if found = ok; ok {
			ev = kept.public()
		}
	})
	if !found {
		return nil, noSuch("event", "id", r.PathValue("id"))
	}
	status, err := s.Deliver(r.Context(), ev)
	return map[string]int{"status": status}, err
}

func (s *Server) controlSign(r *http.Request) (any, error) {
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, refuse("", "", "%v", err)
	}
	return map[string]string{"header": s.Sign(payload)}, nil
}

func (s *Server) controlQuiet(r *http.Request) (any, error) {
	patience := 30 * time.Second
	if text := r.URL.Query().Get("timeout"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, refuse("", "timeout", "%v", err)
		}
		patience = d
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	return nil, s.Quiet(ctx)
}
