package approval

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

// Shown is one text of a question's message: the first is the message itself, the
// others came by edits.
type Shown struct {
	Edit id.EventID `json:"edit,omitempty"`
	UpTo int64      `json:"up_to"` // the turn of the latest change that it is about
	// Echoed is when the homeserver took the edit, in milliseconds since 1970, known once
	// sync has brought it.
	Echoed int64 `json:"echoed,omitempty"`
	at     time.Time
}

const (
	// reading is how long people need to take in what a message says now. A yes that
	// comes sooner after an edit is about what stood there before: the owner of a list
	// decides when its question changes.
	reading = 3 * time.Second
	// mostShown is how many texts of one question are kept. The first always is: an
	// answer is rather about less.
	mostShown = 10
	// mostEchoes is how many messages of ours are kept that sync brought before the
	// homeserver answered us.
	mostEchoes = 64
)

// read reports whether who answered had seen a text: their answer stands after it in
// the timeline, and by none of the clocks too soon.
func (s Shown) read(sent, now time.Time) bool {
	return s.Echoed != 0 && !sent.Before(time.UnixMilli(s.Echoed).Add(reading)) && now.Sub(s.at) >= reading
}

// show notes that the message has another text.
func (s *state) show(text Shown) {
	s.shown = append(s.shown, text)
	if len(s.shown) > mostShown {
		s.shown = slices.Delete(s.shown, 1, 2)
	}
}

// raise notes that the text that is shown is about changes up to a turn.
func (s *state) raise(upTo int64) {
	s.UpTo = max(s.UpTo, upTo)
	if n := len(s.shown); n > 0 {
		s.shown[n-1].UpTo = max(s.shown[n-1].UpTo, upTo)
	}
}

// Read gives the turn that an answer is about to what a message asks, which was sent and
// heard at these times and after whatever was Echoed; false if it asks nothing.
func (b *Board) Read(event id.EventID, sent, now time.Time) (turn int64, open bool) {
	t, open := b.posted[event]
	if !open {
		return 0, false
	}
	s := b.topics[t]
	turn = s.UpTo
	for i, text := range s.shown {
		if i == 0 || text.read(sent, now) {
			turn = text.UpTo
		}
	}
	return turn, true
}

// echoes are the latest messages of ours that sync brought.
type echoes struct {
	at    map[id.EventID]int64
	order []id.EventID
}

func (e *echoes) add(event id.EventID, at int64) {
	if _, known := e.at[event]; known {
		return
	}
	if e.at == nil {
		e.at = map[id.EventID]int64{}
	}
	if e.order = append(e.order, event); len(e.order) > mostEchoes {
		delete(e.at, e.order[0])
		e.order = slices.Delete(e.order, 0, 1)
	}
	e.at[event] = at
}

// Echoed notes that sync has brought a message of ours, which the homeserver took at a
// time: what comes after it in the timeline was sent by who may have seen it. It gives
// the question of which another text is known to be shown by that, if any.
func (b *Board) Echoed(event id.EventID, took time.Time) (q Question, news bool) {
	at := max(took.UnixMilli(), 1)
	b.echoes.add(event, at)
	s := b.topics[b.posted[event]]
	if s == nil {
		return Question{}, false
	}
	for i := range s.shown {
		if s.shown[i].Edit == event && s.shown[i].Echoed == 0 {
			s.shown[i].Echoed, news = at, true
		}
	}
	return s.Question, news
}

// ShownOf gives the texts of a topic's question, the first one first.
func (b *Board) ShownOf(t Topic) []Shown {
	if s := b.topics[t]; s != nil {
		return slices.Clone(s.shown)
	}
	return nil
}
