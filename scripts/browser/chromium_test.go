package browser_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// newBrowser starts Chromium with an empty profile, until the test ends.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test drives Chromium, and there is none on the PATH: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), // its --user-data-dir is a new folder, removed at the end
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("lang", "en-US"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium has none for root
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	// An event of a newer Chromium that chromedp does not know is no news here.
	browser, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(cancel)
	t.Cleanup(func() { _ = chromedp.Cancel(browser) }) // waits for its end
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return browser
}

// device is what a person looks through.
type device struct {
	width, height int64
	density       float64
	mobile, dark  bool
}

var (
	desktop = device{width: 1280, height: 800, density: 1}
	phone   = device{width: 390, height: 844, density: 2, mobile: true}
)

func (d device) inTheDark() device { d.dark = true; return d }

func (d device) scheme() string {
	if d.dark {
		return "dark"
	}
	return "light"
}

// newTab opens a tab that w watches.
func newTab(t *testing.T, browser context.Context, w *watch, d device) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &tab{T: t, ctx: ctx}
	if err := chromedp.Listen(ctx, w.hear); err != nil { // the tab begins with this
		t.Fatal(err)
	}
	call(p, audits.Enable, cdp.Empty{})
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	p.take(d)
	return p
}

// take gives the tab the size and the colours of a device.
func (p *tab) take(d device) {
	p.Helper()
	p.device = d
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: d.width, Height: d.height, DeviceScaleFactor: d.density, Mobile: d.mobile,
	})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: d.scheme()},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // pictures of things at rest
	}})
}

// callTimeout bounds one exchange with the browser on a busy machine.
const callTimeout = 30 * time.Second

func try[P, R any](p *tab, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(p.ctx, callTimeout)
	defer cancel()
	return chromedp.Call(ctx, command, params)
}

func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.Helper()
	result, err := try(p, command, params)
	if err != nil {
		p.Fatalf("%s: %v", command.Method, err)
	}
	return result
}
