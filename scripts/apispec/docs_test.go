package apispec_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// The viewer is swagger-ui-dist 5.35.0 of npm, file by file as it was published.
// A newer one comes as `npm pack swagger-ui-dist@VERSION` into a folder of its own
// name, because browsers may keep the old one.
const viewer = "docs/swagger-ui-5.35.0"

var viewerFiles = map[string]string{
	"swagger-ui-bundle.js":             "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
	"swagger-ui-bundle.js.LICENSE.txt": "37eb6e7e59aed57b2c1acf076574b818ea07b74265717e0bd67b59e0baf9abbb",
	"swagger-ui.css":                   "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
	"LICENSE":                          "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
	"NOTICE":                           "0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2",
}

func public(t *testing.T, name string) string {
	t.Helper()
	root, err := platform.Root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "pkg", "site", "public", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestViewerIsAsPublished(t *testing.T) {
	for name, want := range viewerFiles {
		if sum := sha256.Sum256([]byte(public(t, viewer+"/"+name))); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s/%s is not the published file", viewer, name)
		}
	}
}

// Everything that /docs names is a file of ours, and it shows our description.
func TestDocsPage(t *testing.T) {
	html := public(t, "docs.html")
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"#]+)"`).FindAllStringSubmatch(html, -1) {
		target := m[1]
		switch {
		case !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//"):
			t.Errorf("/docs names %s, which is no path of this site", target)
		case target == "/" || target == "/orders" || target == "/docs":
		default:
			public(t, target[1:])
		}
		if strings.HasPrefix(target, "/docs/swagger-ui") && !strings.HasPrefix(target, "/"+viewer+"/") {
			t.Errorf("/docs names %s, the viewer is in %s", target, viewer)
		}
	}
	if !strings.Contains(public(t, "docs/docs.js"), `url: "/openapi.json"`) {
		t.Error("/docs does not show openapi.json")
	}
	if m := regexp.MustCompile(`<script(\s[^>]*)?>\s*[^\s<]|<style|\s(on[a-z]+|style)=`).FindString(html); m != "" {
		t.Errorf("/docs has an inline script or style, which the Content-Security-Policy refuses: %q", m)
	}
}
