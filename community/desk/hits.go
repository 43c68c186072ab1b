package desk

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
)

// hits are the messages of a room that a search is for, the newest first. When one was said its
// author's homeserver says, and may say what it likes: one that stands above what others said in
// time was said in time as well.
type hits struct {
	search commands.Search
	self   id.UserID
	all    []hit
	sure   int // so many of all stand above what somebody else said in time
	young  int // so many of the others say so themselves
}

type hit struct {
	commands.Said
	kept []any
	old  bool
}

func (h *hits) old(evt *event.Event) bool {
	return !h.search.Since.IsZero() && time.UnixMilli(evt.Timestamp).Before(h.search.Since)
}

// ours tells whether an event is of those who are searched for, whose word does not count.
func (h *hits) theirs(evt *event.Event) bool { return h.search.Of(evt.Sender) && evt.Sender != h.self }

// before takes in that an event stands before those that were read, whatever it is.
func (h *hits) before(evt *event.Event) {
	if !h.old(evt) && !h.theirs(evt) {
		h.sure, h.young = len(h.all), 0
	}
}

func (h *hits) add(room id.RoomID, evt *event.Event, kept []any) {
	one := hit{commands.Said{Room: room, Event: evt.ID, By: evt.Sender, Text: begins(evt)}, kept, h.old(evt)}
	if h.all = append(h.all, one); !one.old {
		h.young++
	}
}

// n is how many were said in time.
func (h *hits) n() int { return h.sure + h.young }

// over tells whether nothing that stands before some events can have been said in time: nobody says
// so of them, and not only those who are searched for.
func (h *hits) over(events []*event.Event) bool {
	others := false
	for _, evt := range events {
		if !h.old(evt) {
			return false
		}
		others = others || !h.theirs(evt)
	}
	return others
}

// result gives those that were said in time, and what is kept of them.
func (h *hits) result() (found []commands.Said, kept []any) {
	for i, one := range h.all {
		if i < h.sure || !one.old {
			found, kept = append(found, one.Said), append(kept, one.kept...)
		}
	}
	return found, kept
}
