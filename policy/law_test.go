package policy

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

var (
	localparts = rapid.SampledFrom([]string{"a", "spam", "spam1", "SPAM2", "sp", "x.y", "é", "evil.org", "a-rather-long-localpart-of-a-user"})
	hosts      = rapid.SampledFrom([]string{"evil.org", "Evil.org", "sub.evil.org", "org", "b", "evil.org:8448", "[::1]:80", "1.2.3.4"})
	subjects   = map[Kind]*rapid.Generator[string]{
		User: rapid.Custom(func(t *rapid.T) string {
			return "@" + localparts.Draw(t, "localpart") + rapid.SampledFrom([]string{":", ":", ":", ""}).Draw(t, "colon") + hosts.Draw(t, "host")
		}),
		Server:   hosts,
		RoomKind: rapid.SampledFrom([]string{"!a:b", "!A:b", "#room:evil.org", "#Room:evil.org", "!opaque"}),
	}
	ruleNames = []string{"m.policy.rule.", "m.room.rule.", "org.matrix.mjolnir.rule."}
	testLists = []id.RoomID{"!a:x", "!b:x", "!c:x"}
)

// entity draws a name, with some of its letters made wildcards or cut out.
func entity(kind Kind) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		runes := []rune(subjects[kind].Draw(t, "entity"))
		for range rapid.IntRange(0, 3).Draw(t, "wildcards") {
			from := rapid.IntRange(0, len(runes)).Draw(t, "from")
			to := rapid.IntRange(from, len(runes)).Draw(t, "to")
			wildcard := rapid.SampledFrom([]string{"*", "?", "**", "?*", "*?"}).Draw(t, "wildcard")
			runes = slices.Concat(runes[:from], []rune(wildcard), runes[to:])
		}
		return string(runes)
	})
}

// model is the index as one would define it: the state of each list, and a look at all of it.
type model struct {
	x      *Index
	state  map[id.RoomID]map[[2]string]*event.Event
	order  []id.RoomID
	held   map[id.EventID]bool
	may    map[id.RoomID]bool // lists that may exempt
	aside  map[id.RoomID]Aside
	events int
}

func newModel() *model {
	return &model{x: NewIndex(), state: make(map[id.RoomID]map[[2]string]*event.Event), held: make(map[id.EventID]bool), may: make(map[id.RoomID]bool), aside: make(map[id.RoomID]Aside)}
}

func (m *model) draw(t *rapid.T) *event.Event {
	kind := Kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind"))
	eventType := rapid.SampledFrom(ruleNames).Draw(t, "type") + kind.String()
	key := rapid.SampledFrom([]string{"", "1", "2", "3", "4", "5", "6"}).Draw(t, "key")
	m.events++
	content := `{}`
	name := entity(kind).Draw(t, "entity")
	switch rapid.IntRange(0, 9).Draw(t, "content") {
	case 0:
	case 1:
		evt := state(eventType, key, "$"+strconv.Itoa(m.events), content)
		exact, _ := subject(kind, subjects[kind].Draw(t, "hashed"))
		hashes := map[string]any{"sha256": encode(HashOf(exact))}
		evt.Content.VeryRaw, _ = json.Marshal(map[string]any{"recommendation": "m.ban", "hashes": hashes})
		return evt
	default:
		content = ruleContent(name, rapid.SampledFrom([]string{"m.ban", "m.takedown", "fi.mau.meowlnir.unban", "org.matrix.mjolnir.allow", "m.hug"}).Draw(t, "recommendation"))
	}
	return state(eventType, key, "$"+strconv.Itoa(m.events), content)
}

func slotOf(evt *event.Event) [2]string { return [2]string{evt.Type.Type, *evt.StateKey} }

// rules are those in effect, by list, kind and state key.
func (m *model) rules() []Rule {
	var rules []Rule
	for room, state := range m.state {
		for at, evt := range state {
			r, ok := Parse(room, evt)
			for _, name := range ruleNames {
				if name+r.Kind.String() == r.Type {
					break
				}
				// Whatever is in it.
				ok = ok && state[[2]string{name + r.Kind.String(), at[1]}] == nil
			}
			if ok {
				rules = append(rules, m.aside[room].Of(r))
			}
		}
	}
	slices.SortFunc(rules, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(a.List, b.List), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.StateKey, b.StateKey))
	})
	return rules
}

func (m *model) matching(kind Kind, name string) []Rule {
	var found []Rule
	for _, r := range m.rules() {
		if r.Kind == kind && r.Matches(name) {
			found = append(found, r)
		}
	}
	place := func(r Rule) int {
		if i := slices.Index(m.order, r.List); i >= 0 {
			return i
		}
		return 1000 + slices.Index(testLists, r.List)
	}
	shape := func(r Rule) int {
		switch {
		case r.Hash != "":
			return 1
		case r.IsGlob():
			return 2
		default:
			return 0
		}
	}
	slices.SortFunc(found, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(m.rank(b), m.rank(a)), cmp.Compare(place(a), place(b)),
			cmp.Compare(shape(a), shape(b)), cmp.Compare(a.StateKey, b.StateKey))
	})
	return found
}

// rank is 0 for a rule that is not followed.
func (m *model) rank(r Rule) int {
	switch {
	case r.Aside:
		return 0
	case r.Recommendation == Exempt && m.may[r.List]:
		return 3
	case r.Recommendation == Takedown:
		return 2
	case r.Recommendation == Ban:
		return 1
	default:
		return 0
	}
}

func (m *model) decides(r Rule) bool { return m.rank(r) > 0 && !m.held[r.Event] }

// change does one thing to the index and the model, and gives what the index says has changed.
func (m *model) change(t *rapid.T) Delta {
	room := rapid.SampledFrom(testLists).Draw(t, "list")
	if m.state[room] == nil {
		m.state[room] = make(map[[2]string]*event.Event)
	}
	list := m.state[room]
	switch rapid.IntRange(0, 19).Draw(t, "change") {
	case 0:
		delete(m.state, room)
		return m.x.Drop(room)
	case 1:
		var full []*event.Event
		for _, evt := range list {
			if rapid.Bool().Draw(t, "stays") {
				full = append(full, evt)
			}
		}
		full = append(full, m.draw(t), m.draw(t))
		clear(list)
		for _, evt := range full {
			list[slotOf(evt)] = evt
		}
		var d Delta
		for g, more := NewReading(room, full), true; more; {
			var part Delta
			part, more = m.x.Read(g, rapid.IntRange(1, 4).Draw(t, "rules at once"))
			d.Removed, d.Added = append(d.Removed, part.Removed...), append(d.Added, part.Added...)
		}
		d.sort()
		return d
	case 2:
		m.order = rapid.Permutation(testLists).Draw(t, "order")[:rapid.IntRange(0, 3).Draw(t, "ordered")]
		m.x.SetOrder(m.order)
		return Delta{}
	case 3, 4, 5:
		eventID := id.EventID("$" + strconv.Itoa(rapid.IntRange(0, m.events).Draw(t, "event")))
		for at, evt := range list {
			if evt.ID == eventID {
				list[at] = redactedState(evt)
			}
		}
		return m.x.Redact(room, eventID)
	case 6, 7:
		eventID := id.EventID("$" + strconv.Itoa(rapid.IntRange(0, m.events).Draw(t, "event")))
		held := rapid.Bool().Draw(t, "held")
		m.x.Hold(eventID, held)
		if held == m.x.Held(eventID) {
			m.held[eventID] = held
		}
		return Delta{}
	case 8:
		m.exempting(t, room)
		return Delta{}
	case 9:
		m.aside[room] = Aside{rapid.Bool().Draw(t, "users aside"), rapid.Bool().Draw(t, "servers aside")}
		return m.x.SetAside(room, m.aside[room])
	default:
		evt := m.draw(t)
		list[slotOf(evt)] = evt
		return m.x.Apply(room, evt)
	}
}

// exempting lets a list exempt, or no longer, and holds the index to which rules it says are concerned.
func (m *model) exempting(t *rapid.T, room id.RoomID) {
	may := rapid.Bool().Draw(t, "may exempt")
	var want []Rule
	for _, r := range m.rules() {
		if r.List == room && r.Recommendation == Exempt && may != m.may[room] {
			want = append(want, r)
		}
	}
	m.may[room] = may
	d := m.x.SetExempting(room, may)
	if got := append(d.Added, d.Removed...); !slices.Equal(got, want) || len(d.Removed) > 0 && may || m.x.Exempting(room) != may {
		t.Fatalf("exempting %v: got %+v, want %+v", may, d, want)
	}
}

// redactedState is what a homeserver makes of a redacted event.
func redactedState(evt *event.Event) *event.Event {
	blank := *evt
	blank.Content = event.Content{VeryRaw: []byte(`{}`)}
	blank.Unsigned.RedactedBecause = &event.Event{}
	return &blank
}

// TestIndexIsTheNaiveScan holds every answer of the index against a scan of the lists' state.
func TestIndexIsTheNaiveScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel()
		before := map[Rule]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "changes") {
			d := m.change(t)
			after := map[Rule]bool{}
			for _, r := range m.rules() {
				after[r] = true
			}
			for _, r := range d.Removed {
				if !before[r] || after[r] {
					t.Fatalf("wrongly reported as removed: %+v", r)
				}
				delete(before, r)
			}
			for _, r := range d.Added {
				if before[r] || !after[r] {
					t.Fatalf("wrongly reported as added: %+v", r)
				}
				before[r] = true
			}
			if len(before) != len(after) || m.x.Len() != len(after) {
				t.Fatalf("%d rules by deltas, %d in the index, want %d", len(before), m.x.Len(), len(after))
			}
			m.compare(t)
		}
	})
}

func (m *model) compare(t *rapid.T) {
	for r := range m.x.Rules("") {
		if got, ok := m.x.Rule(r.Event); !ok || got != r {
			t.Fatalf("event %s gives %+v", r.Event, got)
		}
	}
	for kind := range kinds {
		name := rapid.OneOf(subjects[kind], entity(kind)).Draw(t, "subject")
		if last := string(m.x.last.of); kind == User && last != "" && rapid.Bool().Draw(t, "once more") {
			name = last
		}
		want := m.matching(kind, name)
		if got := m.x.Matching(kind, name); !slices.Equal(got, want) {
			t.Fatalf("%s %q: got %+v, want %+v", kind, name, got, want)
		}
		first := slices.IndexFunc(want, m.decides)
		got, ok := decide(m.x, kind, name)
		if ok != (first >= 0) || ok && got != want[first] {
			t.Fatalf("%s %q: %+v decides, want number %d of %+v", kind, name, got, first, want)
		}
		if kind != User {
			continue
		}
		server := ServerOf(id.UserID(name))
		onServer := m.matching(Server, server)
		if i := slices.IndexFunc(onServer, m.decides); first < 0 && i >= 0 && server != "" {
			got, ok = onServer[i], true
		}
		if r, any := m.x.Member(id.UserID(name)); any != ok || r != got {
			t.Fatalf("%q: %+v decides about the member, want %+v", name, r, got)
		}
		first = slices.IndexFunc(want, func(r Rule) bool { return m.decides(r) && r.Recommendation != Exempt && !r.IsGlob() })
		if got, ok := m.x.Named(id.UserID(name)); ok != (first >= 0) || ok && got != want[first] {
			t.Fatalf("%q is named by %+v, want number %d of %+v", name, got, first, want)
		}
	}
	servers := 0
	for _, r := range m.rules() {
		if r.Kind == Server && m.decides(r) {
			servers++
		}
	}
	for range m.x.Servers() {
		servers--
	}
	if servers != 0 {
		t.Fatalf("Servers differs by %d", servers)
	}
	// What was taken in bit by bit is what a full look finds.
	fresh := NewIndex()
	for room, state := range m.state {
		fresh.SetAside(room, m.aside[room])
		fresh.Replace(room, slices.Collect(maps.Values(state)))
		if got := fresh.LenOf(room); got != m.x.LenOf(room) {
			t.Fatalf("a full look at %s finds %d rules, not %d", room, got, m.x.LenOf(room))
		}
	}
	for r := range m.x.Rules("") {
		if got, ok := fresh.Rule(r.Event); !ok || got != r {
			t.Fatalf("a full look finds %+v, not %+v", got, r)
		}
	}
}

// TestAffectedIsTheNaiveScan holds the answers about users in view against a look at each of them.
func TestAffectedIsTheNaiveScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, counts := NewSubjects(), map[id.UserID]int{}
		var rules []Rule
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			u := id.UserID(subjects[User].Draw(t, "user"))
			if rapid.IntRange(0, 2).Draw(t, "step") > 0 {
				s.Add(u)
				counts[u]++
			} else {
				s.Remove(u)
				if counts[u]--; counts[u] <= 0 {
					delete(counts, u)
				}
			}
			kind := Kind(rapid.IntRange(0, 1).Draw(t, "kind"))
			r := Rule{Kind: kind}
			if rapid.IntRange(0, 3).Draw(t, "hashed") == 0 {
				exact, _ := subject(kind, subjects[kind].Draw(t, "entity"))
				r.Hash = HashOf(exact)
			} else {
				r.Entity = entity(kind).Draw(t, "entity")
			}
			compareAffected(t, s, counts, r)
			rules = append(rules, r)
			compareAffectedByAny(t, s, counts, rules[max(0, len(rules)-6):])
		}
	})
}

func compareAffectedByAny(t *rapid.T, s *Subjects, counts map[id.UserID]int, rules []Rule) {
	var want []id.UserID
	for u := range counts {
		for _, r := range rules {
			if r.Kind == User && r.Matches(string(u)) || r.Kind == Server && r.Matches(ServerOf(u)) {
				want = append(want, u)
				break
			}
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(s.AffectedByAny(rules)); !slices.Equal(got, want) {
		t.Fatalf("%+v affect %q, want %q", rules, got, want)
	}
	for i, covers := range s.Covering(rules) {
		if one := len(slices.Collect(s.Affected(rules[i]))) > 0; one != covers {
			t.Fatalf("%+v covers somebody: %v", rules[i], covers)
		}
	}
	for u := range s.AffectedByAny(rules) { // and who wants one only gets one
		if !slices.Contains(want, u) {
			t.Fatalf("%q is not affected", u)
		}
		break
	}
}

func compareAffected(t *rapid.T, s *Subjects, counts map[id.UserID]int, r Rule) {
	var want []id.UserID
	servers, matching := map[string]int{}, map[string]bool{}
	for u := range counts {
		name := ServerOf(u)
		if name != "" {
			servers[name]++
		}
		switch {
		case r.Kind == User && r.Matches(string(u)):
			want = append(want, u)
		case r.Kind == Server && r.Matches(name):
			want = append(want, u)
			matching[name] = true
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(s.Affected(r)); !slices.Equal(got, want) {
		t.Fatalf("%+v affects %q, want %q", r, got, want)
	}
	found := slices.Collect(s.ServersMatching(r))
	for _, name := range found {
		if !matching[name] {
			t.Fatalf("%+v matches server %q", r, name)
		}
	}
	if len(found) != len(matching) || s.Len() != len(counts) {
		t.Fatalf("%d servers match, want %d; %d users, want %d", len(found), len(matching), s.Len(), len(counts))
	}
	for name, n := range s.Servers() {
		if servers[name] != n {
			t.Fatalf("%d users of %q, want %d", n, name, servers[name])
		}
		delete(servers, name)
	}
	if len(servers) > 0 {
		t.Fatalf("servers left out: %v", servers)
	}
}
