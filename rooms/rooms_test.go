package rooms_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

const (
	roomID = id.RoomID("!room:hs")
	bot    = id.UserID("@bot:hs")
	alice  = id.UserID("@alice:hs")
	mallet = id.UserID("@mallet:bad")
)

var now = time.UnixMilli(1_700_000_000_000)

var serial int

// state makes a state event the way the homeserver's JSON would.
func state(sender id.UserID, eventType, key, content string) *event.Event {
	serial++
	evt := &event.Event{
		Type:     event.Type{Type: eventType, Class: event.StateEventType},
		StateKey: &key, Sender: sender, RoomID: roomID,
		ID: id.EventID("$" + strconv.Itoa(serial)),
	}
	// Content that is no object is kept as raw JSON only.
	_ = evt.Content.UnmarshalJSON([]byte(content))
	return evt
}

func member(sender, user id.UserID, membership string) *event.Event {
	content, _ := json.Marshal(map[string]string{"membership": membership})
	return state(sender, "m.room.member", string(user), string(content))
}

func room(events ...*event.Event) *rooms.Room { return roomAt(roomID, events...) }

func roomAt(room id.RoomID, events ...*event.Event) *rooms.Room {
	r := rooms.New(room)
	for _, evt := range events {
		r.Apply(evt, now)
	}
	return r
}

func create(content string) *event.Event { return state(alice, "m.room.create", "", content) }
func power(content string) *event.Event {
	return state(alice, "m.room.power_levels", "", content)
}

func TestLevel(t *testing.T) {
	const v9, v10 = `{"room_version":"9","creator":"@alice:hs"}`, `{"room_version":"10","creator":"@alice:hs"}`
	tests := []struct {
		name          string
		create, power string
		want          int64
	}{
		{"string up to 9", v9, `{"users":{"@bot:hs":" +050 "}}`, 50},
		{"fraction up to 9", v9, `{"users":{"@bot:hs":50.9}}`, 50},
		{"no version is 1", `{}`, `{"users":{"@bot:hs":"50"}}`, 50},
		{"string that is no number", v9, `{"users":{"@bot:hs":"inf"}}`, 0},
		{"hexadecimal", v9, `{"users":{"@bot:hs":"0x10"}}`, 0},
		{"string from 10", v10, `{"users":{"@bot:hs":"50"}}`, 0},
		{"fraction from 10", v10, `{"users":{"@bot:hs":50.5}}`, 0},
		{"integer", v10, `{"users":{"@bot:hs":50}}`, 50},
		{"negative", v10, `{"users":{"@bot:hs":-1}}`, -1},
		{"default", v10, `{"users_default":7}`, 7},
		{"wrong default", v10, `{"users_default":[]}`, 0},
		{"bool", v10, `{"users":{"@bot:hs":true}}`, 0},
		{"null", v10, `{"users":{"@bot:hs":null}}`, 0},
		{"users is a list", v10, `{"users":[1],"users_default":3}`, 3},
		{"wrong case of key", v10, `{"Users":{"@bot:hs":50}}`, 0},
		{"content is a list", v10, `[]`, 0},
		{"huge stays finite", v10, `{"users":{"@bot:hs":9223372036854775807}}`, 1<<53 - 1},
		{"beyond int64", v9, `{"users":{"@bot:hs":"99999999999999999999"}}`, 1<<53 - 1},
		{"far below", v9, `{"users":{"@bot:hs":-1e400}}`, -(1<<53 - 1)},
		{"additional creator before 12", `{"room_version":"11","additional_creators":["@bot:hs"]}`, `{}`, 0},
		{"additional creator", `{"room_version":"12","additional_creators":["@bot:hs"]}`, `{"users":{"@bot:hs":1}}`, rooms.Infinite},
		{"bad additional creators", `{"room_version":"12","additional_creators":[1,"bot",null]}`, `{}`, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// Levels are read by the version, whichever event comes first.
			for _, r := range []*rooms.Room{
				room(create(test.create), power(test.power)),
				room(power(test.power), create(test.create)),
			} {
				if got := r.Level(bot); got != test.want {
					t.Errorf("Level = %d, want %d", got, test.want)
				}
			}
		})
	}
}

func TestLevelOfCreator(t *testing.T) {
	tests := []struct {
		name   string
		events []*event.Event
		want   int64
	}{
		{"no state", nil, 0},
		{"no levels", []*event.Event{create(`{"room_version":"11"}`)}, 100},
		{"named in content", []*event.Event{create(`{"room_version":"6","creator":"@bot:hs"}`)}, 0},
		{"levels leave them out", []*event.Event{create(`{"room_version":"11"}`), power(`{}`)}, 0},
		{"12, no levels", []*event.Event{create(`{"room_version":"12"}`)}, rooms.Infinite},
		{"12", []*event.Event{create(`{"room_version":"12"}`), power(`{"users_default":3}`)}, rooms.Infinite},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := room(test.events...).Level(alice); got != test.want {
				t.Errorf("Level = %d, want %d", got, test.want)
			}
		})
	}
	if r := roomAt("!hash", create(`{"room_version":"org.example.13"}`)); r.Level(alice) != rooms.Infinite {
		t.Error("an experimental version with server-less room IDs has creators")
	}
	if r := room(create(`{"room_version":"org.example.7"}`), power(`{}`)); r.Level(alice) != 0 {
		t.Error("an experimental version with old room IDs has none")
	}
}

func TestNeeds(t *testing.T) {
	const custom = `{"ban":60,"kick":70,"redact":20,"invite":5,"state_default":30,"events_default":1,
		"events":{"m.room.server_acl":100,"m.room.redaction":40,"m.room.message":"x"}}`
	tests := []struct {
		power rooms.Power
		blank int64
		want  int64
	}{
		{rooms.PowerBan, 50, 60},
		{rooms.PowerKick, 50, 70},
		{rooms.PowerUnban, 50, 70},
		{rooms.PowerRedact, 50, 40},
		{rooms.PowerInvite, 0, 5},
		{rooms.PowerACL, 50, 100},
		{rooms.PowerLevels, 50, 30},
		{rooms.PowerState("m.room.name"), 50, 30},
		{rooms.PowerSend("m.room.message"), 0, 1},
	}
	for _, test := range tests {
		c := create(`{"room_version":"11"}`)
		if got, ok := room(c).Needs(bot, test.power); got != test.blank || ok != (test.blank <= 0) {
			t.Errorf("%s, no levels: %d %t, want %d", test.power, got, ok, test.blank)
		}
		if got, _ := room(c, power(custom)).Needs(bot, test.power); got != test.want {
			t.Errorf("%s: %d, want %d", test.power, got, test.want)
		}
		if _, ok := room(c, power(`{"users":{"@bot:hs":100}}`)).Needs(bot, test.power); !ok {
			t.Errorf("%s: 100 should do", test.power)
		}
	}
}

func TestLacks(t *testing.T) {
	at := func(level string) *rooms.Room {
		return room(create(`{"room_version":"11"}`), member(bot, bot, "join"),
			power(`{"users":{"@bot:hs":`+level+`},"ban":40,"kick":40,"redact":60,"events":{"m.room.server_acl":100}}`))
	}
	for level, want := range map[string][]rooms.Lack{
		"0":  {{"ban", 40}, {"kick", 40}, {"remove messages", 60}, {"set the server ACL", 100}},
		"50": {{"remove messages", 60}, {"set the server ACL", 100}}, "100": nil,
	} {
		if got := at(level).Lacks(bot); !slices.Equal(got, want) {
			t.Errorf("%s: lacks %v, want %v", level, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	levels := func(botLevel, malletLevel string) *event.Event {
		return power(`{"users":{"@bot:hs":` + botLevel + `,"@mallet:bad":` + malletLevel + `},"events":{"m.room.server_acl":100}}`)
	}
	in := []*event.Event{create(`{"room_version":"12"}`), member(bot, bot, "join"), member(mallet, mallet, "join")}
	with := func(more ...*event.Event) *rooms.Room {
		return room(append(in[:len(in):len(in)], more...)...)
	}
	tests := []struct {
		name string
		got  rooms.Refusal
		want rooms.Refusal
		text string
	}{
		{"may ban", with(levels("50", "49")).CanBan(bot, mallet), rooms.Refusal{}, ""},
		{"may ban an unknown user", with(levels("50", "0")).CanBan(bot, "@new:bad"), rooms.Refusal{}, ""},
		{
			"level", with(levels("40", "0")).CanBan(bot, mallet),
			rooms.Refusal{Reason: rooms.LowLevel, Power: rooms.PowerBan, Need: 50, Have: 40},
			"I need power level 50 to ban and have 40",
		},
		{
			"equals", with(levels("50", "50")).CanBan(bot, mallet),
			rooms.Refusal{Reason: rooms.TargetLevel, Power: rooms.PowerBan, Need: 51, Have: 50},
			"I need power level 51 to ban this user and have 50",
		},
		{
			"creator", with(levels("100", "0")).CanBan(bot, alice),
			rooms.Refusal{Reason: rooms.TargetCreator, Power: rooms.PowerBan}, "the user is a creator of the room",
		},
		{
			"not there", room(levels("100", "0")).CanBan(bot, mallet),
			rooms.Refusal{Reason: rooms.NotJoined, Power: rooms.PowerBan}, "I am not in the room",
		},
		{
			"kick of nobody", with(levels("50", "0")).CanKick(bot, "@new:bad"),
			rooms.Refusal{Reason: rooms.TargetAbsent, Power: rooms.PowerKick}, "the user is not in the room",
		},
		{"kick of an invite", with(levels("50", "0"), member(bot, alice, "leave"), member(bot, "@new:bad", "invite")).CanKick(bot, "@new:bad"), rooms.Refusal{}, ""},
		{
			"unban of nobody", with(levels("50", "0")).CanUnban(bot, mallet),
			rooms.Refusal{Reason: rooms.NotBanned, Power: rooms.PowerUnban}, "the user is not banned",
		},
		{"unban", with(levels("50", "0"), member(alice, mallet, "ban")).CanUnban(bot, mallet), rooms.Refusal{}, ""},
		{
			"invite of a banned", with(levels("50", "0"), member(alice, mallet, "ban")).CanInvite(bot, mallet),
			rooms.Refusal{Reason: rooms.TargetBanned, Power: rooms.PowerInvite}, "the user is banned",
		},
		{
			"ACL", with(levels("50", "0")).CanSetState(bot, "m.room.server_acl"),
			rooms.Refusal{Reason: rooms.LowLevel, Power: rooms.PowerACL, Need: 100, Have: 50},
			"I need power level 100 to set m.room.server_acl and have 50",
		},
		{"message", with(levels("0", "0")).CanSend(bot, "m.room.message"), rooms.Refusal{}, ""},
		{"promotion", with(levels("50", "0")).CanSetLevel(bot, mallet, 50), rooms.Refusal{}, ""},
		{"stepping down", with(levels("50", "50")).CanSetLevel(bot, bot, 0), rooms.Refusal{}, ""},
		{
			"promotion above oneself", with(levels("50", "0")).CanSetLevel(bot, mallet, 51),
			rooms.Refusal{Reason: rooms.LowLevel, Power: rooms.PowerLevels, Need: 51, Have: 50},
			"I need power level 51 to set m.room.power_levels and have 50",
		},
		{
			"demotion of an equal", with(levels("50", "50")).CanSetLevel(bot, mallet, 0),
			rooms.Refusal{Reason: rooms.TargetLevel, Power: rooms.PowerLevels, Need: 51, Have: 50},
			"I need power level 51 to set m.room.power_levels for this user and have 50",
		},
		{
			"level of a creator", with(levels("50", "50")).CanSetLevel(bot, alice, 0),
			rooms.Refusal{Reason: rooms.TargetCreator, Power: rooms.PowerLevels}, "the user is a creator of the room",
		},
		{"redact", with(levels("50", "0")).CanRedact(bot), rooms.Refusal{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.got != test.want || test.got.String() != test.text {
				t.Errorf("got %+v %q, want %+v %q", test.got, test.got, test.want, test.text)
			}
		})
	}
}

// In an encrypted room there are two ways to write, and in others one.
func TestSpeaks(t *testing.T) {
	for _, tc := range []struct {
		events    string
		encrypted bool
		need      int64
	}{
		{`{}`, false, 0}, {`{}`, true, 0},
		{`{"m.room.message":50}`, false, 50}, {`{"m.room.message":50}`, true, 0}, // only what is encrypted
		{`{"m.room.encrypted":50}`, false, 0}, {`{"m.room.encrypted":50}`, true, 0},
		{`{"m.room.message":60,"m.room.encrypted":50}`, true, 50}, {`{"m.room.message":50,"m.room.encrypted":60}`, false, 50},
	} {
		r := rooms.New(roomID)
		r.Apply(state(alice, "m.room.create", "", `{"room_version":"11"}`), time.Time{})
		r.Apply(state(alice, "m.room.power_levels", "", `{"events":`+tc.events+`}`), time.Time{})
		if tc.encrypted {
			r.Apply(state(alice, "m.room.encryption", "", `{}`), time.Time{})
		}
		if need, may := r.Speaks(mallet); need != tc.need || may != (tc.need == 0) {
			t.Errorf("%s, encrypted %v: %d, %v", tc.events, tc.encrypted, need, may)
		}
	}
}

func TestMove(t *testing.T) {
	tests := []struct {
		before string
		sender id.UserID
		after  string
		want   rooms.Move
	}{
		{"", mallet, "join", rooms.Joined},
		{"join", mallet, "join", rooms.ProfileChanged},
		{"join", mallet, "leave", rooms.Left},
		{"join", alice, "leave", rooms.Kicked},
		{"", alice, "ban", rooms.Banned},
		{"ban", bot, "ban", rooms.Rebanned},
		{"ban", alice, "leave", rooms.Unbanned},
		{"leave", alice, "invite", rooms.Invited},
		{"invite", mallet, "leave", rooms.InviteDeclined},
		{"invite", alice, "leave", rooms.InviteWithdrawn},
		{"", mallet, "knock", rooms.Knocked},
		{"knock", mallet, "leave", rooms.KnockTakenBack},
		{"knock", alice, "leave", rooms.KnockRefused},
	}
	for _, test := range tests {
		r := room()
		if test.before != "" {
			r.Apply(member(alice, mallet, test.before), now)
		}
		evt := member(test.sender, mallet, test.after)
		if c := r.Apply(evt, now); c.Move() != test.want || c.User != mallet || c.After.Event != evt.ID {
			t.Errorf("%q to %q by %s: %q, want %q", test.before, test.after, test.sender, c.Move(), test.want)
		}
		if c := r.Apply(evt, now.Add(time.Hour)); c.Kind != rooms.None {
			t.Errorf("the same event again: %q", c.Kind)
		}
	}
}

func TestModerates(t *testing.T) {
	for _, tc := range []struct {
		name, levels string
		who          id.UserID
		want         bool
	}{
		{"may kick", `{"users":{"@mallet:bad":50}}`, mallet, true},
		{"may not", `{"users":{"@mallet:bad":49}}`, mallet, false},
		{"kicking is easy", `{"users":{"@mallet:bad":1},"kick":1}`, mallet, true},
		{"kicking is hard", `{"users":{"@mallet:bad":50},"kick":75}`, mallet, false},
		{"everybody may kick", `{"kick":0}`, mallet, false},
		{"everybody may kick, by default level", `{"users_default":50}`, mallet, false},
		{"above a high default", `{"users_default":50,"users":{"@mallet:bad":51}}`, mallet, true},
		{"muted where all may kick", `{"users":{"@mallet:bad":-1},"kick":-5}`, mallet, false},
		{"a creator", `{}`, alice, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := room(create(`{"room_version":"12"}`), power(tc.levels)).Moderates(tc.who); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
	bare := room(create(`{"room_version":"11"}`))
	if !bare.Moderates(alice) || bare.Moderates(mallet) {
		t.Error("without levels the creator alone is a moderator")
	}
}
