package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// hushPause is how long what quiet lists changed is gathered before it is told.
const hushPause = time.Hour

// hushed is what quiet lists changed since it was told last: one sum of all of it.
type hushed struct {
	tally tally
	lists map[id.RoomID]struct{}
	cases []int64
	due   time.Time // zero if there is nothing
}

func (h *hushed) add(list id.RoomID, at time.Time) *tally {
	h.lists[list] = struct{}{}
	if h.due.IsZero() {
		h.due = at.Add(hushPause)
	}
	return &h.tally
}

// in notes the case that something belongs to.
func (h *hushed) in(number int64) {
	const most = 1000
	if number > 0 && len(h.cases) < most && !slices.Contains(h.cases, number) {
		h.cases = append(h.cases, number)
	}
}

// hush takes what a decision came to into the sum, and reports whether it did: whether the list
// is one that is to be quiet.
func (n *notices) hush(d *decision) bool {
	list := d.cause.List
	if d.key.kind != action.ByRule || !n.words.names.Quiet(list) {
		return false
	}
	n.hushed.add(list, d.began).merge(d.tally)
	if d.tally.has(action.Done) {
		n.hushed.in(n.words.names.Case(list, d.key.direction == action.Loosens))
	}
	n.told(d)
	return true
}

// hushServer does so with a server that is shut out, or let in again.
func (n *notices) hushServer(e entry, room id.RoomID, now time.Time) bool {
	of := n.words.names.Bans
	if e.in {
		of = n.words.names.LetIn
	}
	list := of(e.server).List
	if list == "" || !n.words.names.Quiet(list) {
		return false
	}
	n.hushed.add(list, now).server(e, room)
	if !e.dry {
		n.hushed.in(n.words.names.Case(list, e.in))
	}
	return true
}

// unhush makes news of what waited for long enough.
func (n *notices) unhush(now time.Time) {
	if n.hushed.due.IsZero() || now.Before(n.hushed.due) {
		return
	}
	var lists []string
	for list := range n.hushed.lists {
		lists = append(lists, n.words.names.List(list))
	}
	slices.Sort(lists)
	n.news.put(item{rest: true, text: fmt.Sprintf("In the last hour, by %s%s: %s", text.Some(lists, mostNames), inCases(n.hushed.cases), strings.Join(n.words.sentences(&n.hushed.tally), " "))})
	clear(n.hushed.lists)
	n.hushed = hushed{lists: n.hushed.lists}
}
