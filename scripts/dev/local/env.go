package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/joho/godotenv"

	"github.com/siam9192/payment-integration-server/pkg/config"
)

// LoadEnv sets the project's variables from the file .env in the folder root, if
// there is one. A variable that is in the environment already wins, even an empty
// one: `STRIPE_SECRET_KEY= go run ./scripts/dev` runs without the file's key.
func LoadEnv(root string) error {
	file := filepath.Join(root, ".env")
	values, err := ReadEnv(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range config.Names {
		_, set := os.LookupEnv(name)
		if value, ok := values[name]; ok && !set {
			if err := os.Setenv(name, value); err != nil {
				return fmt.Errorf("%s: %s: %w", file, name, err)
			}
		}
	}
	return nil
}

// ReadEnv reads the variables of a file such as .env. Its error names the line
// that is wrong, and never quotes it.
func ReadEnv(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	values, ok := parseEnv(string(text))
	if !ok {
		// Without the parser's own words: they quote the file, secrets and all.
		return nil, fmt.Errorf("%s cannot be read: line %d is not NAME=value (a value with spaces, # or $ goes between single quotes)", file, faultyLine(string(text)))
	}
	return values, nil
}

// variable is how a name looks. The parser also takes "NAME: value" and so, of a
// forgotten =, "NAME mongodb" for a name.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

func parseEnv(text string) (values map[string]string, ok bool) {
	values, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, false
	}
	for name := range values {
		if !variable.MatchString(name) {
			return nil, false
		}
	}
	return values, true
}

// faultyLine is the line after the longest beginning of the text that can be read.
func faultyLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, ok := parseEnv(strings.Join(lines[:n], "")); ok {
			return n + 1
		}
	}
	return 1
}
