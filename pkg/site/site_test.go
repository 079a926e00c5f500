package site_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The pages are plain files, so nothing but this test sees a link that leads
// nowhere or a script that the Content-Security-Policy of vercel.json refuses.

const (
	public = "public"
	root   = "../.."

	maxPage  = 60 << 10 // bytes of a page, its styles and its scripts, before compression
	maxImage = 6 << 10
)

var site = os.DirFS(public)

// pages are ours; the API's reference (docs) is a viewer's, and has its own test.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := fs.Glob(site, "*.html")
	if err != nil || len(found) < 5 {
		t.Fatalf("pages %v, %v", found, err)
	}
	return slices.DeleteFunc(found, func(p string) bool { return p == "docs.html" })
}

func scripts(t *testing.T) []string {
	t.Helper()
	found, err := fs.Glob(site, "js/*.js")
	if err != nil || len(found) == 0 {
		t.Fatalf("scripts %v, %v", found, err)
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(site, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// served reports whether the site answers a path: a file, or a page without
// its .html (cleanUrls).
func served(p string) bool {
	p, _, _ = strings.Cut(p, "#")
	p, _, _ = strings.Cut(p, "?")
	name := strings.TrimPrefix(path.Clean(p), "/")
	for _, candidate := range []string{name, name + ".html", path.Join(name, "index.html")} {
		if info, err := fs.Stat(site, candidate); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

var (
	attribute = regexp.MustCompile(`\s([\w-]+)="([^"]*)"`)
	tag       = regexp.MustCompile(`<[a-z][^>]*>`)
	inline    = regexp.MustCompile(`<script(\s[^>]*)?>\s*[^\s<]|<style|\s(on[a-z]+|style)=`)
)

func TestPagesAreWhole(t *testing.T) {
	for _, name := range pages(t) {
		html := read(t, name)
		for what, want := range map[string]string{
			"language":  `<html lang="en">`,
			"viewport":  `<meta name="viewport" content="width=device-width, initial-scale=1">`,
			"skip link": `<a class="skip" href="#main">`,
			"content":   ` id="main" tabindex="-1">`,
			"shop":      `<a href="/"`,
			"orders":    `<a href="/orders"`,
			"API":       `<a href="/docs"`,
			"account":   ` id="account"></div>`,
		} {
			if !strings.Contains(html, want) {
				t.Errorf("%s has no %s: %s", name, what, want)
			}
		}
		if !regexp.MustCompile(`<title>[^<]{5,}</title>`).MatchString(html) {
			t.Errorf("%s has no title", name)
		}
		if m := inline.FindString(html); m != "" {
			t.Errorf("%s has an inline script or style, which the Content-Security-Policy refuses: %q", name, m)
		}
		if n := strings.Count(html, "<h1"); n != 1 {
			t.Errorf("%s has %d headings of the first level", name, n)
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, name := range pages(t) {
		html := read(t, name)
		for _, element := range tag.FindAllString(html, -1) {
			for _, m := range attribute.FindAllStringSubmatch(element, -1) {
				if m[1] != "href" && m[1] != "src" && m[1] != "action" {
					continue
				}
				target := m[2]
				if id, ok := strings.CutPrefix(target, "#"); ok {
					if !strings.Contains(html, `id="`+id+`"`) {
						t.Errorf("%s: %s leads nowhere on the page", name, target)
					}
				} else if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
					t.Errorf("%s: %q is no path from the site's root", name, target)
				} else if !served(target) {
					t.Errorf("%s: there is no %s", name, target)
				}
			}
		}
	}
	link := regexp.MustCompile("[\"`](/(?:\\w+)?[?#\\w=&-]*)(?:[\"`]|\\$\\{)")
	for _, name := range scripts(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			if !served(m[1]) {
				t.Errorf("%s: there is no %s", name, m[1])
			}
		}
	}
}

// Nothing is fetched from another host, so the shop works without a network and
// tells nobody who visits it. An address that only names something is no fetch.
func TestNothingComesFromElsewhere(t *testing.T) {
	address := regexp.MustCompile(`(?:https?:)?//[a-zA-Z0-9][\w.-]*\.[a-z]{2,}[^\s"'` + "`" + `)]*`)
	names := []string{"http://www.w3.org/2000/svg"}
	err := fs.WalkDir(site, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "docs") || path.Ext(name) == ".json" {
			return err
		}
		for _, found := range address.FindAllString(read(t, name), -1) {
			if !slices.Contains(names, found) {
				t.Errorf("%s names another host: %s", name, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Data becomes text, never HTML or code.
func TestScriptsMakeNoMarkupOfData(t *testing.T) {
	danger := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\("(style|on)|\.style\b`)
	for _, name := range scripts(t) {
		if m := danger.FindString(read(t, name)); m != "" {
			t.Errorf("%s uses %s", name, m)
		}
	}
}

var imports = regexp.MustCompile(`(?m)^(?:import|export) (?:[^;]*? from )?"([^"]+)";$`)

// modules is a script and everything it imports, by name.
func modules(t *testing.T, name string, seen map[string]bool) {
	if seen[name] {
		return
	}
	seen[name] = true
	for _, m := range imports.FindAllStringSubmatch(read(t, name), -1) {
		imported := path.Join(path.Dir(name), m[1])
		if !strings.HasPrefix(m[1], "./") || !served("/"+imported) {
			t.Errorf("%s imports %s, which is not there", name, m[1])
			continue
		}
		modules(t, imported, seen)
	}
}

// A page announces every module it will need, so that they load at once rather
// than one after another; and no script is left that no page uses.
func TestPagesPreloadWhatTheyImport(t *testing.T) {
	script := regexp.MustCompile(`<script type="module" src="/([^"]+)">`)
	style := regexp.MustCompile(`<link rel="stylesheet" href="/([^"]+)">`)
	preload := regexp.MustCompile(`<link rel="modulepreload" href="/([^"]+)">`)
	used := map[string]bool{}
	for _, name := range pages(t) {
		html := read(t, name)
		entry := script.FindStringSubmatch(html)
		if entry == nil {
			t.Errorf("%s has no script", name)
			continue
		}
		needed := map[string]bool{}
		modules(t, entry[1], needed)
		weight := len(html)
		for _, m := range style.FindAllStringSubmatch(html, -1) {
			weight += len(read(t, m[1]))
		}
		for module := range needed {
			used[module] = true
			weight += len(read(t, module))
		}
		if weight > maxPage {
			t.Errorf("%s weighs %d bytes with its styles and scripts, the most is %d", name, weight, maxPage)
		}
		delete(needed, entry[1])
		for _, m := range preload.FindAllStringSubmatch(html, -1) {
			if !needed[m[1]] {
				t.Errorf("%s preloads %s, which it does not import", name, m[1])
			}
			delete(needed, m[1])
		}
		for module := range needed {
			t.Errorf("%s does not preload %s", name, module)
		}
	}
	for _, name := range scripts(t) {
		if !used[name] {
			t.Errorf("no page uses %s", name)
		}
	}
}

// Every address of the API in a script is a function's, or rewritten to one.
func TestScriptsCallTheAPIThatIsThere(t *testing.T) {
	known := routes(t)
	call := regexp.MustCompile("/api/v1/[^\"`?\\s]*")
	hole := regexp.MustCompile(`\$\{[^}]*\}`)
	calls := 0
	for _, name := range scripts(t) {
		for _, address := range call.FindAllString(read(t, name), -1) {
			if strings.HasSuffix(address, "/") {
				continue // a prefix
			}
			calls++
			if !slices.Contains(known, hole.ReplaceAllString(address, ":id")) {
				t.Errorf("%s calls %s, which is neither a function nor a rewrite", name, address)
			}
		}
	}
	if calls < 10 {
		t.Errorf("only %d calls found: has the way to write them changed?", calls)
	}
}

// routes are the paths of the functions, and the sources of the rewrites.
func routes(t *testing.T) (paths []string) {
	t.Helper()
	functions, err := filepath.Glob(filepath.Join(root, "api/v1/*/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range functions {
		rel, err := filepath.Rel(root, f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(rel, "_test.go") {
			paths = append(paths, "/"+strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(rel), ".go"), "/index"))
		}
	}
	var config struct {
		Rewrites []struct{ Source string }
	}
	b, err := os.ReadFile(filepath.Join(root, "vercel.json"))
	if err == nil {
		err = json.Unmarshal(b, &config)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, rw := range config.Rewrites {
		paths = append(paths, rw.Source)
	}
	return paths
}

// The demo products name a picture each; it is one of ours.
func TestDemoProductsHavePictures(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(root, "scripts/demo/products.go"))
	if err != nil {
		t.Fatal(err)
	}
	goods := regexp.MustCompile(`(?m)^\s*\{"([a-z]+)", "`).FindAllStringSubmatch(string(source), -1)
	if len(goods) == 0 {
		t.Fatal("no products found: has the way to write them changed?")
	}
	for _, m := range goods {
		if !served("/images/" + m[1] + ".svg") {
			t.Errorf("the demo product %q has no picture", m[1])
		}
	}
}

func TestPicturesAreSmallAndStill(t *testing.T) {
	pictures, err := fs.Glob(site, "images/*.svg")
	if err != nil || len(pictures) == 0 {
		t.Fatalf("pictures %v, %v", pictures, err)
	}
	for _, name := range append(pictures, "favicon.svg") {
		svg := read(t, name)
		if len(svg) > maxImage {
			t.Errorf("%s has %d bytes, the most is %d", name, len(svg), maxImage)
		}
		if m := regexp.MustCompile(`<script|<style|\son\w+=|\sstyle=|href=`).FindString(svg); m != "" {
			t.Errorf("%s holds %s", name, m)
		}
	}
}

// The pages were made for this policy; a looser one is not needed.
func TestPolicyIsStrict(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "vercel.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, directive := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(string(b), fmt.Sprintf("%s;", directive)) && !strings.Contains(string(b), fmt.Sprintf("%s\"", directive)) {
			t.Errorf("vercel.json's Content-Security-Policy lacks %s", directive)
		}
	}
}
