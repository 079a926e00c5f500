// Command serve runs the stand-in for Stripe by itself, for tests that want it in a
// process of its own and for a look at its pages:
//
//	go run ./scripts/standin/serve -webhook http://127.0.0.1:3000/api/v1/payments/webhook
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/siam9192/payment-integration-server/scripts/standin"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:4242", "where to listen; port 0 takes a free one")
	webhook := flag.String("webhook", "", "where events go")
	secret := flag.String("secret", "whsec_local", "what signs them")
	state := flag.String("state", "", "file that keeps everything between runs")
	flag.Parse()
	if err := run(*addr, *webhook, *secret, *state); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(addr, webhook, secret, state string) error {
	s, err := standin.New(standin.Options{
		WebhookURL: webhook, WebhookSecret: secret, StateFile: state,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	s.SetPublicURL(base)
	fmt.Println(base) // the one line of standard output: a parent process waits for it

	server := &http.Server{Handler: s}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		s.Close()
		server.Close()
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}
