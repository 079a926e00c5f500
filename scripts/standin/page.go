package standin

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

//go:embed pages
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"reason": func(name string) string { return strings.ReplaceAll(name, "_", " ") },
	"breakable": func(name string) template.HTML { // a long dotted name may break after a dot
		return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(name), ".", ".<wbr>"))
	},
}).ParseFS(pageFiles, "pages/*.html"))

func (s *Server) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /pay/{id}", func(w http.ResponseWriter, r *http.Request) { s.showSession(w, r, http.StatusOK) })
	mux.HandleFunc("POST /pay/{id}", s.payFromPage)
	mux.HandleFunc("POST /pay/{id}/back", s.backFromPage)
	for _, name := range []string{"standin.css", "icon.svg"} {
		mux.HandleFunc("GET /assets/"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, pageFiles, "pages/"+name)
		})
	}
}

// payView is what the payment page shows.
type payView struct {
	ID, Shop, Total, Beside string
	Items                   []itemView
	CancelURL               string
	Free, Cards             bool
	Delayed                 string // the delayed method's label
	Declined                string // why the last try failed
	Email                   string
	Until                   time.Time
}

type itemView struct {
	Name, Description, Initial, Unit, Sum string
	Quantity                              int64
}

// closedView is what a page shows that nothing can be paid on.
type closedView struct {
	Sign, Mood, Title, Text, Link, LinkText string
}

// showSession renders the page of a session: to pay, or why not.
func (s *Server) showSession(w http.ResponseWriter, r *http.Request, status int) {
	var (
		open   *payView
		closed closedView
		leads  []string // where its forms and links may lead
	)
	s.view(func() {
		se, ok := s.st.Sessions.get(r.PathValue("id"))
		if !ok {
			status = http.StatusNotFound
			closed = closedView{"?", "bad", "There is no such payment", "This address belongs to no Checkout Session that the stand-in knows. It may have been started anew since.", "", ""}
			return
		}
		leads = []string{se.SuccessURL, se.CancelURL}
		if se.Status == "open" {
			open = s.payView(se)
			return
		}
		closed = s.closing(se)
	})
	if open != nil {
		render(w, status, "pay.html", open, leads...)
		return
	}
	render(w, status, "closed.html", closed, leads...)
}

func (s *Server) payView(se *session) *payView {
	cur := currencies[se.Currency]
	v := &payView{
		ID: se.ID, Shop: hostOf(se.SuccessURL), Total: cur.format(se.Total), Beside: cur.beside(),
		CancelURL: se.CancelURL, Free: se.Total == 0, Cards: se.takesCards(), Email: se.CustomerEmail,
		Until: time.Unix(se.ExpiresAt, 0).UTC(),
	}
	if m, ok := se.delayed(); ok {
		v.Delayed = m.Label
	}
	if in, ok := s.st.Intents.get(se.IntentID); ok {
		if ch, ok := s.st.Charges.get(in.ChargeID); ok {
			v.Declined = failureMessage(ch.FailureCode)
		}
	}
	for _, it := range se.Items {
		initial, _ := utf8.DecodeRuneInString(it.Name)
		v.Items = append(v.Items, itemView{
			Name: it.Name, Description: it.Description, Initial: strings.ToUpper(string(initial)), Quantity: it.Quantity,
			Unit: cur.format(it.UnitAmount), Sum: cur.format(it.UnitAmount * it.Quantity),
		})
	}
	return v
}

func (s *Server) closing(se *session) closedView {
	shop := hostOf(se.SuccessURL)
	back := closedView{Link: successURL(se), LinkText: "Back to " + shop}
	switch {
	case se.Status == "expired":
		back.Sign, back.Mood, back.Title = "×", "bad", "This payment has expired"
		back.Text = "It can no longer be paid, and nothing was charged. Start again from the shop."
		back.Link = se.CancelURL
	case se.PaymentStatus == "unpaid" && s.st.Intents.byID[se.IntentID].Status != "processing":
		back.Sign, back.Mood, back.Title = "×", "bad", "The bank refused this payment"
		back.Text = "Nothing was charged. Start again from the shop."
	case se.PaymentStatus == "unpaid":
		back.Sign, back.Mood, back.Title = "…", "slow", "This payment is with the bank"
		back.Text = "The order was confirmed. Whether the bank pays is decided on the dashboard."
	default:
		back.Sign, back.Mood, back.Title = "✓", "good", "This payment is complete"
		back.Text = "There is nothing more to pay here."
	}
	return back
}

// payFromPage runs the act that the customer chose, and sends them where it leads.
func (s *Server) payFromPage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var err error
	switch r.FormValue("with") {
	case "card":
		_, err = s.Pay(id)
	case "declined":
		if _, err = s.Decline(id); err == nil {
			http.Redirect(w, r, "/pay/"+id+"#pay", http.StatusSeeOther) // where it says what happened
			return
		}
	case "delayed":
		_, err = s.PayDelayed(id)
	default:
		err = errNotOffered
	}
	if err != nil {
		status := http.StatusConflict
		if errors.Is(err, errNotOffered) {
			status = http.StatusBadRequest
		}
		s.showSession(w, r, status)
		return
	}
	s.leave(w, r, successURL)
}

// backFromPage returns the customer to the shop; the session stays open.
func (s *Server) backFromPage(w http.ResponseWriter, r *http.Request) {
	s.leave(w, r, func(se *session) string { return se.CancelURL })
}

func (s *Server) leave(w http.ResponseWriter, r *http.Request, where func(*session) string) {
	to := ""
	s.view(func() {
		if se, ok := s.st.Sessions.get(r.PathValue("id")); ok {
			to = where(se)
		}
	})
	if to == "" {
		s.showSession(w, r, http.StatusNotFound)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func successURL(se *session) string {
	return strings.ReplaceAll(se.SuccessURL, "{CHECKOUT_SESSION_ID}", se.ID)
}

func hostOf(link string) string {
	if u, err := url.Parse(strings.ReplaceAll(link, "{CHECKOUT_SESSION_ID}", "x")); err == nil {
		return u.Host
	}
	return "the shop"
}

// render writes a page under a policy that lets it load its own style and nothing else.
// A browser applies form-action to where a form's answer redirects, too: the shop's
// addresses must be in it.
func render(w http.ResponseWriter, status int, name string, view any, leads ...string) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, view); err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	action := "'self'"
	for _, link := range leads {
		if u, err := url.Parse(strings.ReplaceAll(link, "{CHECKOUT_SESSION_ID}", "x")); err == nil && u.Host != "" {
			action += " " + u.Scheme + "://" + u.Host
		}
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "+action)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would blank the Origin that guards the forms
	w.WriteHeader(status)
	w.Write(body.Bytes())
}
