package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/x/mongo/driver/connstring"
	"go.mongodb.org/mongo-driver/x/mongo/driver/topology"

	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// Target is what a connection string leads to, fit to be shown: without user,
// password and options.
type Target struct {
	Database string
	Host     string // one or several, as written
	Local    bool   // on this machine alone
}

func (t Target) String() string { return t.Database + " on " + t.Host }

// errBadURI has no cause: those that the driver gives quote the password.
var errBadURI = errors.New("MONGODB_URI cannot be read: it must look like mongodb+srv://user:password@cluster.example.net/shop, with special characters of the password written as %XX")

// ParseTarget reads a connection string; it asks no server and no DNS.
func ParseTarget(uri string) (Target, error) {
	if strings.HasPrefix(uri, connstring.SchemeMongoDBSRV+"://") {
		u, err := url.Parse(uri)
		if err != nil || u.Hostname() == "" || u.Port() != "" {
			return Target{}, errBadURI
		}
		name := strings.Trim(u.Path, "/")
		if name == "" {
			name = "shop"
		}
		return Target{Database: name, Host: u.Host}, nil
	}
	cs, err := connstring.Parse(uri)
	if err != nil || len(cs.Hosts) == 0 {
		return Target{}, errBadURI
	}
	name, err := mongostore.DatabaseName(uri)
	if err != nil {
		return Target{}, errBadURI
	}
	t := Target{Database: name, Host: strings.Join(cs.Hosts, ","), Local: true}
	for _, host := range cs.Hosts {
		t.Local = t.Local && isLoopback(host)
	}
	return t, nil
}

func isLoopback(host string) bool {
	if strings.HasPrefix(host, "/") {
		return true // a Unix socket
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

// unauthorized is a server's code for what a user has no role for.
const unauthorized = 13

// Explain says in one line why a database did not do as it was asked, without
// what the driver would tell besides: topologies, and perhaps credentials.
func (t Target) Explain(err error) error {
	var selection topology.ServerSelectionError
	var command mongo.CommandError
	var dns *net.DNSError
	text := err.Error()
	switch {
	case strings.Contains(text, "AuthenticationFailed") || strings.Contains(text, "auth error") || strings.Contains(text, "bad auth"):
		return fmt.Errorf("the database on %s does not accept the user name or the password in MONGODB_URI", t.Host)
	case errors.As(err, &dns):
		return fmt.Errorf("there is no database at %s: DNS does not know the name", t.Host)
	case errors.As(err, &selection) || errors.Is(err, context.DeadlineExceeded) || mongo.IsNetworkError(err) || mongo.IsTimeout(err):
		return fmt.Errorf("no database answers on %s%s", t.Host, t.advice(selection))
	case errors.As(err, &command) && command.Code == unauthorized:
		return fmt.Errorf("the user in MONGODB_URI may not do this to the database %s: give it the role readWrite", t)
	}
	var ours *shop.Error
	if errors.As(err, &ours) && ours.Cause != nil {
		err = ours.Cause // without what a client would be told
	}
	return fmt.Errorf("the database %s: %w", t, err)
}

// advice is why the first server could not be reached, where that is known, and
// what to look at.
func (t Target) advice(selection topology.ServerSelectionError) string {
	why := ""
	for _, server := range selection.Desc.Servers {
		var operation *net.OpError
		if errors.As(server.LastError, &operation) {
			why = " (" + operation.Err.Error() + ")"
			break
		}
	}
	if t.Local {
		return why + ": is it running?"
	}
	return why + ": is it running, and does it let this machine's address in (Atlas: Network Access)?"
}
