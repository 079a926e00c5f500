package house_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/pkg/config"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/stripepay"
	"github.com/siam9192/payment-integration-server/scripts/platform"
)

// commands is every command the README shows, and what runs it. A new one needs
// a test, or the reason why none can be.
var commands = map[string]string{
	"go run ./scripts/dev":    "scripts/dev: its tests run the program whole",
	"go test ./...":           ".ci/run",
	"go run ./scripts/doctor": "scripts/doctor: its tests run the program whole",
	"stripe listen --forward-to localhost:3000/api/v1/payments/webhook": "needs a Stripe account; the path is held below",
}

func TestREADME(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	shown := map[string]bool{}
	for i, block := range strings.Split(text, "```sh\n") {
		if i == 0 {
			continue
		}
		body, _, _ := strings.Cut(block, "```")
		for line := range strings.Lines(body) {
			command, _, _ := strings.Cut(line, "#")
			if command = strings.TrimSpace(command); command != "" {
				shown[command] = true
				if commands[command] == "" {
					t.Errorf("the README shows %q, and nothing runs it", command)
				}
			}
		}
	}
	for command := range commands {
		if !shown[command] {
			t.Errorf("the README no longer shows %q", command)
		}
	}
	for _, name := range config.Names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("the README does not explain %s", name)
		}
	}
	for _, event := range stripepay.EventTypes {
		if strings.Count(text, "\n   "+string(event)+"\n") != 1 {
			t.Errorf("the README's list of events lacks %s", event)
		}
	}
	for _, index := range mongostore.Indexes {
		var keys []string
		for _, key := range index.Keys {
			if key.Value == -1 {
				keys = append(keys, key.Key+" ↓")
			} else {
				keys = append(keys, key.Key)
			}
		}
		if row := "| `" + index.Collection + "`: `" + strings.Join(keys, ", ") + "` | " + index.Serves + " |"; !strings.Contains(text, row) {
			t.Errorf("the README lacks the row\n%s", row)
		}
	}
	for path := range platform.Functions {
		if !strings.Contains(text, "`"+strings.TrimPrefix(path, "/api/v1")+"`") {
			t.Errorf("the README's table lacks %s", path)
		}
	}
}
