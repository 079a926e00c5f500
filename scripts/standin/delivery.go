package standin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

// What can be the state of a delivery.
const (
	waiting   = "waiting"   // for its first or next attempt
	delivered = "delivered" // answered with a 2xx
	gaveUp    = "failed"    // after the last retry
	dropped   = "dropped"   // lost by a fault
	held      = "held"      // ManualDelivery: for Deliver
)

// defaultTarget stands for WebhookURL among the endpoints' ids.
const defaultTarget = "default"

// A delivery is one event on its way to one endpoint.
type delivery struct {
	ID, EventID, TargetID string
	State                 string
	Failures              int // since it was last sent on its way
	Attempts              []attempt
	Next                  time.Time // of the next attempt, by the real clock

	busy bool // an attempt is under way
	late bool // held back until a later event has been sent
}

type attempt struct {
	At     time.Time
	Status int    // 0 where there was no answer
	Err    string `json:",omitempty"`
}

type target struct{ id, url, secret, version string }

// targets are where an event of a type goes now.
func (s *Server) targets(typ string) []target {
	var to []target
	if s.opts.WebhookURL != "" {
		to = append(to, target{id: defaultTarget})
	}
	for _, e := range s.st.Endpoints.rows {
		if !e.Disabled && (slices.Contains(e.Events, "*") || slices.Contains(e.Events, typ)) {
			to = append(to, target{id: e.ID})
		}
	}
	return to
}

// target is where a delivery goes as of now: an endpoint may have been changed, disabled
// or deleted since the event.
func (s *Server) target(id string) (target, bool) {
	if id == defaultTarget {
		return target{id: id, url: s.opts.WebhookURL, secret: s.opts.WebhookSecret}, s.opts.WebhookURL != ""
	}
	e, ok := s.st.Endpoints.get(id)
	if !ok || e.Disabled {
		return target{}, false
	}
	return target{e.ID, e.URL, e.Secret, e.APIVersion}, true
}

// plan makes the deliveries of an event to an endpoint, with whatever fault befalls them.
func (s *Server) plan(ev *event, to target) {
	if s.opts.ManualDelivery {
		s.track(ev, &delivery{ID: newID("dl_", 16), EventID: ev.ID, TargetID: to.id, State: held})
		return
	}
	copies := 1
	if s.faults.chance(s.faults.Duplicate) {
		copies = 2
	}
	lost := s.faults.chance(s.faults.Drop)
	for range copies {
		d := &delivery{ID: newID("dl_", 16), EventID: ev.ID, TargetID: to.id, State: waiting, Next: time.Now()}
		if s.faults.chance(s.faults.Delay) {
			d.Next = d.Next.Add(time.Duration(s.faults.random.Float64() * float64(s.faults.MaxDelay)))
		}
		if s.faults.chance(s.faults.Reorder) {
			d.late, d.Next = true, d.Next.Add(s.faults.MaxDelay)
		}
		if lost {
			d.State = dropped
		}
		s.track(ev, d)
	}
	s.nudge()
}

func (s *Server) track(ev *event, d *delivery) {
	s.st.Deliveries.add(d)
	s.follow(ev, d)
}

func (s *Server) follow(ev *event, d *delivery) {
	ev.sent = append(ev.sent, d)
	if d.State == waiting {
		s.pending[d.ID] = d
	}
}

// resumeDeliveries takes up what a previous run had not finished.
func (s *Server) resumeDeliveries() {
	for _, d := range s.st.Deliveries.rows {
		if ev, ok := s.st.Events.get(d.EventID); ok {
			s.follow(ev, d)
		}
	}
	for _, se := range s.st.Sessions.rows {
		if se.Status == "open" {
			s.watchFor(se.ExpiresAt)
		}
	}
}

// nudge tells the deliverer, and whoever waits in Quiet, that pending changed.
func (s *Server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// deliver starts each pending delivery's attempt when it is due. Attempts run beside
// each other: Stripe promises no order.
func (s *Server) deliver() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	slots := make(chan struct{}, 16) // enough to overtake, too few to swamp a laptop
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
		due, next := s.due(time.Now())
		for _, d := range due {
			s.work.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				s.attempt(s.ctx, d)
			})
		}
		timer.Reset(time.Until(next))
	}
}

// due takes the deliveries whose time has come, and says when the next one's will.
func (s *Server) due(now time.Time) (due []*delivery, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next = now.Add(time.Minute)
	for _, d := range s.pending {
		switch {
		case d.busy:
		case !d.Next.After(now):
			d.busy = true
			due = append(due, d)
		case d.Next.Before(next):
			next = d.Next
		}
	}
	return due, next
}

// attempt sends a delivery once and writes down what came of it.
func (s *Server) attempt(ctx context.Context, d *delivery) {
	var (
		status int
		err    error
	)
	s.mu.Lock()
	to, ok := s.target(d.TargetID)
	ev, known := s.st.Events.get(d.EventID)
	s.mu.Unlock()
	if !ok || !known {
		err = fmt.Errorf("the endpoint is gone or disabled")
	} else {
		version := to.version
		if version == "" {
			version = ev.APIVersion
		}
		status, err = s.post(ctx, to, ev.payload(version))
	}
	if ctx.Err() != nil && status == 0 {
		return // cut off by Close: as if it had not been begun
	}
	failure := s.change(func() error {
		s.settle(d, outcomeOf(status, err), ok)
		return nil
	})
	if failure != nil {
		s.log.Error("state not saved", "err", failure)
	}
}

// settle moves a delivery on after an attempt. The caller holds s.mu.
func (s *Server) settle(d *delivery, outcome attempt, reachable bool) {
	d.busy, d.late = false, false
	d.Attempts = append(d.Attempts, outcome)
	switch {
	case outcome.ok():
		d.State = delivered
	case !reachable || d.Failures == len(s.opts.RetryDelays):
		d.State = gaveUp
	default:
		d.Next = time.Now().Add(s.opts.RetryDelays[d.Failures])
		d.Failures++
	}
	if d.State != waiting {
		delete(s.pending, d.ID)
	}
	for _, other := range s.pending { // what was held back has now been overtaken
		if other.late && other.TargetID == d.TargetID {
			other.late, other.Next = false, time.Now()
		}
	}
	s.log.Info("delivery", "event", d.EventID, "to", d.TargetID, "status", outcome.Status, "err", outcome.Err, "state", d.State)
	s.nudge()
}

func (a attempt) ok() bool { return a.Status >= 200 && a.Status < 300 }

func outcomeOf(status int, err error) attempt {
	a := attempt{At: time.Now(), Status: status}
	if err != nil {
		a.Err = err.Error()
	}
	return a
}

func newDeliveryClient() *http.Client {
	return &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 16, Proxy: nil},
		// Stripe takes a redirect for a failure: it never follows one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *Server) post(ctx context.Context, to target, payload []byte) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(payload))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	req.Header.Set("Stripe-Signature", signature(payload, to.secret))
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	return resp.StatusCode, nil
}

func signature(payload []byte, secret string) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: payload, Secret: secret}).Header
}
