package browser_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// watch hears what the browser complains of, in all tabs.
type watch struct {
	ours []string // the hosts whose pages these are

	mu         sync.Mutex
	complaints []string
	requests   map[network.RequestID]string
	allowed    []answer
}

// answer is one from 400 up that belongs to the story.
type answer struct {
	status int64
	url    string
	reason string
}

func newWatch(t *testing.T, urls ...string) *watch {
	t.Helper()
	w := &watch{requests: map[network.RequestID]string{}}
	for _, u := range urls {
		parsed, err := url.Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		w.ours = append(w.ours, parsed.Host)
	}
	return w
}

// allow lets an answer pass, for a reason.
func (w *watch) allow(status int64, url, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed = append(w.allowed, answer{status, url, reason})
}

// report hands over the complaints since the last time.
func (w *watch) report() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	heard := w.complaints
	w.complaints = nil
	slices.Sort(heard)
	return slices.Compact(heard) // the console repeats what a request said
}

func (w *watch) hear(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		what := d.Text
		if d.Exception != nil && d.Exception.Description != "" {
			what += " " + d.Exception.Description
		}
		w.say("exception: %s (%s:%d)", what, d.URL, d.LineNumber+1)
	case *runtime.EventConsoleAPICalled:
		if kind := string(e.Type); kind == "error" || kind == "warning" || kind == "assert" {
			w.say("console %s: %s", kind, words(e.Args))
		}
	case *log.EventEntryAdded:
		w.logged(e.Entry)
	case *audits.EventIssueAdded:
		w.issue(e.Issue)
	case *network.EventRequestWillBeSent:
		w.requests[e.RequestID] = e.Request.Method + " " + e.Request.URL
		if u, err := url.Parse(e.Request.URL); err != nil || (strings.HasPrefix(u.Scheme, "http") && !slices.Contains(w.ours, u.Host)) {
			w.say("request to another host: %s", e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && !w.expected(e.Response.Status, e.Response.URL) {
			w.say("answer %d to %s", e.Response.Status, w.requests[e.RequestID])
		}
	case *network.EventLoadingFailed:
		if !e.Canceled { // by leaving the page
			w.say("request failed: %s: %s %s", w.requests[e.RequestID], e.ErrorText, e.BlockedReason)
		}
	}
}

func (w *watch) logged(e *log.Entry) {
	if level := string(e.Level); level != "error" && level != "warning" {
		return
	}
	for _, a := range w.allowed {
		if string(e.Source) == "network" && e.URL == a.url && strings.Contains(e.Text, fmt.Sprint(a.status)) {
			return
		}
	}
	w.say("%s %s: %s (%s)", e.Source, e.Level, e.Text, e.URL)
}

// issue is what DevTools shows under Issues. Speed is not judged here, and a field
// may be without a name: then it is not sent with its form.
func (w *watch) issue(i *audits.InspectorIssue) {
	if csp := i.Details.ContentSecurityPolicyIssueDetails; csp != nil {
		w.say("CSP violation of %s: %s %s", csp.ViolatedDirective, csp.ContentSecurityPolicyViolationType, csp.BlockedURL)
		return
	}
	if i.Details.PerformanceIssueDetails != nil || i.Details.LazyLoadImageIssueDetails != nil {
		return
	}
	if g := i.Details.GenericIssueDetails; g != nil && g.ErrorType == audits.GenericIssueErrorTypeFormEmptyIDAndNameAttributesForInputError {
		return
	}
	details, _ := jsonv2.Marshal(i.Details)
	w.say("issue %s: %s", i.Code, details)
}

func (w *watch) expected(status int64, url string) bool {
	return slices.ContainsFunc(w.allowed, func(a answer) bool { return a.status == status && a.url == url })
}

func (w *watch) say(format string, args ...any) {
	w.complaints = append(w.complaints, fmt.Sprintf(format, args...))
}

func words(args []*runtime.RemoteObject) string {
	var all []string
	for _, a := range args {
		if a.Description != "" {
			all = append(all, a.Description)
		} else {
			all = append(all, string(a.Value))
		}
	}
	return strings.Join(all, " ")
}
