package community

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/matrix"
)

// What becomes worse in a room is told once, and what becomes better as what asks nothing of anybody; what was so from the start
// and what could not be read is not; nor is anything told again after a restart.
func TestWhatBecomesWorseIsTold(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	a, now := r.hearing.audits, time.Now()
	said := func(found commands.RoomAudit) string {
		now = now.Add(time.Hour)
		a.looked(benchRoom, found, now)
		return r.news(now)
	}
	well := commands.RoomAudit{JoinRule: event.JoinRulePublic, Admins: []commands.Admin{{User: "@old:hs"}, {User: "@mod:hs", Ours: true}}}
	if got := said(well); strings.Contains(got, "set up") {
		t.Errorf("at first: %s", got)
	}
	worse := well
	worse.Guests, worse.Listed, worse.Encrypted, worse.History = true, true, true, event.HistoryVisibilityWorldReadable
	worse.Anybody = []string{"ban"}
	worse.Admins = append(worse.Admins, commands.Admin{User: "@_irc_x:hs"}, commands.Admin{User: "@new:hs"}, commands.Admin{User: "@mod2:hs", Ours: true})
	got := said(worse)
	for _, want := range []string{"it is in the directory now, guests may join now, the whole internet may read it now, it is encrypted now, for good, everybody may ban now",
		"`@_irc_x:hs`, which looks like an account of a bridge", "`@new:hs` may change who may do what now", "`!forseti audit rooms " + string(benchRoom) + "`"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	for _, not := range []string{"@old", "@mod2", "anybody may join"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is in %s", not, got)
		}
	}
	unread := well
	unread.Unread = "I could not."
	for what, found := range map[string]commands.RoomAudit{"again": worse, "not read": unread} {
		if got := said(found); strings.Contains(got, "set up") {
			t.Errorf("%s: %s", what, got)
		}
	}
	// What a lockdown does, and how the ACL begins that we set, are no news.
	closed := worse
	closed.JoinRule, closed.DoorByUs, closed.ACL, closed.Literals = event.JoinRuleKnock, true, true, true
	opened := closed
	opened.JoinRule = event.JoinRulePublic
	for what, found := range map[string]commands.RoomAudit{"closed by us": closed, "and again": closed, "opened by us": opened} {
		if got := said(found); strings.Contains(got, "set up") {
			t.Errorf("%s: %s", what, got)
		}
	}
	opened.DoorByUs, opened.Literals = false, false
	said(opened)
	opened.Literals = true
	if got := said(opened); !strings.Contains(got, "servers that are named by an IP address may take part now") {
		t.Errorf("an ACL that lets more in: %s", got)
	}
	said(worse)
	again := r.restarted()
	again.hearing.audits.looked(benchRoom, worse, now)
	if got := again.news(now); strings.Contains(got, "set up") {
		t.Errorf("after a restart: %s", got)
	}
	got = said(well)
	for _, want := range []string{"is set up better than it was: it is in the directory no more, guests may join no more, the internet may not read it any more, not everybody may ban any more",
		"`@new:hs` may not change who may do what any more, or is one of you now"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	if strings.Contains(got, "otherwise") || strings.Contains(got, "@old") || strings.Contains(got, "encrypted") {
		t.Errorf("better: %s", got)
	}
	if got := said(worse); !strings.Contains(got, "guests may join now") {
		t.Errorf("worse again: %s", got)
	}
	now = now.Add(time.Hour)
	worse.ACL, worse.Literals, worse.Replaced, worse.Rulers = true, true, true, []commands.Admin{{User: "@rules:hs"}, {User: "@mod:hs", Ours: true}}
	a.known[benchRoom] = slices.DeleteFunc(a.known[benchRoom], func(key string) bool { return key == moreAudited })
	if got := said(worse); strings.Contains(got, "set up") {
		t.Errorf("what an earlier version did not look for is told as new: %s", got)
	}
	better := worse
	better.Literals, better.Replaced, better.Rulers = false, false, nil
	_ = said(better)
	if got := said(worse); !strings.Contains(got, "servers that are named by an IP address may take part now, it is closed by an upgrade now and `@rules:hs` may ban or change the room now, and is not one of you here") {
		t.Errorf("said %s", got)
	}
	// Who may join and read, in all its ways; what goes without saying is not said.
	asks, members := commands.RoomAudit{JoinRule: event.JoinRuleKnock, History: event.HistoryVisibilityJoined}, commands.RoomAudit{JoinRule: event.JoinRuleRestricted, History: event.HistoryVisibilityShared}
	both, open := asks, well
	both.JoinRule = event.JoinRuleKnockRestricted
	said(asks)
	for _, step := range []struct {
		found     commands.RoomAudit
		want, not string
	}{
		{members, "otherwise: members of certain rooms may join now and who joins may now read what was said before.", "anybody"},
		{both, "otherwise: one may ask to be let in now.", "members"},
		{asks, "better than it was: members of other rooms may not join any more.", "ask"},
		{open, "otherwise: anybody may join now", "ask"},
		{asks, "better than it was: not anybody may join any more", "ask"},
		{commands.RoomAudit{JoinRule: event.JoinRuleInvite}, "better than it was: one may not ask to be let in any more.", "otherwise"},
	} {
		if got := said(step.found); !strings.Contains(got, step.want) || strings.Contains(got, step.not) {
			t.Errorf("%+v: %q", step, got)
		}
	}
	for i := range 1000 {
		worse.Rulers = append(worse.Rulers, commands.Admin{User: id.UserID(fmt.Sprintf("@r%d:hs", i))})
		worse.Admins = append(worse.Admins, commands.Admin{User: id.UserID(fmt.Sprintf("@a%d:hs", i))})
	}
	if got := said(worse); !strings.Contains(got, "things more") || len(a.known[benchRoom]) > mostAudited {
		t.Errorf("of very many %d are remembered: %s", len(a.known[benchRoom]), got)
	}
}

// A room is looked at when something of it changes, and otherwise rarely.
func TestWhenRoomsAreLookedAt(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	a, now := r.hearing.audits, time.Now()
	a.begun = func() bool { return true }
	a.looked(benchRoom, commands.RoomAudit{}, now)
	if due := a.due(); !due.Equal(now.Add(auditEvery)) {
		t.Errorf("due in %s", due.Sub(now))
	}
	key := ""
	for kind, want := range map[string]time.Duration{"m.room.topic": auditEvery, "m.room.guest_access": auditDelay, "m.room.server_acl": auditDelay, "m.room.tombstone": auditDelay} {
		a.look(benchRoom, now.Add(auditEvery))
		a.heard(&matrix.RoomBatch{Room: benchRoom, Timeline: []*event.Event{{Type: event.Type{Type: kind}, StateKey: &key, Content: event.Content{VeryRaw: json.RawMessage(`{}`)}}}}, now)
		if due := a.due(); !due.Equal(now.Add(want)) {
			t.Errorf("after %s due in %s", kind, due.Sub(now))
		}
	}
	a.heard(&matrix.RoomBatch{Room: "!stranger:hs"}, now)
	if a.begun = func() bool { return false }; !a.due().IsZero() {
		t.Error("due before anything is known")
	}
}

// The room that has waited longest is the one that all of them would give, however rooms come,
// go, change and are looked at.
func TestWhichRoomIsLookedAtNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, moves := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 0
		here := map[id.RoomID]bool{}
		a := &audits{
			commits: commits.New(nil, nil, zerolog.Nop()), begun: func() bool { return true },
			rooms: func() []id.RoomID { return slices.Sorted(maps.Keys(here)) }, moves: func() int { return moves },
			known: map[id.RoomID][]string{}, at: map[id.RoomID]time.Time{}, next: now,
		}
		key := ""
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 8000).Draw(t, "seconds")) * time.Second)
			room := id.RoomID(fmt.Sprintf("!%d:hs", rapid.IntRange(0, 4).Draw(t, "room")))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				if here[room] = !here[room]; !here[room] {
					delete(here, room)
				}
				moves++
			case 1:
				a.heard(&matrix.RoomBatch{Room: room, State: []*event.Event{{Type: event.StateGuestAccess, StateKey: &key}}}, now)
			default:
				due := a.due()
				if due.IsZero() || now.Before(due) {
					continue
				}
				a.looked(a.first, commands.RoomAudit{}, now)
			}
			var want time.Time
			due := a.due()
			for room := range here {
				if of := later(a.at[room], a.next); want.IsZero() || of.Before(want) {
					want = of
				}
			}
			if !due.Equal(want) {
				t.Fatalf("due at %s, not at %s", due, want)
			}
			if len(a.at) > len(here) || len(a.known) > len(here) {
				t.Fatalf("of %d rooms %d are remembered", len(here), len(a.at))
			}
		}
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// What we changed ourselves is no news: whoever wanted it was told. What others changed is, also beside it.
func TestOurOwnChangesAreNoNews(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	a, now := r.hearing.audits, time.Now()
	said := func(found commands.RoomAudit, after time.Duration) string {
		now = now.Add(after)
		a.looked(benchRoom, found, now)
		return r.news(now)
	}
	open, closed := commands.RoomAudit{JoinRule: event.JoinRulePublic}, commands.RoomAudit{JoinRule: event.JoinRuleInvite}
	said(open, 0)
	does := func(verb action.Verb) {
		a.ended(action.Ending{Action: action.Action{Verb: verb, Room: benchRoom}, Fate: action.Done})
	}
	hears := func(sender id.UserID) {
		evt := stateEvent(benchRoom, "m.room.join_rules", "", sender, "$rules", []byte(`{}`))
		a.heard(&matrix.RoomBatch{Room: benchRoom, Timeline: []*event.Event{evt}}, now)
	}
	does(action.SetState)
	hears(r.opts.Self)
	if got := said(closed, 18*time.Second); strings.Contains(got, "set up") {
		t.Errorf("of our own: %s", got)
	}
	hears("@other:hs")
	if got := said(open, 18*time.Second); !strings.Contains(got, "anybody may join now") {
		t.Errorf("of somebody else: %q", got)
	}
	does(action.List)
	hears(r.opts.Self)
	listed := open
	listed.Listed = true
	if got := said(listed, 18*time.Second); strings.Contains(got, "set up") {
		t.Errorf("of the directory: %s", got)
	}
	does(action.Ban) // changes no room
	if got := said(closed, time.Hour); !strings.Contains(got, "not anybody may join any more") {
		t.Errorf("long after: %q", got)
	}
}
