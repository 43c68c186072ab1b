package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

func TestKick(t *testing.T) {
	kicked := func(reason string, who ...string) (did []string) {
		for _, w := range who {
			user, room, _ := strings.Cut(w, " ")
			did = append(did, fmt.Sprintf("kick %s in !%s:ours.example because %q", user, room, reason))
		}
		return did
	}
	spam := []string{"@spam1:evil.example dev", "@spam1:evil.example lobby", "@spam2:evil.example lobby"}
	for _, tc := range []struct {
		line string
		did  []string
		ask  bool
		want []string
	}{
		{"kick @rude:calm.example be calm", kicked("be calm", "@rude:calm.example lobby"), false, []string{"Kicking `@rude:calm.example` from [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example)"}},
		{"kick @spam1:evil.example --room #lobby:ours.example go away", kicked("go away", "@spam1:evil.example lobby"), false, nil},
		{"kick @spam1:evil.example --room !else:ours.example", nil, false, []string{"I protect no room `!else:ours.example`"}},
		{"kick @nobody:hs.example", nil, false, []string{"none of the rooms"}},
		{"kick @warden:ours.example", nil, false, []string{"That is me"}},
		{"kick @*:evil.example", nil, false, []string{"add `--glob`"}},
		{"kick @*:evil.example --glob", nil, true, []string{"2 users from 2 rooms: `@spam1:evil.example` and `@spam2:evil.example`", "Kick them?"}},
		{"kick @*:evil.example --glob --dry-run", nil, false, []string{"Nothing was done", "would kick 2 users"}},
		{"kick --glob --no-confirm @*:evil.example", kicked("", spam...), false, nil},
		{"kick @*2:evil.example --glob", kicked("", spam[2]), false, nil},
		{"kick @mod:ours.example", nil, false, []string{"do not kick moderators"}},
		{"kick @*:* --glob", nil, true, []string{"4 users from 2 rooms", "not `@mod:ours.example`"}},
		{"kick @*:ours.example --glob", nil, false, []string{"nobody to kick"}},
		{"kick evil.example", nil, false, []string{"is no user", "Usage"}},
		{"kick @rude:calm.example --room", nil, false, []string{"`--room` needs a value"}},
		{"kick @rude:calm.example --glob --glob", nil, false, []string{"twice"}},
	} {
		if a := expect(t, newWorld(), tc.line, tc.did, tc.want...); a.Ask != tc.ask {
			t.Errorf("%q asks %v", tc.line, a.Ask)
		}
	}
}

func TestRedact(t *testing.T) {
	gone := func(reason string, which ...string) (did []string) {
		for _, w := range which {
			event, room, _ := strings.Cut(w, " ")
			did = append(did, fmt.Sprintf("redact %s in !%s:ours.example because %q", event, room, reason))
		}
		return did
	}
	spam1 := []string{"$of-@spam1:evil.example dev", "$of-@spam1:evil.example lobby"}
	for _, tc := range []struct {
		line string
		did  []string
		ask  bool
		want []string
	}{
		{"redact @spam1:evil.example spam", gone("spam", spam1...), false, []string{"Removing 2 messages of `@spam1:evil.example` in 2 rooms."}},
		{"redact @spam1:evil.example --limit 50 --room=!dev:ours.example", gone("", spam1[0]), false, []string{"1 message", "Dev"}},
		{"redact @silent:hs.example", nil, false, []string{"no message", "last 1000 messages", "`--limit 10000`"}},
		{"redact @silent:hs.example --limit 10000", nil, false, []string{"no message", "!!--limit"}},
		{"redact @spam*:evil.example", nil, true, []string{"3 messages of 2 users (`@spam1:evil.example` and `@spam2:evil.example`)", "Remove them?"}},
		{"redact @spam*:evil.example --no-confirm", gone("", append(spam1, "$of-@spam2:evil.example lobby")...), false, nil},
		{"redact https://matrix.to/#/!lobby:ours.example/$e?via=x.example rude", gone("rude", "$e lobby"), false, []string{"[Lobby]"}},
		{"redact https://matrix.to/#/%23lobby%3Aours.example/%24e%2F1", gone("", "$e/1 lobby"), false, nil},
		{"redact matrix:roomid/dev:ours.example/e/abc", gone("", "$abc dev"), false, nil},
		{"redact $e --room #lobby:ours.example", gone("", "$e lobby"), false, nil},
		{"redact $e", nil, false, []string{"I do not find that message here"}},
		{"redact https://matrix.to/#/!other:ours.example/$e", nil, false, []string{"I protect no room"}},
		{"redact bad.example", nil, false, []string{"neither a user nor a message"}},
		{"redact @a:hs.example --limit 0", nil, false, []string{"from 1 to 10000"}},
		{"redact @a:hs.example --limit ten", nil, false, []string{"`ten`"}},
		// Only what was said since, to the second.
		{"redact @spam1:evil.example --since 2h spam", gone("spam", spam1...), false, []string{"Removing 2 messages"}},
		{"redact @spam1:evil.example --since 1970-01-01T01:00", gone("", spam1...), false, nil},
		{"redact @nobody:hs.example", nil, false, []string{"among the last 1000 messages of each room. `--limit 10000` looks further back"}},
		{"redact @nobody:hs.example --limit 10000", nil, false, []string{"There is no message of `@nobody:hs.example`, or none any more, in what I can read of the protected rooms.", "!!further"}},
		{"redact @spam1:evil.example --since 30m", nil, false, []string{"I found no message of `@spam1:evil.example` since 1970-01-02 01:30 UTC."}},
		{"redact @spam1:evil.example --since 2999-01-01", nil, false, []string{"has not come yet"}},
		{"redact @spam1:evil.example --since 99999999999999w", nil, false, []string{"`99999999999999w`"}},
		{"redact $e --room #lobby:ours.example --since 2h", nil, false, []string{"go with a user"}},
		// And what rooms show of them.
		{"redact @spam1:evil.example --profile --room !lobby:ours.example bad", append(gone("bad", spam1[1]),
			"redact @spam1:evil.example$profile in !lobby:ours.example because \"bad\"", "give_back @spam1:evil.example in !lobby:ours.example because \"bad\"", "redact @spam1:evil.example$topic in !lobby:ours.example because \"bad\""), false,
			[]string{"Their names and pictures are being removed in [Lobby]", "What they set as name, topic or picture are being set back in [Lobby]"}},
		{"redact @silent:hs.example --profile", nil, false, []string{"no message"}},
	} {
		if a := expect(t, newWorld(), tc.line, tc.did, tc.want...); a.Ask != tc.ask {
			t.Errorf("%q asks %v", tc.line, a.Ask)
		}
	}
	// What one of them set before another is not given back, and no moderator is one of them.
	for _, s := range newSet(newWorld()).Plan(t.Context(), Request{Sender: mod}, "redact @spam1:evil.example @spam2:evil.example @mod:ours.example --profile").Steps {
		if a := s.Want; a.Verb == action.GiveBack && !slices.Equal(a.With, []id.UserID{"@spam2:evil.example"}) {
			t.Errorf("given back is what was there before %s and %v", a.User, a.With)
		}
	}
	w := newWorld()
	w.fail = errRefused
	p := newSet(w).Plan(t.Context(), Request{Sender: mod}, "redact @spam1:evil.example")
	if len(p.Steps) != 2 || !strings.Contains(p.Answer, "Removing 2") || !strings.Contains(p.Answer, "Not all could be read") {
		t.Errorf("%+v", p)
	}
}

// memberFake is what the commands about members see of a world. Everybody in it said
// one thing, and @a seven.
type memberFake struct{ *world }

func (f memberFake) FindMembers(glob string, room id.RoomID) map[id.RoomID][]id.UserID {
	found := map[id.RoomID][]id.UserID{}
	for in, some := range f.members {
		for _, u := range some {
			if (room == "" || room == in) && u != self && (policy.Rule{Kind: policy.User, Entity: glob}).Matches(string(u)) {
				found[in] = append(found[in], u)
			}
		}
	}
	return found
}

func (f memberFake) Spared(glob string) []id.UserID {
	return f.preview([]policy.Rule{{Kind: policy.User, Entity: glob}}, nil).Guarded
}

func (f memberFake) Now() time.Time { return time.Unix(26*60*60, 0) }

func (f memberFake) Wrote(_ context.Context, s Search) bool {
	return s.Of("@spam1:evil.example") || s.Of("@spam3:evil.example")
}

func (f memberFake) Traces(s Search) []Trace {
	if u := id.UserID("@host:calm.example"); s.Of(u) && s.Users[0].User == u {
		return []Trace{{Room: "!lobby:ours.example", User: u, Invited: "@guest:hs.example"}, {Room: "!lobby:ours.example", User: u, Invited: "@rude:calm.example"}}
	}
	if u := id.UserID("@spam1:evil.example"); s.Of(u) {
		return []Trace{{Room: "!lobby:ours.example", User: u, Event: "$profile", Of: action.ToProfile}, {Room: "!lobby:ours.example", User: u, Event: "$topic", Of: action.ToTopic, Kind: event.StateTopic}}
	}
	return nil
}

func (f memberFake) Messages(_ context.Context, s Search, progress Progress) (found Found, err error) {
	if progress != nil {
		progress("Looking.", 1, 2)
	}
	found.Unread, found.Whole = f.fail, s.Limit == mostLimit
	for _, room := range slices.Sorted(maps.Keys(f.members)) {
		for _, u := range f.members[room] {
			if (len(s.Rooms) == 0 || slices.Contains(s.Rooms, room)) && s.Of(u) && f.Now().Add(-time.Hour).After(s.Since) {
				found.Messages = append(found.Messages, Said{Room: room, Event: id.EventID("$of-" + u), By: u, Text: "Buy gold"})
			}
		}
	}
	return found, nil
}

func (f memberFake) Message(_ context.Context, room id.RoomID, _ id.EventID) ([]any, error) {
	return []any{room}, f.fail
}
