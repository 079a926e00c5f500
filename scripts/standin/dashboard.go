package standin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// shown is how many payments, and twice as many events, the dashboard lists.
const shown = 50

func (s *Server) dashboardRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.showDashboard(w, http.StatusOK, "") })
	for name, act := range map[string]func(id string, r *http.Request) error{
		"expire":    func(id string, _ *http.Request) error { return s.Expire(id) },
		"settle":    func(id string, _ *http.Request) error { return s.Settle(id) },
		"fail":      func(id string, _ *http.Request) error { return s.FailDelayed(id) },
		"refund":    s.refundFromDashboard,
		"dispute":   func(id string, r *http.Request) error { _, err := s.OpenDispute(id, r.FormValue("reason")); return err },
		"win":       func(id string, _ *http.Request) error { return s.CloseDispute(id, true) },
		"lose":      func(id string, _ *http.Request) error { return s.CloseDispute(id, false) },
		"resend":    func(id string, _ *http.Request) error { return s.Resend(id) },
		"redeliver": func(string, *http.Request) error { s.Redeliver(); return nil },
	} {
		mux.HandleFunc("POST /act/"+name, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			id := r.FormValue("id")
			if err := act(id, r); err != nil {
				s.showDashboard(w, http.StatusConflict, err.Error())
				return
			}
			http.Redirect(w, r, "/#"+s.anchor(id), http.StatusSeeOther)
		})
	}
}

// anchor is the place on the dashboard that an act on id is seen at.
func (s *Server) anchor(id string) (place string) {
	place = id
	s.view(func() {
		if in, ok := s.st.Intents.get(id); ok {
			place = in.SessionID
		}
	})
	return place
}

// refundFromDashboard takes an amount as a person writes it: 5.00.
func (s *Server) refundFromDashboard(id string, r *http.Request) error {
	var cur currency
	s.view(func() {
		if in, ok := s.st.Intents.get(id); ok {
			cur = currencies[in.Currency]
		}
	})
	amount, err := cur.minor(r.FormValue("amount"))
	if err != nil {
		return err
	}
	if amount == 0 {
		return fmt.Errorf("there is nothing to refund in an amount of 0")
	}
	_, err = s.Refund(id, amount)
	return err
}

type dashboardView struct {
	Webhook                  string
	Endpoints, Undelivered   int
	Problem                  string
	Faulty                   bool
	Payments                 []paymentView
	Events                   []eventView
	MorePayments, MoreEvents int
	Reasons                  []string
}

type paymentView struct {
	SessionID, ShortID, IntentID, OrderID string
	Amount, Beside, Code                  string
	What, State, Mood, Left               string
	Created                               time.Time
	Open, Processing, Refundable          bool
	Disputed                              bool
}

type eventView struct {
	ID, Type, ObjectID, ShortID string
	Created                     time.Time
	Answers                     []chip
}

type chip struct{ Text, Mood, Detail string }

func (s *Server) showDashboard(w http.ResponseWriter, status int, problem string) {
	v := dashboardView{Problem: problem, Reasons: DisputeReasons}
	s.view(func() {
		f := s.faults.Faults
		v.Faulty = f.Drop+f.Duplicate+f.Delay+f.Reorder > 0
		v.Webhook, v.Endpoints = s.opts.WebhookURL, len(s.st.Endpoints.rows)
		for _, d := range s.st.Deliveries.rows {
			if d.State != delivered {
				v.Undelivered++
			}
		}
		v.MorePayments = max(0, len(s.st.Sessions.rows)-shown)
		for _, se := range slices.Backward(s.st.Sessions.rows[v.MorePayments:]) {
			v.Payments = append(v.Payments, s.paymentView(se))
		}
		v.MoreEvents = max(0, len(s.st.Events.rows)-2*shown)
		for _, ev := range slices.Backward(s.st.Events.rows[v.MoreEvents:]) {
			v.Events = append(v.Events, eventViewOf(ev))
		}
	})
	render(w, status, "dashboard.html", v)
}

func (s *Server) paymentView(se *session) paymentView {
	cur := currencies[se.Currency]
	v := paymentView{
		SessionID: se.ID, ShortID: short(se.ID), IntentID: se.IntentID, OrderID: se.Metadata["orderId"],
		Amount: cur.format(se.Total), Beside: cur.beside(), Code: strings.ToUpper(cur.code), What: summary(se.Items),
		Created: time.Unix(se.Created, 0).UTC(), Open: se.Status == "open",
	}
	if v.OrderID == "" {
		v.OrderID = se.ClientReferenceID
	}
	v.State, v.Mood = "Waiting for the customer", "slow"
	switch {
	case se.Status == "expired":
		v.State, v.Mood = "Expired", ""
	case se.PaymentStatus == "no_payment_required":
		v.State, v.Mood = "Nothing to pay", "good"
	}
	in, tried := s.st.Intents.get(se.IntentID)
	if !tried || se.Status == "expired" {
		return v
	}
	ch, _ := s.st.Charges.get(in.ChargeID)
	switch {
	case in.Status == "processing":
		v.State, v.Processing = "Waiting for the bank", true
	case in.Status == "succeeded":
		v.State, v.Mood = "Paid", "good"
	case se.Status == "complete":
		v.State, v.Mood = "Refused by the bank", "bad"
	default:
		v.State, v.Mood = "Declined, may try again", "bad"
	}
	if ch.Refunded > 0 {
		v.State = "Paid, " + cur.format(ch.Refunded) + " refunded"
	}
	if ch.Refunded == ch.Amount {
		v.State, v.Mood = "Refunded", ""
	}
	d, disputed := s.st.Disputes.get(ch.DisputeID)
	if disputed {
		v.Disputed = d.Status == "needs_response"
		v.State, v.Mood = "Disputed", "bad"
		switch d.Status {
		case "won":
			v.State, v.Mood = "Paid, dispute won", "good"
		case "lost":
			v.State = "Dispute lost"
		}
	}
	if _, err := s.refundable(in); err == nil {
		v.Refundable, v.Left = true, cur.major(ch.Amount-ch.Refunded)
	}
	return v
}

func summary(items []lineItem) string {
	var parts []string
	for _, it := range items {
		parts = append(parts, fmt.Sprintf("%d × %s", it.Quantity, it.Name))
	}
	return strings.Join(parts, ", ")
}

func eventViewOf(ev *event) eventView {
	v := eventView{
		ID: ev.ID, Type: ev.Type, ObjectID: ev.ObjectID, ShortID: short(ev.ObjectID), Created: time.Unix(ev.Created, 0).UTC(),
	}
	for _, d := range ev.sent {
		for _, a := range d.Attempts {
			v.Answers = append(v.Answers, a.chip())
		}
		switch d.State {
		case waiting:
			v.Answers = append(v.Answers, chip{"on its way", "slow", "next attempt at " + d.Next.UTC().Format("15:04:05")})
		case gaveUp:
			v.Answers = append(v.Answers, chip{"given up", "bad", ""})
		case dropped:
			v.Answers = append(v.Answers, chip{"lost", "bad", "by a fault that was asked for"})
		case held:
			v.Answers = append(v.Answers, chip{"held", "", "until a test delivers it"})
		}
	}
	return v
}

func (a attempt) chip() chip {
	switch {
	case a.ok():
		return chip{fmt.Sprint(a.Status), "good", a.At.UTC().Format("15:04:05")}
	case a.Status != 0:
		return chip{fmt.Sprint(a.Status), "bad", a.At.UTC().Format("15:04:05")}
	}
	return chip{"no answer", "bad", a.Err}
}

// short is the end of an id, enough to tell two apart.
func short(id string) string {
	if len(id) <= 28 {
		return id
	}
	return id[:8] + "…" + id[len(id)-8:]
}
