package community

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix/e2ee"
	"forseti/store"
)

// In a protected room only a moderator's reply that begins with our name is a command.
func TestWhatIsACommandOnSite(t *testing.T) {
	const reply = `"m.relates_to":{"m.in_reply_to":{"event_id":"$spam"}}`
	for name, tc := range map[string]struct {
		by            id.UserID
		where         InRooms
		content, want string
		removed       bool
	}{
		"a moderator's":                   {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti ban spam",` + reply + `}`, "\x00reply $spam\x00ban spam", true},
		"with a mention":                  {"@mod:hs", "", `{"msgtype":"m.text","body":"!mod mute --for 2h",` + reply + `}`, "\x00reply $spam\x00mute --for 2h", true},
		"an old reply":                    {"@mod:hs", "", `{"msgtype":"m.text","body":"> <@u:hs> !forseti ban @x:hs\n\n!forseti kick",` + reply + `}`, "\x00reply $spam\x00kick", true},
		"what stands only in the quote":   {"@mod:hs", "", `{"msgtype":"m.text","body":"> <@u:hs> !forseti ban @x:hs\n\nlook at that",` + reply + `}`, "", false},
		"somebody else's":                 {"@u:hs", "", `{"msgtype":"m.text","body":"!forseti ban spam",` + reply + `}`, "", false},
		"our own":                         {benchSelf, "", `{"msgtype":"m.text","body":"!forseti ban spam",` + reply + `}`, "", false},
		"no reply":                        {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti ban @u:hs"}`, "", false},
		"talk in reply":                   {"@mod:hs", "", `{"msgtype":"m.text","body":"ban him",` + reply + `}`, "", false},
		"another bot's name":              {"@mod:hs", "", `{"msgtype":"m.text","body":"!draupnir ban spam",` + reply + `}`, "", false},
		"no name":                         {"@mod:hs", "", `{"msgtype":"m.text","body":"!help",` + reply + `}`, "", false},
		"a notice":                        {"@mod:hs", "", `{"msgtype":"m.notice","body":"!forseti ban spam",` + reply + `}`, "", false},
		"an edit":                         {"@mod:hs", "", `{"msgtype":"m.text","body":"* !forseti ban spam","m.new_content":{"msgtype":"m.text","body":"!forseti ban spam"},"m.relates_to":{"rel_type":"m.replace","event_id":"$e","m.in_reply_to":{"event_id":"$spam"}}}`, "", false},
		"a thread, to nothing in it":      {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti ban spam","m.relates_to":{"rel_type":"m.thread","event_id":"$e","is_falling_back":true,"m.in_reply_to":{"event_id":"$spam"}}}`, "", false},
		"a thread, to a message":          {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti ban spam","m.relates_to":{"rel_type":"m.thread","event_id":"$e","m.in_reply_to":{"event_id":"$spam"}}}`, "\x00reply $spam\x00ban spam", true},
		"what may not be given there":     {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti dry-run on",` + reply + `}`, "\x00said", true},
		"several":                         {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti ban spam\n!forseti redact",` + reply + `}`, "\x00said", true},
		"in code":                         {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti ban spam","format":"org.matrix.custom.html","formatted_body":"<code>!forseti ban spam</code>",` + reply + `}`, "\x00said", true},
		"where it is off":                 {"@mod:hs", InNoRoom, `{"msgtype":"m.text","body":"!forseti ban spam",` + reply + `}`, "", false},
		"wrong types":                     {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti ban spam","m.relates_to":{"m.in_reply_to":["$spam"]}}`, "", false},
		"a reply to what has no event ID": {"@mod:hs", "", `{"msgtype":"m.text","body":"!forseti ban spam","m.relates_to":{"m.in_reply_to":{"event_id":""}}}`, "", false},
	} {
		r := newReader(t, openStore(t), 0, func(o *Options) { o.InRooms = tc.where })
		r.world.SetModerator("@mod:hs", true)
		evt := &event.Event{ID: "$c", RoomID: benchRoom, Sender: tc.by, Type: event.EventMessage}
		if err := json.Unmarshal([]byte(tc.content), &evt.Content); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var out store.Commit
		r.hearing.onSite.take(evt, &out)
		got := ""
		if len(out.Commands) == 1 {
			got = out.Commands[0].Body
		}
		if !strings.HasPrefix(got, tc.want) || tc.want == "" && got != "" || (len(out.Open) == 1) != tc.removed {
			t.Errorf("%s: %q, %d removed", name, got, len(out.Open))
		}
	}
}

// Where the management room is encrypted, what comes unencrypted proves nothing, unless it was
// set so; and where a room is encrypted, a device has to be trusted.
func TestTrustOnSite(t *testing.T) {
	encrypt := func(room id.RoomID) *event.Event {
		evt := stateEvent(room, "m.room.encryption", "", benchSelf, "$encryption", json.RawMessage(`{"algorithm":"m.megolm.v1.aes-sha2"}`))
		evt.RoomID = room
		return evt
	}
	for _, tc := range []struct {
		management, room, secret bool
		where                    InRooms
		want                     e2ee.Doubt
	}{
		{false, false, false, InTrustedRooms, e2ee.NoDoubt},
		{true, false, false, InTrustedRooms, e2ee.Clear},
		{true, false, false, InAllRooms, e2ee.NoDoubt},
		{false, true, false, InAllRooms, e2ee.Clear},
		{true, true, false, InAllRooms, e2ee.Clear},
		{true, true, true, InTrustedRooms, e2ee.Unsigned},
	} {
		r := newReader(t, openStore(t), 0, func(o *Options) { o.InRooms, o.Trust = tc.where, e2ee.CrossSigned })
		r.world.SetModerator("@mod:hs", true)
		now := time.Now()
		if tc.management {
			r.places.management.room.take(benchSelf, encrypt(r.opts.ManagementRoom), now)
		}
		if tc.room {
			r.world.Apply(benchRoom, encrypt(benchRoom), now)
		}
		evt := uttered(benchRoom, "$c", "@mod:hs", `{"msgtype":"m.text","body":"!forseti ban","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`)
		evt.Mautrix.WasEncrypted = tc.secret
		var out store.Commit
		r.hearing.onSite.take(evt, &out)
		if got := r.hearing.onSite.doubts(evt); got != tc.want || (len(out.Commands) == 1) != (tc.want == e2ee.NoDoubt) || len(out.Open) != 1 {
			t.Errorf("%+v: %q, %d commands, %d removed", tc, got, len(out.Commands), len(out.Open))
		}
	}
}
