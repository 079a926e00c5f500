package proof_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
)

// A tap stands between the shop and the world, on both of its wires: MongoDB's
// and Stripe's. It sees every effect the shop has, whatever code causes it, and
// can make one of them go wrong. So a new effect is tried by itself.
type tap struct {
	mongo  string // address to connect to instead of the database
	stripe string // address to call instead of Stripe
	kill   func() // ends the shop's process

	mu      sync.Mutex
	effects []string // since the last arm
	at      int      // which of them goes wrong
	mode    mode
	cutAll  bool          // every MongoDB connection is cut at its next command
	slow    time.Duration // how long every answer takes
	trips   []trip        // since the last slowDown
}

// trip is one question to the database or to Stripe, and its answer.
type trip struct {
	what       string
	start, end time.Time
}

// mode is how an effect goes wrong.
type mode string

const (
	fine        mode = "fine"
	errorBefore mode = "error before"  // the effect does not happen; the shop sees an error
	errorAfter  mode = "error after"   // it happens; the shop sees an error
	killBefore  mode = "killed before" // it does not happen, and the process is gone
	killAfter   mode = "killed after"  // it happens, and the process is gone
)

var modes = []mode{errorBefore, errorAfter, killBefore, killAfter}

// arm forgets the effects so far, and lets the one numbered at go wrong.
func (t *tap) arm(at int, m mode) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.effects, t.at, t.mode = nil, at, m
}

// slowDown makes every answer take so long, and forgets the trips so far: so slow
// that questions asked at the same time are under way at the same time.
func (t *tap) slowDown(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slow, t.trips = d, nil
}

// timed notes a question as a trip.
func (t *tap) timed(what string, ask func() error) error {
	start := time.Now()
	t.mu.Lock()
	slow := t.slow
	t.mu.Unlock()
	time.Sleep(slow)
	err := ask()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trips = append(t.trips, trip{what, start, time.Now()})
	return err
}

// cut breaks every connection to the database at its next command, until it is
// told to stop.
func (t *tap) cut(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cutAll = on
}

// seen is the effects since the last arm.
func (t *tap) seen() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.effects)
}

// enter notes an effect that is about to happen, and says how it shall go.
func (t *tap) enter(effect string) mode {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.effects = append(t.effects, effect)
	if len(t.effects)-1 == t.at {
		return t.mode
	}
	return fine
}

var errCut = errors.New("cut on purpose")

// around lets an effect happen, or not, and tells whether the shop may hear of it.
func (t *tap) around(effect string, happen func() error) error {
	m := t.enter(effect)
	switch m {
	case errorBefore:
		return errCut
	case killBefore:
		t.kill()
		return errCut
	}
	if err := happen(); err != nil {
		return err
	}
	switch m {
	case errorAfter:
		return errCut
	case killAfter:
		t.kill()
		return errCut
	}
	return nil
}

// newTap taps a database and a Stripe.
func newTap(t testing.TB, mongoAddress, stripeURL string) *tap {
	t.Helper()
	tap := &tap{at: -1, kill: func() { t.Error("nothing to kill") }}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	tap.mongo = l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			go tap.serveMongo(c, mongoAddress)
		}
	}()

	target, err := url.Parse(stripeURL)
	if err != nil {
		t.Fatal(err)
	}
	sl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: tap.stripeHandler(target)}
	go server.Serve(sl)
	t.Cleanup(func() { server.Close() })
	tap.stripe = "http://" + sl.Addr().String()
	return tap
}

// stripeHandler passes requests on; a POST is an effect.
func (t *tap) stripeHandler(target *url.URL) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer *http.Response
		var body []byte
		pass := func() error {
			p := httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
			rec := &memory{header: http.Header{}}
			p.ServeHTTP(rec, r)
			answer, body = &http.Response{StatusCode: rec.status, Header: rec.header}, rec.body.Bytes()
			return nil
		}
		err := error(nil)
		if r.Method == http.MethodPost {
			what := "Stripe POST " + pattern(r.URL.Path)
			err = t.timed(what, func() error { return t.around(what, pass) })
		} else {
			err = t.timed("Stripe GET "+pattern(r.URL.Path), pass)
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the connection breaks, without an answer
		}
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(body)
	})
}

type memory struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (m *memory) Header() http.Header         { return m.header }
func (m *memory) WriteHeader(status int)      { m.status = status }
func (m *memory) Write(b []byte) (int, error) { return m.body.Write(b) }

// pattern leaves ids out of a path.
func pattern(path string) string {
	parts := bytes.Split([]byte(path), []byte("/"))
	for i, p := range parts {
		if bytes.HasPrefix(p, []byte("cs_")) {
			parts[i] = []byte(":id")
		}
	}
	return string(bytes.Join(parts, []byte("/")))
}

// writes are MongoDB's commands that change data.
var writes = []string{"insert", "update", "delete", "findAndModify"}

// serveMongo passes one connection's messages on, one at a time, as drivers send
// them (https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md).
func (t *tap) serveMongo(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		t.mu.Lock()
		cut := t.cutAll
		t.mu.Unlock()
		if cut {
			return
		}
		var reply []byte
		pass := func() error {
			if _, err := server.Write(request); err != nil {
				return err
			}
			reply, err = readMessage(server)
			return err
		}
		command, collection := commandOf(request)
		what := fmt.Sprintf("MongoDB %s %s", command, collection)
		switch {
		case slices.Contains(writes, command):
			err = t.timed(what, func() error { return t.around(what, pass) })
		case collection != "": // a question about data
			err = t.timed(what, pass)
		default: // the driver's own: hello, ping, endSessions
			err = pass()
		}
		if err != nil {
			return // both connections break
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

const (
	headerSize = 16
	opMsg      = 2013
)

func readMessage(r io.Reader) ([]byte, error) {
	head := make([]byte, headerSize)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := int(binary.LittleEndian.Uint32(head))
	if size < headerSize || size > 64<<20 {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	message := make([]byte, size)
	copy(message, head)
	_, err := io.ReadFull(r, message[headerSize:])
	return message, err
}

// commandOf reads a command's name and collection: the first element of the
// body section.
func commandOf(message []byte) (command, collection string) {
	if binary.LittleEndian.Uint32(message[12:]) != opMsg || len(message) < headerSize+6 || message[headerSize+4] != 0 {
		return "", ""
	}
	elements, err := bson.Raw(message[headerSize+5:]).Elements()
	if err != nil && len(elements) == 0 {
		return "", ""
	}
	collection, _ = elements[0].Value().StringValueOK()
	return elements[0].Key(), collection
}
