// Package turnstile gives FerretDB what MongoDB promises and it does not: that
// an update of one document is atomic.
//
// FerretDB 1.24 carries out an update as a read, a change in memory and a
// write, with nothing to hold two of them apart: of twenty clients that each
// claim a pending order by `{_id, status: "pending"}`, several are told that
// they got it. The turnstile stands in front of the server, speaks MongoDB's
// wire protocol only so far as to see what a message is, and lets one command
// that writes through at a time. Reads pass freely.
package turnstile

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// finishTimeout is what a command that is running at the end has left.
const finishTimeout = 3 * time.Second

type turnstile struct {
	backend string
	write   sync.Mutex // held from a writing command's request to its response
}

// Serve passes connections of front on to the server at the TCP address
// backend until ctx is done. Then it closes idle connections, gives commands
// that are running a few seconds to answer, and returns nil. It owns front and
// closes it.
func Serve(ctx context.Context, front net.Listener, backend string) error {
	t := &turnstile{backend: backend}
	conns := newConnections()

	var failed error
	stop := context.AfterFunc(ctx, func() { front.Close() })
	defer stop()
	for {
		client, err := front.Accept()
		if err != nil {
			if ctx.Err() == nil {
				failed = fmt.Errorf("accept a connection: %w", err)
				front.Close()
			}
			break
		}
		conns.serve(client, t.serve)
	}
	conns.finish(finishTimeout)
	return failed
}

// serve passes one client's messages on, each answered before the next is
// read, until either side ends the connection.
func (t *turnstile) serve(client net.Conn) error {
	backend, err := net.Dial("tcp", t.backend)
	if err != nil {
		return fmt.Errorf("reach the server: %w", err)
	}
	defer backend.Close()

	requests, responses := bufio.NewReader(client), bufio.NewReader(backend)
	var request, response message
	for {
		if request, err = readMessage(requests, request); err != nil {
			return err
		}
		if response, err = t.exchange(backend, responses, request, response); err != nil {
			return err
		}
		if !request.answered() {
			continue
		}
		if _, err := client.Write(response); err != nil {
			return err
		}
	}
}

// exchange has one message answered by the server. The server answers every
// message, even one that asks for no answer.
func (t *turnstile) exchange(backend net.Conn, responses *bufio.Reader, request, buf message) (message, error) {
	if writes[request.command()] {
		t.write.Lock()
		defer t.write.Unlock()
	}
	if _, err := backend.Write(request); err != nil {
		return nil, err
	}
	return readMessage(responses, buf)
}

// connections are the clients now connected.
type connections struct {
	mu   sync.Mutex
	all  map[net.Conn]bool
	done sync.WaitGroup
}

func newConnections() *connections { return &connections{all: map[net.Conn]bool{}} }

func (c *connections) serve(conn net.Conn, serve func(net.Conn) error) {
	c.mu.Lock()
	c.all[conn] = true
	c.mu.Unlock()

	c.done.Go(func() {
		defer conn.Close()
		// Each of its errors is a connection that ended, which both sides see.
		_ = serve(conn)
		c.mu.Lock()
		delete(c.all, conn)
		c.mu.Unlock()
	})
}

// finish lets no client begin another command, and closes the connections of
// those whose last one takes longer than timeout.
func (c *connections) finish(timeout time.Duration) {
	c.each(func(conn net.Conn) error { return conn.SetReadDeadline(time.Unix(1, 0)) })

	finished := make(chan struct{})
	go func() { c.done.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-time.After(timeout):
		c.each(net.Conn.Close)
	}
}

func (c *connections) each(do func(net.Conn) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.all {
		_ = do(conn) // it fails where the connection has ended already, which will do
	}
}
