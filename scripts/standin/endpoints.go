package standin

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed facts/event_types.txt
var eventTypeFacts string

// eventTypes are those an endpoint can ask for, by Stripe's OpenAPI of APIVersion.
var eventTypes = strings.Fields(eventTypeFacts)

// maxEndpoints is Stripe's limit for an account; https://docs.stripe.com/webhooks.
const maxEndpoints = 16

func (s *Server) createEndpoint(c *call) (effect, error) {
	f := c.form
	e := &endpoint{
		ID: newID("we_1", 23), Secret: newID("whsec_", 32), Created: s.now(),
		URL: f.link("url"), Events: readEventTypes(f), APIVersion: f.text("api_version", 100),
		Description: f.text("description", 5000), Metadata: f.metadata("metadata"),
	}
	f.require("url")
	f.require("enabled_events")
	if e.APIVersion != "" && !versionForm.MatchString(e.APIVersion) {
		f.refuse("", "api_version", "Invalid API version: %s", e.APIVersion)
	}
	f.expand()
	f.notActed("connect")
	return func() (map[string]any, error) {
		if len(s.st.Endpoints.rows) >= maxEndpoints {
			return nil, refuse("", "", "You have reached the maximum of %d test webhook endpoints.", maxEndpoints)
		}
		s.st.Endpoints.add(e)
		object := endpointObject(e)
		object["secret"] = e.Secret // told once, as at Stripe
		return object, nil
	}, nil
}

func readEventTypes(f *form) []string {
	wanted := f.list("enabled_events")
	for i, typ := range wanted {
		if !slices.Contains(eventTypes, typ) {
			f.refuse("", fmt.Sprintf("enabled_events[%d]", i), "Invalid enabled_events[%d]: %s is no event type that an endpoint can ask for.", i, typ)
		}
	}
	return wanted
}

func (s *Server) findEndpoint(c *call) (*endpoint, error) {
	id := c.r.PathValue("id")
	e, ok := s.st.Endpoints.get(id)
	if !ok {
		return nil, noSuch("webhook endpoint", "webhook_endpoint", id)
	}
	return e, nil
}

func (s *Server) getEndpoint(c *call) (effect, error) {
	c.form.expand()
	return func() (map[string]any, error) {
		e, err := s.findEndpoint(c)
		if err != nil {
			return nil, err
		}
		return endpointObject(e), nil
	}, nil
}

func (s *Server) listEndpoints(c *call) (effect, error) {
	p := readPaging(c.form)
	return func() (map[string]any, error) {
		return page(s, "/v1/webhook_endpoints", p, s.st.Endpoints.rows, endpointObject)
	}, nil
}

func (s *Server) updateEndpoint(c *call) (effect, error) {
	f := c.form
	url, types, disabled := f.link("url"), readEventTypes(f), f.boolean("disabled")
	metadata := f.metadata("metadata")
	description, described := f.raw("description") // unlike most, may be emptied
	f.expand()
	return func() (map[string]any, error) {
		e, err := s.findEndpoint(c)
		if err != nil {
			return nil, err
		}
		if url != "" {
			e.URL = url
		}
		if len(types) > 0 {
			e.Events = types
		}
		if f.has("disabled") {
			e.Disabled = disabled
		}
		if described {
			e.Description = description
		}
		e.Metadata = f.merged("metadata", e.Metadata, metadata)
		return endpointObject(e), nil
	}, nil
}

// merged is metadata after an update: what was sent replaces, an empty value unsets, and
// an empty metadata unsets all.
func (f *form) merged(key string, old, sent map[string]string) map[string]string {
	kept := map[string]string{}
	if v, all := f.sent[key]; !all || v != "" {
		for name, v := range old {
			if _, touched := f.sent[key+"["+name+"]"]; !touched {
				kept[name] = v
			}
		}
	}
	for name, v := range sent {
		kept[name] = v
	}
	return kept
}

func (s *Server) deleteEndpoint(c *call) (effect, error) {
	return func() (map[string]any, error) {
		e, err := s.findEndpoint(c)
		if err != nil {
			return nil, err
		}
		s.st.Endpoints.remove(e.ID)
		return map[string]any{"id": e.ID, "object": "webhook_endpoint", "deleted": true}, nil
	}, nil
}
