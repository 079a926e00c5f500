package standin

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76"
)

// APIVersion is the Stripe API version whose shapes the stand-in speaks: stripe-go v76's.
const APIVersion = stripe.APIVersion

// Options are settled at New; the zero value is a stand-in in memory that sends no events.
type Options struct {
	// WebhookURL receives every event, signed with WebhookSecret; "" sends them nowhere
	// but to endpoints registered through the API. SetWebhook changes both.
	WebhookURL, WebhookSecret string

	// PublicURL is the stand-in's own address, which hosted pages' URLs start with, for
	// example http://127.0.0.1:4242. SetPublicURL changes it. While it is "", the
	// address that a request came to is taken.
	PublicURL string

	// StateFile keeps everything between runs, pending deliveries included; "" keeps
	// nothing. One stand-in at a time may use a file.
	StateFile string

	// Now is Stripe's clock: creation and expiry times, the life of idempotency keys.
	// Signatures and retries go by the real clock, which their receivers go by too.
	Now func() time.Time

	// RetryDelays are the waits between attempts to deliver an event; after the last
	// it is given up, until Redeliver. Nil means 1s, 5s, 30s, 2m, 10m: Stripe's three
	// days at a local pace.
	RetryDelays []time.Duration

	// ManualDelivery only records events; a test sends each with Deliver, in its order.
	ManualDelivery bool

	Logger *slog.Logger // nil discards
}

// A Server is the stand-in: an http.Handler, and the acts of customers, banks and the
// shop's owner as methods. All of it is safe for concurrent use.
type Server struct {
	opts    Options
	log     *slog.Logger
	handler http.Handler
	client  *http.Client

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu         sync.Mutex // guards everything below
	st         state
	busyKeys   map[string]bool // idempotency keys in flight
	seenAt     string          // the address that the last request came to
	nextExpiry int64
	pending    map[string]*delivery
	wake       chan struct{} // tells the deliverer that pending changed
	changed    chan struct{} // closed and replaced at every change of pending
	faults     faultPlan
}

// New loads what StateFile holds and starts delivering.
func New(opts Options) (*Server, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.RetryDelays == nil {
		opts.RetryDelays = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		opts: opts, log: opts.Logger, client: newDeliveryClient(),
		busyKeys: map[string]bool{}, pending: map[string]*delivery{},
		wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.setFaults(Faults{})
	if err := s.load(); err != nil {
		return nil, err
	}
	s.resumeDeliveries()
	s.handler = s.routes()
	s.work.Go(s.deliver)
	s.work.Go(s.watchExpiry)
	return s, nil
}

// Close stops deliveries and timers, lets go of hanging requests, and saves. Deliveries
// under way are cut off and stay pending.
func (s *Server) Close() {
	s.cancel()
	s.work.Wait()
	s.client.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.save(); err != nil {
		s.log.Error("state not saved", "err", err)
	}
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seenAt = "http://" + r.Host
	s.mu.Unlock()
	s.handler.ServeHTTP(w, r)
}

// pageURL is where a customer pays a session.
func (s *Server) pageURL(sessionID string) string {
	base := s.opts.PublicURL
	if base == "" {
		base = s.seenAt
	}
	return base + "/pay/" + sessionID
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	s.apiRoutes(mux)
	s.pageRoutes(mux)
	s.dashboardRoutes(mux)
	s.controlRoutes(mux)
	// Pages of other sites that the same browser has open must not act here.
	return http.NewCrossOriginProtection().Handler(mux)
}

// SetPublicURL says where this stand-in is reached, once its address is known.
func (s *Server) SetPublicURL(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.PublicURL = strings.TrimRight(base, "/")
}

// SetWebhook changes where events go, for deliveries still pending too.
func (s *Server) SetWebhook(url, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.WebhookURL, s.opts.WebhookSecret = url, secret
}

// change runs f as one step: nothing else is between its parts, and it is saved before
// anyone is answered. f checks before it changes: an error means nothing happened.
func (s *Server) change(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireDue()
	if err := f(); err != nil {
		return err
	}
	return s.save()
}

// view runs f on a state where everything due has expired.
func (s *Server) view(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireDue()
	f()
}

// look is a view in the form of a change.
func (s *Server) look(f func() error) (err error) {
	s.view(func() { err = f() })
	return err
}

func (s *Server) now() int64 { return s.opts.Now().Unix() }
