package house_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// maxFunctions is what Vercel's free plan deploys
// (https://vercel.com/docs/functions/limitations).
const maxFunctions = 12

// functionFiles are the files that Vercel makes functions of: every .go file
// under api/ that is no test.
func functionFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root(t), "api"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(files)
	return files
}

func TestFunctionsFitTheFreePlan(t *testing.T) {
	if n := len(functionFiles(t)); n == 0 || n > maxFunctions {
		t.Errorf("api/ has %d functions; the free plan deploys %d", n, maxFunctions)
	}
}

// What the builder of @vercel/go asks of a file; each rule was found by trying.
func TestFunctionsAreWhatTheBuilderTakes(t *testing.T) {
	names := map[string]string{} // folder + handler -> file
	declared := map[string]map[string]string{}
	parsed := map[string]*ast.File{}
	for _, path := range functionFiles(t) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed[path] = file
		folder := filepath.Dir(path)
		if declared[folder] == nil {
			declared[folder] = map[string]string{}
		}
		for name := range file.Scope.Objects {
			declared[folder][name] = path
		}
	}
	for path, file := range parsed {
		short, _ := filepath.Rel(root(t), path)
		if strings.ContainsAny(short, "[]") {
			t.Errorf("%s: go vet does not take brackets in a file name; rewrite the path to a query instead", short)
		}
		if file.Name.Name != "handler" {
			t.Errorf("%s: package %s, want handler", short, file.Name.Name)
		}
		handlers := exportedHandlers(file)
		if len(handlers) != 1 {
			t.Errorf("%s: exported handlers %v, want exactly one", short, handlers)
			continue
		}
		if other, taken := names[filepath.Dir(path)+handlers[0]]; taken {
			t.Errorf("%s: %s is also the handler of %s", short, handlers[0], other)
		}
		names[filepath.Dir(path)+handlers[0]] = short
		// The builder renames " Name" wherever it stands, texts included.
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.Contains(lit.Value, " "+handlers[0]) {
				t.Errorf("%s: the text %s would be changed by the builder, for it names %s", short, lit.Value, handlers[0])
			}
			return true
		})
		// vercel dev compiles the file alone.
		for _, ident := range file.Unresolved {
			if sibling, ok := declared[filepath.Dir(path)][ident.Name]; ok && sibling != path {
				t.Errorf("%s: uses %s of %s, which vercel dev does not see", short, ident.Name, filepath.Base(sibling))
			}
		}
	}
}

func exportedHandlers(file *ast.File) (names []string) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Recv == nil && f.Name.IsExported() {
			names = append(names, f.Name.Name)
		}
	}
	return names
}

// The local platform must serve exactly the functions that Vercel deploys.
func TestPlatformServesEveryFunction(t *testing.T) {
	want := map[string]bool{}
	for _, path := range functionFiles(t) {
		short, _ := filepath.Rel(root(t), path)
		want["/"+strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(short), ".go"), "/index")] = true
	}
	for path := range want {
		if platform.Functions[path] == nil {
			t.Errorf("scripts/platform does not serve %s", path)
		}
	}
	for path := range platform.Functions {
		if !want[path] {
			t.Errorf("scripts/platform serves %s, which is no function", path)
		}
	}
}

func TestVercelConfigNamesRealFunctions(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "vercel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		OutputDirectory string
		Rewrites        []struct{ Source, Destination string }
		Crons           []struct{ Path string }
		Functions       map[string]struct{ MaxDuration int }
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	if c.OutputDirectory != "pkg/site/public" {
		t.Errorf("outputDirectory is %q: without it Vercel publishes the source", c.OutputDirectory)
	}
	targets := []string{}
	for _, r := range c.Rewrites {
		target, _, _ := strings.Cut(r.Destination, "?")
		targets = append(targets, target)
	}
	for _, cron := range c.Crons {
		targets = append(targets, cron.Path)
	}
	if len(c.Rewrites) == 0 || len(c.Crons) == 0 {
		t.Error("vercel.json has no rewrites or no cron")
	}
	for _, target := range targets {
		if platform.Functions[target] == nil {
			t.Errorf("vercel.json points at %s, which is no function", target)
		}
	}
	if got := c.Functions["api/v1/payments/reconcile.go"].MaxDuration; got < 60 {
		t.Errorf("reconcile may run %d s; it plans with 55", got)
	}
}
