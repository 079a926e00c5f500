package turnstile_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/siam9192/payment-integration-server/scripts/mongodb/turnstile"
)

func TestOneWriteAtATime(t *testing.T) {
	tests := []struct {
		name    string
		request []byte
		alone   bool
	}{
		{"update", command("update"), true},
		{"insert", command("insert"), true},
		{"delete", command("delete"), true},
		{"findAndModify as the driver spells it", command("findAndModify"), true},
		{"findandmodify as the shell spells it", command("findandmodify"), true},
		{"createIndexes", command("createIndexes"), true},
		{"a write whose documents come first", opMsg(0, documents, body("update")), true},
		{"find", command("find"), false},
		{"aggregate", command("aggregate"), false},
		{"a field named like a write", opMsg(0, body("find", "update")), false},
		{"not an OP_MSG", message(2004, body("update")), false},
		{"a section longer than its message", opMsg(0, []byte{1, 0xff, 0, 0, 0}), false},
		{"a section of negative length", opMsg(0, []byte{1, 0xff, 0xff, 0xff, 0xff}), false},
		{"a body without a key", opMsg(0, []byte{0, 5, 0, 0, 0, 0}), false},
		{"a key without an end", opMsg(0, append([]byte{0, 9, 0, 0, 0, 2}, "update"...)), false},
		{"no body", opMsg(0), false},
		{"a header alone", message(2013), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const clients = 4
			var running, most atomic.Int32
			addr := serve(t, func(net.Conn) {
				n := running.Add(1)
				for {
					if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
						break
					}
				}
				// Those who may run together wait for each other; those who
				// may not stay long enough to be caught.
				wait := 5 * time.Second
				if tt.alone {
					wait = 5 * time.Millisecond
				}
				for end := time.Now().Add(wait); most.Load() < clients && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
				running.Add(-1)
			})

			var all sync.WaitGroup
			for range clients {
				conn := dial(t, addr)
				all.Go(func() {
					if _, err := conn.Write(tt.request); err != nil {
						t.Error(err)
						return
					}
					if got, err := receive(conn); err != nil || !bytes.Equal(got, tt.request) {
						t.Errorf("answer = %x, %v; want the request echoed", got, err)
					}
				})
			}
			all.Wait()

			if alone := most.Load() == 1; alone != tt.alone {
				t.Errorf("as many as %d at once; want alone = %v", most.Load(), tt.alone)
			}
		})
	}
}

func TestReadPassesWrite(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 1)
	addr := serve(t, func(conn net.Conn) {
		if name := read(t, conn); strings.Contains(name, "update") {
			arrived <- struct{}{}
			<-release
		}
	})
	writer, reader := dial(t, addr), dial(t, addr)

	send(t, writer, command("update"))
	<-arrived
	send(t, reader, command("find"))
	if _, err := receive(reader); err != nil {
		t.Errorf("read during a write: %v", err)
	}
	close(release)
	if _, err := receive(writer); err != nil {
		t.Errorf("write: %v", err)
	}
}

func TestNoAnswerToWhoWantsNone(t *testing.T) {
	addr := serve(t, func(net.Conn) {})
	conn := dial(t, addr)
	send(t, conn, opMsg(1<<1, body("insert")))
	send(t, conn, command("ping"))
	got, err := receive(conn)
	if err != nil || !bytes.Equal(got, command("ping")) {
		t.Errorf("first answer = %x, %v; want that of the second message", got, err)
	}
}

func TestLengthThatCannotBe(t *testing.T) {
	for _, n := range []uint32{0, 15, 48_000_001, 1 << 31} {
		addr := serve(t, func(net.Conn) { t.Error("reached the server") })
		conn := dial(t, addr)
		msg := command("ping")
		binary.LittleEndian.PutUint32(msg, n)
		send(t, conn, msg)
		if _, err := receive(conn); err == nil {
			t.Errorf("a message of %d bytes was answered", n)
		}
	}
}

func TestEnd(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	addr, ended := serveContext(ctx, t, func(net.Conn) { arrived <- struct{}{}; <-release })
	idle, busy := dial(t, addr), dial(t, addr)

	send(t, busy, command("update"))
	<-arrived
	cancel()
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("an idle connection was not closed")
	}
	select {
	case <-ended:
		t.Fatal("ended before a running command had answered")
	default:
	}
	close(release)
	if _, err := receive(busy); err != nil {
		t.Errorf("the answer of the command that was running: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v", err)
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("still accepts connections")
	}
}

// serve starts a server that echoes, after each, and a turnstile before it.
func serve(t *testing.T, each func(net.Conn)) (addr string) {
	addr, _ = serveContext(t.Context(), t, each)
	return addr
}

func serveContext(ctx context.Context, t *testing.T, each func(net.Conn)) (addr string, ended <-chan error) {
	t.Helper()
	backend, front := listen(t), listen(t)
	go func() {
		for {
			conn, err := backend.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for {
					msg, err := receive(conn)
					if err != nil {
						return
					}
					each(peeked{conn, msg})
					if _, err := conn.Write(msg); err != nil {
						return
					}
				}
			}()
		}
	}()
	done := make(chan error, 1)
	go func() { done <- turnstile.Serve(ctx, front, backend.Addr().String()) }()
	return front.Addr().String(), done
}

// peeked lets a handler read the message that it was called for.
type peeked struct {
	net.Conn
	msg []byte
}

func read(t *testing.T, conn net.Conn) string {
	t.Helper()
	return string(conn.(peeked).msg)
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func send(t *testing.T, conn net.Conn, msg []byte) {
	t.Helper()
	if _, err := conn.Write(msg); err != nil {
		t.Fatal(err)
	}
}

func receive(conn net.Conn) ([]byte, error) {
	header := make([]byte, 16)
	if _, err := io.ReadFull(conn, header); err != nil {
		return nil, err
	}
	rest := make([]byte, binary.LittleEndian.Uint32(header)-16)
	_, err := io.ReadFull(conn, rest)
	return append(header, rest...), err
}

// documents is a section of kind 1: a sequence of no documents.
var documents = append([]byte{1, 12, 0, 0, 0}, "updates\x00"...)

func command(name string) []byte { return opMsg(0, body(name)) }

// body is a section of kind 0: a document whose keys hold empty strings.
func body(keys ...string) []byte {
	var doc []byte
	for _, key := range keys {
		doc = append(append(append(doc, 2), key...), 0, 1, 0, 0, 0, 0)
	}
	section := binary.LittleEndian.AppendUint32([]byte{0}, uint32(4+len(doc)+1))
	return append(append(section, doc...), 0)
}

func opMsg(flags uint32, sections ...[]byte) []byte {
	return message(2013, append([][]byte{binary.LittleEndian.AppendUint32(nil, flags)}, sections...)...)
}

func message(opcode uint32, parts ...[]byte) []byte {
	payload := bytes.Join(parts, nil)
	msg := binary.LittleEndian.AppendUint32(nil, uint32(16+len(payload)))
	msg = append(msg, 1, 0, 0, 0, 0, 0, 0, 0)
	return append(binary.LittleEndian.AppendUint32(msg, opcode), payload...)
}
