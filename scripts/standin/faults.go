package standin

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Faults are what goes wrong with events on their way, each with a probability from 0
// to 1. The zero value delivers everything at once, once.
type Faults struct {
	Drop      float64       `json:"drop"`      // lost until Redeliver
	Duplicate float64       `json:"duplicate"` // sent twice
	Reorder   float64       `json:"reorder"`   // held back until a later event has been sent
	Delay     float64       `json:"delay"`     // held back for up to MaxDelay
	MaxDelay  time.Duration `json:"maxDelay"`  // nanoseconds in JSON; default 500ms

	// APIVersion, where set, is the version that events claim to be rendered in, as
	// those of an account newer than the SDK do. Their shape stays APIVersion's.
	APIVersion string `json:"apiVersion"`

	Seed uint64 `json:"seed"` // the same seed makes the same choices for the same events
}

// An APIFault is what goes wrong with a request to the API.
type APIFault struct {
	// Status answers with an error instead; 0 leaves the answer alone. Type, Code and
	// Message have defaults.
	Status  int    `json:"status"`
	Type    string `json:"type"`
	Code    string `json:"code"`
	Message string `json:"message"`

	// AfterEffect lets what was asked for happen first.
	AfterEffect bool `json:"afterEffect"`

	// Saved keeps the error under the request's idempotency key, as Stripe keeps a 500
	// of a request that it had begun: the same key then meets it again.
	Saved bool `json:"saved"`

	// Cut breaks the connection in the middle of the answer. With AfterEffect, an answer
	// is lost whose effect is not.
	Cut bool `json:"cut"`

	// Hang gives no answer until the client gives up.
	Hang bool `json:"hang"`

	// Times is how many requests it befalls; 0 means 1. stripe-go tries again twice by
	// itself after most of these: 3 outlasts it.
	Times int `json:"times"`
}

type faultPlan struct {
	Faults
	random *rand.Rand
	api    []*aimedFault
}

type aimedFault struct {
	method, prefix string
	APIFault
}

// SetFaults changes what goes wrong with events from now on.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setFaults(f)
}

func (s *Server) setFaults(f Faults) {
	if f.MaxDelay == 0 {
		f.MaxDelay = 500 * time.Millisecond
	}
	s.faults.Faults = f
	s.faults.random = rand.New(rand.NewPCG(f.Seed, 0))
}

func (p *faultPlan) chance(of float64) bool { return of > 0 && p.random.Float64() < of }

// FailNext makes the next requests of a method ("" for any) to paths that start with
// pathPrefix go wrong. Several of them befall in the order they were set.
func (s *Server) FailNext(method, pathPrefix string, f APIFault) {
	f.Times = max(f.Times, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.api = append(s.faults.api, &aimedFault{method, pathPrefix, f})
}

// ClearAPIFaults takes back what FailNext set and has not befallen.
func (s *Server) ClearAPIFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.api = nil
}

func (s *Server) takeFault(r *http.Request) APIFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults.api {
		if f.Times > 0 && (f.method == "" || f.method == r.Method) && strings.HasPrefix(r.URL.Path, f.prefix) {
			f.Times--
			s.log.Warn("fault", "method", r.Method, "path", r.URL.Path, "fault", f.APIFault)
			return f.APIFault
		}
	}
	return APIFault{}
}

// answerFaulty answers with what run returns, or with what a fault makes of it. keep is
// nil where the request has no idempotency key.
func (s *Server) answerFaulty(w http.ResponseWriter, c *call, keep func(*answer), run func() *answer) {
	fault := s.takeFault(c.r)
	var ans *answer
	if fault == (APIFault{}) || fault.AfterEffect {
		ans = run()
	}
	if fault.Status != 0 {
		ans = s.faultAnswer(c, fault, keep)
	}
	switch {
	case fault.Hang:
		select {
		case <-c.r.Context().Done():
		case <-s.ctx.Done():
		}
		panic(http.ErrAbortHandler)
	case fault.Cut:
		// The length promised and never sent is what the client sees of it. A break
		// before the head might be healed by net/http itself, which repeats a request
		// that has an Idempotency-Key, and the fault would never be noticed.
		w.Header().Set("Content-Length", strconv.Itoa(1000))
		w.WriteHeader(http.StatusOK)
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	s.write(w, ans)
}

func (s *Server) faultAnswer(c *call, fault APIFault, keep func(*answer)) *answer {
	e := &Error{Status: fault.Status, Type: fault.Type, Code: fault.Code, Message: fault.Message}
	if e.Type == "" {
		e.Type = "invalid_request_error"
		if fault.Status >= 500 {
			e.Type = "api_error"
		}
	}
	if e.Message == "" {
		e.Message = "An injected fault of the local stand-in."
	}
	ans := failed(e)
	ans.RequestID = c.by.RequestID
	if fault.Saved && keep != nil {
		err := s.change(func() error { keep(ans); return nil })
		if err != nil {
			s.log.Error("state not saved", "err", err)
		}
	}
	return ans
}
