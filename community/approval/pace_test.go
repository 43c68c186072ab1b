package approval

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// A burst is one question, asked once it is over for a moment; what is taken back at once is none.
func TestBurstIsOneQuestion(t *testing.T) {
	b := NewBoard()
	topic := Topic{Rules, "!a:x"}
	for i := range 5 {
		b.Touch(topic, start.Add(time.Duration(i)*100*time.Millisecond))
	}
	if q, due := b.Next(start.Add(firstPause - 1)); due {
		t.Errorf("asked too early: %+v", q)
	}
	if at := b.Due(); at != start.Add(firstPause) {
		t.Errorf("due %v after", at.Sub(start))
	}
	if q, due := b.Next(start.Add(firstPause)); !due || q.Topic != topic {
		t.Errorf("not asked: %+v, %t", q, due)
	}
	if _, due := b.Next(start.Add(firstPause)); due {
		t.Error("asked twice")
	}
}

// Of several that are due, the one comes first that waited longest; then they have an order.
func TestLongestWaitIsAskedFirst(t *testing.T) {
	b := NewBoard()
	late, early, also := Topic{Rules, "!a:x"}, Topic{Rules, "!c:x"}, Topic{Rules, "!b:x"}
	b.Touch(early, start)
	b.Touch(also, start)
	b.Touch(late, start.Add(time.Second))
	for _, want := range []Topic{also, early, late} {
		if q, due := b.Next(start.Add(time.Minute)); !due || q.Topic != want {
			t.Errorf("asked %v, want %v", q.Topic, want)
		}
	}
}

// A message that could not be sent is tried again after a while, and one of which nothing was heard counts as lost.
func TestMessagesThatFail(t *testing.T) {
	b := NewBoard()
	topic := Topic{Rules, "!a:x"}
	b.Touch(topic, start)
	now := start.Add(firstPause)
	b.Next(now)
	b.Failed(topic, now)
	if _, due := b.Next(now.Add(retryPause - 1)); due || b.Due() != now.Add(retryPause) {
		t.Errorf("tried again too early; due %v", b.Due().Sub(now))
	}
	now = now.Add(retryPause)
	if _, due := b.Next(now); !due {
		t.Error("not tried again")
	}
	b.Next(now.Add(lost + 1))
	if _, due := b.Next(now.Add(lost + 1)); !due {
		t.Error("a lost message is waited for")
	}
}

// However often a message is edited, it stays as it is for two minutes at most, and says no less than it said.
func TestEditsSlowDownToABound(t *testing.T) {
	b := NewBoard()
	topic := Topic{Rules, "!a:x"}
	b.Asking(topic, "1")
	now := start
	for i := range 20 {
		b.Posted(topic, "1", id.EventID(fmt.Sprint("$", i)), int64(20-i), now)
		b.Touch(topic, now)
		pause := b.Due().Sub(now)
		if want := min(laterPause<<i, longestPause); i < 10 && pause != want || pause > longestPause {
			t.Errorf("pause %d is %s", i, pause)
		}
		now = b.Due()
		b.Next(now)
	}
	if q, _ := b.At("$0"); q.UpTo != 20 {
		t.Errorf("it is about turn %d", q.UpTo)
	}
}

// What nothing happens to for long is new again, and takes no place.
func TestCalmTopicsAreForgotten(t *testing.T) {
	b := NewBoard()
	for i := range 100 {
		topic := Topic{Rules, fmt.Sprint(i)}
		b.Touch(topic, start)
		b.Next(start.Add(firstPause))
		b.Settled(topic, 0)
	}
	b.Next(start.Add(calm))
	if len(b.topics) != 100 {
		t.Errorf("%d are known while it may go on", len(b.topics))
	}
	b.Next(start.Add(calm + 1))
	if len(b.topics) != 0 {
		t.Errorf("%d are remembered", len(b.topics))
	}
}

// Of two questions about one topic that a crash left open, the later counts.
func TestTwoQuestionsLeftOpen(t *testing.T) {
	b := NewBoard()
	topic := Topic{Rules, "!a:x"}
	b.Load(Question{Topic: topic, ID: "1", Event: "$1"}, nil)
	b.Load(Question{Topic: topic, ID: "2", Event: "$2"}, nil)
	if q, open := b.At("$1"); open {
		t.Errorf("the earlier takes answers: %+v", q)
	}
	if q, open := b.At("$2"); !open || q.ID != "2" {
		t.Errorf("the later does not: %+v", q)
	}
}
