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

	"forseti/config"
	"forseti/worker"
)

// asker asks the questions of init. What a flag has answered is not asked.
type asker struct {
	s        streams
	lines    *bufio.Reader
	terminal bool
	prompts  int // how many were shown
}

func newAsker(s streams) *asker {
	file, ok := s.in.(*os.File)
	return &asker{s: s, lines: bufio.NewReader(s.in), terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// question is one that is asked until its answer is good.
type question struct {
	text string
	// flag is what answers it too: a flag without its hyphens, or a variable.
	flag string
	// byDefault is what an empty answer means; without one the question is asked again.
	byDefault string
	secret    bool
	// check makes an answer good, or says what is wrong with it. It may be nil.
	check func(answer string) (string, error)
}

// errInterrupted is an answer that does not come, because the program is to end.
var errInterrupted = errors.New("given up. Nothing was made or changed")

// silence is a question that nobody is there to answer.
type silence struct{ flag string }

func (s silence) Error() string {
	return "there is nobody to ask: give " + option(s.flag)
}

// option is how to write what answers a question otherwise.
func option(flag string) string {
	if strings.HasPrefix(flag, config.Prefix) {
		return flag
	}
	return "--" + flag
}

// ask returns what was given if it is good, else the first good answer.
func (a *asker) ask(ctx context.Context, given string, q question) (string, error) {
	if q.check == nil {
		q.check = func(answer string) (string, error) { return answer, nil }
	}
	if given != "" {
		answer, err := q.check(given)
		if err != nil {
			return "", misuse{fmt.Errorf("%s is %q: %s", option(q.flag), given, plain(err))}
		}
		return answer, nil
	}
	for {
		answer, err := a.prompt(ctx, q)
		if err != nil {
			return "", err
		}
		if answer == "" {
			answer = q.byDefault
		}
		if answer == "" {
			continue
		}
		good, err := q.check(answer)
		if err == nil {
			return good, nil
		}
		if ctx.Err() != nil {
			return "", errInterrupted
		}
		a.say(err)
	}
}

// say tells what was wrong with an answer.
func (a *asker) say(err error) {
	reason := strings.TrimRight(plain(err), ".")
	fmt.Fprintf(a.s.out, "%s.\n", reason)
}

// yes asks a question whose answer is yes or no.
func (a *asker) yes(ctx context.Context, text string, byDefault bool, flag string) (bool, error) {
	word := map[bool]string{true: "yes", false: "no"}
	answer, err := a.ask(ctx, "", question{
		text: text + "? (yes or no)", byDefault: word[byDefault], flag: flag,
		check: func(answer string) (string, error) {
			switch strings.ToLower(answer) {
			case "y", "yes":
				return "yes", nil
			case "n", "no":
				return "no", nil
			}
			return "", errors.New("write yes or no")
		},
	})
	return answer == "yes", err
}

func (a *asker) prompt(ctx context.Context, q question) (string, error) {
	a.prompts++
	if q.byDefault != "" {
		fmt.Fprintf(a.s.out, "%s [%s]: ", q.text, q.byDefault)
	} else {
		fmt.Fprintf(a.s.out, "%s: ", q.text)
	}
	if q.secret && a.terminal {
		return a.hidden(ctx)
	}
	text, err := a.wait(ctx, func() (string, error) { return a.lines.ReadString('\n') })
	if text = strings.TrimSpace(text); text != "" {
		return text, nil
	}
	if errors.Is(err, io.EOF) {
		fmt.Fprintln(a.s.out)
		return "", misuse{silence{q.flag}}
	}
	return "", err
}

// hidden reads what must not be shown.
func (a *asker) hidden(ctx context.Context) (string, error) {
	fd := int(a.s.in.(*os.File).Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	defer func() { _ = term.Restore(fd, before) }() // it may still be waiting, with the echo off
	text, err := a.wait(ctx, func() (string, error) {
		typed, err := term.ReadPassword(fd)
		return string(typed), err
	})
	fmt.Fprintln(a.s.out)
	return strings.TrimSpace(text), err
}

// wait reads an answer. A read of the terminal cannot be broken off: where the program
// is to end it is left behind, and ends with it.
func (a *asker) wait(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	worker.Leave(func() {
		text, err := read()
		answers <- answer{text, err}
	}, func(p *worker.Panic) { answers <- answer{"", p} })
	select {
	case got := <-answers:
		return got.text, got.err
	case <-ctx.Done():
		fmt.Fprintln(a.s.out)
		return "", errInterrupted
	}
}
