package companion_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/siam9192/payment-integration-server/scripts/companion"
)

func TestStripeMock(t *testing.T) {
	mock, err := companion.StartStripeMock(t.Context(), progress(t))
	if err != nil {
		t.Fatal(err)
	}
	defer mock.Stop()

	tests := []struct {
		name   string
		key    string
		form   url.Values
		status int
		want   func(body map[string]any) bool
	}{
		{
			"a session", "sk_test_123",
			url.Values{
				"mode": {"payment"}, "success_url": {"https://shop.example/success"},
				"line_items[0][quantity]":                       {"1"},
				"line_items[0][price_data][currency]":           {"usd"},
				"line_items[0][price_data][unit_amount]":        {"100"},
				"line_items[0][price_data][product_data][name]": {"Tea"},
				"payment_intent_data[metadata][orderId]":        {"o1"},
			},
			http.StatusOK,
			func(body map[string]any) bool { return body["object"] == "checkout.session" },
		},
		{"a parameter that does not exist", "sk_test_123", url.Values{"nonsense": {"1"}}, http.StatusBadRequest, nil},
		{"no key", "", url.Values{}, http.StatusUnauthorized, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, mock.URL+"/v1/checkout/sessions", strings.NewReader(tt.form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if tt.key != "" {
				req.Header.Set("Authorization", "Bearer "+tt.key)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var body map[string]any
			if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.status || tt.want != nil && !tt.want(body) {
				t.Errorf("answer = %d %v, want %d", res.StatusCode, body, tt.status)
			}
		})
	}

	mock.Stop()
	if answers(t, mock.URL) {
		t.Error("still there after Stop")
	}
}
