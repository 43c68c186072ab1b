package grammar

import "strings"

// MaxText is how long a message may be whose command takes a text from below its first line,
// in bytes: an event holds it twice, plain and formatted.
const MaxText = 30 << 10

// Unlike stands at the end of a line of which clients show something else from its second
// line on. Hear lets no message have it otherwise.
const Unlike = "\x00"

// Below parts a message into its first line, which is the command, and what stands below. A
// code block begins below also if it begins on the first line.
func Below(line string) (command, below string) {
	end := strings.IndexFunc(line, isNewline)
	if end < 0 {
		end = len(line)
	}
	command, below = line[:end], line[end:]
	for _, fence := range []string{"```", "~~~"} {
		if at := strings.Index(command, fence); at > 0 {
			return strings.TrimRightFunc(command[:at], IsSpace), command[at:] + below
		}
	}
	return strings.TrimRightFunc(command, IsSpace), below
}

// Block gives the text that stands below a command: what is in the code block that it begins
// with, or all of it if it begins with none. after is what follows the block.
func Block(below string) (text, after string) {
	below = strings.TrimFunc(below, IsSpace)
	mark := below[:len(below)-len(strings.TrimLeft(below, "`"))]
	if mark == "" {
		mark = below[:len(below)-len(strings.TrimLeft(below, "~"))]
	}
	if len(mark) < 3 {
		return below, ""
	}
	_, inside, _ := strings.Cut(below, "\n")
	at := 0
	for line := range strings.SplitAfterSeq(inside, "\n") {
		bare := strings.TrimFunc(line, IsSpace)
		if len(bare) >= len(mark) && strings.Trim(bare, mark[:1]) == "" {
			return inside[:at], strings.TrimFunc(inside[at+len(line):], IsSpace)
		}
		at += len(line)
	}
	return inside, ""
}

// withoutInfo is a text without the words that say in which language a code block is: no
// client shows them.
func withoutInfo(body string) string {
	if !strings.Contains(body, "\n```") && !strings.Contains(body, "\n~~~") {
		return body
	}
	var b strings.Builder
	first := true
	for line := range strings.SplitAfterSeq(body, "\n") {
		bare := strings.TrimRight(line, "\n")
		if mark := bare[:len(bare)-len(strings.TrimLeft(bare, "`~"))]; !first && len(mark) >= 3 && !strings.ContainsAny(bare[len(mark):], " `~") {
			line = mark + line[len(bare):]
		}
		first = false
		b.WriteString(line)
	}
	return b.String()
}
