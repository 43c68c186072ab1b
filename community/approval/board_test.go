package approval

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// desk does what a community does with a board, and keeps what the room would show.
type desk struct {
	waits    map[Topic]int64 // the last turn that waits; none if nothing does
	messages map[id.EventID]string
	says     map[Topic]int64
	flight   []func(now time.Time)
	asked    int
	sent     int
}

// step handles what is due, and returns how many messages that cost.
func (d *desk) step(b *Board, now time.Time) {
	for {
		q, ok := b.Next(now)
		if !ok {
			return
		}
		turn, waits := d.waits[q.Topic]
		switch {
		case !waits && q.ID == "":
			b.Settled(q.Topic, 0)
		case !waits:
			d.sent++
			d.messages[q.Event] = "withdrawn"
			b.Close(q.Topic, now)
		case q.ID == "":
			d.asked++
			name := fmt.Sprint(d.asked)
			b.Asking(q.Topic, name)
			d.flight = append(d.flight, func(now time.Time) {
				d.sent++
				event := id.EventID("$" + name)
				d.messages[event] = "open"
				d.says[q.Topic] = turn
				b.Posted(q.Topic, name, event, turn, now)
			})
		case d.says[q.Topic] == turn:
			b.Settled(q.Topic, 0)
		default:
			d.flight = append(d.flight, func(now time.Time) {
				if d.messages[q.Event] != "open" {
					return
				}
				d.sent++
				d.says[q.Topic] = turn
				b.Posted(q.Topic, q.ID, q.Event, turn, now)
			})
		}
	}
}

// However things come and go and whenever answers come: of a topic one question is
// open at most, an answer is about nothing that its message did not say, what waits
// is asked about in the end, and what does not wait is not.
func TestBoard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBoard()
		d := &desk{waits: map[Topic]int64{}, messages: map[id.EventID]string{}, says: map[Topic]int64{}}
		topics := []Topic{{Rules, "!a:x"}, {Rules, "!b:x"}, {Room, "!a:x"}}
		now, turn := start, int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond)
			topic := rapid.SampledFrom(topics).Draw(t, "topic")
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				turn++
				d.waits[topic] = turn
				b.Touch(topic, now)
			case 2:
				delete(d.waits, topic)
				b.Touch(topic, now)
			case 3:
				if len(d.flight) > 0 {
					d.flight[0](now)
					d.flight = d.flight[1:]
				}
			case 4: // an answer
				q, open := b.Of(topic)
				if !open || q.Event == "" {
					continue
				}
				at, known := b.At(q.Event)
				if !known || at.Topic != topic || at.UpTo > d.says[topic] {
					t.Fatalf("an answer is about turn %d, the message says %d", at.UpTo, d.says[topic])
				}
				d.messages[q.Event] = "answered"
				if !b.Close(topic, now) {
					t.Fatal("an open question cannot be closed")
				}
				if d.waits[topic] <= at.UpTo {
					delete(d.waits, topic)
				} else {
					b.Touch(topic, now)
				}
				if _, again := b.At(q.Event); again || b.Close(topic, now) {
					t.Fatal("a second answer counts")
				}
			case 5: // a restart: what is stored is loaded, and all that waits is looked at
				again := NewBoard()
				for _, topic := range topics {
					if q, stored := b.Of(topic); stored {
						again.Load(q, nil)
					}
					again.Touch(topic, now)
				}
				b, d.flight = again, nil
				for _, q := range b.Open() {
					d.says[q.Topic] = q.UpTo
				}
				// Those stored and not posted are posted again under their name.
				for _, topic := range topics {
					if q, stored := b.Of(topic); stored && q.Event == "" {
						event := id.EventID("$" + q.ID)
						d.messages[event] = "open"
						d.says[topic] = 0
						b.Posted(topic, q.ID, event, 0, now)
					}
				}
			}
			d.step(b, now)
			open := map[Topic]int{}
			for _, q := range b.Open() {
				open[q.Topic]++
				if d.messages[q.Event] != "open" {
					t.Fatalf("%s is %s and taken for open", q.Event, d.messages[q.Event])
				}
			}
			for topic, n := range open {
				if n > 1 {
					t.Fatalf("%d questions about %v", n, topic)
				}
			}
		}
		for range 20 { // calm
			now = now.Add(longestPause)
			d.step(b, now)
			for _, land := range d.flight {
				land(now)
			}
			d.flight = nil
		}
		for _, topic := range topics {
			q, open := b.Of(topic)
			turn, waits := d.waits[topic]
			if waits != open || open && (q.UpTo != turn || q.Event == "") {
				t.Fatalf("%v waits: %v up to %d; asked: %v, %+v", topic, waits, turn, open, q)
			}
		}
	})
}

// A list's owner who sets and removes a rule as fast as they can buys few messages.
func TestBoardIsCalm(t *testing.T) {
	b := NewBoard()
	d := &desk{waits: map[Topic]int64{}, messages: map[id.EventID]string{}, says: map[Topic]int64{}}
	topic := Topic{Rules, "!a:x"}
	now := start
	for i := range 2000 { // 10 minutes
		now = now.Add(300 * time.Millisecond)
		if i%2 == 0 {
			d.waits[topic] = int64(i)
		} else {
			delete(d.waits, topic)
		}
		b.Touch(topic, now)
		d.step(b, now)
		for _, land := range d.flight {
			land(now)
		}
		d.flight = nil
		if i == 30 && d.sent > 3 {
			t.Errorf("%d messages in nine seconds", d.sent)
		}
	}
	if d.sent > 12 {
		t.Errorf("%d messages in ten minutes", d.sent)
	}
}

// Which signs count is said once a question.
func TestHint(t *testing.T) {
	b := NewBoard()
	b.Load(Question{Topic: Topic{Room, "!a:x"}, ID: "1", Event: "$1"}, nil)
	if !b.Hint("$1") || b.Hint("$1") || b.Hint("$2") {
		t.Error("the hint is not said once, and of a question")
	}
}

// A message that was under way when its question was closed opens no other.
func TestLateMessage(t *testing.T) {
	b := NewBoard()
	topic := Topic{Rules, "!a:x"}
	b.Asking(topic, "old")
	b.Close(topic, start)
	b.Asking(topic, "new")
	b.Posted(topic, "old", "$old", 7, start)
	if _, open := b.At("$old"); open {
		t.Error("the message of a closed question takes answers")
	}
	if q, _ := b.Of(topic); q.ID != "new" || q.Event != "" || q.UpTo != 0 {
		t.Errorf("the question is %+v", q)
	}
}

// What there was to say of a question is over with it.
func TestNothingIsDueOfAClosedQuestion(t *testing.T) {
	b, topic := NewBoard(), Topic{Rules, "!a:x"}
	b.Asking(topic, "q")
	b.Posted(topic, "q", "$question", 1, start)
	b.Touch(topic, start)
	b.Close(topic, start)
	if due := b.Due(); !due.IsZero() {
		t.Errorf("due at %v", due)
	}
}
