package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/description"
	"go.mongodb.org/mongo-driver/x/mongo/driver/topology"

	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
)

// fakeMongo speaks enough of MongoDB's wire protocol to be what the embedded
// database cannot be: old, slow-clocked, strict about passwords, or odd in its
// indexes. It answers each command by name.
type fakeMongo map[string]func(command bson.D) bson.D

func (f fakeMongo) serve(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for f.answer(conn) == nil {
				}
			}()
		}
	}()
	return l.Addr().String()
}

// The messages of the protocol
// (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/).
const (
	opReply, opQuery, opMsg = 1, 2004, 2013
)

func (f fakeMongo) answer(conn net.Conn) error {
	var head struct{ Length, Request, Response, Op int32 }
	if err := binary.Read(conn, binary.LittleEndian, &head); err != nil {
		return err
	}
	body := make([]byte, head.Length-16)
	if _, err := io.ReadFull(conn, body); err != nil {
		return err
	}
	document := body[5:] // flags, kind
	if head.Op == opQuery {
		document = body[4+bytes.IndexByte(body[4:], 0)+1+8:] // flags, name, skip, count
	}
	var command bson.D
	if err := bson.Unmarshal(document[:binary.LittleEndian.Uint32(document)], &command); err != nil {
		return err
	}
	reply := bson.D{{Key: "ok", Value: 1}}
	if answer, known := f[command[0].Key]; known {
		reply = answer(command)
	}
	encoded, err := bson.Marshal(reply)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	op, before := int32(opMsg), make([]byte, 5)
	if head.Op == opQuery {
		op, before = opReply, append(make([]byte, 16), 1, 0, 0, 0) // flags, cursor, from; one document
	}
	_ = binary.Write(&out, binary.LittleEndian, []int32{int32(16 + len(before) + len(encoded)), 1, head.Request, op})
	out.Write(before)
	out.Write(encoded)
	_, err = conn.Write(out.Bytes())
	return err
}

// mongo44 is a MongoDB 4.4 with all indexes.
func mongo44() fakeMongo {
	hello := func(bson.D) bson.D {
		return bson.D{{Key: "ismaster", Value: true}, {Key: "helloOk", Value: true}, {Key: "maxWireVersion", Value: 9}, {Key: "minWireVersion", Value: 0},
			{Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48 << 20}, {Key: "maxWriteBatchSize", Value: 100000},
			{Key: "localTime", Value: time.Now()}, {Key: "ok", Value: 1}}
	}
	return fakeMongo{"isMaster": hello, "ismaster": hello, "hello": hello, "buildInfo": version("4.4.29", 4, 4, 29, 0), "listIndexes": indexesBut("", nil)}
}

func version(text string, parts ...int) func(bson.D) bson.D {
	return func(bson.D) bson.D {
		return bson.D{{Key: "version", Value: text}, {Key: "versionArray", Value: parts}, {Key: "ok", Value: 1}}
	}
}

// indexesBut lists all indexes as they should be, but for one; nil leaves it out.
func indexesBut(name string, as bson.M) func(bson.D) bson.D {
	return func(command bson.D) bson.D {
		collection := command[0].Value.(string)
		list := bson.A{bson.M{"name": "_id_", "key": bson.D{{Key: "_id", Value: 1}}, "v": 2}}
		for _, index := range mongostore.Indexes {
			if index.Collection != collection {
				continue
			}
			described := bson.M{"name": index.Name, "key": index.Keys, "v": 2}
			if index.Unique {
				described["unique"] = true
			}
			if index.TTL {
				described["expireAfterSeconds"] = int32(0)
			}
			if collection+"."+index.Name == name {
				for key, value := range as {
					described[key] = value
				}
				if as == nil {
					continue
				}
			}
			list = append(list, described)
		}
		return bson.D{{Key: "cursor", Value: bson.M{"id": int64(0), "ns": "shop." + collection, "firstBatch": list}}, {Key: "ok", Value: 1}}
	}
}

func TestDatabase(t *testing.T) {
	refused := func(code int, name, message string) func(bson.D) bson.D {
		return func(bson.D) bson.D {
			return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "codeName", Value: name}, {Key: "errmsg", Value: message}}
		}
	}
	for _, test := range []struct {
		name                          string
		change                        func(fakeMongo)
		login, fails, found, todo, ok string
	}{
		{name: "healthy", change: func(fakeMongo) {}, ok: "all 14 are there"},
		{name: "old", change: func(f fakeMongo) { f["buildInfo"] = version("4.2.25", 4, 2, 25, 0) }, fails: "database", found: "MongoDB 4.2.25", todo: "4.4"},
		{name: "new", change: func(f fakeMongo) { f["buildInfo"] = version("8.0.1", 8, 0, 1, 0) }, ok: "all 14"},
		{name: "wrong password", login: "me:topsecret@", change: func(f fakeMongo) { f["saslStart"] = refused(18, "AuthenticationFailed", "Authentication failed.") },
			fails: "database", found: "user name or the password", todo: "Database Access"},
		{name: "wrong password at Atlas", login: "me:topsecret@", change: func(f fakeMongo) { f["saslStart"] = refused(8000, "AtlasError", "bad auth : topsecret") },
			fails: "database", found: "user name or the password", todo: "Database Access"},
		{name: "slow clock", change: func(f fakeMongo) {
			hello := f["hello"]
			f["hello"] = func(c bson.D) bson.D {
				answer := hello(c)
				answer[7].Value = time.Now().Add(-90 * time.Second)
				return answer
			}
		}, fails: "database clock", found: "behind", todo: "NTP"},
		{name: "no TTL", change: func(f fakeMongo) { f["listIndexes"] = indexesBut("sessions.expiresAt", nil) }, fails: "index sessions.expiresAt", found: "is missing", todo: "-fix"},
		{name: "plain instead of TTL", change: func(f fakeMongo) {
			f["listIndexes"] = indexesBut("sessions.expiresAt", bson.M{"expireAfterSeconds": nil})
		}, fails: "index sessions.expiresAt", found: "does not expire", todo: "drop it"},
		{name: "TTL of a day", change: func(f fakeMongo) {
			f["listIndexes"] = indexesBut("throttle.expiresAt", bson.M{"expireAfterSeconds": 86400.0})
		}, fails: "index throttle.expiresAt", found: "does not expire", todo: "drop it"},
		{name: "orders that go by themselves", change: func(f fakeMongo) {
			f["listIndexes"] = indexesBut("orders.createdAt", bson.M{"expireAfterSeconds": int64(60)})
		}, fails: "index orders.createdAt", found: "deletes documents", todo: "drop it"},
		{name: "one order a customer", change: func(f fakeMongo) {
			f["listIndexes"] = indexesBut("orders.user_createdAt", bson.M{"unique": true})
		}, fails: "index orders.user_createdAt", found: "is unique", todo: "drop it"},
		{name: "some emails", change: func(f fakeMongo) {
			f["listIndexes"] = indexesBut("users.email", bson.M{"partialFilterExpression": bson.M{"role": "admin"}})
		}, fails: "index users.email", found: "not cover all", todo: "drop it"},
		{name: "other keys", change: func(f fakeMongo) {
			f["listIndexes"] = indexesBut("users.email", bson.M{"key": bson.D{{Key: "mail", Value: 1}}})
		}, fails: "index users.email", found: "is on mail:1, not on email:1", todo: "drop it"},
		{name: "other name, other number types", change: func(f fakeMongo) {
			f["listIndexes"] = indexesBut("users.createdAt", bson.M{"name": "createdAt_-1", "key": bson.D{{Key: "createdAt", Value: -1.0}, {Key: "_id", Value: int64(-1)}}})
		}, ok: "all 14"},
		{name: "no rights", change: func(f fakeMongo) {
			f["listIndexes"] = refused(13, "Unauthorized", "not authorized on shop to execute command")
		}, fails: "database indexes", found: "not authorized", todo: "readWrite"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := mongo44()
			test.change(fake)
			uri := "mongodb://" + test.login + fake.serve(t) + "/shop"
			d := newDoctor("", environment{get: func(name string) string { return map[string]string{"MONGODB_URI": uri}[name] }}, options{timeout: 2 * time.Second}, nil)
			checks := d.database(t.Context())
			if got := strings.Join(ill(checks, fail, warn), ","); got != test.fails {
				t.Fatalf("fails: %q, want %q: %+v", got, test.fails, checks)
			}
			if c := checks[len(checks)-1]; !strings.Contains(c.Found, test.ok) {
				t.Errorf("%+v", c)
			}
			if test.fails != "" {
				c := find(t, checks, test.fails)
				if !strings.Contains(c.Found, test.found) || !strings.Contains(c.Todo, test.todo) {
					t.Errorf("%q → %q, want %q → %q", c.Found, c.Todo, test.found, test.todo)
				}
			}
			if strings.Contains(fmt.Sprint(checks), "topsecret") {
				t.Errorf("a secret is shown: %+v", checks)
			}
		})
	}
}

// What no server on this machine gives: the errors of Atlas and of the network.
func TestDatabaseFault(t *testing.T) {
	selection := func(last error) error {
		return topology.ServerSelectionError{Wrapped: context.DeadlineExceeded, Desc: description.Topology{Servers: []description.Server{{LastError: last}}}}
	}
	d := &doctor{timeout: time.Second, secrets: []string{"topsecret"}}
	far := local.Target{Database: "shop", Host: "c.example.net"}
	for _, test := range []struct {
		err         error
		found, todo string
	}{
		{&net.DNSError{Err: "no such host", Name: "_mongodb._tcp.c.example.net", IsNotFound: true}, "DNS does not know", "copy the string anew"},
		{errors.New(`error parsing uri: lookup _mongodb._tcp.c.example.net on 10.0.0.1:53: no such host`), "DNS does not know", "copy the string anew"},
		{selection(topology.ConnectionError{Wrapped: &net.DNSError{Err: "no such host", IsNotFound: true}}), "DNS does not know", "copy the string anew"},
		{selection(topology.ConnectionError{Wrapped: errors.New("remote error: tls: internal error")}), "ends the TLS handshake", "Network Access"},
		{selection(topology.ConnectionError{Wrapped: &net.OpError{Op: "dial", Err: errors.New("connect: no route to host")}}), "no route to host", "Network Access"},
		{selection(nil), "nothing answers within 1s", "Network Access"},
		{context.DeadlineExceeded, "nothing answers within 1s", "not paused"},
		{mongo.CommandError{Code: 1, Message: "odd: topsecret"}, "withheld", "MONGODB_URI"},
	} {
		if c := d.databaseFault(far, test.err); c.Status != fail || !strings.Contains(c.Found, test.found) || !strings.Contains(c.Todo, test.todo) {
			t.Errorf("%v: %q → %q, want %q → %q", test.err, c.Found, c.Todo, test.found, test.todo)
		}
	}
}
