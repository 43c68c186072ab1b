package demo

import "fmt"

// paint colours what is told, on a terminal only.
type paint bool

func (p paint) in(code, text string) string {
	if !p {
		return text
	}
	return fmt.Sprintf("\x1b[%sm%s\x1b[0m", code, text)
}

func (p paint) title(text string) string { return p.in("1", text) }
func (p paint) good(text string) string  { return p.in("32", text) }
func (p paint) bad(text string) string   { return p.in("1;31", text) }
func (p paint) faint(text string) string { return p.in("2", text) }

// speaker is a name before what its owner said.
func (p paint) speaker(name, padded string) string {
	if name == botName {
		return p.in("36", padded)
	}
	return p.in("33", padded)
}

// show tells one message: who said it beside its first line, and a bar down its side.
func (p paint) show(say func(string, ...any), l line) {
	const room = 9
	for n, text := range wrapped(l.text) {
		name := fmt.Sprintf("%*s", room, "")
		if n == 0 {
			name = fmt.Sprintf("%*s", room, l.by)
		}
		say("     %s %s %s", p.speaker(l.by, name), p.faint("│"), text)
	}
}
