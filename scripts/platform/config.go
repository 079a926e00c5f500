package platform

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// config is the part of vercel.json that decides who answers a request.
type config struct {
	OutputDirectory string        `json:"outputDirectory"`
	CleanURLs       bool          `json:"cleanUrls"`
	Rewrites        []rewrite     `json:"rewrites"`
	Headers         []headersRule `json:"headers"`
}

type rewrite struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
}

type headersRule struct {
	Source  string `json:"source"`
	Headers []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"headers"`
}

func readConfig(file string) (c config, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return c, fmt.Errorf("platform: %w", err)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("platform: %s: %w", file, err)
	}
	for _, rw := range c.Rewrites {
		if strings.ContainsAny(rw.Source, "(*?{") {
			return c, fmt.Errorf("platform: the rewrite of %s uses more than :names; teach this package", rw.Source)
		}
	}
	return c, nil
}

// apply matches an escaped path against the source, whose :names match one segment
// each, and returns the destination's path and query with the names filled in.
func (rw rewrite) apply(path string) (target, query string, ok bool) {
	source, parts := strings.Split(rw.Source, "/"), strings.Split(path, "/")
	if len(source) != len(parts) {
		return "", "", false
	}
	target, query, _ = strings.Cut(rw.Destination, "?")
	for i, want := range source {
		name, isName := strings.CutPrefix(want, ":")
		switch {
		case isName && parts[i] != "":
			value, err := url.PathUnescape(parts[i])
			if err != nil {
				return "", "", false
			}
			query = strings.ReplaceAll(query, ":"+name, url.QueryEscape(value))
		case want != parts[i]:
			return "", "", false
		}
	}
	return target, query, true
}

// The two kinds of source that header rules here have: "all but api/", which Go's
// regexp cannot say, and a plain path.
const allButAPI = "/((?!api/).*)"

func (h headersRule) matches(path string) bool {
	if h.Source == allButAPI {
		return !strings.HasPrefix(path, "/api/")
	}
	matched, err := regexp.MatchString("^"+h.Source+"$", path)
	return err == nil && matched
}

// Rewrites lists the paths that the project in the folder root rewrites.
func Rewrites(root string) (sources []string, err error) {
	c, err := readConfig(filepath.Join(root, "vercel.json"))
	for _, rw := range c.Rewrites {
		sources = append(sources, rw.Source)
	}
	return sources, err
}
