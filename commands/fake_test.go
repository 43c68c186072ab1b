package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/sanction"
)

const (
	self = id.UserID("@warden:ours.example")
	mod  = id.UserID("@mod:ours.example")
)

// world is a community in memory, of which each family's fake shows its part. What
// was done to it is in done, one line each.
type world struct {
	closedToo   bool                // its rooms were closed by another community
	waits       map[id.EventID]bool // rules that are not followed until a yes
	past        []policy.Rule       // rules that are followed though their list no longer has them
	rooms       []Room
	audits      map[id.RoomID]RoomAudit
	acls        map[id.RoomID]ServerACL
	lists       []List
	rules       []policy.Rule
	members     map[id.RoomID][]id.UserID
	banned      map[id.UserID][]id.RoomID
	bans        []RoomBan // of whoever is asked about
	protections []ProtectionInfo
	stands      map[string]kit.Standing // of the real protections
	files       map[id.EventID]string
	muted       map[id.UserID][]Muted
	locks       []Lock                       // if not those of lockFake
	going       bool                         // cases are still being carried out
	pictured    bool                         // the picture that somebody shows is banned
	directory   map[id.RoomID]bool           // nil if nobody can say
	shared      map[string]map[string]string // what holds for all of them
	standing    map[id.UserID]Member
	notes       map[id.UserID][]MemberNote
	cases       []Case
	ordered     map[id.EventID]id.UserID
	deeds       []Deed
	sought      string // in the past
	roles       Roles
	team        []Colleague
	acts        []Act
	whatWasSet  []SettingChange
	copied      SettingCopy
	quarters    Quarters
	reasons     map[string]string
	watch       sanction.Watch
	status      Status
	freed       []id.UserID // a moment ago, and gone
	moves       *Moves      // nil for those of arrivalFake
	limit       int         // members that a rule may hit without a question
	fail        error
	broken      bool
	zone        *time.Location
	done        []string
}

func newWorld() *world {
	return &world{
		rooms: []Room{
			{ID: "!lobby:ours.example", Name: "Lobby", Alias: "#lobby:ours.example", Joined: 4},
			{ID: "!dev:ours.example", Name: "Dev *talk*", Joined: 2, Problems: []string{"I need power level 50 to ban."}},
			{ID: "!lost:ours.example", Name: "Lost", Out: true},
		},
		lists: []List{
			{ID: "!coc:ours.example", Name: "Code of conduct", Shortcode: "coc", Alias: "#coc:ours.example", Rules: 2, Writable: true, Exempts: true},
			{ID: "!theirs:else.example", Name: "Their list", Shortcode: "theirs", Rules: 1},
		},
		members: map[id.RoomID][]id.UserID{
			"!lobby:ours.example": {self, mod, "@spam1:evil.example", "@spam2:evil.example", "@rude:calm.example", "@u:hs"},
			"!dev:ours.example":   {self, mod, "@spam1:evil.example"},
		},
		banned: map[id.UserID][]id.RoomID{},
		protections: []ProtectionInfo{{Name: "flooding", Summary: "Bans who floods", Settings: []kit.Setting{
			{Name: "messages", Value: "10", Default: "10", Doc: "how many"}, {Name: "within", Value: "9s", Default: "5s", Doc: "in which time"},
			{Name: "exempt-rooms", Value: "none", Default: "none", Doc: "whose members are left alone", OfRooms: true, IsList: true},
		}}, {Name: "rule:no-drive-by", Mode: kit.On, Rule: `'trust() < KNOWN' then redact`}},
		status: statusOfTest(),
		limit:  2,
	}
}

func (w *world) desks() Desks {
	return Desks{
		Names: w, Bans: banFake{w}, Members: memberFake{w}, Mutes: muteFake{w}, Why: whyFake{w}, Rules: ruleFake{w}, Lists: listFake{w},
		Records: Records{Messages: messageFake{w}, Files: fileFake{w}, Says: true, Evidence: evidenceFake{w}, Cases: caseFake{w}, Digest: digestFake{}, Arrivals: arrivalFake{moves: w.moves}, Past: settingFake{w}, Reasons: reasonFake{w}},
		Grounds: Grounds{Rooms: roomFake{w}, Audits: auditFake{w.audits, w.acls}, Servers: serverFake{}, Levels: levelFake{}, Locks: lockFake{w}, Spaces: spaceFake{}, Others: quartersFake{w}},
		Devices: deviceFake{w}, Upkeep: upkeepFake{w}, Limits: limitFake{}, Roles: roleFake{w}, Questions: questionFake{},
		Guards: Guards{Protections: protectionFake{w}, Presets: presetFake{w}, Postures: postureFake{w}, Ladder: ladderFake{}, Calls: callFake{}, Stats: statsFake{w, nil}, OwnRules: ownRuleFake{protectionFake{w}}, Samples: sampleFake{w}, Images: imageFake{w}, ByHand: byHandFake{}, Clock: callFake{}, Duty: callFake{}},
	}
}

// rule adds a ban rule.
func (w *world) rule(list id.RoomID, kind policy.Kind, entity string) policy.Rule {
	r := policy.Rule{Kind: kind, Entity: entity, Recommendation: policy.Ban, Reason: "spam", List: list,
		Type: "m.policy.rule." + kind.String(), StateKey: entity, Event: id.EventID(fmt.Sprint("$", len(w.rules)))}
	w.rules = append(w.rules, r)
	return r
}

func (w *world) Rooms() []Room {
	if w.broken {
		panic("broken")
	}
	return w.rooms
}

func (w *world) Lists() []List { return w.lists }

func (w *world) Zone() *time.Location {
	if w.zone == nil {
		return time.UTC
	}
	return w.zone
}

func (w *world) DryRun() bool { return w.status.DryRun }

func (w *world) Standing(r policy.Rule) string {
	if r.Entity == "@kept:else.example" {
		return "no longer in the list"
	}
	return ""
}

func (w *world) rulesOf(list id.RoomID) (found []policy.Rule) {
	for _, r := range w.rules {
		if list == "" || r.List == list {
			found = append(found, r)
		}
	}
	return found
}

func (w *world) matching(kind policy.Kind, entity string) (found []policy.Rule) {
	for _, r := range w.rules {
		if r.Kind == kind && r.Matches(entity) {
			found = append(found, r)
		}
	}
	return found
}

func (w *world) matchedMembers() map[id.UserID]policy.Rule {
	found := map[id.UserID]policy.Rule{}
	for _, some := range w.members {
		for _, u := range some {
			if m := w.matching(policy.User, string(u)); len(m) > 0 {
				found[u] = m[0]
			}
		}
	}
	return found
}

// exempt reports whether an exemption that counts frees a user.
func (w *world) exempt(u id.UserID) bool {
	return slices.ContainsFunc(w.matching(policy.User, string(u)), func(r policy.Rule) bool {
		return r.Recommendation == policy.Exempt && !w.waits[r.Event] && slices.ContainsFunc(w.lists, func(l List) bool { return l.ID == r.List && l.Exempts })
	})
}

// preview is the effect of one rule, or of what rules held alone.
func (w *world) preview(adds, removes []policy.Rule) (e Effect) {
	for _, r := range adds {
		w.wouldHit(r, &e)
	}
	for u := range w.banned {
		held := w.matching(policy.User, string(u))
		if len(held) > 0 && !slices.ContainsFunc(held, func(r policy.Rule) bool { return !slices.Contains(removes, r) }) {
			e.Freed = append(e.Freed, u)
		}
	}
	slices.Sort(e.Freed)
	e.Wide = e.Wide || len(e.Freed) > w.limit
	return e
}

func (w *world) wouldHit(r policy.Rule, e *Effect) {
	for _, some := range w.members {
		here := 0
		for _, u := range some {
			subject := string(u)
			if r.Kind == policy.Server {
				subject = policy.ServerOf(u)
			}
			switch {
			case !r.Matches(subject):
			case u == mod:
				if r.Kind == policy.User && !slices.Contains(e.Guarded, u) {
					e.Guarded = append(e.Guarded, u)
				}
			case w.exempt(u):
				e.Exempt = append(e.Exempt, u)
			case u != self:
				e.Banned = append(e.Banned, u)
				here++
			}
		}
		if here > 0 {
			e.Rooms++
		}
	}
	slices.Sort(e.Banned)
	e.Banned = slices.Compact(e.Banned)
	slices.Sort(e.Exempt)
	e.Exempt = slices.Compact(e.Exempt)
	for _, u := range w.freed {
		if r.Kind == policy.User && r.Matches(string(u)) {
			e.Gone = append(e.Gone, u)
		}
	}
	e.Hit = len(e.Banned)
	if r.IsGlob() && policy.Broad(r) {
		e.Broad = append(e.Broad, r.Entity)
	}
	e.Wide = e.Hit > w.limit || len(e.Broad) > 0
	e.OwnServer = r.Kind == policy.Server && r.Matches("ours.example")
}

// executor notes what it is to do.
type executor struct{ *world }

func (e executor) did(format string, args ...any) {
	e.done = append(e.done, fmt.Sprintf(format, args...))
}

func (e executor) Do(_ context.Context, a action.Action, sure bool) (action.Result, error) {
	switch a.Verb {
	case action.WriteRule:
		var content map[string]string
		_ = json.Unmarshal(a.State.Content, &content)
		e.did("rule %s %q in %s because %q, sure %v", strings.TrimPrefix(a.State.Type.Type, "m.policy.rule."), content["entity"], a.Room, content["reason"], sure)
	case action.RemoveRule:
		e.did("remove %q from %s", a.State.Key, a.Room)
	case action.CreateRoom:
		e.did("create %s %s for %s", strings.TrimPrefix(a.Create.Name, "Policy list: "), a.Create.AliasLocalpart, a.Create.Invite[0])
		return action.Result{Room: "!made:ours.example"}, e.fail
	default:
		e.did("%s %s", a.Verb, a.Room)
	}
	return action.Result{Event: "$rule"}, e.fail
}

func (e executor) Want(_ context.Context, actions []action.Action, _ []any) error {
	for _, a := range actions {
		whom := a.User
		if a.Verb == action.Redact && a.Of == "" { // its author, whom each has
			whom = id.UserID(pick(cmp.Or(whom, a.By) == "", "of nobody ", ""))
		}
		e.did("%s %s%s in %s because %q", a.Verb, whom, a.Event, a.Room, a.Reason)
	}
	return e.fail
}

func (e executor) Change(_ context.Context, c Change) error {
	words := []string{string(c.Kind), string(c.Room), string(c.User), string(c.Device), c.Name, c.Key, c.Value, strings.Join(c.Via, " ")}
	e.did("%s", strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " "))
	if c.Kind == LimitMembers || c.Kind == LimitPercent || c.Kind == LimitWithin || c.Kind == PostureSilence {
		e.done[len(e.done)-1] += fmt.Sprint(" ", c.Number)
	}
	if c.Number > 0 && (c.Kind == Watch || c.Kind == SetHow) {
		e.done[len(e.done)-1] += fmt.Sprintf(" as number %d", c.Number)
	}
	if c.Sure && c.Kind == SetPosture {
		e.done[len(e.done)-1] += ", sure"
	}
	return e.fail
}

func (executor) Step(int, int) {}

// outcome is what came of a line.
type outcome struct {
	Markdown string
	Ask      bool
	Plan     Plan
	Crash    string
}

func newSet(w *world) *Set {
	return NewSet(self, func() string { return "Forseti the Just" }, grammar.Borrowed{}, w.desks())
}

// run plans a line and, if it asks nothing, carries it out.
func run(t *testing.T, w *world, line string) outcome {
	t.Helper()
	s := newSet(w)
	p := s.Plan(t.Context(), Request{Sender: mod, Event: "$command", Room: "!mods:ours.example"}, line)
	switch {
	case p.Ask != "":
		return outcome{Markdown: p.question(), Ask: true, Plan: p, Crash: p.Crash}
	case len(p.Steps) == 0:
		return outcome{Markdown: p.Answer, Plan: p, Crash: p.Crash}
	}
	a := s.Apply(t.Context(), p, executor{w})
	return outcome{Markdown: a.Markdown, Plan: p, Crash: a.Crash}
}

// expect runs a line and checks what it did and said. Words of want that begin with
// "!!" must not be in the answer.
func expect(t *testing.T, w *world, line string, did []string, want ...string) outcome {
	t.Helper()
	w.done = nil
	a := run(t, w, line)
	if !slices.Equal(w.done, did) {
		t.Errorf("%q did %q, want %q", line, w.done, did)
	}
	for _, part := range want {
		if not, ok := strings.CutPrefix(part, "!!"); ok == strings.Contains(a.Markdown, not) {
			t.Errorf("%q: %q in or not in the answer:\n%s", line, part, a.Markdown)
		}
	}
	if a.Crash != "" {
		t.Errorf("%q crashed: %s", line, a.Crash)
	}
	return a
}

func wordOf(written string) grammar.Word {
	if words, rest := grammar.Split(written); len(words) == 1 && rest == "" {
		return words[0]
	}
	return grammar.Word{Text: written, Raw: written}
}

var errRefused = errors.New("the homeserver said `M_FORBIDDEN`: <b>no</b>")
