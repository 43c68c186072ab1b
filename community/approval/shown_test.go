package approval

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// asked is a board with one question, which was edited a minute later.
func asked(echoed bool) (*Board, Topic) {
	b := NewBoard()
	topic := Topic{Rules, "!a:x"}
	b.Asking(topic, "1")
	b.Posted(topic, "1", "$1", 3, start)
	b.Posted(topic, "1", "$edit", 7, edited(0))
	if echoed {
		b.Echoed("$edit", edited(0))
	}
	return b, topic
}

func edited(after time.Duration) time.Time { return start.Add(time.Minute + after) }

type answer struct {
	to          id.EventID
	sent, heard time.Duration // after the edit
	turn        int64
}

func (a answer) check(t *testing.T, b *Board) {
	t.Helper()
	if turn, open := b.Read(a.to, edited(a.sent), edited(a.heard)); !open || turn != a.turn {
		t.Errorf("an answer to %s, sent %v after the edit and heard %v after it, is about turn %d (%v), not %d", a.to, a.sent, a.heard, turn, open, a.turn)
	}
}

// A yes right after an edit is about what stood there before: who writes a list could
// otherwise put another question under a finger that is on its way down.
func TestEditUnderTheFinger(t *testing.T) {
	b, topic := asked(true)
	for _, a := range []answer{
		{"$1", 0, 0, 3},
		{"$edit", 0, 0, 3},
		{"$1", reading - 1, reading - 1, 3},
		{"$1", reading, reading, 7},
		{"$edit", reading, reading, 7},
		{"$1", time.Hour, reading - 1, 3},  // their clock is fast
		{"$1", reading - 1, time.Hour, 3},  // heard late
		{"$1", -time.Minute, time.Hour, 3}, // heard very late
		{"$1", -time.Hour * 1e6, time.Hour, 3},
	} {
		a.check(t, b)
	}
	b.Posted(topic, "1", "$again", 9, edited(time.Minute))
	b.Echoed("$again", edited(time.Minute))
	for _, a := range []answer{{"$1", time.Minute, time.Minute, 7}, {"$1", reading, time.Hour, 7}, {"$1", 0, time.Hour, 3}, {"$1", 2 * time.Minute, 2 * time.Minute, 9}} {
		a.check(t, b)
	}
	b.Close(topic, edited(0))
	if _, open := b.Read("$1", edited(time.Hour), edited(time.Hour)); open {
		t.Error("a closed question takes answers")
	}
	b.Asking(topic, "2")
	b.Posted(topic, "2", "$2", 12, edited(0))
	answer{"$2", 0, 0, 12}.check(t, b)
}

// What stands before the edit in the timeline is about what stood before, whatever the
// clocks say.
func TestAnswerBeforeTheEcho(t *testing.T) {
	b, topic := asked(false)
	answer{"$1", time.Hour, time.Hour, 3}.check(t, b)
	if q, news := b.Echoed("$edit", edited(0)); !news || q.ID != "1" {
		t.Errorf("the echo is about %+v (%v)", q, news)
	}
	answer{"$1", time.Hour, time.Hour, 7}.check(t, b)
	if _, news := b.Echoed("$edit", edited(time.Hour)); news {
		t.Error("an echo is news twice")
	}
	// An echo may come before the homeserver's answer.
	b.Echoed("$early", edited(time.Minute))
	b.Posted(topic, "1", "$early", 9, edited(time.Minute))
	answer{"$1", time.Hour, time.Hour, 9}.check(t, b)
	for i := range 10 * mostEchoes {
		b.Echoed(id.EventID(fmt.Sprint("$other", i)), edited(0))
	}
	if len(b.echoes.at) > mostEchoes || len(b.echoes.order) > mostEchoes {
		t.Errorf("keeps %d echoes", len(b.echoes.at))
	}
}

// A restart changes nothing about which text an answer is to.
func TestAnswerAfterARestart(t *testing.T) {
	for _, echoed := range []bool{false, true} {
		before, topic := asked(echoed)
		q, _ := before.Of(topic)
		raw, err := json.Marshal(before.ShownOf(topic))
		if err != nil {
			t.Fatal(err)
		}
		var shown []Shown
		if err := json.Unmarshal(raw, &shown); err != nil {
			t.Fatal(err)
		}
		b := NewBoard()
		b.Load(Question{Topic: topic, ID: q.ID, Event: q.Event, UpTo: 3}, shown)
		if q, _ := b.Of(topic); q.UpTo != 7 {
			t.Errorf("the message is about turn %d", q.UpTo)
		}
		if !echoed {
			answer{"$1", time.Hour, time.Hour, 3}.check(t, b)
			b.Echoed("$edit", edited(0))
		}
		answer{"$1", reading - 1, time.Hour, 3}.check(t, b)
		answer{"$edit", reading, time.Hour, 7}.check(t, b)
	}
}

// However often a message is edited, what is kept of it is bounded, and an answer to its
// first text is about that.
func TestManyTexts(t *testing.T) {
	b, topic := asked(true)
	for i := range 100 {
		after := time.Duration(i+1) * time.Minute
		edit := id.EventID(fmt.Sprint("$", i+100))
		b.Posted(topic, "1", edit, int64(i+10), edited(after))
		b.Echoed(edit, edited(after))
	}
	if n := len(b.ShownOf(topic)); n > mostShown {
		t.Errorf("keeps %d texts", n)
	}
	answer{"$1", 0, 3 * time.Hour, 3}.check(t, b)
	answer{"$1", 2 * time.Hour, 3 * time.Hour, 109}.check(t, b)
}

// What is settled without an edit is what the last text is about as well.
func TestSettledRaisesTheText(t *testing.T) {
	b, topic := asked(true)
	b.Settled(topic, 20)
	answer{"$1", 0, time.Hour, 3}.check(t, b)
	answer{"$1", time.Hour, time.Hour, 20}.check(t, b)
}
