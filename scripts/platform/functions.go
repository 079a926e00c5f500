package platform

import (
	"net/http"

	auth "github.com/siam9192/payment-integration-server/api/v1/auth"
	orders "github.com/siam9192/payment-integration-server/api/v1/orders"
	payments "github.com/siam9192/payment-integration-server/api/v1/payments"
	products "github.com/siam9192/payment-integration-server/api/v1/products"
	users "github.com/siam9192/payment-integration-server/api/v1/users"
)

// Functions is every function under api/, by the path Vercel gives it.
var Functions = map[string]http.HandlerFunc{
	"/api/v1/auth/login":         auth.Login,
	"/api/v1/auth/refresh":       auth.Refresh,
	"/api/v1/auth/register":      auth.Register,
	"/api/v1/orders":             orders.Orders,
	"/api/v1/orders/init":        orders.Init,
	"/api/v1/orders/me":          orders.Mine,
	"/api/v1/payments":           payments.Payments,
	"/api/v1/payments/reconcile": payments.Reconcile,
	"/api/v1/payments/webhook":   payments.Webhook,
	"/api/v1/products":           products.Products,
	"/api/v1/users":              users.Users,
	"/api/v1/users/me":           users.Me,
}
