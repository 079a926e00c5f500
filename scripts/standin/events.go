package standin

import (
	"encoding/json"
	"time"
)

// An Event is one that was emitted, as it is sent to WebhookURL.
type Event struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Created  int64  `json:"created"`
	ObjectID string `json:"objectId"` // of the session, charge… that it is about
	Payload  []byte `json:"-"`        // the body of its webhook request
}

// event is what is kept of one: its payload can be rendered for any API version.
type event struct {
	ID, Type   string
	Created    int64
	ObjectID   string
	APIVersion string
	Pending    int // webhooks that it was to be sent to
	Cause      cause
	Object     json.RawMessage
	Previous   json.RawMessage `json:",omitempty"`

	sent []*delivery
}

// A cause is the API request that led to an event; a customer's act has none.
type cause struct {
	RequestID string
	Key       string // its Idempotency-Key
}

// emit records an event about an object as it now is, and sends it on its way. The
// caller holds s.mu.
func (s *Server) emit(by cause, typ string, object, previous map[string]any) {
	ev := &event{
		ID: newID("evt_", 24), Type: typ, Created: s.now(), Cause: by,
		APIVersion: APIVersion, Object: mustJSON(object),
	}
	ev.ObjectID, _ = object["id"].(string)
	if previous != nil {
		ev.Previous = mustJSON(previous)
	}
	if s.faults.APIVersion != "" {
		ev.APIVersion = s.faults.APIVersion
	}
	targets := s.targets(typ)
	ev.Pending = len(targets)
	s.st.Events.add(ev)
	for _, to := range targets {
		s.plan(ev, to)
	}
	s.log.Info("event", "type", typ, "id", ev.ID, "object", ev.ObjectID)
}

// payload renders the event as sent to an endpoint of an API version.
func (ev *event) payload(version string) []byte {
	type request struct {
		ID             *string `json:"id"`
		IdempotencyKey *string `json:"idempotency_key"`
	}
	type data struct {
		Object   json.RawMessage `json:"object"`
		Previous json.RawMessage `json:"previous_attributes,omitempty"`
	}
	return mustJSON(struct {
		ID              string  `json:"id"`
		Object          string  `json:"object"`
		APIVersion      string  `json:"api_version"`
		Created         int64   `json:"created"`
		Data            data    `json:"data"`
		Livemode        bool    `json:"livemode"`
		PendingWebhooks int     `json:"pending_webhooks"`
		Request         request `json:"request"`
		Type            string  `json:"type"`
	}{
		ev.ID, "event", version, ev.Created, data{ev.Object, ev.Previous}, false, ev.Pending,
		request{orNil(ev.Cause.RequestID), orNil(ev.Cause.Key)}, ev.Type,
	})
}

func (ev *event) public() Event {
	return Event{ev.ID, ev.Type, ev.Created, ev.ObjectID, ev.payload(ev.APIVersion)}
}

// Events are all that were ever emitted, in order.
func (s *Server) Events() []Event {
	var all []Event
	s.view(func() {
		for _, ev := range s.st.Events.rows {
			all = append(all, ev.public())
		}
	})
	return all
}

// watchExpiry expires sessions when their time comes, whether anyone asks or not.
func (s *Server) watchExpiry() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
			s.view(func() {})
		}
	}
}

// mustJSON marshals what is known to marshal.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
