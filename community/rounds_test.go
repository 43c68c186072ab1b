package community

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/community/loop"
	"forseti/store"
)

// A look is had when it is due, and neither in a dry run nor before enough is known. What it
// comes to is wanted as a whole; what cannot be stored, or breaks, is taken back, and what can
// is not.
func TestRounds(t *testing.T) {
	now := time.Unix(1e9, 0)
	some := store.Commit{Open: []action.Action{{Verb: action.Redact}}}
	for name, tc := range map[string]struct {
		set    func(r *rounds)
		wanted store.Commit
		want   string // looked, wanted, and stored or undone
	}{
		"due":               {func(*rounds) {}, some, "looked wanted stored "},
		"settings alone":    {func(*rounds) {}, store.Commit{Settings: []store.NewSetting{{}}}, "looked wanted stored "},
		"nothing to do":     {func(*rounds) {}, store.Commit{}, "looked "},
		"not due":           {func(r *rounds) { r.next = now.Add(time.Second) }, some, ""},
		"nothing to see to": {func(r *rounds) { r.next = time.Time{} }, some, ""},
		"a dry run":         {func(r *rounds) { r.dry = func() bool { return true } }, some, ""},
		"too early":         {func(r *rounds) { r.begun = func() bool { return false } }, some, ""},
		"cannot be stored": {func(r *rounds) {
			r.want = func(context.Context, store.Commit) error { return errors.New("full") }
		}, some, "looked undone "},
		"breaks": {func(r *rounds) {
			r.want = func(context.Context, store.Commit) error { panic("broken") }
		}, some, "looked undone "},
	} {
		l := loop.New()
		l.Begin(t.Context())
		go l.Run(func() time.Duration { return time.Hour })
		did := make(chan string, 10)
		r := &rounds{
			loop: l, log: zerolog.Nop(), next: now, dry: func() bool { return false }, begun: func() bool { return true },
			want: func(context.Context, store.Commit) error { did <- "wanted "; return nil },
		}
		tc.set(r)
		l.See(func() {
			r.look(now, "test", func(time.Time) plan {
				did <- "looked "
				return plan{tc.wanted, func() { did <- "stored " }, func(time.Time) { did <- "undone " }}
			})
		})
		l.Wait()
		l.See(func() {})
		close(did)
		var got strings.Builder
		for what := range did {
			got.WriteString(what)
		}
		if got.String() != tc.want {
			t.Errorf("%s: %q, want %q", name, got.String(), tc.want)
		}
	}
}

// What a gate could not store is as if it had not been tried: it is wanted again, whole.
func TestGateTakesBackWhatIsNotStored(t *testing.T) {
	twice := func(g *gated, want string) []action.Action {
		t.Helper()
		stores := g.protectors.gate.want
		g.protectors.gate.want = func(context.Context, store.Commit) error { return errors.New("full") }
		if lost := g.looks(); len(lost) != 0 {
			t.Errorf("not stored, and done: %v", verbs(lost))
		}
		g.protectors.gate.want = stores
		g.now = g.now.Add(gateEvery)
		do := g.looks()
		if verbs(do) != want {
			t.Errorf("then %q, want %q", verbs(do), want)
		}
		return do
	}
	asked := action.Result{Room: "!chat:hs", Event: "$asked"}
	knocks := func(values map[string]string, m event.Membership) *gated {
		g := newGated(t, openStore(t), values)
		g.protectors.gate.begun = func() bool { return false }
		g.moves(stranger, stranger, m)
		g.protectors.gate.begun = func() bool { return true }
		return g
	}
	g := knocks(nil, event.MembershipKnock)
	do := twice(g, "ask @stranger:elsewhere")
	g.did(do[0], asked)
	g.protectors.gate.begun = func() bool { return false }
	g.answers(stranger, "$asked", "✅")
	g.protectors.gate.begun = func() bool { return true }
	twice(g, "invite @stranger:elsewhere")
	g.protectors.gate.begun = func() bool { return false }
	g.moves(benchSelf, stranger, event.MembershipInvite)
	g.protectors.gate.begun = func() bool { return true }
	twice(g, "leave")

	g = knocks(map[string]string{"at": "voice", "patience": "1h"}, event.MembershipJoin)
	twice(g, "ask @stranger:elsewhere")
	g.now = g.now.Add(time.Hour)
	twice(g, "kick @stranger:elsewhere")
}
