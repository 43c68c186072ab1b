package community

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/matrix"
	"forseti/protections/kit"
	"forseti/store"
)

const stranger id.UserID = "@stranger:elsewhere"

// gated is a community with a gate, whose homeserver does what is wanted when it is told to.
type gated struct {
	*alerted
	now time.Time
}

func newGated(t *testing.T, kept *store.Store, values map[string]string) *gated {
	t.Helper()
	g := &gated{newAlerted(t, kept), time.Now()}
	g.protectors.gate.want = g.orders.questions.alerts.want
	g.loop.See(func() {
		kind, _ := g.protectors.stand.rules.find("join-gate")
		g.protectors.stand.change(kind, kit.Standing{Mode: kit.On, Values: values})
	})
	return g
}

// moves has somebody's membership change, as sync brings it, and gives what is to be done.
func (g *gated) moves(by, u id.UserID, m event.Membership) (do []action.Action) {
	g.t.Helper()
	g.loop.See(func() {
		evt := stateEvent(benchRoom, "m.room.member", string(u), by, id.EventID("$"+string(u)+string(m)+g.now.String()), []byte(`{"membership":"`+string(m)+`"}`))
		change := g.intake.apply(evt, g.now)
		all := g.protectors.changed(evt, change, nil, g.now, false)
		do = all.actions
	})
	if err := g.commits.Keep(g.t.Context(), store.Commit{Open: do}); err != nil {
		g.t.Fatal(err)
	}
	return append(do, g.looks()...)
}

// looks has it looked who waits, and gives what is to be done.
func (g *gated) looks() []action.Action {
	g.t.Helper()
	g.wanted = nil
	g.loop.See(func() { g.protectors.gate.lookDue(g.now) })
	g.loop.Wait()
	g.loop.See(func() {})
	return g.wanted
}

// did says that an action was done.
func (g *gated) did(a action.Action, result action.Result) {
	g.t.Helper()
	begun, err := g.opts.Store.Journal.Begin(g.t.Context(), a)
	if err == nil {
		err = g.opts.Store.Journal.Settle(g.t.Context(), begun.ID, action.Outcome{Done: true, Event: result.Event, Was: []byte(`{"before":null,"level":-1}`)})
	}
	if err != nil {
		g.t.Fatal(err)
	}
	g.loop.See(func() { g.protectors.ended(action.Ending{Action: a, Fate: action.Done, Result: result}) })
}

// answers has a user react in a direct chat, and gives what is to be done.
func (g *gated) answers(u id.UserID, to id.EventID, sign string) []action.Action {
	g.t.Helper()
	evt := &event.Event{ID: "$yes", RoomID: "!chat:hs", Sender: u, Type: event.EventReaction}
	evt.Content.Raw = map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": string(to), "key": sign}}
	g.loop.See(func() {
		g.protectors.gate.take(&matrix.RoomBatch{Room: "!chat:hs", Timeline: []*event.Event{evt}}, &matrix.Batch{})
	})
	return g.looks()
}

func verbs(all []action.Action) string {
	var said []string
	for _, a := range all {
		said = append(said, strings.TrimSpace(string(a.Verb)+" "+string(a.User)))
	}
	return strings.Join(said, ", ")
}

// Who knocks is asked once, and let in when they accept, also over a restart; not if a list
// bans them, not by another's reaction or another sign, and not when they knock no more.
func TestGateLetsIn(t *testing.T) {
	asked := action.Result{Room: "!chat:hs", Event: "$asked"}
	for name, tc := range map[string]struct {
		between func(g *gated) *gated
		want    string
	}{
		"accepts":         {func(g *gated) *gated { return g }, "invite @stranger:elsewhere"},
		"knocks no more":  {func(g *gated) *gated { g.moves(stranger, stranger, event.MembershipLeave); return g }, ""},
		"is banned":       {func(g *gated) *gated { g.moves(benchOwner, stranger, event.MembershipBan); return g }, ""},
		"the gate is off": {func(g *gated) *gated { g.protectors.stand.of["join-gate"] = kit.Standing{}; return g }, ""},
		"comes too late":  {func(g *gated) *gated { g.now = g.now.Add(25 * time.Hour); g.looks(); return g }, "leave"},
		"others answer": {func(g *gated) *gated {
			if do := g.answers(spammer(0), "$asked", "✅"); len(do) != 0 {
				t.Errorf("somebody else accepts: %v", verbs(do))
			}
			if do := g.answers(stranger, "$asked", "👎"); len(do) != 0 {
				t.Errorf("another sign: %v", verbs(do))
			}
			if do := g.answers(stranger, "$other", "✅"); len(do) != 0 {
				t.Errorf("another message: %v", verbs(do))
			}
			return g
		}, "invite @stranger:elsewhere"},
		"a restart": {func(g *gated) *gated {
			if err := g.commits.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			again := newGated(t, g.opts.Store, nil)
			again.loop.See(func() {
				again.intake.apply(stateEvent(benchRoom, "m.room.member", string(stranger), stranger, "$k", []byte(`{"membership":"knock"}`)), again.now)
			})
			return again
		}, "invite @stranger:elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGated(t, openStore(t), nil)
			do := g.moves(stranger, stranger, event.MembershipKnock)
			if verbs(do) != "ask @stranger:elsewhere" || !strings.Contains(do[0].Message.Markdown, "> Be kind") || do[0].Message.Reaction != "✅" {
				t.Fatalf("asks %+v", do)
			}
			if again := g.looks(); len(again) != 0 {
				t.Errorf("asks again: %v", verbs(again))
			}
			g.did(do[0], asked)
			g = tc.between(g)
			if do := g.answers(stranger, "$asked", "✅\ufe0f"); verbs(do) != tc.want {
				t.Errorf("does %q, want %q", verbs(do), tc.want)
			}
			if do := g.answers(stranger, "$asked", "✅"); len(do) != 0 && verbs(do) != "leave" {
				t.Errorf("twice: %v", verbs(do))
			}
		})
	}
}

// An answer that comes before we hear what our question became is one.
func TestGateHearsEarlyAnswers(t *testing.T) {
	g := newGated(t, openStore(t), nil)
	do := g.moves(stranger, stranger, event.MembershipKnock)
	if early := g.answers(stranger, "$asked", "✅"); len(early) != 0 {
		t.Fatalf("does %v", verbs(early))
	}
	g.did(do[0], action.Result{Room: "!chat:hs", Event: "$asked"})
	if let := g.looks(); verbs(let) != "invite @stranger:elsewhere" {
		t.Errorf("does %q", verbs(let))
	}
	// Who was let in is not waited for, and the chat is left.
	g.moves(benchSelf, stranger, event.MembershipInvite)
	if left := g.looks(); verbs(left) != "" || len(g.protectors.gate.waits.at) != 0 {
		t.Errorf("does %q, waits %v", verbs(left), g.protectors.gate.waits.at)
	}
}

// Who joins where a voice is given only to who accepts is muted for a time, and that ends when
// they do; who does not is removed, and has their level back.
func TestGateGivesVoice(t *testing.T) {
	voice := map[string]string{"at": "voice", "patience": "1h"}
	for _, accepts := range []bool{true, false} {
		kept := openStore(t)
		g := newGated(t, kept, voice)
		do := g.moves(stranger, stranger, event.MembershipJoin)
		if verbs(do) != "mute @stranger:elsewhere, ask @stranger:elsewhere" || !do[0].Expires.Equal(g.now.Add(time.Hour+gateGrace)) {
			t.Fatalf("does %v", verbs(do))
		}
		g.did(do[0], action.Result{})
		g.did(do[1], action.Result{Room: "!chat:hs", Event: "$asked"})
		g.moves(stranger, stranger, event.MembershipLeave)
		if again := g.moves(stranger, stranger, event.MembershipJoin); len(again) != 0 {
			t.Errorf("who comes back is asked again: %v", verbs(again))
		}
		if accepts {
			if do := g.answers(stranger, "$asked", "✅"); len(do) != 0 && verbs(do) != "leave" {
				t.Errorf("does %v", verbs(do))
			}
		} else {
			g.now = g.now.Add(time.Hour)
			if do := g.looks(); verbs(do) != "kick @stranger:elsewhere" {
				t.Errorf("too late: %v", verbs(do))
			}
			g.moves(benchSelf, stranger, event.MembershipLeave)
			g.now = g.now.Add(gateEvery)
			g.looks()
		}
		if len(g.protectors.gate.waits.at) != 0 {
			t.Fatalf("waits %v", g.protectors.gate.waits.at)
		}
		over, err := kept.Journal.Expired(t.Context(), g.now.Add(time.Minute))
		if err != nil || len(over) != 1 || over[0].Action.ID != do[0].ID {
			t.Errorf("accepted: %v, ends %+v, %v", accepts, over, err)
		}
	}
}

// While it takes one more to write than everybody has, whoever of the bots that look after the room
// wants that, who joins is asked all the same: else they could write unasked when it is over. Where
// nobody can write, or they were muted before, nobody is asked.
func TestGateWhileNewcomersMayNotWrite(t *testing.T) {
	for levels, want := range map[string]string{
		`{"users":{"@forseti:hs":100},"events_default":0}`:                                                  "then you can write.",
		`{"users":{"@forseti:hs":100},"events_default":1,"events":{"m.room.message":1}}`:                    "as soon as new members may",
		`{"users":{"@forseti:hs":100,"@stranger:elsewhere":0},"events_default":1}`:                          "as soon as new members may",
		`{"users":{"@forseti:hs":100},"events_default":50}`:                                                 "",
		`{"users":{"@forseti:hs":100,"@stranger:elsewhere":-1},"events_default":1}`:                         "",
		`{"users":{"@forseti:hs":100,"@stranger:elsewhere":-1},"events_default":0}`:                         "",
		`{"users":{"@forseti:hs":100},"events":{"m.room.message":50}}`:                                      "",
		`encrypted {"users":{"@forseti:hs":100},"events":{"m.room.message":50}}`:                            "then you can write.",
		`encrypted {"users":{"@forseti:hs":100},"events_default":1,"events":{"m.room.message":50}}`:         "as soon as new members may",
		`encrypted {"users":{"@forseti:hs":100,"@stranger:elsewhere":0},"events":{"m.room.message":50}}`:    "then you can write.",
		`encrypted {"users":{"@forseti:hs":100,"@stranger:elsewhere":-1},"events":{"m.room.message":"50"}}`: "",
		`encrypted {"users":{"@forseti:hs":100},"events":{"m.room.message":50,"m.room.encrypted":50}}`:      "",
		`encrypted {"users":{"@forseti:hs":100},"events":{"m.room.encrypted":50}}`:                          "then you can write.",
	} {
		g := newGated(t, openStore(t), map[string]string{"at": "voice"})
		g.loop.See(func() {
			of, encrypted := strings.CutPrefix(levels, "encrypted ")
			g.happens(benchOwner, "m.room.power_levels", "", of)
			if encrypted {
				g.happens(benchOwner, "m.room.encryption", "", `{}`)
			}
		})
		do := g.moves(stranger, stranger, event.MembershipJoin)
		if want == "" {
			if len(do) != 0 {
				t.Errorf("%s: %v", levels, verbs(do))
			}
			continue
		}
		if verbs(do) != "mute @stranger:elsewhere, ask @stranger:elsewhere" || !strings.Contains(do[1].Message.Markdown, want) {
			t.Errorf("%s: %v, asked %v", levels, verbs(do), do)
			continue
		}
		p := kit.Place{Room: benchRoom, User: stranger}
		var said string
		g.loop.See(func() {
			said = g.protectors.gate.answer(p, true, store.Command{Sender: benchModerator}, &store.Commit{})
		})
		if later := strings.Contains(said, "as soon as newcomers may"); later != strings.Contains(want, "as soon as") {
			t.Errorf("%s: a moderator is told %q", levels, said)
		}
	}
}

// We write to no more than some in an hour, and nobody waits who came when too many did.
func TestGateIsBounded(t *testing.T) {
	g := newGated(t, openStore(t), nil)
	asks := 0
	for i := range mostWaiting + 50 {
		asks += len(g.moves(id.UserID("@w"+strings.Repeat("x", i)+":hs"), id.UserID("@w"+strings.Repeat("x", i)+":hs"), event.MembershipKnock))
	}
	if asks != mostAsked || len(g.protectors.gate.waits.at) != mostWaiting {
		t.Errorf("asked %d, %d wait", asks, len(g.protectors.gate.waits.at))
	}
	g.now = g.now.Add(61 * time.Minute)
	if more := g.looks(); len(more) != mostAsked {
		t.Errorf("an hour later %d", len(more))
	}
}

// Moderators let in and refuse by a reaction.
func TestModeratorsAtTheGate(t *testing.T) {
	for sign, want := range map[string]string{report.LetInSign: "invite @stranger:elsewhere", report.RefuseSign: "kick @stranger:elsewhere"} {
		g := newGated(t, openStore(t), nil)
		g.moves(stranger, stranger, event.MembershipKnock)
		g.loop.See(func() { g.hearsAll("$gate") })
		if said := strings.Join(g.said, "\n"); !strings.Contains(said, "`@stranger:elsewhere` asks to be let into") || !strings.Contains(said, report.GateOffer) {
			t.Fatalf("said %q", said)
		}
		if do, _ := g.reacts(stranger, "$gate", sign); len(do) != 0 {
			t.Errorf("a stranger decides: %v", verbs(do))
		}
		if do, said := g.reacts(benchModerator, "$gate", sign); verbs(do) != want || do[0].Cause.Moderator != benchModerator || !strings.Contains(do[0].Reason, "by a moderator") || said == "" {
			t.Errorf("%s: %v, said %q", sign, verbs(do), said)
		}
	}
}
