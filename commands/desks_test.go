package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/sanction/trust"
)

type evidenceFake struct{ *world }

func (f evidenceFake) Evidence(_ context.Context, event id.EventID) (Evidence, error) {
	f.done = append(f.done, "evidence "+string(event))
	return Evidence{Room: "!lobby:example.org", Sender: "@spammer:example.org", Seen: content.Read("m.room.message", json.RawMessage(`{"msgtype":"m.image","filename":"cat.png","body":"buy \u0060this\u0060\n@room","url":"mxc://x/y","info":{"size":12}}`)).Seen()}, f.fail
}

type ruleFake struct{ *world }

func (f ruleFake) Rules(list id.RoomID) []policy.Rule { return f.rulesOf(list) }

func (f ruleFake) Kept(list id.RoomID) []policy.Rule {
	if list != "!theirs:else.example" {
		return nil
	}
	return []policy.Rule{{Kind: policy.User, Entity: "@kept:else.example", Recommendation: policy.Ban, List: list}}
}

func (f ruleFake) Matching(kind policy.Kind, entity string) []policy.Rule {
	return f.matching(kind, entity)
}

func (f ruleFake) BannedIn(u id.UserID) []id.RoomID { return f.banned[u] }

func (f ruleFake) MatchedMembers() map[id.UserID]policy.Rule { return f.matchedMembers() }

type listFake struct{ *world }

func (f listFake) PreviewHow(_ id.RoomID, how HowWatched) Effect {
	if how.NoBans {
		return Effect{Freed: []id.UserID{"@f:g"}}
	}
	return Effect{}
}

func (f listFake) Peek(_ context.Context, r Ref, how HowWatched) (Peeked, error) {
	p := Peeked{List: List{ID: "!w:else.example", Name: "W", Rules: 3}, Via: r.Via}
	switch r.Alias {
	case "#wide:else.example":
		p.Effect = Effect{Banned: []id.UserID{"@a:b", "@c:d"}, Hit: 40, Rooms: 2, Denied: []string{"evil.example"}, Wide: true}
	case "#near:else.example":
		p.Effect = Effect{Banned: []id.UserID{"@z:else.example", "@us:ours.example"}, Shut: []id.UserID{"@a:big.example", "@b:big.example", "@c:small.example"}, Ours: []id.UserID{"@us:ours.example"}, Hit: 5, Rooms: 2}
		for n := range 200 {
			p.Effect.Denied = append(p.Effect.Denied, fmt.Sprintf("s%03d.example", n))
		}
	case "#few:else.example":
		p.Effect = Effect{Banned: []id.UserID{"@a:b"}, Hit: 1, Rooms: 1}
	case "#freeing:else.example":
		p.Effect = Effect{Freed: []id.UserID{"@f:g"}, Allowed: []string{"bad.example"}}
	case "#broad:else.example":
		p.Effect = Effect{Broad: []string{"*.com"}, Wide: true}
	case "#own:else.example":
		p.Writable, p.Exempts = true, true
	case "#open:else.example":
		p.Writable = true
	case "#exempting:else.example":
		p.Exemptions = 2
	case "#coc:ours.example":
		p.Known, p.Writable = true, true
	default:
		p.Effect = Effect{Guarded: []id.UserID{mod}, OwnServer: true}
	}
	if how.NoBans {
		p.Effect.Banned, p.Effect.Hit = nil, 0
	}
	return p, f.fail
}

// Successor knows what became of their list, of a room, and of one whose successor does not know
// it.
func (f listFake) Successor(_ context.Context, of id.RoomID, _ List) (Successor, error) {
	s := Successor{List: List{ID: "!next:else.example", Name: "Next *one*", Rules: 1}, Via: []string{"else.example"}, By: "@boss:else.example", Maker: "@boss:else.example"}
	switch of {
	case "!theirs:else.example":
		s.IsList, s.Effect = true, Effect{Freed: []id.UserID{"@f:g"}}
	case "!coc:ours.example":
		s.IsList, s.Writable = true, true
		s.Has = []policy.Rule{{Kind: policy.User, Entity: "@there:else.example", Recommendation: policy.Ban, StateKey: "@there:else.example"}, {Kind: policy.User, Entity: "@x:y", Recommendation: policy.Ban, StateKey: "@same-key:else.example"}}
	case "!lobby:ours.example":
	case "!dev:ours.example":
		s.Doubt = "It does not say so."
	default:
		return Successor{}, refuse("That room was not replaced by another one, as far as I know.")
	}
	return s, f.fail
}

func (f listFake) About(list id.RoomID) ListAbout {
	if list == "!theirs:else.example" {
		return ListAbout{Replaced: true, Next: "!new:else.example", Anybody: true}
	}
	return ListAbout{Writers: []id.UserID{mod}, Read: time.Unix(1_800_000_000, 0)}
}

func (f listFake) PreviewDrop(list id.RoomID) Effect {
	var rules []policy.Rule
	for _, r := range f.rules {
		if r.List == list {
			rules = append(rules, r)
		}
	}
	return f.preview(nil, rules)
}

func (f listFake) PreviewExempting(_ id.RoomID, on bool) Effect {
	if on {
		return Effect{Freed: []id.UserID{"@f:g", "@h:i"}, Wide: f.limit < 3}
	}
	return Effect{}
}

func (f listFake) ListAt(ctx context.Context, alias id.RoomAlias) (id.RoomID, error) {
	return banFake(f).ListAt(ctx, alias)
}

type roomFake struct{ *world }

func (f roomFake) Find(_ context.Context, r Ref) (Place, error) {
	for _, room := range f.rooms {
		if r.Room == room.ID || r.Alias != "" && r.Alias == room.Alias {
			return Place{Room: room, Via: r.Via, Protected: true}, f.fail
		}
	}
	p := Place{Room: Room{ID: r.Room}, Via: r.Via}
	if r.Alias != "" {
		p.ID, p.Name = id.RoomID("!of"+string(r.Alias)), string(r.Alias)
	}
	return p, f.fail
}

func (f roomFake) Leads(_ context.Context, alias id.RoomAlias) (id.RoomID, error) {
	switch alias {
	case "#lobby:ours.example", "#also:ours.example":
		return "!lobby:ours.example", f.fail
	case "#theirs:ours.example":
		return "!other:else.example", f.fail
	}
	return "", f.fail
}

func (f roomFake) Listed(_ context.Context, room id.RoomID) (bool, error) {
	if f.directory == nil {
		return false, errRefused
	}
	return f.directory[room], nil
}

func (f roomFake) Resolve(ctx context.Context, alias id.RoomAlias) (id.RoomID, []string, error) {
	p, err := f.Find(ctx, Ref{Alias: alias})
	return p.ID, []string{"hs.example", "other.example"}, err
}

type protectionFake struct{ *world }

func (f protectionFake) Protections() []ProtectionInfo { return f.protections }

// ownRuleFake knows one rule, and takes what ends with "then alert" for another.
type ownRuleFake struct{ protectionFake }

func (ownRuleFake) CheckRule(name, written string) (string, error) {
	if strings.HasSuffix(written, "then nothing") {
		return "", refuse("At character 3: I do not know `nothing`.")
	}
	return written, nil
}

func (ownRuleFake) TryRule(_ context.Context, name, written string) (Tried, error) {
	t := Tried{Number: 412, Since: time.Unix(0, 0), Users: map[string]int{"new": 1, "regular": 1}}
	if t.Joins = strings.Contains(written, "join."); t.Joins {
		t.Hits = []TriedHit{{Room: "!lobby:ours.example", User: "@a:b", Trust: "new", Shown: "`Admin`"}, {Room: "!lobby:ours.example", User: "@c:b", Trust: "regular"}}
		return t, nil
	}
	if name == "" {
		return t, nil
	}
	t.Spared = 4
	t.Hits, t.More = []TriedHit{{Room: "!lobby:ours.example", User: "@a:b", Trust: "new", Shown: "buy `this`"}}, 2
	return t, nil
}

// Caught is what everybody in the lobby said an hour ago; the rule that is there is true of none of it.
func (f ownRuleFake) Caught(_ context.Context, name, written string) (all []Caught, err error) {
	if strings.Contains(written, "bdy") {
		return nil, refuse("At character 1: I do not know `bdy`.")
	}
	for _, u := range f.members["!lobby:ours.example"] {
		if name == "" {
			one := Caught{Said: Said{Room: "!lobby:ours.example", Event: id.EventID("$of-" + u), By: u, Text: "Buy `gold`"}, At: memberFake{f.world}.Now().Add(-time.Hour)}
			if u == "@rude:calm.example" {
				one.Trust = trust.Regular
			}
			all = append(all, one)
		}
	}
	return all, nil
}

func (f protectionFake) CheckSetting(_ string, _ id.RoomID, setting, value string) (string, string, error) {
	if entries, ok := strings.CutPrefix(value, kit.PutIn); ok {
		return pick(entries == "!dev:ours.example", entries, "none"), entries, nil
	}
	if entries, ok := strings.CutPrefix(value, kit.TakeOut); ok {
		return pick(entries == "!dev:ours.example", "none", value), "none", nil
	}
	if setting == "exempt-rooms" {
		return "none", value, nil
	}
	if value == "default" {
		return "20", "10", nil
	}
	if _, err := strconv.Atoi(value); err != nil {
		return "", "", refuse("messages takes a whole number.")
	}
	return "10", value, nil
}

func (f protectionFake) Notice() (now, byDefault string) { return "You *broke* a rule.", "Hello." }

func (f protectionFake) CheckNotice(text string) error {
	if strings.Contains(text, "{whom}") {
		return refuse("there is no {whom}")
	}
	return nil
}

func (f protectionFake) NoticeHere() (now, byDefault string) {
	return "{who}, you broke a rule.", "{who}: hello."
}

func (f protectionFake) CheckNoticeHere(text string) error {
	if !strings.Contains(text, "{who}") {
		return refuse("it names nobody")
	}
	return nil
}

func (f protectionFake) Appeal() (now, byDefault string) { return "Hello.", "Hello." }

func (f protectionFake) CheckAppeal(text string) error {
	if text == "none" {
		return refuse("it would say nothing")
	}
	return nil
}

type deviceFake struct{ *world }

func (f deviceFake) Devices(_ context.Context, u id.UserID) ([]Device, error) {
	if u == "@two:ours.example" {
		return []Device{{ID: "TWO", Standing: "cross-signed"}}, f.fail
	}
	return []Device{{ID: "ABC", Name: "My *phone*", Fingerprint: "abcd efgh", Standing: "cross-signed"}, {ID: "BOT", Fingerprint: "ijkl", Standing: "verified", This: true}}, f.fail
}

func (f deviceFake) MayVerify(id.UserID) error { return f.fail }

func (f deviceFake) Logins(context.Context) ([]Device, error) {
	return []Device{{ID: "OLD", Name: "Element *Web*"}, {ID: "THIEF"}}, nil
}

func (f deviceFake) MayEnd() error { return f.fail }

type upkeepFake struct{ *world }

func (f upkeepFake) Status() Status { return f.status }

func (f upkeepFake) Look(context.Context) (Looked, error) {
	f.done = append(f.done, "look")
	return Looked{Rooms: 2, Found: len(f.banned), Problems: f.status.Problems}, f.fail
}

type limitFake struct{}

func (limitFake) Limits() (now, byDefault Limits) {
	return Limits{25, 10, 10 * time.Minute}, Limits{10, 10, 10 * time.Minute}
}

type questionFake struct{}

func (questionFake) Questions() []Question {
	return []Question{{Event: "$question", Text: "The list coc has a new rule: `@*:*`."}}
}

func (questionFake) Rejected(list id.RoomID) ([]string, Effect) {
	if list == "!theirs:else.example" {
		return []string{"a new rule: `@a*:*`"}, Effect{Banned: []id.UserID{"@a:b"}, Hit: 1, Rooms: 1, Wide: true}
	}
	return nil, Effect{}
}

func statusOfTest() Status {
	return Status{Version: "1.0", Up: 26 * time.Hour, Rooms: 2, Lists: 2, Rules: 3, Members: 5, LastLook: time.Unix(0, 0)}
}
