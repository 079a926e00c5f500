package standin

import (
	"context"
	"errors"
	"time"
)

// Sign is the Stripe-Signature header that a payload has now, with WebhookSecret.
func (s *Server) Sign(payload []byte) (header string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return signature(payload, s.opts.WebhookSecret)
}

// Deliver posts an event to WebhookURL now, once, and says what was answered. A 2xx
// settles the event's own delivery, where that has not arrived yet.
func (s *Server) Deliver(ctx context.Context, ev Event) (status int, err error) {
	s.mu.Lock()
	to, ok := s.target(defaultTarget)
	var own *delivery
	if ok {
		own = s.takeUnarrived(ev.ID)
	}
	s.mu.Unlock()
	if !ok {
		return 0, errors.New("standin: there is no WebhookURL to deliver to")
	}
	status, err = s.post(ctx, to, ev.Payload)
	if own == nil {
		return status, err
	}
	saved := s.change(func() error {
		outcome := outcomeOf(status, err)
		own.busy = false
		own.Attempts = append(own.Attempts, outcome)
		if outcome.ok() {
			own.State = delivered
			delete(s.pending, own.ID)
		}
		s.nudge()
		return nil
	})
	return status, errors.Join(err, saved)
}

// takeUnarrived is the event's delivery to WebhookURL that has not arrived, if there is
// one and nothing is at it already.
func (s *Server) takeUnarrived(eventID string) *delivery {
	ev, ok := s.st.Events.get(eventID)
	if !ok {
		return nil
	}
	for _, d := range ev.sent {
		if d.TargetID == defaultTarget && d.State != delivered && !d.busy {
			d.busy = true
			return d
		}
	}
	return nil
}

// Redeliver sends everything that has not arrived again, now: what was dropped, given up,
// held by ManualDelivery or waits for a retry. No fault befalls it. It returns how many.
func (s *Server) Redeliver() int {
	return s.resend(func(d *delivery) bool { return d.State != delivered })
}

// Resend sends an event again to every endpoint that it was for, arrived or not, as the
// button in Stripe's dashboard does.
func (s *Server) Resend(eventID string) error {
	found := false
	s.view(func() { _, found = s.st.Events.get(eventID) })
	if !found {
		return noSuch("event", "id", eventID)
	}
	s.resend(func(d *delivery) bool { return d.EventID == eventID })
	return nil
}

func (s *Server) resend(which func(*delivery) bool) (count int) {
	err := s.change(func() error {
		for _, d := range s.st.Deliveries.rows {
			if d.busy || !which(d) {
				continue
			}
			count++
			d.State, d.Next, d.late, d.Failures = waiting, time.Now(), false, 0
			s.pending[d.ID] = d
		}
		s.nudge()
		return nil
	})
	if err != nil {
		s.log.Error("state not saved", "err", err)
	}
	return count
}

// Quiet waits until no delivery is on its way or waits for a retry. What was dropped or
// given up does not count.
func (s *Server) Quiet(ctx context.Context) error {
	for {
		s.mu.Lock()
		idle, changed := len(s.pending) == 0, s.changed
		s.mu.Unlock()
		if idle {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ctx.Done():
			return errors.New("standin: closed")
		}
	}
}
