package browser_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is what a person has until something shows up.
const patience = 30 * time.Second

// tab is a person in front of a page. What they look for and do not find ends the test.
//
// Things are named by role and accessible name; … in a name stands for any text.
type tab struct {
	*testing.T // of the step that runs
	ctx        context.Context
	device     device
	looks      looks
}

func (p *tab) open(url string) {
	p.Helper()
	if r := call(p, page.Navigate, page.NavigateParams{URL: url}); r.ErrorText != "" {
		p.Fatalf("open %s: %s", url, r.ErrorText)
	}
}

func (p *tab) toFront() {
	p.Helper()
	if _, err := try(p, page.BringToFront, struct{}{}); err != nil {
		p.Fatal(err)
	}
}

// sees waits until the thing is there.
func (p *tab) sees(role, name string) {
	p.Helper()
	p.eventually(func() error { _, err := p.find(role, name); return err })
}

// seesNo waits until it is not.
func (p *tab) seesNo(role, name string) {
	p.Helper()
	p.eventually(func() error {
		if _, err := p.find(role, name); err == nil {
			return fmt.Errorf("the %s %q is still there", role, name)
		} else if !errors.Is(err, errNotThere) {
			return err
		}
		return nil
	})
}

// reads waits for a text anywhere on the page.
func (p *tab) reads(text string) {
	p.Helper()
	match := pattern(text, false)
	p.eventually(func() error {
		all, err := ask[string](p, "document.body.innerText")
		if err == nil && !match.MatchString(strings.Join(strings.Fields(all), " ")) {
			err = fmt.Errorf("the page does not say %q", text)
		}
		return err
	})
}

// isAt waits for an address that begins like this.
func (p *tab) isAt(prefix string) {
	p.Helper()
	p.eventually(func() error {
		at, err := ask[string](p, "location.href")
		if err == nil && !strings.HasPrefix(at, prefix) {
			err = fmt.Errorf("the address is %s, not %s…", at, prefix)
		}
		return err
	})
}

// loaded is when the page that is shown was loaded: the same until a reload.
func (p *tab) loaded() float64 {
	p.Helper()
	at, err := ask[float64](p, "performance.timeOrigin")
	if err != nil {
		p.Fatal(err)
	}
	return at
}

// clicks moves the mouse to the middle of the thing and clicks; something over it
// would catch the click, and so fails.
func (p *tab) clicks(role, name string) {
	p.Helper()
	var at struct {
		X, Y float64
		Over string
	}
	p.eventually(func() error {
		id, err := p.find(role, name)
		if err != nil {
			return err
		}
		r, err := try(p, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
			FunctionDeclaration: middle, ObjectID: id, ReturnByValue: new(true), AwaitPromise: new(true),
		})
		if err != nil {
			return err
		}
		if r.ExceptionDetails != nil {
			return errors.New(r.ExceptionDetails.Text)
		}
		at.Over = ""
		if err := json.Unmarshal(r.Result.Value, &at); err != nil {
			return err
		}
		if at.Over != "" {
			return fmt.Errorf("the %s %q cannot be clicked: over it is %s", role, name, at.Over)
		}
		return nil
	})
	if err := p.do(chromedp.MouseClickXY(at.X, at.Y)); err != nil {
		p.Fatal(err)
	}
}

// middle finds where a person would click, once the page stands still.
const middle = `async function() {
	this.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
	let box = this.getBoundingClientRect();
	for (let last = null; !last || last.x !== box.x || last.y !== box.y;) {
		last = box;
		await new Promise((resolve) => setTimeout(resolve, 30));
		box = this.getBoundingClientRect();
	}
	const x = box.x + box.width / 2, y = box.y + box.height / 2;
	const top = document.elementFromPoint(x, y);
	const hit = top && (this.contains(top) || top.contains(this));
	return { X: x, Y: y, Over: hit ? "" : top ? top.outerHTML.slice(0, 120) : "nothing: it is outside" };
}`

// types puts text into a field, in place of what it holds.
func (p *tab) types(field, text string) {
	p.Helper()
	p.clicks("textbox", field)
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: "keyDown", Modifiers: 2, Key: "a", Code: "KeyA", WindowsVirtualKeyCode: 65, Commands: []string{"selectAll"},
	})
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "keyUp", Modifiers: 2, Key: "a", Code: "KeyA", WindowsVirtualKeyCode: 65})
	p.presses(text)
}

// presses presses keys, kb.Enter and the like among them.
func (p *tab) presses(keys string) {
	p.Helper()
	if err := p.do(chromedp.KeyEvent(keys)); err != nil {
		p.Fatal(err)
	}
}

func (p *tab) do(action chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(p.ctx, callTimeout)
	defer cancel()
	return chromedp.Do(ctx, action)
}

const breakHere = "\u200b" // a long word may break there

var errNotThere = errors.New("is not on the page")

// find finds a thing in the accessibility tree: what is hidden, or behind an open
// dialog, is not in it.
func (p *tab) find(role, name string) (runtime.RemoteObjectID, error) {
	document, err := try(p, runtime.Evaluate, runtime.EvaluateParams{Expression: "document", ObjectGroup: "find"})
	if err != nil {
		return "", err
	}
	tree, err := try(p, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document.Result.ObjectID, Role: role})
	if err != nil {
		return "", err
	}
	match := pattern(name, true)
	var others []string
	for _, n := range tree.Nodes {
		if n.Ignored || n.Name == nil {
			continue
		}
		var called string
		_ = json.Unmarshal(n.Name.Value, &called)
		called = strings.Join(strings.Fields(strings.ReplaceAll(called, breakHere, "")), " ")
		if !match.MatchString(called) {
			others = append(others, called)
			continue
		}
		r, err := try(p, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.BackendDOMNodeID, ObjectGroup: "find"})
		if err != nil {
			return "", err
		}
		return r.Object.ObjectID, nil
	}
	return "", fmt.Errorf("the %s %q %w; of that kind there are %q", role, name, errNotThere, others)
}

// pattern matches a name in which … stands for any text.
func pattern(name string, whole bool) *regexp.Regexp {
	expr := strings.ReplaceAll(regexp.QuoteMeta(name), "…", ".*")
	if whole {
		expr = "^" + expr + "$"
	}
	return regexp.MustCompile(expr)
}

// ask evaluates an expression in the page.
func ask[T any](p *tab, expression string) (value T, err error) {
	r, err := try(p, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ReturnByValue: new(true), AwaitPromise: new(true)})
	if err != nil {
		return value, err
	}
	if r.ExceptionDetails != nil {
		return value, fmt.Errorf("%s: %s", expression, r.ExceptionDetails.Text)
	}
	return value, json.Unmarshal(r.Result.Value, &value)
}

// eventually tries until it works: between two pages, every question may fail.
func (p *tab) eventually(attempt func() error) {
	p.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = attempt(); err == nil {
			return
		}
	}
	text, _ := ask[string](p, `location.href + "\n" + document.body.innerText`)
	picture := p.looks.keep(p, "failed")
	p.Fatalf("%v\nThe page (picture: %s):\n%s", err, picture, text)
}
