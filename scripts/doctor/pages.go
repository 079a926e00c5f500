package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

const (
	shopPage    = "shop page"
	shopVersion = "shop version"

	maxCompared = 1 << 20 // bytes of a file; a viewer's bundle tells no more than the rest
)

// vercel is the part of vercel.json that the pages depend on.
type vercel struct {
	OutputDirectory string
	Headers         []struct {
		Source  string
		Headers []struct{ Key, Value string }
	}
}

func (d *doctor) vercel() (v vercel, err error) {
	b, err := os.ReadFile(filepath.Join(d.root, "vercel.json"))
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	return v, err
}

// page asks for the first page, and for the headers that vercel.json gives it.
func (d *doctor) page(ctx context.Context) check {
	a := d.ask(ctx, http.MethodGet, d.config.AppURL+"/", "")
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		c := d.judge(shopPage, a)
		if a.status == http.StatusOK {
			c.Found, c.Todo = "answers 200, but with no page", "deploy with this checkout's vercel.json, whose outputDirectory has the pages: npx vercel --prod"
		}
		return c
	}
	v, err := d.vercel()
	if err != nil {
		return skipped(shopPage, "vercel.json cannot be read")
	}
	var without, other []string
	wanted := 0
	for _, rule := range v.Headers {
		if rule.Source != "/" && rule.Source != "/(.*)" && !strings.HasPrefix(rule.Source, "/((?!") { // all but …
			continue
		}
		wanted += len(rule.Headers)
		for _, h := range rule.Headers {
			got := a.header.Get(h.Key)
			switch {
			case h.Key == "Strict-Transport-Security" && !d.config.HTTPS():
			case got == "":
				without = append(without, h.Key)
			case got != h.Value:
				other = append(other, h.Key)
			}
		}
	}
	c := good(shopPage, "/ answers, with its security headers")
	todo := "deploy this checkout, vercel.json included: npx vercel --prod"
	switch {
	case wanted == 0:
		return skipped(shopPage, "this checkout's vercel.json gives / no headers")
	case len(without) > 0:
		c.Status, c.Found, c.Todo = fail, "/ answers without "+strings.Join(without, ", "), todo
	case len(other) > 0:
		c.Status, c.Found, c.Todo = warn, "/ answers with another value than vercel.json's of "+strings.Join(other, ", "), todo
	}
	return c
}

// version compares the static files that are served with those here. A function does
// not tell its version, but both are of one deployment.
func (d *doctor) version(ctx context.Context) check {
	files, err := d.publicFiles()
	if err != nil || len(files) == 0 {
		return skipped(shopVersion, "the pages of this checkout cannot be read")
	}
	answers := make([]answer, len(files))
	var group errgroup.Group
	group.SetLimit(8)
	for i, f := range files {
		group.Go(func() error {
			answers[i] = d.ask(ctx, http.MethodGet, d.config.AppURL+f.served, "")
			return nil
		})
	}
	_ = group.Wait() // each keeps its own error
	var different []string
	for i, a := range answers {
		switch {
		case a.err != nil:
			return d.judge(shopVersion, a)
		case a.status != http.StatusOK && a.status != http.StatusNotFound:
			return d.judge(shopVersion, a)
		case a.status == http.StatusNotFound || !bytes.Equal(a.body, files[i].content):
			different = append(different, files[i].served)
		}
	}
	if len(different) == 0 {
		return good(shopVersion, fmt.Sprintf("all %d pages and scripts are those of this checkout, so the functions should be", len(files)))
	}
	shown := different[:min(3, len(different))]
	return check{Check: shopVersion, Status: warn, asked: true,
		Found: fmt.Sprintf("the deployment is not of this checkout: %d of %d files differ, such as %s", len(different), len(files), strings.Join(shown, ", ")),
		Todo:  "deploy this checkout (npx vercel --prod), or check out what is deployed"}
}

type publicFile struct {
	served  string // its path at the shop
	content []byte
}

// publicFiles are the pages, styles, scripts and the API's description.
func (d *doctor) publicFiles() (files []publicFile, err error) {
	v, err := d.vercel()
	if err != nil {
		return nil, err
	}
	if v.OutputDirectory == "" {
		return nil, errors.New("vercel.json has no outputDirectory")
	}
	public := os.DirFS(filepath.Join(d.root, filepath.FromSlash(v.OutputDirectory)))
	err = fs.WalkDir(public, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || name == "404.html" || strings.HasPrefix(path.Base(name), ".") {
			return err // /404 is answered with 404
		}
		switch path.Ext(name) {
		case ".html", ".js", ".css", ".json":
		default:
			return nil
		}
		if info, err := entry.Info(); err != nil || info.Size() > maxCompared {
			return err
		}
		content, err := fs.ReadFile(public, name)
		served := "/" + strings.TrimSuffix(strings.TrimSuffix(name, ".html"), "index") // cleanUrls
		files = append(files, publicFile{served, content})
		return err
	})
	return files, err
}
