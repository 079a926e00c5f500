package turnstile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// The parts of https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
// that tell a writing command from others.
const (
	headerLen  = 16
	maxLen     = 48_000_000
	opMsg      = 2013
	moreToCome = 1 << 1
	bodyKind   = 0
)

// writes are the commands that change data or its shape.
var writes = map[string]bool{
	"insert":        true,
	"update":        true,
	"delete":        true,
	"findAndModify": true,
	"findandmodify": true,

	"create":           true,
	"createIndexes":    true,
	"collMod":          true,
	"drop":             true,
	"dropDatabase":     true,
	"dropIndexes":      true,
	"renameCollection": true,
}

// message is one whole message, header included.
type message []byte

// readMessage reads the next message into buf, grown as needed.
func readMessage(r io.Reader, buf message) (message, error) {
	buf = slices.Grow(buf[:0], headerLen)[:headerLen]
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, err
	}
	n := int(int32(binary.LittleEndian.Uint32(buf)))
	if n < headerLen || n > maxLen {
		return nil, fmt.Errorf("a message says that it is %d bytes long", n)
	}
	buf = slices.Grow(buf, n-headerLen)[:n]
	if _, err := io.ReadFull(r, buf[headerLen:]); err != nil {
		return nil, err
	}
	return buf, nil
}

// flags returns an OP_MSG's flag bits, and where its sections are.
func (m message) flags() (flags uint32, sections []byte) {
	if len(m) < headerLen+4 || binary.LittleEndian.Uint32(m[12:]) != opMsg {
		return 0, nil
	}
	return binary.LittleEndian.Uint32(m[headerLen:]), m[headerLen+4:]
}

// answered reports whether the client waits for an answer.
func (m message) answered() bool {
	flags, _ := m.flags()
	return flags&moreToCome == 0
}

// command returns the name of the command that a message carries, the first
// key of its body, or "" where it carries none.
func (m message) command() string {
	_, sections := m.flags()
	for len(sections) >= 5 {
		kind, size := sections[0], int(int32(binary.LittleEndian.Uint32(sections[1:])))
		if kind != bodyKind {
			if size < 4 || 1+size > len(sections) {
				return ""
			}
			sections = sections[1+size:]
			continue
		}
		const firstKey = 1 + 4 + 1 // kind, document length, element type
		if len(sections) < firstKey {
			return ""
		}
		name, _, ok := bytes.Cut(sections[firstKey:], []byte{0})
		if !ok {
			return ""
		}
		return string(name)
	}
	return ""
}
