package report_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/community/report"
)

// refused is a management room in which any message may be refused at first, and that is looked at whenever it pleases.
type refused struct {
	*model
	under   report.Speech // "" if nothing is under way, or it failed
	said    []report.Speech
	arrived []string
}

func newRefused(t *rapid.T) *refused {
	r := &refused{model: &model{}}
	r.Init(t)
	return r
}

func (r *refused) say(t *rapid.T) {
	s := report.Speech{Name: r.id("say"), Message: action.Message{Markdown: "Something."}}
	s.Message.Edits = rapid.SampledFrom([]id.EventID{"", "$one", "$two"}).Draw(t, "edits")
	r.Say(s.Name, s.Message)
	r.said = append(r.said, s)
}

// waiting reports whether something that was said has not arrived yet.
func (r *refused) waiting() bool {
	return slices.ContainsFunc(r.said, func(s report.Speech) bool { return !slices.Contains(r.arrived, s.Name) })
}

// speak asks for what is to be said, and reports whether there was anything.
func (r *refused) speak(t *rapid.T) bool {
	said := r.Speak(r.now)
	switch {
	case len(said) == 0:
		return false
	case len(said) > 1 || r.under.Name != "":
		t.Fatalf("%v while %q is under way", said, r.under.Name)
	}
	r.under = said[0]
	return true
}

func (r *refused) post() {
	s := r.under
	r.under = report.Speech{}
	r.arrived = append(r.arrived, s.Name)
	r.arrive(s)
}

// early looks before there should be anything.
func (r *refused) early(t *rapid.T) {
	due := r.Due(r.now)
	until := due
	if due.IsZero() {
		until = r.now.Add(20 * time.Minute)
	}
	if !until.After(r.now) {
		t.Skip("it is due")
	}
	r.now = r.now.Add(time.Duration(rapid.Int64Range(0, int64(until.Sub(r.now))-1).Draw(t, "after")))
	if r.speak(t) {
		t.Fatalf("%q at %v, and it was due at %v", r.under.Name, r.now, due)
	}
}

// late looks when it is due, or later.
func (r *refused) late(t *rapid.T) {
	due := r.Due(r.now)
	if due.IsZero() {
		t.Skip("nothing is due")
	}
	if due.After(r.now) {
		r.now = due
	}
	if rapid.Bool().Draw(t, "late") {
		r.now = r.now.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "ms")) * time.Millisecond)
	}
	spoke := r.speak(t)
	if next := r.Due(r.now); spoke && !next.IsZero() {
		t.Fatalf("%q is under way, and it is due at %v", r.under.Name, next)
	} else if !next.IsZero() && !next.After(r.now) {
		t.Fatalf("at %v there was nothing, and it is still due", r.now)
	}
}

func (r *refused) actions() map[string]func(*rapid.T) {
	all := actions(r.model)
	for _, name := range []string{"pass", "slow", "land", "down"} {
		delete(all, name)
	}
	all["say"] = r.say
	all["early"], all["late"], all["late again"] = r.early, r.late, r.late
	all["post"] = func(t *rapid.T) {
		if r.under.Name == "" {
			t.Skip("nothing is under way")
		}
		r.post()
	}
	all["refuse"] = func(t *rapid.T) {
		if r.under.Name == "" {
			t.Skip("nothing is under way")
		}
		r.Failed(r.under.Name, r.now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "seconds"))*time.Second))
		r.under = report.Speech{}
	}
	all["solved"] = func(t *rapid.T) {
		key := report.Key{Kind: report.Other, Subject: "same"}
		r.Problems.Tell(key, "Mend "+r.id("it")+".", r.now)
		if rapid.Bool().Draw(t, "solved") {
			r.Problems.Solved(key)
		}
	}
	all["stuck"] = func(t *rapid.T) {
		_, w := r.some(t)
		r.Hindered(action.Hindrance{Action: w.action, Kind: action.Forbidden, Why: "no power"}, r.now)
	}
	return all
}

// Whatever happened: before it is due there is nothing to say, and when it is, there is, or it is due later.
func TestDueAndSpeakAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRefused(t)
		t.Repeat(r.actions())
	})
}

// However often the homeserver refuses: what was said arrives, once and in the order in which it was said; only an edit
// lets others go first, and never one of the same message.
func TestWhatIsSaidArrives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRefused(t)
		t.Repeat(r.actions())
		for i := 0; i < 1000 && r.waiting(); i++ {
			if r.under.Name != "" {
				r.post()
			}
			due := r.Due(r.now)
			if due.After(r.now) {
				r.now = due
			}
			r.speak(t)
		}
		for _, edits := range []id.EventID{"", "$one", "$two"} {
			var want, got []string
			for _, s := range r.said {
				if s.Message.Edits == edits {
					want = append(want, s.Name)
				}
			}
			for _, name := range r.arrived {
				if slices.Contains(want, name) {
					got = append(got, name)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("edits of %q: %v arrived of %v", edits, got, want)
			}
		}
	})
}

// Somebody waits for an answer that waits for its effects, while an edit was refused: it is looked at when it is time for
// the answer, and not for the edit.
func TestAnswerIsDueWhileAnEditWaits(t *testing.T) {
	c := newChat()
	c.Say("edit", action.Message{Markdown: "Closed.", Edits: "$question"})
	c.Speak(c.now)
	c.Failed("edit", c.now.Add(time.Minute))
	c.Replies.Rule("$c", "$r", c.now)
	c.opened(ban("a", "Lobby", rule("$r", "@a:*")))
	c.Replies.Answer(report.Answer{Command: "$c", Text: "Now bans."}, c.now)
	c.pass(2 * time.Second)
	if got := c.reply(t, "$c"); got != "Now bans. Still to do: 1 ban." {
		t.Error(got)
	}
	c.pass(time.Minute)
	if _, arrived := c.names["edit"]; !arrived {
		t.Errorf("the edit is forgotten:\n%s", c.log.String())
	}
}

// What closes a question waits its turn if it is refused, and lets whoever waits go first: an answer, and what others say,
// but no later edit of the same message.
func TestRefusedEditIsNotForgotten(t *testing.T) {
	c := newChat()
	say := func(name string, edits id.EventID) { c.Say(name, action.Message{Markdown: name, Edits: edits}) }
	say("revised", "$question")
	c.Speak(c.now)
	c.Failed("revised", c.now.Add(5*time.Second))
	say("closed", "$question")
	if due := c.Due(c.now); due != c.now.Add(5*time.Second) {
		t.Errorf("a later edit of the message is due in %v", due.Sub(c.now))
	}
	say("said no", "")
	c.Replies.Answer(report.Answer{Command: "$c", Text: "answer"}, c.now)
	var order []string
	for range 20 {
		for _, s := range c.Speak(c.now) {
			order = append(order, s.Message.Markdown)
			c.send(s)
		}
		if due := c.Due(c.now); due.After(c.now) {
			c.now = due
		}
	}
	if got, want := fmt.Sprint(order), "[said no answer revised closed]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n := c.Size(); n > 0 {
		t.Errorf("%d things are remembered", n)
	}
}
