//go:build vercel

package vercel_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// cli is the version whose ways DESIGN and vercel.json rely on.
const cli = "vercel@60.1.3"

// checkout copies what a deployment uploads: the files git knows, less those
// that .vercelignore names. The CLI rewrites files while it works, so it never
// sees the tree itself.
func checkout(t *testing.T) string {
	t.Helper()
	root, err := platform.Root()
	if err != nil {
		t.Fatal(err)
	}
	ignored := ignoredBy(t, filepath.Join(root, ".vercelignore"))
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "shop")
	for _, name := range strings.Fields(string(out)) {
		if ignored(name) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func ignoredBy(t *testing.T, file string) func(string) bool {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var folders, suffixes []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if suffix, ok := strings.CutPrefix(line, "**/*"); ok {
			suffixes = append(suffixes, suffix)
		} else if folder, ok := strings.CutPrefix(line, "/"); ok {
			folders = append(folders, folder+"/")
		} else if line != "" && !strings.HasPrefix(line, "#") {
			t.Fatalf(".vercelignore: this test does not know the form of %q", line)
		}
	}
	return func(name string) bool {
		for _, f := range folders {
			if strings.HasPrefix(name, f) {
				return true
			}
		}
		for _, s := range suffixes {
			if strings.HasSuffix(name, s) {
				return true
			}
		}
		return false
	}
}

// vercelCLI is the command, in its own process group so that it ends whole.
func vercelCLI(ctx context.Context, t *testing.T, dir string, output io.Writer, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("npx"); err != nil {
		t.Fatal("this needs Node 20 and its npx: apt-get install nodejs npm, or https://nodejs.org")
	}
	cmd := exec.CommandContext(ctx, "npx", append([]string{"--yes", cli}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, output, output
	cmd.Env = append(os.Environ(), "VERCEL_TELEMETRY_DISABLED=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	var output bytes.Buffer
	if err := vercelCLI(ctx, t, dir, &output, args...).Run(); err != nil {
		t.Fatalf("vercel %s: %v\n%s", strings.Join(args, " "), err, output.String())
	}
}
