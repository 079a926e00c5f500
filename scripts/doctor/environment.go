package main

import (
	"errors"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/siam9192/payment-integration-server/pkg/config"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
)

// environment is the variables, and where they come from.
type environment struct {
	get  func(string) string
	from string // for people
}

// readEnvironment reads the file, or .env in the root where file is "" and there
// is one. What lookup knows already wins, even an empty value.
func readEnvironment(root, file string, lookup func(string) (string, bool)) (environment, error) {
	path := file
	if path == "" {
		path = filepath.Join(root, ".env")
	}
	e := environment{from: "the environment and " + path}
	values, err := local.ReadEnv(path)
	switch {
	case file == "" && errors.Is(err, fs.ErrNotExist):
		e.from = "the environment (there is no .env)"
	case err != nil:
		return e, err
	}
	e.get = func(name string) string {
		if v, set := lookup(name); set {
			return v
		}
		return values[name]
	}
	return e, nil
}

// fault is what is wrong with a variable.
type fault struct{ name, message string }

// harmless takes the place of a required variable that is missing or malformed, so
// that the others can still be read. What needs it is not examined.
var harmless = map[string]string{
	"MONGODB_URI": "mongodb://127.0.0.1", "STRIPE_SECRET_KEY": "sk_test_none", "STRIPE_WEBHOOK_SECRET": "whsec_nonenone",
	"JWT_SECRET": strings.Repeat("none", 8), "APP_URL": "http://localhost",
}

// load is config.Load for an environment with faults.
func load(getenv func(string) string) (config.Config, []fault) {
	c, err := config.Load(getenv)
	if err == nil {
		return c, nil
	}
	var faults []fault
	for _, line := range strings.Split(err.Error(), "\n")[1:] { // the first is the headline
		name, message, _ := strings.Cut(strings.TrimSpace(line), " ")
		faults = append(faults, fault{name, message})
	}
	c, err = config.Load(func(name string) string {
		if slices.ContainsFunc(faults, func(f fault) bool { return f.name == name }) {
			return harmless[name]
		}
		return getenv(name)
	})
	if err != nil {
		panic(err) // every fault has been replaced
	}
	return c, faults
}

// secretsIn lists what is secret in the environment, in the forms in which others
// may repeat it.
func secretsIn(getenv func(string) string) (secrets []string) {
	add := func(values ...string) {
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" {
				secrets = append(secrets, v)
			}
		}
	}
	for _, name := range []string{"MONGODB_URI", "STRIPE_SECRET_KEY", "JWT_SECRET", "CRON_SECRET"} {
		add(getenv(name))
	}
	add(strings.Split(getenv("STRIPE_WEBHOOK_SECRET"), ",")...)
	// The password of a connection string, also of one that cannot be parsed.
	_, rest, _ := strings.Cut(getenv("MONGODB_URI"), "://")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		_, password, _ := strings.Cut(rest[:i], ":")
		add(password)
		if decoded, err := url.PathUnescape(password); err == nil {
			add(decoded)
		}
	}
	return secrets
}
