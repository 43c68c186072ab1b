package community

import (
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/content"
	"forseti/protections/kit"
	"forseti/rooms"
)

// An alert shows what there was to see, also if that was no words.
func TestExhibits(t *testing.T) {
	for name, tc := range map[string]struct{ kind, said, want string }{
		"a picture":        {"m.room.message", `{"msgtype":"m.image","body":"evil.png","url":"mxc://hs/1","info":{"size":2048,"mimetype":"image/png"}}`, "||`a picture evil.png, image/png, 2048 bytes`||"},
		"with a caption":   {"m.room.message", `{"msgtype":"m.image","body":"look","filename":"evil.png","url":"mxc://hs/1"}`, "||`look`||"},
		"an encrypted one": {"m.room.message", `{"msgtype":"m.file","body":"evil.exe","file":{"url":"mxc://hs/1","hashes":{"sha256":"fdSLu/YkRx3Wyh3KQabP3rd6+SFiKg5lsJZQHtkSAYA"}}}`, "||`a file evil.exe, SHA-256 fdSLu/Yk…`||"},
		"without a name":   {"m.sticker", `{"url":"mxc://hs/1"}`, "||`a sticker`||"},
		"a hostile one":    {"m.room.message", "{\"msgtype\":\"m.file\",\"body\":\"a`||@room\\n# x\",\"file\":{\"url\":\"mxc://hs/1\",\"hashes\":{\"sha256\":\"é\\u0301é\\u0301é\\u0301é\\u0301é\\u0301\"}},\"info\":{\"size\":-1,\"mimetype\":7}}", "||`` a file a`||@room # x, SHA-256 é́é́é́é́… ``||"},
		"a room picture":   {"m.room.avatar", `{"url":"mxc://hs/1"}`, "||`a picture`||"},
		"a topic":          {"m.room.topic", `{"topic":"buy this"}`, "||`buy this`||"},
		"a profile":        {"m.room.member", `{"membership":"join","displayname":"evil.shop"}`, "||`evil.shop`||"},
		"nothing to show":  {"org.example.odd", `{"a":1}`, ""},
	} {
		c := governed(t, allPower)
		c.protectors.evidence.keepFor = time.Hour
		evt := &event.Event{ID: "$1", RoomID: benchRoom, Sender: "@u:hs", Type: event.Type{Type: tc.kind}}
		evt.Content.VeryRaw = json.RawMessage(tc.said)
		c.protectors.evidence.latest.keep(evt)
		if got := c.protectors.follows.exhibit([]id.EventID{"$1"}); got != tc.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Of what is removed that is no message there is evidence, too: of names, topics and whatever else
// was found, and only of that; nothing of it counts as what was said.
func TestEvidenceOfState(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, kept := range []time.Duration{time.Hour, 0} {
		c := governed(t, allPower)
		c.protectors.evidence.keepFor, c.world.Settings.HideProfiles = kept, true
		c.protectors.stand.load(map[string]json.RawMessage{"words": json.RawMessage(`{"enabled":true,"values":{"list.mine":"evil"}}`)})
		changes := func(kind, key string, by id.UserID, evt id.EventID, said string, change rooms.Change) []action.Action {
			e := stateEvent(benchRoom, kind, key, by, evt, json.RawMessage(said))
			c.intake.apply(e, now)
			return c.protectors.changed(e, change, nil, now, false).actions
		}
		joined := func(u id.UserID) rooms.Change {
			return rooms.Change{Kind: rooms.Membership, User: u, Before: rooms.Member{Membership: event.MembershipJoin}, After: rooms.Member{Membership: event.MembershipJoin, Sender: u}}
		}
		for _, tc := range []struct {
			name  string
			wants []action.Action
			of    id.EventID // that is shown; "" for none
			shown string
		}{
			{"a name", changes("m.room.member", "@a:hs", "@a:hs", "$name", `{"membership":"join","displayname":"evil one"}`, joined("@a:hs")), "$name", "evil one"},
			{"a topic", changes("m.room.topic", "", "@a:hs", "$topic", `{"topic":"evil topic"}`, rooms.Change{Kind: rooms.Topic}), "$topic", "evil topic"},
			{"an innocent name", changes("m.room.member", "@b:hs", "@b:hs", "$fine", `{"membership":"join","displayname":"Bob"}`, joined("@b:hs")), "", ""},
			{"the name of a spammer", c.protectors.consequences([]kit.Finding{c.spam("@b:hs", kit.Spam, "$1")}, now).actions, "$fine", "Bob"},
			{"a name that goes with a ban", c.protectors.hidden(benchRoom, rooms.Change{Kind: rooms.Membership, User: "@c:hs",
				Before: rooms.Member{Membership: event.MembershipJoin, Event: "$gone", Sender: "@c:hs", DisplayName: "Gone"}, After: rooms.Member{Membership: event.MembershipBan, Sender: benchSelf}}).actions, "$gone", "Gone"},
		} {
			of := tc.of
			if kept == 0 {
				of = ""
			}
			var shown string
			for _, e := range c.protectors.evidence.of(tc.wants) {
				if e.Event == of {
					shown = content.Read(e.Type, e.Content).Seen().String()
				} else {
					t.Errorf("%s, kept for %s: there is evidence of %s", tc.name, kept, e.Event)
				}
			}
			if (tc.of != "") != (len(tc.wants) > 0) || of != "" && shown != tc.shown {
				t.Errorf("%s, kept for %s: %v, of which %q is shown", tc.name, kept, tc.wants, shown)
			}
		}
		if all := c.protectors.evidence.latest.in(benchRoom); len(all) > 0 {
			t.Errorf("%d pieces of state are taken for messages", len(all))
		}
	}
}
