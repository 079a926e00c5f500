package standin

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"unicode/utf8"
)

// keyLife is how long Stripe keeps an idempotency key, at least.
const keyLife = 24 * 3600

// An answer is the status and body of a request, as kept under its idempotency key.
type answer struct {
	Status      int
	Body        []byte
	RequestID   string
	Fingerprint string
	At          int64
}

// answerOnce answers a POST that carries an Idempotency-Key as
// https://docs.stripe.com/api/idempotent_requests says: the first answer is kept, even a
// 500, and given again to the same request; another request under the key is refused, as
// is one while the first is under way. Refused parameters are not kept: nothing was
// begun, and a corrected request may take the key.
func (s *Server) answerOnce(w http.ResponseWriter, c *call, rt route) {
	key := c.by.Key
	w.Header().Set("Idempotency-Key", key)
	if utf8.RuneCountInString(key) > 255 {
		s.write(w, failed(refuse("", "", "Idempotency keys can be at most 255 characters long.")))
		return
	}
	print := fingerprint(c)
	kept, err := s.takeKey(key, print)
	if err != nil {
		s.write(w, failed(err))
		return
	}
	if kept != nil {
		w.Header().Set("Idempotent-Replayed", "true")
		w.Header().Set("Original-Request", kept.RequestID)
		s.write(w, kept)
		return
	}
	defer s.releaseKey(key)
	keep := func(ans *answer) {
		ans.Fingerprint, ans.At = print, s.now()
		s.st.Keys[key] = ans
	}
	s.answerFaulty(w, c, keep, func() *answer { return s.run(c, rt, keep) })
}

func (s *Server) takeKey(key, print string) (*answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busyKeys[key] {
		busy := refuse("idempotency_key_in_use", "", "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): %s. Please try again later.", key)
		busy.Status, busy.Type = http.StatusConflict, "idempotency_error"
		return nil, busy
	}
	kept, ok := s.st.Keys[key]
	if !ok || s.outlived(kept) {
		s.busyKeys[key] = true
		return nil, nil
	}
	if kept.Fingerprint != print {
		other := refuse("", "", "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '%s' if you meant to execute a different request.", key)
		other.Type = "idempotency_error"
		return nil, other
	}
	return kept, nil
}

func (s *Server) releaseKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busyKeys, key)
}

func (s *Server) outlived(ans *answer) bool { return s.now()-ans.At >= keyLife }

// fingerprint tells requests apart by method, path and parameters, whatever their order.
func fingerprint(c *call) string {
	values := url.Values{}
	for key, v := range c.form.sent {
		values.Set(key, v)
	}
	sum := sha256.Sum256([]byte(c.r.Method + " " + c.r.URL.Path + "\n" + values.Encode()))
	return hex.EncodeToString(sum[:])
}
