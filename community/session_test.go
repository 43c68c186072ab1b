package community_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// wrong are values of every JSON type; each is of the wrong type for some field.
var wrong = []any{nil, true, -1, 1.5, json.Number("1e999"), "text", []any{}, []any{1, "x", nil}, map[string]any{}, map[string]any{"a": []any{1}}}

// hostile are events that are wrong in each of their fields, in each way.
func hostile() (all []any) {
	whole := func() map[string]any {
		return map[string]any{
			"type": "m.room.message", "event_id": "$made-up", "sender": "@x:evil.example", "origin_server_ts": 1,
			"content": map[string]any{"body": "hello", "msgtype": "m.text"},
		}
	}
	for _, field := range []string{
		"type", "event_id", "sender", "origin_server_ts", "content", "state_key", "redacts", "unsigned", "prev_content", "room_id", "msc4354_sticky",
	} {
		for _, value := range wrong {
			evt := whole()
			evt[field] = value
			all = append(all, evt)
		}
	}
	for _, kind := range []string{
		"m.room.member", "m.room.power_levels", "m.room.server_acl", "m.room.create", "m.room.join_rules", "m.room.tombstone", "m.room.name",
		"m.policy.rule.user", "m.policy.rule.server", "m.policy.rule.room", "org.matrix.mjolnir.shortcode", "m.room.redaction", "m.reaction", "m.room.message",
	} {
		for _, field := range []string{
			"membership", "displayname", "users", "events", "ban", "allow", "deny", "entity", "recommendation", "hashes", "reason", "redacts",
			"replacement_room", "m.relates_to", "body", "formatted_body", "m.mentions", "shortcode", "name", "room_version", "additional_creators",
		} {
			for _, value := range wrong {
				evt := whole()
				// No state key of anybody or anything real: what is well formed enough to
				// be believed must not change what the test is about.
				evt["type"], evt["content"] = kind, map[string]any{field: value}
				if kind != "m.room.redaction" && kind != "m.reaction" && kind != "m.room.message" {
					evt["state_key"] = "@x:evil.example"
				}
				all = append(all, evt)
			}
		}
	}
	return append(all, wrong...)
}

// Malformed events, with any field of any type, neither stop nor delay the sync.
func TestMalformedEventsStopNothing(t *testing.T) {
	f := newFixture(t, 1)
	spammer := f.member("spammer")
	events := hostile()
	f.proxy.On(faults.Sync, faults.Edit(func(answer map[string]any) {
		for _, room := range []id.RoomID{f.rooms[0], f.list, f.management} {
			if joined, _ := answer["rooms"].(map[string]any)["join"].(map[string]any); joined[string(room)] == nil {
				continue // only beside what is real, so that the bot does not go round for ever
			}
			timeline, _ := faults.Joined(answer, string(room))["timeline"].(map[string]any)
			if timeline == nil {
				continue // an answer with nothing but receipts
			}
			real, _ := timeline["events"].([]any)
			timeline["events"] = append(append(append([]any{}, events...), real...), events...)
		}
		data, _ := answer["account_data"].(map[string]any)
		real, _ := data["events"].([]any)
		real = append(real, map[string]any{"type": "org.matrix.mjolnir.watched_lists", "content": 5}, map[string]any{"type": "org.matrix.mjolnir.protected_rooms", "content": map[string]any{"rooms": 5}})
		answer["account_data"] = map[string]any{"events": append(real, wrong...)}
	}))
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.banned(spammer.UserID)
	f.rule(f.list, "user", "1", "")
	f.freed(spammer.UserID)
	f.say("!forseti status")
	f.hear("1 room", "1 list")
}

// What the homeserver puts off, by either way of saying for how long, is done
// later, and once.
func TestRateLimitsAreWaitedOut(t *testing.T) {
	for name, fault := range map[string]faults.Fault{"header": faults.LimitedByHeader(1), "body": faults.LimitedByBody(900)} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, 2)
			spammer := f.member("spammer")
			f.start()
			f.hear("Hello")
			f.proxy.Times(2, faults.Ban, fault)
			f.rule(f.list, "user", "1", string(spammer.UserID))
			f.banned(spammer.UserID)
			var refused, done []faults.Request
			f.eventually("have an answer to each ban", func() bool {
				refused, done = nil, nil
				for _, r := range f.proxy.Requests(faults.Ban) {
					switch r.Status {
					case http.StatusTooManyRequests:
						refused = append(refused, r)
					case http.StatusOK:
						done = append(done, r)
					}
				}
				return len(refused) > 0 && len(done) == len(f.rooms)
			})
			for _, r := range done {
				for _, before := range refused {
					if wait := r.Began.Sub(before.Began); wait > 0 && wait.Milliseconds() < 900 {
						t.Errorf("tried again after %s", wait)
					}
				}
			}
		})
	}
}

// What may not have come to the homeserver is sent again as the same send: it
// happens once.
func TestRetriedSendsAreTheSameSend(t *testing.T) {
	for name, fault := range map[string]faults.Fault{
		"cut": faults.Cut, "502": faults.Answer(http.StatusBadGateway, "M_UNKNOWN"), "504": faults.Answer(http.StatusGatewayTimeout, "M_UNKNOWN"),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, 1)
			user := f.member("nuisance")
			sent, err := user.SendText(t.Context(), f.rooms[0], "rubbish")
			f.must(err)
			f.start()
			f.hear("Hello")
			f.proxy.Forget()
			f.proxy.Times(1, faults.Redact, fault)
			f.proxy.Times(1, faults.In("/send/m.room.message/", faults.Speech), fault)
			f.say("!forseti redact " + string(user.UserID))
			f.hear("Removed", "message")
			redactions := 0
			for _, evt := range f.timeline(f.rooms[0]) {
				if evt.Type == event.EventRedaction {
					redactions++
				}
				if evt.ID == sent.EventID && evt.Unsigned.RedactedBecause == nil {
					t.Error("the message remains")
				}
			}
			if redactions != 1 {
				t.Errorf("%d redactions of one message", redactions)
			}
			for _, match := range []faults.Match{faults.Redact, faults.In(string(f.management), faults.In("/send/m.room.message/", faults.Speech))} {
				f.eventually("try again", func() bool { return len(f.proxy.Requests(match)) > 1 })
				if tries := f.proxy.Requests(match); tries[0].Path != tries[1].Path {
					t.Errorf("the retry is another send: %s, %s", tries[0].Path, tries[1].Path)
				}
			}
			if said := f.times("Removed"); said != 1 {
				t.Errorf("the outcome was told %d times", said)
			}
		})
	}
}

// What was done though the answer was lost is ours, is told, and is undone when
// its rule goes. It is not done again.
func TestLostAnswersAreNoLostWork(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	talk := f.room("another room", "")
	f.must(invite(f, talk))
	f.start()
	f.hear("Hello")
	for _, match := range []faults.Match{faults.Ban, faults.ACL} {
		f.proxy.Times(2, match, faults.Lose)
	}
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.rule(f.list, "server", "2", "evil.example")
	f.rule(f.list, "server", "3", "worse.example")
	f.banned(spammer.UserID)
	f.hear("Banned", string(spammer.UserID), "2 rooms")
	for _, room := range f.rooms {
		f.eventually("deny the servers", func() bool { return len(f.deny(room)) == 2 })
	}
	f.settle()
	for _, match := range []faults.Match{faults.Unban, faults.ACL} {
		f.proxy.Times(2, match, faults.Lose)
	}
	f.rule(f.list, "user", "1", "")
	f.rule(f.list, "server", "2", "")
	f.freed(spammer.UserID)
	f.hear("Unbanned", string(spammer.UserID), "2 rooms")
	for _, room := range f.rooms {
		f.eventually("let the server in", func() bool { return len(f.deny(room)) == 1 })
	}
	f.rule(f.list, "server", "3", "")
	for _, room := range f.rooms {
		f.eventually("let both in", func() bool { return len(f.deny(room)) == 0 })
	}
	f.say("!forseti rooms add " + string(talk))
	f.hear("Protecting", "another room")
	f.join(talk, spammer)
	sent, err := spammer.SendText(t.Context(), talk, "rubbish")
	f.must(err)
	for _, match := range []faults.Match{faults.Redact, faults.Kick, faults.In("/send/m.room.message/", faults.Speech)} {
		f.proxy.Times(1, match, faults.Lose)
	}
	f.say("!forseti redact " + string(spammer.UserID))
	f.hear("Removed 1 message")
	f.say("!forseti kick " + string(spammer.UserID))
	f.hear("Kicked", string(spammer.UserID), "from another room")
	f.settle()
	redactions := 0
	for _, evt := range f.timeline(talk) {
		if evt.Type == event.EventRedaction {
			redactions++
		}
		if evt.ID == sent.EventID && evt.Unsigned.RedactedBecause == nil {
			t.Error("the message remains")
		}
	}
	if redactions != 1 || f.times("Removed 1 message") != 1 {
		t.Errorf("%d redactions of one message, told %d times", redactions, f.times("Removed 1 message"))
	}
}

// Actions of all kinds come to their end through an outage.
func TestOutageIsWaitedOut(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	f.start()
	f.hear("Hello")
	broken := f.proxy.On(faults.Everything, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		switch len(r.URL.Path) % 3 {
		case 0:
			faults.Cut(w, r, next)
		case 1:
			faults.Answer(http.StatusServiceUnavailable, "M_UNKNOWN")(w, r, next)
		default:
			faults.Lose(w, r, next)
		}
	})
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.rule(f.list, "server", "2", "evil.example")
	f.eventually("try during the outage", func() bool {
		return len(f.proxy.Requests(func(_, path string) bool { return faults.Sync("", path) })) > 3
	})
	broken()
	f.banned(spammer.UserID)
	for _, room := range f.rooms {
		f.eventually("deny the server", func() bool { return len(f.deny(room)) == 1 })
	}
	f.hear("Banned", string(spammer.UserID), "2 rooms")
}

// More happened while the bot was away than one answer of sync holds: rules, their
// removal, joins, commands, and what nobody may miss.
func TestGapIsFilled(t *testing.T) {
	f := newFixture(t, 1)
	first, second := f.member("first"), f.server.Client(t, "second")
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", string(first.UserID))
	f.banned(first.UserID)
	f.stopBot()
	f.rule(f.list, "user", "1", "")
	f.rule(f.list, "user", "2", string(second.UserID))
	f.join(f.rooms[0], second)
	f.say("!forseti match @early:example.org")
	for _, room := range []id.RoomID{f.list, f.rooms[0], f.management} {
		for i := range 110 {
			_, err := f.mod.SendText(t.Context(), room, fmt.Sprint("noise ", i))
			f.must(err)
		}
	}
	var limited atomic.Bool
	f.proxy.On(faults.Sync, faults.Edit(func(answer map[string]any) {
		timeline, _ := faults.Joined(answer, string(f.list))["timeline"].(map[string]any)
		if timeline["limited"] == true {
			limited.Store(true)
		}
	}))
	f.launch()
	f.freed(first.UserID)
	f.eventually("ban who came in the gap", func() bool { return f.membership(f.rooms[0], second.UserID) == event.MembershipBan })
	f.hear("No rule matches", "@early:example.org")
	f.stopBot()
	if !limited.Load() {
		t.Error("there was no gap")
	}
}

// A message that forked off before its sender's ban comes with state of before it,
// and a profile that changed on that fork comes after it. Neither is an unban.
func TestForksUndoNoBan(t *testing.T) {
	f := newFixture(t, 1)
	spammer := f.member("spammer")
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.banned(spammer.UserID)
	f.hear("Banned")
	joined := func(name string) map[string]any {
		return map[string]any{
			"type": "m.room.member", "state_key": spammer.UserID, "sender": spammer.UserID, "event_id": "$" + name, "origin_server_ts": 1,
			"content": map[string]any{"membership": "join", "displayname": name},
		}
	}
	f.proxy.Forget()
	f.synced(func(answer map[string]any) {
		faults.Joined(answer, string(f.rooms[0]))["state"] = map[string]any{"events": []any{joined("before")}}
		faults.Timeline(answer, string(f.rooms[0]), joined("beside"))
	})
	f.settle()
	if again := f.proxy.Requests(faults.Ban); len(again) > 0 {
		t.Errorf("banned again: %v", again)
	}
	f.rule(f.list, "user", "1", "")
	f.freed(spammer.UserID) // it was still known as ours
}

// The homeserver may call our place in the stream unknown, as after a restore of
// its database. The bot begins anew and does not repeat itself.
func TestLostPlaceBeginsAnew(t *testing.T) {
	f := newFixture(t, 1)
	spammer := f.member("spammer")
	f.start()
	f.hear("Hello")
	refuse := f.proxy.On(func(_, path string) bool { return strings.HasSuffix(path, "/sync") }, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Get("since") != "" {
			faults.Answer(http.StatusBadRequest, "M_INVALID_PARAM")(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.banned(spammer.UserID)
	refuse()
	f.settle()
	if n := f.times("Hello"); n != 1 {
		t.Errorf("said hello %d times", n)
	}
}

// What sync brings again, as after an answer that was handled and not stored, is
// no news: commands are obeyed once, messages count once, nothing is done twice.
func TestRepeatedEventsCountOnce(t *testing.T) {
	f := newFixture(t, 1)
	spammer, talker := f.member("spammer"), f.member("talker")
	before := map[string][]any{}
	f.proxy.On(faults.Sync, faults.Edit(func(answer map[string]any) {
		rooms, _ := answer["rooms"].(map[string]any)
		joined, _ := rooms["join"].(map[string]any)
		for room := range joined {
			timeline, _ := faults.Joined(answer, room)["timeline"].(map[string]any)
			events, _ := timeline["events"].([]any)
			if timeline == nil {
				continue
			}
			timeline["events"] = slices.Concat(before[room], events, events)
			before[room] = events
		}
	}))
	f.start()
	f.hear("Hello")
	f.say("!forseti enable flooding")
	f.hear("flooding", "on")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.banned(spammer.UserID)
	for i := range 8 { // ten are allowed
		_, err := talker.SendText(t.Context(), f.rooms[0], fmt.Sprint("hello ", i))
		f.must(err)
	}
	f.say("!forseti match @once:example.org")
	f.hear("@once:example.org")
	f.settle()
	f.settle()
	f.untouched(talker.UserID)
	if n := f.times("No rule matches `@once:example.org`"); n != 1 {
		t.Errorf("answered %d times", n)
	}
	if bans := f.proxy.Requests(faults.Ban); len(bans) != 1 {
		t.Errorf("%d bans", len(bans))
	}
	f.rule(f.list, "user", "1", "")
	f.freed(spammer.UserID)
}
