package community

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/community/commits"
)

// misread remembers the latest commands that were not understood, so that an edit of one is
// carried out: nothing had come of it, and nobody can have agreed to it.
type misread struct {
	by      map[id.EventID]misreadCommand
	order   []id.EventID
	edits   map[id.EventID]id.EventID // edits that are carried out, and what they edit
	replies replied
}

// misreadCommand is who wrote it, and the message that it replied to: an edit says only what it
// edits.
type misreadCommand struct {
	sender id.UserID
	to     id.EventID
}

// misreadNamespace keeps them.
const misreadNamespace = "misread"

// mostMisread is how many commands are remembered.
const mostMisread = 200

func newMisread() misread {
	return misread{by: map[id.EventID]misreadCommand{}, edits: map[id.EventID]id.EventID{}, replies: replied{to: map[id.EventID]id.EventID{}}}
}

// note remembers a command that was not understood, by the message that an edit would name.
func (m *misread) note(command id.EventID, sender id.UserID, c *commits.Writer) {
	kept := string(sender)
	if to := m.replies.to[command]; to != "" {
		kept += "\n" + string(to)
	}
	if of, edit := m.edits[command]; edit {
		delete(m.edits, command)
		command = of
	}
	m.load(command, kept)
	c.Setting(misreadNamespace, string(command), kept)
	for len(m.order) > mostMisread {
		m.forget(m.order[0], c)
	}
}

// load takes in a command as it is stored: its sender, and below that what it replied to.
func (m *misread) load(command id.EventID, kept string) {
	if _, known := m.by[command]; !known {
		m.order = append(m.order, command)
	}
	sender, to, _ := strings.Cut(kept, "\n")
	m.by[command] = misreadCommand{id.UserID(sender), id.EventID(to)}
}

func (m *misread) forget(command id.EventID, c *commits.Writer) {
	delete(m.by, command)
	c.Setting(misreadNamespace, string(command), nil)
	for i, other := range m.order {
		if other == command {
			m.order = append(m.order[:i], m.order[i+1:]...)
			return
		}
	}
}

// mends tells whether an edit is of a command of its sender that was not understood.
func (m *misread) mends(command id.EventID, sender id.UserID) bool {
	return sender != "" && m.by[command].sender == sender
}

// mended says that an edit is carried out; another one is not, unless this is not understood
// either.
func (m *misread) mended(command, edit id.EventID, c *commits.Writer) {
	m.forget(command, c)
	if len(m.edits) >= mostMisread {
		clear(m.edits)
	}
	m.edits[edit] = command
}

// replied is what the latest commands replied to, until it is known which of them are understood.
type replied struct {
	to    map[id.EventID]id.EventID
	order []id.EventID
}

func (r *replied) note(command, to id.EventID) {
	if to == "" || r.to[command] != "" {
		return
	}
	if r.order = append(r.order, command); len(r.order) > mostMisread {
		delete(r.to, r.order[0])
		r.order = r.order[1:]
	}
	r.to[command] = to
}
