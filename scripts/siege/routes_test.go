package siege_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/platform"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

// rewritten are the paths that vercel.json rewrites to functions.
var rewritten = []string{"/products/:id", "/orders/:id", "/webhook"}

// routes is every method and path the shop has, as the shop itself tells: from
// the router, and from the Allow header of each.
func routes(t *testing.T, s *shoptest.Shop) (list []string) {
	t.Helper()
	paths := slices.Clone(rewritten)
	for path := range maps.Keys(platform.Functions) {
		paths = append(paths, strings.TrimPrefix(path, "/api/v1"))
	}
	slices.Sort(paths)
	for _, path := range paths {
		r := s.Nobody().Do(http.MethodOptions, fill(path, "aaaaaaaaaaaaaaaaaaaaaaaa"), nil).Want(204)
		for _, method := range strings.Split(r.Header.Get("Allow"), ", ") {
			if method != http.MethodOptions && method != http.MethodHead {
				list = append(list, method+" "+path)
			}
		}
	}
	return list
}

func fill(path, id string) string { return strings.ReplaceAll(path, ":id", id) }

func TestRewritesAreThoseOfVercelJSON(t *testing.T) {
	root, err := platform.Root()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := platform.Rewrites(root)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, path := range rewritten {
		want = append(want, "/api/v1"+path)
	}
	slices.Sort(want)
	slices.Sort(sources)
	if !slices.Equal(sources, want) {
		t.Errorf("vercel.json rewrites %v; the siege knows %v", sources, want)
	}
}
