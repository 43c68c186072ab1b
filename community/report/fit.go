package report

import (
	"strings"

	"forseti/text"
)

// What one message may hold, in bytes of Markdown. Moderators read on a phone; and an event has room for 65,536 bytes,
// in which the text stands twice, an edit's four times, encrypted a third longer.
const (
	mostFirst = 12_000
	mostEdit  = 6_000
)

// fit cuts a message between two lines, or two words if it is one line.
func fit(markdown string, most int) string {
	if weight(markdown) <= most {
		return markdown
	}
	return text.Unfolded(cut(markdown, most))
}

func cut(markdown string, most int) string {
	room, end := most, 0
	for i, r := range markdown {
		if room -= weight(string(r)); room < 0 {
			break
		}
		end = i
	}
	markdown = markdown[:end]
	if line := strings.LastIndexByte(markdown, '\n'); line > 0 {
		return strings.TrimRight(markdown[:line], "\n") + "\n\n… (cut)"
	}
	// One line: between two sentences, so that no code span is left open.
	if sentence := strings.LastIndex(markdown, ". "); sentence > 0 {
		return markdown[:sentence+1] + " … (cut)"
	}
	return strings.TrimRight(markdown, "\\") + " … (cut)"
}

// weight is about how much a text takes in an event, where some characters become several.
func weight(s string) int {
	n := len(s)
	for _, special := range `<>&"` {
		n += 4 * strings.Count(s, string(special))
	}
	return n
}
