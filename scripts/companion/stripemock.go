package companion

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/siam9192/payment-integration-server/scripts/companion/buildonce"
	"github.com/siam9192/payment-integration-server/scripts/companion/child"
)

const (
	stripeMockTitle = "stripe-mock"
	// stripeMockPackage is pinned to the last version of API 2023-10-16, which
	// is stripe-go v76's.
	stripeMockPackage = "github.com/stripe/stripe-mock@v0.180.0"
)

// StripeMock is Stripe's official mock of its API, running: it checks requests
// against the API's OpenAPI description, answers with fixtures, and remembers
// nothing.
type StripeMock struct {
	URL     string // "http://127.0.0.1:PORT"
	process *child.Process
}

// StartStripeMock starts the mock and returns when it accepts connections. The
// first time on a machine it is built. The context bounds the start, not the
// mock's life.
func StartStripeMock(ctx context.Context, progress func(string)) (*StripeMock, error) {
	program := buildonce.Program{
		Name:   "stripe-mock",
		Title:  stripeMockTitle,
		Key:    key(stripeMockPackage),
		Notice: "building stripe-mock (once, under a minute)…",
		Build: func(ctx context.Context, out string) error {
			// Go install names the file after the package, as out is named.
			dir := filepath.Dir(out)
			return buildonce.Go(ctx, dir, []string{"GOBIN=" + dir}, "install", "-trimpath", stripeMockPackage)
		},
	}
	path, err := program.Path(ctx, progress)
	if err != nil {
		return nil, err
	}

	var http string
	process, err := child.Start(ctx, child.Program{
		Title: stripeMockTitle,
		Path:  path,
		// It serves HTTPS too unless HTTP is asked for by -http-port, which
		// would open that port to the network: so that gets a free port too.
		Args:   []string{"-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"},
		Tether: true,
		Ready: func(line string) string {
			if addr, ok := strings.CutPrefix(line, "Listening for HTTP at address: "); ok {
				http = "http://" + addr
			}
			if strings.HasPrefix(line, "Listening for HTTPS at address: ") {
				return http // the last step at which it can fail
			}
			return ""
		},
	})
	if err != nil {
		return nil, err
	}
	return &StripeMock{URL: process.Address, process: process}, nil
}

// Stop ends the mock and returns when it has ended. It may be called again.
func (m *StripeMock) Stop() { m.process.Stop() }
