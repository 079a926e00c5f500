package house_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/siam9192/payment-integration-server"

// layers says what each package of the module may import of the module, and why.
// Test files are free.
var layers = []struct {
	pkg     string // "…/" at the end: everything below it
	may     []string
	because string
}{
	{"pkg/shop", nil, "the words of the business depend on nothing"},
	{"pkg/checkout", []string{"pkg/shop"}, "the promise knows no database, no Stripe and no HTTP"},
	{"pkg/config", []string{"pkg/shop"}, "the environment is read before anything is there"},
	{"pkg/auth", []string{"pkg/shop"}, "an adapter sees the words, never another adapter"},
	{"pkg/web", []string{"pkg/shop"}, "HTTP shapes the words; what is behind them is not its business"},
	{"pkg/mongostore", []string{"pkg/shop", "pkg/checkout"}, "an adapter implements what checkout declares"},
	{"pkg/stripepay", []string{"pkg/shop", "pkg/checkout"}, "an adapter implements what checkout declares"},
	{"pkg/site", nil, "the pages are files; the package holds only what tests them"},
	{"pkg/app", []string{"pkg/shop", "pkg/checkout", "pkg/config", "pkg/auth", "pkg/web", "pkg/mongostore", "pkg/stripepay"}, "only app sees every adapter"},
	{"api/…", []string{"pkg/shop", "pkg/web", "pkg/app", "pkg/mongostore", "pkg/stripepay"}, "an endpoint calls rules; it starts nothing"},
}

// strangers are packages that only some may import.
var strangers = []struct {
	path    string
	only    []string
	because string
}{
	{"go.mongodb.org/mongo-driver", []string{"pkg/mongostore", "pkg/app"}, "MongoDB has one door (app passes a monitor through)"},
	{"github.com/stripe/stripe-go", []string{"pkg/stripepay"}, "Stripe has one door"},
	{"github.com/golang-jwt/jwt", []string{"pkg/auth"}, "tokens have one door"},
	{"golang.org/x/crypto", []string{"pkg/auth"}, "passwords have one door"},
	{"net/http", []string{"pkg/web", "pkg/stripepay", "pkg/app", "api/…"}, "rules know nothing of HTTP"},
	{"testing", nil, "deployed code carries no tests"},
}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestImportsPointDown(t *testing.T) {
	known := map[string]bool{}
	for _, p := range list(t, "./pkg/...", "./api/...") {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		known[name] = true
		i := slices.IndexFunc(layers, func(l struct {
			pkg     string
			may     []string
			because string
		}) bool {
			return within(name, l.pkg)
		})
		if i < 0 {
			t.Errorf("%s has no place among the layers: give it one", name)
			continue
		}
		for _, imported := range p.Imports {
			if own, ok := strings.CutPrefix(imported, module+"/"); ok && !slices.Contains(layers[i].may, own) {
				t.Errorf("%s imports %s: %s", name, own, layers[i].because)
			}
			for _, s := range strangers {
				if within(imported, s.path) || strings.HasPrefix(imported, s.path+"/") {
					if !slices.ContainsFunc(s.only, func(o string) bool { return within(name, o) }) {
						t.Errorf("%s imports %s: %s", name, imported, s.because)
					}
				}
			}
		}
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, module+"/scripts/") || strings.HasPrefix(dep, "github.com/vercel/") {
				t.Errorf("%s depends on %s: deployed code never carries what is for local use", name, dep)
			}
		}
	}
	for _, l := range layers {
		if !strings.HasSuffix(l.pkg, "…") && !known[l.pkg] {
			t.Errorf("the layers name %s, which is not there", l.pkg)
		}
	}
}

func TestShopStandsOnTheStandardLibrary(t *testing.T) {
	for _, dep := range list(t, "./pkg/shop")[0].Deps {
		if first, _, _ := strings.Cut(dep, "/"); strings.Contains(first, ".") {
			t.Errorf("pkg/shop depends on %s", dep)
		}
	}
}

func within(name, pattern string) bool {
	if folder, ok := strings.CutSuffix(pattern, "…"); ok {
		return strings.HasPrefix(name, folder)
	}
	return name == pattern
}

func list(t *testing.T, patterns ...string) (pkgs []pkg) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, patterns...)...)
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		t.Fatalf("go list found nothing for %v", patterns)
	}
	return pkgs
}
