package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// asker asks the questions of init. What a flag has answered is not asked.
type asker struct {
	s        streams
	lines    *bufio.Reader
	terminal bool
}

func newAsker(s streams) *asker {
	file, ok := s.in.(*os.File)
	return &asker{s: s, lines: bufio.NewReader(s.in), terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// ask returns a flag's value if it has one, else the answer to a question. An
// empty answer is the default; without a default the question is asked again.
func (a *asker) ask(value, question, byDefault, flag string) (string, error) {
	for value == "" {
		if byDefault != "" {
			fmt.Fprintf(a.s.out, "%s [%s]: ", question, byDefault)
		} else {
			fmt.Fprintf(a.s.out, "%s: ", question)
		}
		answer, err := a.line(flag)
		if err != nil {
			return "", err
		}
		if value = answer; value == "" {
			value = byDefault
		}
	}
	return value, nil
}

// secret is ask for what must not be shown.
func (a *asker) secret(value, question, flag string) (string, error) {
	for value == "" {
		fmt.Fprintf(a.s.out, "%s: ", question)
		if a.terminal {
			typed, err := term.ReadPassword(int(a.s.in.(*os.File).Fd()))
			fmt.Fprintln(a.s.out)
			if err != nil {
				return "", fmt.Errorf("read the answer: %w", err)
			}
			value = string(typed)
			continue
		}
		answer, err := a.line(flag)
		if err != nil {
			return "", err
		}
		value = answer
	}
	return value, nil
}

func (a *asker) line(flag string) (string, error) {
	text, err := a.lines.ReadString('\n')
	if text = strings.TrimSpace(text); text != "" {
		return text, nil
	}
	if errors.Is(err, io.EOF) {
		if !strings.HasPrefix(flag, "FORSETI_") { // a variable of the environment
			flag = "--" + flag
		}
		return "", misuse{fmt.Errorf("there is nobody to ask: give %s", flag)}
	}
	return "", err
}
