package report

import (
	"forseti/action"
	"forseti/text"
)

// What one message may hold, in bytes of Markdown. Moderators read on a phone; and an event has room for 65,536 bytes,
// in which the text stands twice, an edit's four times, encrypted a third longer.
const (
	mostFirst = 12_000
	mostEdit  = 6_000
)

// fit cuts a message to what a first one may hold, or an edit. How it ends stays.
func fit(m action.Message) action.Message {
	most := mostFirst
	if m.Edits != "" {
		most = mostEdit
	}
	m.Markdown = text.Fit(m.Markdown, most)
	return m
}
