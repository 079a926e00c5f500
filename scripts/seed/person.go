package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// person is whoever sits at the terminal, or pipes into the program.
type person struct {
	in    *os.File
	lines *bufio.Reader
	out   io.Writer
}

func newPerson(in *os.File, out io.Writer) *person {
	return &person{in, bufio.NewReader(in), out}
}

// present reports whether there is a terminal to ask at.
func (p *person) present() bool { return term.IsTerminal(int(p.in.Fd())) }

// errNobody is the answer where the input ends.
var errNobody = errors.New("nobody answers")

// ask asks for a line. A question does not outlast ctx.
func (p *person) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(p.out, question)
	return await(ctx, func() (string, error) {
		line, err := p.lines.ReadString('\n')
		if err != nil && line == "" {
			return "", errNobody
		}
		return strings.TrimSpace(line), nil
	})
}

// askHidden asks for a line that is not shown. It needs a terminal, and leaves it
// as it was, on Ctrl-C too.
func (p *person) askHidden(ctx context.Context, question string) (string, error) {
	fd := int(p.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(p.out, question)
	typed, err := await(ctx, func() (string, error) {
		b, err := term.ReadPassword(fd)
		if errors.Is(err, io.EOF) {
			err = errNobody
		}
		return string(b), err
	})
	if ctx.Err() != nil {
		_ = term.Restore(fd, before) // else the shell that follows shows nothing
	}
	fmt.Fprintln(p.out)
	return typed, err
}

// await returns what read returns, or ctx's error before that. Then read goes on,
// in a program that is about to end.
func await(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := read()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
