package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/protections"
)

const (
	self = id.UserID("@warden:ours.example")
	mod  = id.UserID("@mod:ours.example")
)

// bot is a community in memory. What commands did to it is in done, one line each.
type bot struct {
	rooms       []Room
	lists       []List
	rules       []policy.Rule
	members     map[id.RoomID][]id.UserID
	banned      map[id.UserID]int // rooms that ban a user
	protections []ProtectionInfo
	status      Status
	limit       int // members that a rule may hit without a question
	fail        error
	broken      bool
	done        []string
}

func newBot() *bot {
	return &bot{
		rooms: []Room{
			{ID: "!lobby:ours.example", Name: "Lobby", Alias: "#lobby:ours.example", Joined: 4},
			{ID: "!dev:ours.example", Name: "Dev *talk*", Joined: 2, Problems: []string{"I need power level 50 to ban."}},
		},
		lists: []List{
			{ID: "!coc:ours.example", Name: "Code of conduct", Shortcode: "coc", Alias: "#coc:ours.example", Rules: 2, Writable: true},
			{ID: "!theirs:else.example", Name: "Their list", Shortcode: "theirs", Rules: 1},
		},
		members: map[id.RoomID][]id.UserID{
			"!lobby:ours.example": {self, mod, "@spam1:evil.example", "@spam2:evil.example", "@rude:calm.example", "@u:hs"},
			"!dev:ours.example":   {self, mod, "@spam1:evil.example"},
		},
		banned: map[id.UserID]int{},
		protections: []ProtectionInfo{{Name: "flooding", Summary: "Bans who floods", Settings: []protections.Setting{
			{Name: "messages", Value: "10", Default: "10", Doc: "how many"}, {Name: "within", Value: "9s", Default: "5s", Doc: "in which time"},
		}}},
		status: Status{Version: "1.0", Up: 26 * time.Hour, Rooms: 2, Lists: 2, Rules: 3, Members: 5, LastLook: time.Unix(0, 0)},
		limit:  2,
	}
}

// rule adds a ban rule.
func (b *bot) rule(list id.RoomID, kind policy.Kind, entity string) policy.Rule {
	r := policy.Rule{Kind: kind, Entity: entity, Recommendation: policy.Ban, Reason: "spam", List: list,
		StateKey: entity, Event: id.EventID(fmt.Sprint("$", len(b.rules)))}
	b.rules = append(b.rules, r)
	return r
}

func (b *bot) did(format string, args ...any) { b.done = append(b.done, fmt.Sprintf(format, args...)) }

func (b *bot) Rooms() []Room {
	if b.broken {
		panic("broken")
	}
	return b.rooms
}

func (b *bot) Protect(_ context.Context, r Ref) (Room, error) {
	b.did("protect %s%s %v", r.Room, r.Alias, r.Via)
	return Room{ID: "!new:ours.example", Name: "New", Joined: 1, Waiting: true}, b.fail
}

func (b *bot) Unprotect(_ context.Context, r Ref) (Room, error) {
	b.did("unprotect %s%s", r.Room, r.Alias)
	return b.rooms[0], b.fail
}

func (b *bot) Lists() []List { return b.lists }

func (b *bot) CreateList(_ context.Context, shortcode, alias string, owner id.UserID) (List, error) {
	b.did("create %s %s for %s", shortcode, alias, owner)
	return List{ID: "!new:ours.example", Name: "Policy list: " + shortcode, Shortcode: shortcode}, b.fail
}

func (b *bot) Watch(_ context.Context, r Ref, confirmed bool) (List, Reach, error) {
	reach := Reach{Members: 40, Rooms: 2, Servers: 1, Wide: r.Alias == "#wide:else.example", Guarded: []id.UserID{mod}, OwnServer: true}
	if !reach.Wide || confirmed {
		b.did("watch %s%s %v", r.Room, r.Alias, r.Via)
	}
	return List{ID: "!w:else.example", Name: "W", Rules: 3}, reach, b.fail
}

func (b *bot) Unwatch(_ context.Context, r Ref) (List, error) {
	b.did("unwatch %s%s%s", r.Room, r.Alias, r.Name)
	return b.lists[0], b.fail
}

func (b *bot) Exempting(_ context.Context, r Ref, on, confirmed bool) (List, Reach, error) {
	reach := Reach{Freed: 20, Wide: on}
	if !reach.Wide || confirmed {
		b.did("exempting %s%s%s %v", r.Room, r.Alias, r.Name, on)
	}
	return b.lists[0], reach, b.fail
}

func (b *bot) Rules(list id.RoomID) (found []policy.Rule) {
	for _, r := range b.rules {
		if list == "" || r.List == list {
			found = append(found, r)
		}
	}
	return found
}

func (b *bot) Matching(kind policy.Kind, entity string) (found []policy.Rule) {
	for _, r := range b.rules {
		if r.Kind == kind && r.Matches(entity) {
			found = append(found, r)
		}
	}
	return found
}

func (b *bot) MatchedMembers() map[id.UserID]policy.Rule {
	found := map[id.UserID]policy.Rule{}
	for _, some := range b.members {
		for _, u := range some {
			if m := b.Matching(policy.User, string(u)); len(m) > 0 {
				found[u] = m[0]
			}
		}
	}
	return found
}

func (b *bot) Reach(n NewRule) (reach Reach) {
	r := policy.Rule{Kind: n.Kind, Entity: n.Entity}
	hit := map[id.UserID]bool{}
	for _, some := range b.members {
		here := 0
		for _, u := range some {
			subject := string(u)
			if n.Kind == policy.Server {
				subject = policy.ServerOf(u)
			}
			switch {
			case !r.Matches(subject):
			case u == mod:
				if n.Kind == policy.User && !slices.Contains(reach.Guarded, u) {
					reach.Guarded = append(reach.Guarded, u)
				}
			case u != self:
				hit[u] = true
				here++
			}
		}
		if here > 0 {
			reach.Rooms++
		}
	}
	reach.Members = len(hit)
	reach.Wide = reach.Members > b.limit
	reach.OwnServer = n.Kind == policy.Server && r.Matches("ours.example")
	return reach
}

func (b *bot) AddRule(_ context.Context, list Ref, r NewRule, confirmed bool) (List, id.EventID, error) {
	if b.fail != nil {
		return List{}, "", b.fail
	}
	b.did("rule %s %q in %s%s because %q, confirmed %v", r.Kind, r.Entity, list.Room, list.Alias, r.Reason, confirmed)
	return b.lists[0], "$rule", nil
}

func (b *bot) RemoveRules(_ context.Context, rules []policy.Rule) error {
	for _, r := range rules {
		b.did("remove %q from %s", r.Entity, r.List)
	}
	return b.fail
}

func (b *bot) FindMembers(glob string, room id.RoomID) map[id.RoomID][]id.UserID {
	found := map[id.RoomID][]id.UserID{}
	for in, some := range b.members {
		for _, u := range some {
			if (room == "" || room == in) && u != self && (policy.Rule{Kind: policy.User, Entity: glob}).Matches(string(u)) {
				found[in] = append(found[in], u)
			}
		}
	}
	return found
}

func (b *bot) Kick(_ context.Context, t Target) error {
	b.did("kick %s glob %v in %q because %q by %s", t.User, t.Glob, t.Room, t.Reason, t.By)
	return b.fail
}

func (b *bot) Unban(_ context.Context, t Target, invite bool) (int, error) {
	b.did("unban %s invite %v", t.User, invite)
	return b.banned[t.User], b.fail
}

func (b *bot) Redact(_ context.Context, t Target) (int, int, error) {
	b.did("redact %s glob %v in %q limit %d because %q", t.User, t.Glob, t.Room, t.Limit, t.Reason)
	if t.User == "@silent:hs.example" {
		return 0, 0, b.fail
	}
	return 7, 1, b.fail
}

func (b *bot) RedactEvent(_ context.Context, room id.RoomID, event id.EventID, reason string, _ id.UserID, _ id.EventID) error {
	b.did("redact %s in %s because %q", event, room, reason)
	return b.fail
}

func (b *bot) Protections() []ProtectionInfo { return b.protections }

func (b *bot) Enable(_ context.Context, name string, on bool) error {
	b.did("enable %s %v", name, on)
	return b.fail
}

func (b *bot) Configure(_ context.Context, name, setting, value string) (string, error) {
	b.did("configure %s %s %q", name, setting, value)
	return "10", b.fail
}

func (b *bot) Status() Status { return b.status }

func (b *bot) Look(context.Context) (int, int, error) {
	b.did("look")
	return 2, len(b.banned), b.fail
}

func (b *bot) Evidence(_ context.Context, event id.EventID) (Evidence, error) {
	b.did("evidence %s", event)
	return Evidence{Room: "!lobby:example.org", Sender: "@spammer:example.org", Type: "m.room.message", Body: "buy `this`\n@room"}, nil
}

func (b *bot) Verify(_ context.Context, user id.UserID) error {
	b.did("verify %s", user)
	return nil
}

func (b *bot) Devices(_ context.Context, user id.UserID) ([]Device, error) {
	b.did("devices %s", user)
	return []Device{{ID: "ABC", Name: "My *phone*", Fingerprint: "abcd efgh", Standing: "cross-signed"}, {ID: "BOT", Fingerprint: "ijkl", Standing: "verified", This: true}}, nil
}

func (b *bot) Block(_ context.Context, user id.UserID, device id.DeviceID, on bool) error {
	b.did("block %s %s %t", user, device, on)
	return nil
}

func (b *bot) Encrypt(context.Context) error {
	b.did("encrypt")
	b.status.Encrypted = true
	return nil
}

func (b *bot) SetDryRun(_ context.Context, on bool) error {
	b.did("dry run %v", on)
	return b.fail
}

func (b *bot) Limits() (now, byDefault Limits) { return Limits{25, 10}, Limits{10, 10} }

func (b *bot) SetLimits(_ context.Context, to Limits) error {
	b.did("limits %d members, %d percent", to.Members, to.Percent)
	return b.fail
}

func newSet() *Set { return NewSet(self, func() string { return "Forseti the Just" }) }

func run(t *testing.T, b *bot, line string) Answer {
	t.Helper()
	return newSet().Run(t.Context(), Request{Bot: b, Sender: mod, Event: "$command", Room: "!mods:ours.example"}, line)
}

// expect runs a line and checks what it did and said. Words of want that begin with
// "!!" must not be in the answer.
func expect(t *testing.T, b *bot, line string, did []string, want ...string) Answer {
	t.Helper()
	b.done = nil
	a := run(t, b, line)
	if !slices.Equal(b.done, did) {
		t.Errorf("%q did %q, want %q", line, b.done, did)
	}
	for _, w := range want {
		if not, ok := strings.CutPrefix(w, "!!"); ok == strings.Contains(a.Markdown, not) {
			t.Errorf("%q: %q in or not in the answer:\n%s", line, w, a.Markdown)
		}
	}
	if a.Crash != "" {
		t.Errorf("%q crashed: %s", line, a.Crash)
	}
	return a
}

var errRefused = errors.New("the homeserver said `M_FORBIDDEN`: <b>no</b>")
