package community_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	typeProtected = "org.matrix.mjolnir.protected_rooms"
	typeWatched   = "org.matrix.mjolnir.watched_lists"
	schemaKey     = "ge.applied-langua.ge.draupnir.schema_version"
)

func (f *fixture) accountData(kind string) (content map[string]any) {
	f.t.Helper()
	err := f.bot.GetAccountData(f.t.Context(), kind, &content)
	if err != nil && !errors.Is(err, mautrix.MNotFound) {
		f.t.Fatal(err)
	}
	return content
}

// A community changes bots by changing the process: what Mjolnir and Draupnir wrote
// is followed, and what they need of it is still there after our own changes, in
// its order.
func TestAccountDataOfOtherBots(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	byAlias := f.room("list by alias", "m.policy", f.bot)
	alias := id.NewRoomAlias(strings.TrimPrefix(string(f.bot.UserID[:len(f.bot.UserID)-len(":localhost")]), "@"), f.server.Name)
	_, err := f.mod.CreateAlias(t.Context(), alias, byAlias)
	f.must(err)
	f.rule(byAlias, "user", "1", string(spammer.UserID))
	// As Draupnir writes it, and an entry that is nothing to us.
	f.must(f.bot.SetAccountData(t.Context(), typeProtected, map[string]any{
		"rooms": []any{f.rooms[1], f.rooms[0], 5}, schemaKey: 1, "org.example.note": map[string]any{"n": 1},
	}))
	// As Mjolnir of old wrote it: a link to an alias.
	f.must(f.bot.SetAccountData(t.Context(), typeWatched, map[string]any{
		"references": []any{alias.URI().MatrixToURL(), f.list.URI("a.example", "b.example").MatrixToURL(), "rubbish"}, schemaKey: 2,
	}))
	f.start()
	f.banned(spammer.UserID)
	other, shared := f.room("another room", ""), f.room("shared list", "m.policy", f.bot)
	f.say("!forseti rooms add " + string(other))
	f.hear("Protecting", "another room")
	f.say("!forseti watch " + string(shared))
	f.hear("shared list", "rules")
	f.say("!forseti rooms remove " + string(f.rooms[0]) + " --no-confirm")
	f.eventually("leave", func() bool { return f.membership(f.rooms[0], f.bot.UserID) == event.MembershipLeave })
	f.settle()

	protected := f.accountData(typeProtected)
	if got := fmt.Sprint(protected["rooms"], protected[schemaKey], protected["org.example.note"]); got != fmt.Sprintf("[%s 5 %s] 1 map[n:1]", f.rooms[1], other) {
		t.Errorf("protected rooms: %s", got)
	}
	watched := f.accountData(typeWatched)
	references, _ := json.Marshal(watched["references"])
	want, _ := json.Marshal([]any{
		alias.URI().MatrixToURL(), f.list.URI("a.example", "b.example").MatrixToURL(), "rubbish", shared.URI("localhost").MatrixToURL(),
	})
	if string(references) != string(want) || fmt.Sprint(watched[schemaKey]) != "2" {
		t.Errorf("watched lists: %s, schema %v; want %s", references, watched[schemaKey], want)
	}
	// The alias may be pointed elsewhere, or be gone: the list stays, also over a
	// restart, and the ban with it.
	f.must1(f.mod.DeleteAlias(t.Context(), alias))
	f.restart()
	f.settle()
	if got := f.membership(f.rooms[1], spammer.UserID); got != event.MembershipBan {
		t.Errorf("without its alias the list is lost: %s", got)
	}
	f.say("!forseti unwatch " + string(byAlias) + " --no-confirm")
	f.eventually("free who only that list held", func() bool { return f.membership(f.rooms[1], spammer.UserID) == event.MembershipLeave })
	if references, _ := json.Marshal(f.accountData(typeWatched)["references"]); strings.Contains(string(references), string(alias)) {
		t.Errorf("still watched: %s", references)
	}
}

func (f *fixture) must1(_ any, err error) {
	f.t.Helper()
	f.must(err)
}

// Another process, or a person, may change the account data while we run.
func TestAccountDataIsFollowed(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	f.must(f.bot.SetAccountData(t.Context(), typeProtected, map[string]any{"rooms": f.rooms[:1]}))
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.start()
	f.eventually("ban in the first room", func() bool { return f.membership(f.rooms[0], spammer.UserID) == event.MembershipBan })
	f.must(f.bot.SetAccountData(t.Context(), typeProtected, map[string]any{"rooms": f.rooms}))
	f.banned(spammer.UserID)
	// What makes no sense changes nothing.
	for _, odd := range []any{5, nil, "x", map[string]any{"a": 1}} {
		f.must(f.bot.SetAccountData(t.Context(), typeProtected, map[string]any{"rooms": odd}))
		f.must(f.bot.SetAccountData(t.Context(), typeWatched, map[string]any{"references": odd}))
	}
	f.settle()
	f.restart()
	f.settle()
	f.say("!forseti status")
	f.hear("2 rooms", "1 rule of 1 list")
	if !f.everywhere(spammer.UserID, event.MembershipBan)() {
		t.Error("a ban was lifted")
	}
}

// The default list is kept with the account, and holds over a restart.
func TestDefaultListIsKept(t *testing.T) {
	f := newFixture(t, 1)
	second := f.room("second", "m.policy", f.bot)
	f.must(f.bot.SetAccountData(t.Context(), typeWatched, map[string]any{"references": []string{f.list.URI().MatrixToURL(), second.URI().MatrixToURL()}}))
	f.start()
	f.hear("Hello")
	f.say("!forseti ban @a:hs.example rude")
	f.hear("Which list?")
	f.reactTo("Which list?", "1\ufe0f\u20e3")
	f.hear("now bans the user `@a:hs.example`")
	f.eventually("the rule in the list that was tapped", func() bool {
		state, err := f.mod.State(t.Context(), f.list)
		return err == nil && len(state[event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}]) == 1
	})
	f.say("!forseti list default " + string(second))
	f.hear("from now on if no list is named")
	f.restart()
	f.say("!forseti ban @a:hs.example rude")
	f.hear("now bans the user `@a:hs.example`")
	f.eventually("the rule in the default list", func() bool {
		state, err := f.mod.State(t.Context(), second)
		return err == nil && len(state[event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}]) == 1
	})
}
