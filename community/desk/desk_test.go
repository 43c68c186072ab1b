package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/desk"
	"forseti/enforce"
	"forseti/policy"
	"forseti/worker"
)

const (
	self  = id.UserID("@forseti:own.example")
	mod   = id.UserID("@mod:own.example")
	lobby = id.RoomID("!lobby:own.example")
	dev   = id.RoomID("!dev:own.example")
	coc   = id.RoomID("!coc:own.example")
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func state(kind, key string, sender id.UserID, content any) *event.Event {
	raw, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	evt := &event.Event{ID: id.EventID("$" + kind + key), Sender: sender, StateKey: &key, Type: event.Type{Type: kind, Class: event.StateEventType}}
	evt.Content.VeryRaw = raw
	_ = json.Unmarshal(raw, &evt.Content.Raw)
	return evt
}

func member(user id.UserID, membership event.Membership) *event.Event {
	return state("m.room.member", string(user), self, map[string]any{"membership": membership})
}

func rule(kind policy.Kind, entity string) *event.Event {
	return state("m.policy.rule."+kind.String(), entity, "@author:list.example", map[string]any{"entity": entity, "recommendation": "m.ban", "reason": "spam"})
}

// place is a community in memory.
type place struct {
	*enforce.World
	said    map[id.RoomID][]*event.Event // newest first
	states  map[id.RoomID][]*event.Event
	aliases map[id.RoomAlias]id.RoomID
	heard   map[id.RoomID][]*event.Event // by sync
	hides   map[id.EventID]bool          // what the history leaves out
	invited []commands.Trace             // invitations that wait
	down    map[id.RoomID]bool
	dry     bool
	joined  []id.RoomID
	shown   map[id.RoomID]int
}

func newPlace() *place {
	w := enforce.NewWorld(self, enforce.Settings{Limits: enforce.Limits{Members: 10, Percent: 10}})
	for _, room := range []id.RoomID{lobby, dev} {
		w.Protect(room)
		w.Look(room, []*event.Event{
			state("m.room.create", "", mod, map[string]any{"room_version": "11"}),
			member(self, "join"), member(mod, "join"), member("@spam1:evil.example", "join"), member("@held:calm.example", "ban"),
			state("m.room.power_levels", "", mod, map[string]any{"users": map[id.UserID]int{self: 100}}),
		}, now)
	}
	w.SetModerator(mod, true)
	return &place{
		World: w, said: map[id.RoomID][]*event.Event{}, states: map[id.RoomID][]*event.Event{}, aliases: map[id.RoomAlias]id.RoomID{},
		down: map[id.RoomID]bool{}, shown: map[id.RoomID]int{},
	}
}

func (p *place) See(f func(*enforce.World)) { f(p.World) }

func (p *place) Rooms() []commands.Room {
	return []commands.Room{{ID: lobby, Name: "Lobby", Alias: "#lobby:own.example"}, {ID: dev, Name: "Dev"}}
}
func (p *place) Lists() []commands.List { return []commands.List{{ID: coc, Shortcode: "coc"}} }
func (p *place) DryRun() bool           { return p.dry }
func (p *place) Zone() *time.Location   { return time.UTC }

// Standing is nothing special.
func (p *place) Standing(policy.Rule) string { return "" }

func (p *place) Resolve(_ context.Context, alias id.RoomAlias) (id.RoomID, []string, error) {
	if room, ok := p.aliases[alias]; ok {
		return room, []string{"a.example", "b.example", "c.example", "d.example"}, nil
	}
	return "", nil, &action.Failure{Kind: action.Gone, Err: errors.New("M_NOT_FOUND")}
}

func (p *place) State(_ context.Context, room id.RoomID) ([]*event.Event, error) {
	if p.down[room] || p.states[room] == nil {
		return nil, &action.Failure{Kind: action.Forbidden, Err: errors.New("M_FORBIDDEN <b>")}
	}
	return p.states[room], nil
}

func (p *place) Event(_ context.Context, room id.RoomID, evt id.EventID) (*event.Event, error) {
	for _, e := range p.said[room] {
		if e.ID == evt {
			return e, nil
		}
	}
	return nil, &action.Failure{Kind: action.Gone, Err: errors.New("M_NOT_FOUND")}
}

// MessagesBack gives two at a time, and now and then none, as homeservers do.
func (p *place) MessagesBack(_ context.Context, room id.RoomID, from string, limit int) ([]*event.Event, string, error) {
	if p.down[room] {
		return nil, "", &action.Failure{Kind: action.Transient, Err: errors.New("504")}
	}
	var at int
	_, _ = fmt.Sscan(from, &at)
	if strings.HasSuffix(from, "empty") {
		return nil, fmt.Sprint(at), nil
	}
	end := min(at+min(limit, 2), len(p.said[room]))
	page := slices.DeleteFunc(slices.Clone(p.said[room][at:end]), func(evt *event.Event) bool { return p.hides[evt.ID] })
	if end == len(p.said[room]) {
		return page, "", nil
	}
	return page, fmt.Sprint(end, "empty"), nil
}

func explain(f *action.Failure) string { return "the homeserver does not (" + string(f.Kind) + ")" }

func message(sender id.UserID, n int) *event.Event {
	return &event.Event{ID: id.EventID(fmt.Sprintf("$%s-%d", sender, n)), Sender: sender, Type: event.EventMessage}
}

func (p *place) members() desk.Members {
	return desk.Members{World: p, History: p, Explain: explain, Heard: func(room id.RoomID) []*event.Event { return p.heard[room] }, Keep: func(_ context.Context, evt *event.Event) []any { return []any{evt.ID} },
		Broke: func(what string, p *worker.Panic) { p.Value = what },
		Invited: func(theirs func(id.UserID) bool) []commands.Trace {
			return slices.DeleteFunc(slices.Clone(p.invited), func(t commands.Trace) bool { return !theirs(t.User) })
		}}
}

// A room over whose messages we break is told as one that cannot be read; the others are
// read.
func TestMessagesOverWhichWeBreak(t *testing.T) {
	p := newPlace()
	p.said[lobby] = []*event.Event{message("@spam1:evil.example", 1)}
	p.said[dev] = []*event.Event{message("@spam1:evil.example", 2)}
	d := p.members()
	d.Keep = func(_ context.Context, evt *event.Event) []any {
		if evt.ID == "$@spam1:evil.example-2" {
			panic("half done")
		}
		return nil
	}
	found, err := d.Messages(t.Context(), commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 100}, nil)
	if err != nil || len(found.Messages) != 1 || found.Unread == nil || !strings.Contains(found.Unread.Error(), "broken") {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestMessages(t *testing.T) {
	p := newPlace()
	redacted := message("@spam1:evil.example", 8)
	redacted.Unsigned.RedactedBecause = message(mod, 1)
	gone := message("@spam1:evil.example", 9)
	gone.Type = event.EventRedaction
	acl := state("m.room.server_acl", "", "@spam1:evil.example", map[string]any{})
	p.said[lobby] = []*event.Event{
		message("@spam1:evil.example", 1), message(mod, 2), redacted, gone, acl, message(self, 3), message("@spam2:evil.example", 4), message("@spam1:evil.example", 5),
	}
	p.said[dev] = []*event.Event{message("@spam1:evil.example", 6)}
	ids := func(found commands.Found) (all []string) {
		for _, m := range found.Messages {
			all = append(all, string(m.Event))
		}
		slices.Sort(all)
		return all
	}
	for _, tc := range []struct {
		search commands.Search
		want   []string
	}{
		{commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 100}, []string{"$@spam1:evil.example-1", "$@spam1:evil.example-5", "$@spam1:evil.example-6"}},
		{commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 100, Rooms: []id.RoomID{dev}}, []string{"$@spam1:evil.example-6"}},
		{commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 2}, []string{"$@spam1:evil.example-1", "$@spam1:evil.example-6"}},
		{commands.Search{Users: []commands.Whose{{User: "@spam*:*", Glob: true}}, Limit: 100, Rooms: []id.RoomID{lobby}}, []string{"$@spam1:evil.example-1", "$@spam1:evil.example-5", "$@spam2:evil.example-4"}},
		{commands.Search{Users: []commands.Whose{{User: "@*:*", Glob: true}}, Limit: 100, Rooms: []id.RoomID{dev}}, []string{"$@spam1:evil.example-6"}},
		{commands.Search{Users: []commands.Whose{{User: "@forseti:own.example"}}, Limit: 100}, nil},
		// The newest so many of theirs, in each room.
		{commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 100, Most: 1}, []string{"$@spam1:evil.example-1", "$@spam1:evil.example-6"}},
		{commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 100, Most: 2}, []string{"$@spam1:evil.example-1", "$@spam1:evil.example-5", "$@spam1:evil.example-6"}},
		// What is no message any more, or never was, does not count: here three of eight.
		{commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 5, Rooms: []id.RoomID{lobby}}, []string{"$@spam1:evil.example-1", "$@spam1:evil.example-5"}},
		{commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 4, Rooms: []id.RoomID{lobby}}, []string{"$@spam1:evil.example-1"}},
		// A user's name is no pattern.
		{commands.Search{Users: []commands.Whose{{User: "@spam?:evil.example"}}, Limit: 100}, nil},
	} {
		found, err := p.members().Messages(t.Context(), tc.search, nil)
		if got := ids(found); err != nil || !slices.Equal(got, tc.want) || len(found.Left) != len(found.Messages) {
			t.Errorf("%+v: %q, %v", tc.search, got, err)
		}
	}
	if _, err := p.members().Messages(t.Context(), commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Rooms: []id.RoomID{"!other:x"}, Limit: 9}, nil); err == nil {
		t.Error("a room that is not protected is no error")
	}
	// Who left long ago is forgotten; what they said is found all the same.
	p.said[lobby] = append(p.said[lobby], message("@gone:evil.example", 7))
	for _, rooms := range [][]id.RoomID{nil, {lobby}} {
		found, err := p.members().Messages(t.Context(), commands.Search{Users: []commands.Whose{{User: "@gone:evil.example"}}, Rooms: rooms, Limit: 100}, nil)
		if got := ids(found); err != nil || !slices.Equal(got, []string{"$@gone:evil.example-7"}) {
			t.Errorf("who left long ago: %q, %v", got, err)
		}
	}
	for limit, whole := range map[int]bool{100: true, 3: false} {
		if found, err := p.members().Messages(t.Context(), commands.Search{Users: []commands.Whose{{User: "@*:*", Glob: true}}, Limit: limit}, nil); err != nil || found.Whole != whole {
			t.Errorf("of %d messages each all was read: %v, %v", limit, found.Whole, err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		var said []string
		p.down[dev] = true
		found, err := p.members().Messages(t.Context(), commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Limit: 100}, func(s string, _, _ int) { said = append(said, s) })
		if err != nil || len(found.Messages) != 2 || found.Unread == nil || !strings.Contains(found.Unread.Error(), "dev") || len(said) != 1 {
			t.Errorf("with a room that cannot be read: %+v, %v, said %q", found, err, said)
		}
	})
}

// What sync brought and the history leaves out is found too, unless it is removed by now or was
// said before what is looked through.
func TestMessagesThatTheHistoryLeavesOut(t *testing.T) {
	const spammer = "@spam1:evil.example"
	p := newPlace()
	for n := 9; n > 0; n-- {
		p.said[lobby] = append(p.said[lobby], message(spammer, n))
	}
	p.said[lobby][2].Unsigned.RedactedBecause = message(mod, 1)
	p.said[lobby] = append(p.said[lobby], message("@other:x", 1), message(self, 1))
	p.heard = map[id.RoomID][]*event.Event{lobby: {
		message(self, 1), message("@other:x", 1), message(spammer, 1), message(spammer, 4), message(spammer, 5), message(spammer, 6), message(spammer, 7), message(spammer, 404),
	}}
	p.hides = map[id.EventID]bool{"$@other:x-1": true, "$@forseti:own.example-1": true}
	for _, n := range []int{1, 4, 7} { // of which 7 is removed
		p.hides[id.EventID(fmt.Sprintf("$%s-%d", spammer, n))] = true
	}
	for limit, want := range map[int][]int{100: {2, 3, 5, 6, 8, 9, 1, 4}, 6: {5, 6, 8, 9}, 5: {6, 8, 9}, 2: {8, 9}} {
		found, err := p.members().Messages(t.Context(), commands.Search{Users: []commands.Whose{{User: spammer}}, Limit: limit}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[id.EventID]bool{}
		for _, m := range found.Messages {
			got[m.Event] = true
		}
		for _, n := range want {
			if !got[id.EventID(fmt.Sprintf("$%s-%d", spammer, n))] {
				t.Errorf("of the last %d message %d is not found: %v", limit, n, got)
			}
		}
		if limit == 100 && len(got) != len(want) || len(found.Left) != len(found.Messages) {
			t.Errorf("of the last %d: %v", limit, got)
		}
		if limit == 2 && len(got) != 2 {
			t.Errorf("more than was looked through: %v", got)
		}
	}
}

// failing is a history that cannot be read at first.
type failing struct {
	desk.History
	left int
	with *action.Failure
}

func (f *failing) MessagesBack(ctx context.Context, room id.RoomID, from string, limit int) ([]*event.Event, string, error) {
	if f.left--; f.left >= 0 {
		return nil, "", f.with
	}
	return f.History.MessagesBack(ctx, room, from, limit)
}

// What the homeserver does not give at once is asked for again, for half a minute; what
// it refuses is not.
func TestMessagesAreReadWithPatience(t *testing.T) {
	for name, test := range map[string]struct {
		fails int
		kind  action.FailureKind
		found int
	}{
		"a hiccup": {3, action.Transient, 1}, "a limit": {5, action.RateLimited, 1}, "an outage": {1000, action.Transient, 0}, "a refusal": {1, action.Forbidden, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, began := newPlace(), time.Now()
			p.said[lobby] = []*event.Event{message("@spam1:evil.example", 1)}
			d := p.members()
			d.History = &failing{p, test.fails, &action.Failure{Kind: test.kind, Err: errors.New("no"), RetryAfter: 2 * time.Second}}
			d.Explain = func(*action.Failure) string { return "it does not answer; I keep trying" }
			found, err := d.Messages(t.Context(), commands.Search{Users: []commands.Whose{{User: "@spam1:evil.example"}}, Rooms: []id.RoomID{lobby}, Limit: 100}, nil)
			if err != nil || len(found.Messages) != test.found || (found.Unread == nil) != (test.found == 1) || time.Since(began) > time.Minute {
				t.Errorf("%s: %+v, %v after %s", name, found, err, time.Since(began))
			}
			if found.Unread != nil && (strings.Contains(found.Unread.Error(), "keep trying") || !strings.Contains(found.Unread.Error(), "again in a while")) {
				t.Errorf("%s: told %s", name, found.Unread)
			}
		})
	}
}

func TestMessage(t *testing.T) {
	p := newPlace()
	redacted := message(mod, 2)
	redacted.Unsigned.RedactedBecause = message(mod, 1)
	acl, banned := state("m.room.server_acl", "", mod, map[string]any{}), rule(policy.User, "@a:b")
	levels, create, encryption := state("m.room.power_levels", "", mod, map[string]any{}), state("m.room.create", "", mod, map[string]any{}), state("m.room.encryption", "", mod, map[string]any{})
	name, called := state("m.room.name", "", mod, map[string]any{}), state("m.room.member", "@spam1:evil.example", "@spam1:evil.example", map[string]any{})
	p.said[lobby] = []*event.Event{message(mod, 1), redacted, acl, banned, levels, create, encryption, name, called}
	for evt, want := range map[id.EventID]string{
		"$@mod:own.example-1": "", redacted.ID: "removed already", acl.ID: "shuts out everybody", "$gone": "cannot find",
		levels.ID: "set up", create.ID: "set up", encryption.ID: "set up", banned.ID: "rule of a list", name.ID: "", called.ID: "",
	} {
		kept, err := p.members().Message(t.Context(), lobby, evt)
		if want == "" != (err == nil && len(kept) == 1) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", evt, kept, err)
		}
	}
}

func TestMembers(t *testing.T) {
	p := newPlace()
	d := p.members()
	if got := d.FindMembers("@*:*", ""); len(got[lobby]) != 2 || len(got[dev]) != 2 || slices.Contains(got[lobby], self) {
		t.Errorf("%v", got)
	}
	if got := d.FindMembers("@spam*:*", dev); len(got) != 1 || len(got[dev]) != 1 {
		t.Errorf("%v", got)
	}
	if got := d.Spared("@*:own.example"); !slices.Contains(got, mod) {
		t.Errorf("%v", got)
	}
}

func TestRules(t *testing.T) {
	p := newPlace()
	freed := map[id.UserID][]id.RoomID{}
	d := desk.Rules{World: p, Resolver: p, Explain: explain, Freed: func() map[id.UserID][]id.RoomID { return freed }}
	_, slots, _ := p.ReplaceRules(coc, []*event.Event{rule(policy.User, "@spam*:*"), rule(policy.Server, "evil.example")})
	p.Follow(slots...)
	if got := d.Rules(coc); len(got) != 2 || len(d.Rules("")) != 2 || len(d.Rules("!other:x")) != 0 {
		t.Errorf("%v", got)
	}
	if got := d.Matching(policy.User, "@spam1:evil.example"); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if got := d.MatchedMembers(); len(got) != 1 || got["@spam1:evil.example"].Entity != "@spam*:*" {
		t.Errorf("%v", got)
	}
	if got := d.BannedIn("@held:calm.example"); !slices.Equal(got, []id.RoomID{dev, lobby}) {
		t.Errorf("%v", got)
	}
	p.Bans.Set(dev, "@held:calm.example", enforce.Ban{Cause: action.Cause{Kind: action.ByRule, Entity: "@held*:*"}})
	if got := d.BansOf("@held:calm.example"); len(got) != 2 || got[0].Room != dev || got[0].Cause.Entity != "@held*:*" || got[1].Room != lobby || got[1].By != self || got[1].Cause.Kind != "" || len(d.BansOf(mod)) > 0 {
		t.Errorf("%+v", got)
	}
	// What moderators said no to holds nobody.
	slot, _ := p.HoldBack("$m.policy.rule.user@spam*:*")
	p.Reject(slot)
	if got := d.Matching(policy.User, "@spam1:evil.example"); len(got) != 0 {
		t.Errorf("rejected, and %v", got)
	}
	// Whom a mended pattern no longer meets, for they were freed a moment ago.
	freed["@gone:evil.example"], freed["@other:calm.example"] = []id.RoomID{lobby}, []id.RoomID{lobby}
	freed["@spam1:evil.example"], freed["@held:calm.example"] = []id.RoomID{lobby}, []id.RoomID{lobby, dev} // is back; is banned again
	wide := policy.Rule{Kind: policy.User, Entity: "@*:evil.example", Recommendation: policy.Ban, List: coc}
	if got := d.Preview([]policy.Rule{wide, {Kind: policy.User, Entity: "@held:*", Recommendation: policy.Ban}}, nil).Gone; !slices.Equal(got, []id.UserID{"@gone:evil.example"}) {
		t.Errorf("freed a moment ago, and not there: %q", got)
	}
	if got := d.Preview(nil, []policy.Rule{wide}).Gone; len(got) > 0 {
		t.Errorf("a rule that goes meets %q", got)
	}
	effect := d.Preview([]policy.Rule{{Kind: policy.User, Entity: "@*:evil.example", Recommendation: policy.Ban, List: coc}}, nil)
	if effect.Hit != 1 || effect.Rooms != 2 || !slices.Equal(effect.Banned, []id.UserID{"@spam1:evil.example"}) || effect.Wide {
		t.Errorf("%+v", effect)
	}
	if effect := d.Preview([]policy.Rule{{Kind: policy.User, Entity: "@*:*", Recommendation: policy.Ban, List: coc}}, nil); !effect.Everyone || !effect.Wide || !slices.Contains(effect.Guarded, mod) {
		t.Errorf("%+v", effect)
	}
}

func (p *place) lists() desk.Lists {
	return desk.Lists{
		World: p, Names: p, Resolver: p, Reader: p, Explain: explain,
		Join: func(_ context.Context, room id.RoomID, via []string) error {
			p.joined = append(p.joined, room)
			if p.down[room] || len(via) > 4 {
				return desk.Refuse("I cannot join that room")
			}
			return nil
		},
		Shown: func(list id.RoomID, rules []policy.Rule) { p.shown[list] = len(rules) },
	}
}

func TestPeek(t *testing.T) {
	const theirs, chat = id.RoomID("!theirs:list.example"), id.RoomID("!chat:list.example")
	p := newPlace()
	p.states[theirs] = []*event.Event{
		state("m.room.create", "", mod, map[string]any{"room_version": "11"}),
		state("m.room.name", "", mod, map[string]any{"name": "Theirs"}),
		state("org.matrix.mjolnir.shortcode", "", mod, map[string]any{"shortcode": "them"}),
		rule(policy.User, "@spam*:*"), rule(policy.User, "@nobody:x.example"),
	}
	p.states[chat] = []*event.Event{state("m.room.create", "", mod, map[string]any{"room_version": "11"})}
	p.aliases["#theirs:list.example"] = theirs
	got, err := p.lists().Peek(t.Context(), commands.Ref{Alias: "#theirs:list.example"}, commands.HowWatched{})
	if err != nil || got.ID != theirs || got.Name != "Theirs" || got.Shortcode != "them" || got.Rules != 2 || got.Effect.Hit != 1 || got.Known || len(got.Via) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if p.shown[theirs] != 2 || !slices.Equal(p.joined, []id.RoomID{theirs}) {
		t.Errorf("shown %v, joined %v", p.shown, p.joined)
	}
	if got := p.Rules.Len(); got != 0 {
		t.Errorf("a look left %d rules", got)
	}
	for ref, want := range map[*commands.Ref]string{
		{Room: chat}:                     "no policy list",
		{Alias: "#nowhere:list.example"}: "no room `#nowhere:list.example`",
		{Name: "word"}:                   "Write the room's ID",
		{Room: "!closed:list.example"}:   "cannot read that room: the homeserver does not",
	} {
		if _, err := p.lists().Peek(t.Context(), *ref, commands.HowWatched{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", ref, err)
		}
	}
	if got, err := p.lists().Peek(t.Context(), commands.Ref{Room: coc}, commands.HowWatched{}); err != nil || !got.Known {
		t.Errorf("%+v, %v", got, err)
	}
	// A dry run does not even join.
	p.dry, p.joined = true, nil
	if got, err := p.lists().Peek(t.Context(), commands.Ref{Room: theirs}, commands.HowWatched{}); err != nil || got.Effect.Hit != 1 || p.joined != nil {
		t.Errorf("%+v, %v, joined %v", got, err, p.joined)
	}
	p.down[theirs] = true
	if _, err := p.lists().Peek(t.Context(), commands.Ref{Room: theirs}, commands.HowWatched{}); err == nil || !strings.Contains(err.Error(), "dry run") || p.joined != nil {
		t.Errorf("%v, joined %v", err, p.joined)
	}
}

func TestFind(t *testing.T) {
	p := newPlace()
	d := desk.Rooms{Names: p, Resolver: p, Explain: explain}
	p.aliases["#dev:own.example"], p.aliases["#new:x.example"] = dev, "!new:x.example"
	for _, tc := range []struct {
		ref       commands.Ref
		room      id.RoomID
		protected bool
	}{
		{commands.Ref{Room: lobby}, lobby, true},
		{commands.Ref{Alias: "#dev:own.example"}, dev, true},
		{commands.Ref{Alias: "#lobby:own.example"}, lobby, true}, // gone from the directory, and still its name
		{commands.Ref{Alias: "#new:x.example"}, "!new:x.example", false},
		{commands.Ref{Room: "!other:x.example"}, "!other:x.example", false},
	} {
		got, err := d.Find(t.Context(), tc.ref)
		if err != nil || got.ID != tc.room || got.Protected != tc.protected {
			t.Errorf("%+v: %+v, %v", tc.ref, got, err)
		}
	}
	// What a room calls itself does not outweigh what the homeserver says.
	p.aliases["#lobby:own.example"] = "!elsewhere:x.example"
	if got, err := d.Find(t.Context(), commands.Ref{Alias: "#lobby:own.example"}); err != nil || got.ID != "!elsewhere:x.example" || got.Protected {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := d.Find(t.Context(), commands.Ref{Alias: "#none:x.example"}); err == nil {
		t.Error("an alias of no room was found")
	}
}

func TestDevices(t *testing.T) {
	none := desk.Devices{Self: self, Here: func(u id.UserID) bool { return u == mod }}
	if _, err := none.Devices(t.Context(), mod); !errors.Is(err, desk.NoEncryption) || !errors.Is(none.MayVerify(mod), desk.NoEncryption) {
		t.Errorf("without encryption: %v", err)
	}
}

// Without a password it is said what ends other logins of ours.
func TestLogins(t *testing.T) {
	for _, password := range []bool{true, false} {
		d := desk.Devices{Self: self, Ends: func() bool { return password }}
		if err := d.MayEnd(); (err == nil) != password || err != nil && !strings.Contains(err.Error(), "forseti restore --log-out-old") {
			t.Errorf("password %t: %v", password, err)
		}
	}
	unread := 0
	d := desk.Devices{Self: self, Unread: func(id.UserID, error) { unread++ }, Others: func(context.Context) ([]commands.Device, error) { return nil, errors.New("502") }}
	if _, err := d.Logins(t.Context()); err == nil || strings.Contains(err.Error(), "502") || unread != 1 {
		t.Errorf("what cannot be read: %v, %d in the log", err, unread)
	}
}

// A rule that waits for a yes is not followed, one whose end waits is, and both are found.
func TestRulesThatWait(t *testing.T) {
	p := newPlace()
	d := desk.Rules{World: p, Resolver: p, Explain: explain}
	known := []*event.Event{rule(policy.User, "@spam1:evil.example")}
	_, slots, _ := p.ReplaceRules(coc, known)
	p.Follow(slots...)
	p.ReplaceRules(coc, []*event.Event{rule(policy.User, "@*:evil.example")}) // in its place, and nobody agreed
	found := map[string][2]bool{}
	for _, r := range d.Matching(policy.User, "@spam1:evil.example") {
		followed, listed := d.Followed(r)
		found[r.Entity] = [2]bool{followed, listed}
	}
	want := map[string][2]bool{"@spam1:evil.example": {true, false}, "@*:evil.example": {false, true}}
	if !maps.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

// settings are what of rooms is read when it is asked for.
type settings struct {
	of     map[string]string
	listed bool
	fail   error
}

func (s settings) Content(_ context.Context, _ id.RoomID, kind string) (json.RawMessage, error) {
	return json.RawMessage(s.of[kind]), s.fail
}

func (s settings) Listed(context.Context, id.RoomID) (bool, error) { return s.listed, s.fail }

func TestAudit(t *testing.T) {
	p := newPlace()
	apply := func(kind, key string, content any) { p.World.Apply(lobby, state(kind, key, mod, content), now) }
	apply("m.room.join_rules", "", map[string]any{"join_rule": "public"})
	apply("m.room.encryption", "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	apply("m.room.server_acl", "", map[string]any{"allow": []string{"*"}})
	apply("m.room.tombstone", "", map[string]any{"replacement_room": "!new:own.example"})
	apply("m.room.power_levels", "", map[string]any{
		"users": map[id.UserID]int{self: 100, mod: 100, "@gone:calm.example": 100, "@half:own.example": 50}, "ban": 0, "events": map[string]int{"m.room.name": 0, "m.room.power_levels": 100},
	})
	read := settings{of: map[string]string{"m.room.guest_access": `{"guest_access":"can_join"}`, "m.room.history_visibility": `{"history_visibility":"world_readable"}`}, listed: true}
	d := desk.Audits{World: p, Reader: read, Explain: explain}
	got, err := d.Audit(t.Context(), lobby)
	want := commands.RoomAudit{
		JoinRule: "public", Listed: true, Guests: true, History: "world_readable", Encrypted: true, ACL: true, Literals: true, Replaced: true, By: "!new:own.example",
		Anybody: []string{"ban", "change the room's name"},
		Admins:  []commands.Admin{{User: "@gone:calm.example"}, {User: mod, Present: true, Ours: true}},
		Rulers:  []commands.Admin{{User: "@half:own.example"}},
	}
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	if a, err := d.ACL(t.Context(), lobby); err != nil || !a.Present || !a.Literals || len(a.Allow) != 1 || a.By != mod {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := d.ACL(t.Context(), "!other:x"); err == nil {
		t.Error("the ACL of a room that is not protected")
	}
	// What has the wrong type says nothing, and what cannot be read is said.
	d.Reader = settings{of: map[string]string{"m.room.guest_access": `{"guest_access":5}`, "m.room.history_visibility": `[]`}}
	if got, err := d.Audit(t.Context(), dev); err != nil || got.Guests || got.History != "" || got.Listed || got.ACL || got.Unread != "" || len(got.Admins) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	d.Reader = settings{fail: &action.Failure{Kind: action.Forbidden, Err: errors.New("M_FORBIDDEN")}}
	if got, err := d.Audit(t.Context(), lobby); err != nil || !strings.Contains(got.Unread, "could not read all") || got.JoinRule != "public" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := d.Audit(t.Context(), "!other:x"); err == nil {
		t.Error("a room that is not protected")
	}
}

// Of each server: who is here, who came lately, who is banned, each user once.
func TestServers(t *testing.T) {
	w := enforce.NewWorld(self, enforce.Settings{})
	now := time.Now()
	for _, room := range []id.RoomID{"!a:x", "!b:x"} {
		w.Protect(room)
		w.Look(room, []*event.Event{member(self, "join")}, now.Add(-30*24*time.Hour))
	}
	moves := func(room id.RoomID, u id.UserID, is string, ago time.Duration) {
		evt := member(u, event.Membership(is))
		if is != "ban" {
			evt.Sender = u
		}
		evt.ID = id.EventID(fmt.Sprint("$", room, u, is))
		w.Apply(room, evt, now.Add(-ago))
	}
	moves("!a:x", "@old:evil.example", "join", 3*24*time.Hour)
	moves("!b:x", "@old:evil.example", "join", time.Hour)
	moves("!b:x", "@new:evil.example", "join", time.Hour)
	moves("!a:x", "@bad:evil.example", "ban", 0)
	moves("!b:x", "@bad:evil.example", "ban", 0)
	moves("!a:x", "@bye:gone.example", "leave", 2*time.Hour)
	d := desk.Servers{World: &place{World: w}}
	got := func(rooms ...id.RoomID) map[string]commands.ServerState {
		all, err := d.Servers(t.Context(), rooms)
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]commands.ServerState{}
		for _, s := range all {
			by[s.Server] = s
		}
		return by
	}
	all := got()
	if s := all["evil.example"]; s.Members != 2 || s.Rooms != 2 || s.Came != 1 || s.Before != 1 || s.Banned != 1 || !s.Moved.Equal(now.Add(-time.Hour)) {
		t.Errorf("evil.example: %+v", s)
	}
	if s := all["gone.example"]; s.Members != 0 || !s.Moved.Equal(now.Add(-2*time.Hour)) {
		t.Errorf("gone.example: %+v", s)
	}
	if both := got("!a:x", "!b:x")["evil.example"]; both != all["evil.example"] {
		t.Errorf("in two rooms: %+v", both)
	}
	if s := got("!a:x")["evil.example"]; s.Members != 1 || s.Came != 0 || s.Banned != 1 {
		t.Errorf("in one room: %+v", s)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := d.Servers(ctx, nil); err == nil {
		t.Error("it goes on though nobody waits any more")
	}
}

// What a level would do: who could do what, and who would stand above whom.
func TestLevels(t *testing.T) {
	p := newPlace()
	levels := func(room id.RoomID, users map[id.UserID]int) {
		p.Apply(room, state("m.room.power_levels", "", mod, map[string]any{"users": users, "events": map[string]int{"m.room.power_levels": 100}}), now)
	}
	p.Apply(lobby, member("@u:hs", "join"), now)
	levels(lobby, map[id.UserID]int{self: 100, "@helper:hs": 50, "@chief:hs": 75, "@mod:hs": 60})
	levels(dev, map[id.UserID]int{self: 50, "@u:hs": -1})
	d := desk.Levels{World: p}
	got := d.Levels("@u:hs", "@mod:hs", 60, []id.RoomID{lobby})
	if want := []commands.LevelChange{{Room: lobby, By: 60,
		Gains: []string{"ban", "remove members", "remove messages of others", "change who may join", "shut out servers"}, Passes: []id.UserID{"@helper:hs"}}}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	got = d.Levels("@chief:hs", "@mod:hs", 0, []id.RoomID{lobby})
	if len(got) != 1 || !got[0].Over || got[0].Now != 75 || len(got[0].Loses) != 5 || len(got[0].Below) != 2 {
		t.Errorf("%+v", got)
	}
	if got = d.Levels("@helper:hs", "@mod:hs", 101, []id.RoomID{lobby}); len(got) != 1 || got[0].Refused == "" {
		t.Errorf("more than ours: %+v", got)
	}
	// Who is nowhere, and has no level of their own, is in no room that it is about.
	if got = d.Levels("@nobody:hs", "@mod:hs", 50, nil); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if got = d.Levels("@u:hs", "@mod:hs", 50, nil); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}
