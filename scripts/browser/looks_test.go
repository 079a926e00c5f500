package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// tallest is how much of a long page a picture shows.
const tallest = 4000

// looks keeps pictures of pages.
type looks struct{ dir string }

// newLooks keeps them in the folder of the variable SCREENSHOTS, or until the test ends.
func newLooks(t *testing.T) looks {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return looks{t.TempDir()}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return looks{dir}
}

// looksAt judges the page on a phone and on a desk, by day and by night: nothing
// may be wider than the window.
func (p *tab) looksAt(name string) {
	p.Helper()
	mine := p.device
	for _, d := range []device{phone, desktop} {
		d.density = 1 // there are many
		for _, d := range []device{d, d.inTheDark()} {
			p.take(d)
			as := fmt.Sprintf("%s-%d-%s", name, d.width, d.scheme())
			if wide, err := ask[string](p, overflow(d.width)); err != nil {
				p.Fatalf("%s: %v", as, err)
			} else if wide != "" {
				p.Errorf("%s: wider than %d pixels: %s", as, d.width, wide)
			}
			p.looks.keep(p, as)
		}
	}
	p.take(mine)
}

// overflow asks, once the page is drawn and its pictures are there, what of it
// sticks out on the right.
func overflow(width int64) string {
	return fmt.Sprintf(`(async () => {
	await document.fonts.ready;
	await new Promise((resolve) => setTimeout(resolve, 60));
	if (document.documentElement.scrollWidth <= %[1]d) return "";
	const out = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > %[1]d + 0.5);
	return document.documentElement.scrollWidth + " pixels, by " + out.slice(0, 5).map((e) => e.cloneNode().outerHTML).join(" ");
})()`, width)
}

// keep writes a picture of the page as it is, and says where.
func (l looks) keep(p *tab, name string) string {
	height, err := ask[float64](p, "document.documentElement.scrollHeight")
	if err != nil {
		return "none, " + err.Error()
	}
	picture, err := p.picture(min(max(height, float64(p.device.height)), tallest), true)
	if err == nil {
		name = filepath.Join(l.dir, name+".png")
		err = os.WriteFile(name, picture, 0o666)
	}
	if err != nil {
		return "none, " + err.Error()
	}
	return name
}

// picture is the page from its top, as PNG: one made fast, or a small one.
func (p *tab) picture(height float64, fast bool) ([]byte, error) {
	r, err := try(p, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Clip:                  &page.Viewport{Width: float64(p.device.width), Height: height, Scale: 1},
		CaptureBeyondViewport: new(height > float64(p.device.height)),
		OptimizeForSpeed:      new(fast),
	})
	return r.Data, err
}

// heaviest is what a picture in the README may weigh.
const heaviest = 200 << 10

// forREADME writes what d shows of the page into the folder of the variable
// README_SCREENSHOTS, if it is set.
func (p *tab) forREADME(name string, d device) {
	p.Helper()
	dir := os.Getenv("README_SCREENSHOTS")
	if dir == "" {
		return
	}
	mine := p.device
	p.take(d)
	if _, err := ask[bool](p, `(async () => { document.activeElement?.blur(); scrollTo(0, 0); await new Promise((r) => setTimeout(r, 300)); return true; })()`); err != nil {
		p.Fatal(err)
	}
	picture, err := p.picture(float64(d.height), false)
	if err != nil {
		p.Fatal(err)
	}
	if len(picture) > heaviest {
		p.Errorf("%s weighs %d KiB, more than %d", name, len(picture)>>10, heaviest>>10)
	}
	if err := os.WriteFile(filepath.Join(dir, name), picture, 0o666); err != nil {
		p.Fatal(err)
	}
	p.take(mine)
}
