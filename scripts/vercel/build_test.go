//go:build vercel

package vercel_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// What is deployed must be exactly our functions, and of files only the pages:
// no source, no configuration.
func TestBuild(t *testing.T) {
	dir := checkout(t)
	project := `{"projectId":"prj_x","orgId":"team_x","settings":{"framework":null}}`
	if err := os.MkdirAll(filepath.Join(dir, ".vercel"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".vercel", "project.json"), []byte(project), 0o644); err != nil {
		t.Fatal(err)
	}
	pages := files(t, filepath.Join(dir, "pkg", "site", "public"))
	run(t, dir, "build")
	output := filepath.Join(dir, ".vercel", "output")

	if got := files(t, filepath.Join(output, "static")); !slices.Equal(got, pages) {
		t.Errorf("published files:\n  %v\nwant the pages:\n  %v", got, pages)
	}
	functions := map[string]string{}
	for _, name := range files(t, filepath.Join(output, "functions")) {
		if path, ok := strings.CutSuffix(name, ".func/.vc-config.json"); ok {
			functions["/"+strings.TrimSuffix(path, "/index")] = filepath.Join(output, "functions", name)
		}
	}
	if got, want := slices.Sorted(maps.Keys(functions)), slices.Sorted(maps.Keys(platform.Functions)); !slices.Equal(got, want) {
		t.Errorf("built functions:\n  %v\nwant:\n  %v", got, want)
	}
	for _, path := range slices.Sorted(maps.Keys(functions)) {
		checkFunction(t, dir, path, functions[path])
	}
}

func checkFunction(t *testing.T, dir, path, configFile string) {
	t.Helper()
	b, err := os.ReadFile(configFile)
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Handler, Runtime string
		MaxDuration      int
		FilePathMap      map[string]string
	}
	if err := json.Unmarshal(b, &config); err != nil {
		t.Fatal(err)
	}
	want := 10
	if path == "/api/v1/payments/reconcile" {
		want = 60
	}
	if config.MaxDuration != want {
		t.Errorf("%s may run %d s, want %d", path, config.MaxDuration, want)
	}
	bootstrap := filepath.Join(dir, config.FilePathMap[config.Handler])
	info, err := os.Stat(bootstrap)
	if err != nil {
		t.Fatalf("%s: its program: %v (%s)", path, err, b)
	}
	t.Logf("%-28s %6.2f MB  %s", path, float64(info.Size())/1e6, config.Runtime)
	if len(config.FilePathMap) != 1 {
		t.Errorf("%s carries more than its program: %v", path, config.FilePathMap)
	}
}

func files(t *testing.T, root string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(root, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
