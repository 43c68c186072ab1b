package community

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/store"
)

// Each kind of question says what to write once it is closed, however it was, and names who decided it without calling them.
func TestLateWords(t *testing.T) {
	now := time.Unix(1e6, 0)
	for _, kind := range []approval.Kind{approval.Rules, approval.Room, approval.Unwatch, approval.Settings, approval.Left, approval.Command} {
		said := map[string]bool{}
		for answer, want := range map[string]string{"yes": "That was decided already: `@mod:hs` said yes, 3 minutes ago. ", "no": "That was decided already: `@mod:hs` said no, 3 minutes ago. ", "withdrawn": "That question is over: ", "outgrown": "That question is over: "} {
			got := lateWords(store.Question{Kind: string(kind), Answer: answer, AnsweredBy: "@mod:hs", Answered: now.Add(-3 * time.Minute)}, now)
			if rest, ok := strings.CutPrefix(got, want); !ok || len(rest) < 20 || !strings.HasSuffix(rest, ".") {
				t.Errorf("%s, %s: %s", kind, answer, got)
			}
			said[got] = true
		}
		if len(said) != 3 {
			t.Errorf("%s says %d different things", kind, len(said))
		}
	}
}

// Late answers are looked at after a moment, each once, and again only while their question is being closed.
func TestLateAnswers(t *testing.T) {
	l := late{told: map[lateTold]bool{}}
	now := time.Unix(1e6, 0)
	a := lateAnswer{lateTold: lateTold{"$q", "@mod:hs"}, agreed: true}
	l.note(a, now)
	l.note(a, now)
	if due := l.take(now); len(due) > 0 || l.due() != now.Add(lateLook) {
		t.Fatalf("%d are due at once, the next at %v", len(due), l.due())
	}
	tries := 0
	for !l.due().IsZero() {
		now = l.due()
		for _, a := range l.take(now) {
			tries++
			l.note(a, now)
		}
	}
	if tries != lateTries {
		t.Errorf("looked at %d times", tries)
	}
	if !l.first(a.lateTold) || l.first(a.lateTold) || !l.first(lateTold{"$q", "@other:hs"}) {
		t.Error("not told once to each")
	}
	if l.note(a, now); !l.due().IsZero() {
		t.Error("who was told is told again")
	}
	for i := range 10 * mostLateTold {
		l.note(lateAnswer{lateTold: lateTold{id.EventID(fmt.Sprint("$", i)), "@mod:hs"}}, now)
		l.first(lateTold{id.EventID(fmt.Sprint("$", i)), "@mod:hs"})
	}
	if len(l.waits) > mostLate || len(l.told) > mostLateTold {
		t.Errorf("%d wait, %d are told", len(l.waits), len(l.told))
	}
}
