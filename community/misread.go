package community

import (
	"maunium.net/go/mautrix/id"

	"forseti/community/commits"
)

// misread remembers the latest commands that were not understood, so that an edit of one is
// carried out: nothing had come of it, and nobody can have agreed to it.
type misread struct {
	by    map[id.EventID]id.UserID // who wrote it
	order []id.EventID
	edits map[id.EventID]id.EventID // edits that are carried out, and what they edit
}

// misreadNamespace keeps them.
const misreadNamespace = "misread"

// mostMisread is how many commands are remembered.
const mostMisread = 200

func newMisread() misread {
	return misread{by: map[id.EventID]id.UserID{}, edits: map[id.EventID]id.EventID{}}
}

// note remembers a command that was not understood, by the message that an edit would name.
func (m *misread) note(command id.EventID, sender id.UserID, c *commits.Writer) {
	if of, edit := m.edits[command]; edit {
		delete(m.edits, command)
		command = of
	}
	m.load(command, sender)
	c.Setting(misreadNamespace, string(command), string(sender))
	for len(m.order) > mostMisread {
		m.forget(m.order[0], c)
	}
}

func (m *misread) load(command id.EventID, sender id.UserID) {
	if m.by[command] == "" {
		m.order = append(m.order, command)
	}
	m.by[command] = sender
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
	return sender != "" && m.by[command] == sender
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
