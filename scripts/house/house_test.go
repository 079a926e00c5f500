package house_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/config"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTopLevelIsTheOwners(t *testing.T) {
	fixed := []string{"api", "pkg", "scripts", "vercel.json", "env.example", "go.mod", "go.sum", "README.md"}
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range entries {
		seen[e.Name()] = true
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(fixed, e.Name()) {
			t.Errorf("%s does not belong at the top level, which the owner fixed", e.Name())
		}
	}
	for _, name := range fixed {
		if !seen[name] {
			t.Errorf("%s is missing at the top level", name)
		}
	}
}

// env.example is what people copy; config is what is read. They must not drift.
func TestEnvExampleIsWhatConfigReads(t *testing.T) {
	f, err := os.Open(filepath.Join(root(t), "env.example"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var listed []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimPrefix(strings.TrimSpace(lines.Text()), "#")
		if name, _, ok := strings.Cut(line, "="); ok && name != "" && strings.ToUpper(name) == name && !strings.Contains(name, " ") {
			listed = append(listed, name)
		}
	}
	read := slices.Clone(config.Names)
	slices.Sort(listed)
	slices.Sort(read)
	if !slices.Equal(listed, read) {
		t.Errorf("env.example lists\n  %v\nconfig.Names has\n  %v", listed, read)
	}
}

// Every variable that Load reads is in Names, and none else.
func TestConfigReadsWhatItNames(t *testing.T) {
	asked := map[string]bool{}
	_, _ = config.Load(func(name string) string { asked[name] = true; return "" })
	for _, name := range config.Names {
		if !asked[name] {
			t.Errorf("config.Names has %s, which Load never reads", name)
		}
		delete(asked, name)
	}
	for name := range asked {
		if !strings.HasPrefix(name, "VERCEL") { // the platform's own
			t.Errorf("Load reads %s, which config.Names does not have", name)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	cmd := exec.Command("go", "list", "-f", "{{if ne .Name \"main_test\"}}{{.ImportPath}}\t{{.Doc}}{{end}}", "./...")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if path, doc, _ := strings.Cut(line, "\t"); strings.TrimSpace(doc) == "" {
			t.Errorf("%s has no package comment", path)
		}
	}
}
