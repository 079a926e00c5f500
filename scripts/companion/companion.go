// Package companion starts the programs that the shop leans on when it runs on
// one machine or under test: the embedded database, and Stripe's own mock of
// its API. Both are built from source, once a machine, and end with the
// process that started them.
package companion

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// module is the path of the module that this package is part of.
const module = "github.com/siam9192/payment-integration-server"

// repository returns the root of the module's source, which is the working
// directory or above it. The binary does not know where it was built: -trimpath
// removes that.
func repository() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if b, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && declares(string(b), module) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside a checkout of %s, whose source this needs", start, module)
		}
	}
}

func declares(gomod, module string) bool {
	for line := range strings.Lines(gomod) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "module" {
			return fields[1] == module
		}
	}
	return false
}

// key names what a build depends on: the toolchain, the platform, and the
// things given.
func key(of ...string) string {
	return digest(append(of, runtime.Version(), runtime.GOOS, runtime.GOARCH)...)
}

// sources digests the files under dir that can change what is built from it.
func sources(dir string) (string, error) {
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		all = append(all, filepath.ToSlash(name), string(b))
		return err
	})
	return digest(all...), err
}

// digest is of the strings and their boundaries.
func digest(all ...string) string {
	h := sha256.New()
	for _, s := range all {
		fmt.Fprintf(h, "%d ", len(s))
		_, _ = io.WriteString(h, s) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
