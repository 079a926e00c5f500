package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/x/mongo/driver/topology"

	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
)

const (
	databaseName  = "database"
	databaseClock = "database clock"
	indexesName   = "database indexes"
)

// database examines the server, its clock and the indexes.
func (d *doctor) database(ctx context.Context) []check {
	without := func(first check, why string) []check {
		return []check{first, skipped(databaseClock, why), skipped(indexesName, why)}
	}
	if d.bad("MONGODB_URI") {
		return without(skipped(databaseName, "MONGODB_URI is not right"), "MONGODB_URI is not right")
	}
	uri := string(d.config.MongoURI)
	target, err := local.ParseTarget(uri)
	if err != nil {
		return without(check{Check: databaseName, Status: fail, Found: "MONGODB_URI cannot be read",
			Todo: "write it as mongodb+srv://user:password@cluster.example.net/shop, special characters of the password as %XX (@ is %40, / is %2F)"}, "MONGODB_URI cannot be read")
	}
	within, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	store, server, err := connect(within, uri)
	if err != nil {
		return without(d.databaseFault(target, err), "the database does not answer")
	}
	defer store.Close(context.WithoutCancel(ctx))
	first := check{Check: databaseName, Status: ok, Found: fmt.Sprintf("%s, %s", target, server)}
	if server.older(4, 4) {
		first.Status, first.Todo = fail, "use MongoDB 4.4 or newer"
	}
	return append([]check{first, d.databaseClock(within, store)}, d.indexes(ctx, store, server)...)
}

// server is what a server says of itself.
type server struct {
	Version string
	Array   []int  `bson:"versionArray"`
	Ferret  string `bson:"ferretdbVersion"`
}

func (s server) String() string {
	if s.Ferret != "" {
		return "FerretDB, as MongoDB " + s.Version
	}
	return "MongoDB " + s.Version
}

func (s server) older(major, minor int) bool {
	return len(s.Array) < 2 || s.Array[0] < major || (s.Array[0] == major && s.Array[1] < minor)
}

// expires reports whether the server knows TTL indexes. FerretDB 1 answers 238
// (NotImplemented) to one; the embedded database is such, of version "unknown".
func (s server) expires() bool {
	return s.Ferret == "" || (strings.HasPrefix(s.Ferret, "v") && !strings.HasPrefix(s.Ferret, "v1."))
}

// connect opens the database and asks what it is. It goes on waiting for DNS in the
// background where that is slow: the driver takes no deadline for it.
func connect(ctx context.Context, uri string) (*mongostore.Store, server, error) {
	type opened struct {
		store *mongostore.Store
		is    server
		err   error
	}
	result := make(chan opened, 1)
	go func() {
		var o opened
		if o.store, o.err = mongostore.Open(ctx, uri, nil); o.err == nil {
			o.err = o.store.Database().RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&o.is)
		}
		result <- o
	}()
	late := make(chan struct{}) // a moment after ctx, whose end the driver knows more about
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(100*time.Millisecond, func() { close(late) }) })
	defer stop()
	select {
	case o := <-result:
		return o.store, o.is, o.err
	case <-late:
		return nil, server{}, ctx.Err()
	}
}

// databaseFault says what the driver's error means. The driver's own words are not
// shown where there are better ones.
func (d *doctor) databaseFault(t local.Target, err error) check {
	c := check{Check: databaseName, Status: fail}
	say := func(found, todo string) check {
		c.Found, c.Todo = found+" ("+t.Host+")", todo
		return c
	}
	access := "Atlas: Network Access, allow 0.0.0.0/0 (Vercel's functions have no fixed addresses); and see that the cluster is not paused"
	if t.Local {
		access = "start it"
	}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var operation *net.OpError
	all := causes(err)
	text := all.Error()
	switch {
	case strings.Contains(text, "AuthenticationFailed") || strings.Contains(text, "auth error") || strings.Contains(text, "bad auth"):
		return say("the server does not accept the user name or the password", "correct them in MONGODB_URI (Atlas: Database Access), special characters of the password as %XX")
	case errors.As(all, &dns) && dns.IsTimeout:
		return say("DNS does not answer", "look at this machine's network")
	case errors.As(all, &dns) || strings.Contains(text, "lookup"):
		return say("DNS does not know the server's name", "correct the name in MONGODB_URI: copy the string anew (Atlas: Database, Connect); a deleted cluster's name is gone too")
	case errors.As(all, &certificate) || errors.As(all, &authority):
		return say("the server's certificate is not trusted", "use the name that the certificate is for, or add tlsCAFile to MONGODB_URI")
	case strings.Contains(text, "tls: internal error"):
		// What Atlas answers to an address that is not on the list.
		return say("the server ends the TLS handshake", access)
	case errors.As(all, &operation) && !operation.Timeout():
		return say("nothing listens there, "+operation.Err.Error(), access)
	case isTimeout(all):
		return say(fmt.Sprintf("nothing answers within %s", d.timeout), access)
	}
	c.Found = d.quote(text)
	c.Todo = "correct MONGODB_URI"
	return c
}

func isTimeout(err error) bool {
	var selection topology.ServerSelectionError
	return errors.As(err, &selection) || errors.Is(err, context.DeadlineExceeded) || mongo.IsTimeout(err)
}

// causes joins an error with what the driver knows of each server, of which its own
// error only has the text.
func causes(err error) error {
	var ours *shop.Error
	if errors.As(err, &ours) && ours.Cause != nil {
		err = ours.Cause
	}
	all := []error{err}
	var selection topology.ServerSelectionError
	if errors.As(err, &selection) {
		for _, s := range selection.Desc.Servers {
			if s.LastError != nil {
				all = append(all, s.LastError)
			}
		}
	}
	return errors.Join(all...)
}

func (d *doctor) databaseClock(ctx context.Context, store *mongostore.Store) check {
	var hello struct{ LocalTime time.Time }
	asked := time.Now()
	if err := store.Database().RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil || hello.LocalTime.IsZero() {
		return skipped(databaseClock, "the server does not tell the time")
	}
	return clock(databaseClock, "the database's", hello.LocalTime, asked)
}

// clock compares theirs with ours; an answer takes its time, which counts for
// neither.
func clock(name, whose string, theirs, asked time.Time) check {
	ours := asked.Add(time.Since(asked) / 2)
	skew := theirs.Sub(ours).Round(time.Second)
	if skew.Abs() <= maxSkew {
		return check{Check: name, Status: ok, Found: fmt.Sprintf("%s and this machine's are %s apart", whose, skew.Abs())}
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	return check{Check: name, Status: fail, Found: fmt.Sprintf("%s is %s %s this machine's", whose, skew.Abs(), direction),
		Todo: "set the clock that is wrong (NTP): signatures and tokens are good for minutes only"}
}
