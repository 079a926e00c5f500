package platform

import (
	"errors"
	"os"
	"path/filepath"
)

// Root is the project's folder: the working directory, or the nearest above it,
// that has both vercel.json and go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, noConfig := os.Stat(filepath.Join(dir, "vercel.json"))
		_, noModule := os.Stat(filepath.Join(dir, "go.mod"))
		if noConfig == nil && noModule == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("this is not a checkout of the project: there is no vercel.json here or above. cd to it first")
		}
		dir = parent
	}
}
