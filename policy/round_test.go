package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// TestRoundIsOneByOne holds a look at everybody, while rules change and users come and go, to asking about each by
// themselves.
func TestRoundIsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel()
		other := NewIndex()
		if rapid.Bool().Draw(t, "another index") {
			other.Apply(testList, m.draw(t))
		}
		for i := range rapid.IntRange(0, 10).Draw(t, "hashed rules") {
			other.Apply(testList, hashedRule(i, subjects[User].Draw(t, "who has a hash")))
		}
		s, counts := NewSubjects(), map[id.UserID]int{}
		come := func() {
			u := id.UserID(subjects[User].Draw(t, "user"))
			s.Add(u)
			counts[u]++
		}
		for range rapid.IntRange(0, 200).Draw(t, "users") {
			come()
		}
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			for range rapid.IntRange(0, 10).Draw(t, "changes") {
				m.change(t)
			}
			oneRound(t, m, other, s, counts, come)
		}
	})
}

func oneRound(t *rapid.T, m *model, other *Index, s *Subjects, counts map[id.UserID]int, come func()) {
	still := rapid.Bool().Draw(t, "nothing changes")
	there := maps.Clone(counts) // from the beginning to the end, and a rule decides all the time
	found := map[id.UserID]int{}
	gone := false
	decided := func(u id.UserID) bool {
		_, by := m.x.Member(u)
		_, also := other.Member(u)
		return counts[u] > 0 && (by || also)
	}
	r := s.Round()
	r.looks = rapid.SampledFrom([]int{1, 100, 3 * askLooks, mostLooks}).Draw(t, "looks")
	for left := s.Len(); !r.Done(); left-- {
		if left == 0 {
			t.Fatal("it does not end")
		}
		for u := range there {
			if !decided(u) {
				delete(there, u)
			}
		}
		enough := rapid.IntRange(1, 90).Draw(t, "enough")
		for u := range r.Next(rapid.IntRange(1, 150).Draw(t, "at once"), m.x, other) {
			if !decided(u) {
				t.Fatalf("no rule decides about %q", u)
			}
			if found[u]++; found[u] > 1 && !gone {
				t.Fatalf("%q is found twice", u)
			}
			if enough--; enough == 0 {
				break
			}
		}
		if still {
			continue
		}
		for range rapid.IntRange(0, 2).Draw(t, "steps") {
			switch u := id.UserID(subjects[User].Draw(t, "user")); rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				m.change(t)
			case 1:
				come()
			case 2:
				compareAffected(t, s, counts, Rule{Kind: User, Hash: HashOf(string(u))})
			default:
				s.Remove(u)
				gone = true
				if counts[u]--; counts[u] <= 0 {
					delete(counts, u)
					delete(there, u) // though they may come back
				}
			}
		}
	}
	for u := range there {
		if found[u] == 0 && counts[u] > 0 {
			t.Fatalf("%q is not found", u)
		}
	}
}

// Where to look at one name is dear, a part of a look at everybody comes to few of them, and all parts together to all.
func TestPartOfARoundIsBounded(t *testing.T) {
	const rules, users = 3_000, 40
	for what, world := range map[string]struct {
		kind         string
		entity, user func(i int) string
	}{
		"users who have all": {"user", func(i int) string { return "@*" + letters(i, "*") + ":*" },
			func(i int) string { return "@" + lettered(i) + strings.Repeat("zyxwvutsrqponmlkjihgfedcba", 8) + ":x" }},
		"users who nearly have all": {"user", func(i int) string { return "@*" + letters(i, "*") + "*0:*" },
			func(i int) string { return "@" + lettered(i) + strings.Repeat("zyxwvutsrqponmlkjihgfedcba", 8) + ":0" }},
		"servers that have all": {"server", func(i int) string { return "*" + letters(i, "*") + ".?" },
			func(i int) string {
				return "@x:" + lettered(i) + strings.Repeat("zyxwvutsrqponmlkjihgfedcba", 8) + ".x"
			}},
	} {
		x, s := NewIndex(), NewSubjects()
		for i := range rules {
			x.Apply(testList, state("m.policy.rule."+world.kind, fmt.Sprint(i), fmt.Sprint("$", i), banContent(world.entity(i))))
		}
		one := 0 // what one name takes, the dearest of all
		want := map[id.UserID]bool{}
		for i := range users {
			u := id.UserID(world.user(i))
			s.Add(u)
			before := x.looks
			if _, is := anew(x).Member(u); is {
				want[u] = true
			}
			one = max(one, x.looks-before)
			x.servers.forget()
		}
		parts := 0
		for r := s.Round(); !r.Done(); parts++ {
			before := x.looks
			for u := range r.Next(1000, x) {
				delete(want, u)
			}
			if took := x.looks - before; took > 2*(mostLooks+one) {
				t.Errorf("%s: one part takes %d looks, and one name %d", what, took, one)
			}
		}
		if len(want) > 0 || parts < 2 {
			t.Errorf("%s: after %d parts these are not found: %v", what, parts, want)
		}
	}
}

// Wherever in a name is what a pattern demands, and wherever the colon is, the pattern is found.
func TestEveryPlaceOfAName(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	for _, domain := range []string{"", ":", ":k", ".:k", ".b:", ":hs.example", ":[::1]:80"} {
		for _, n := range []int{0, 1, 2, 5, 8, 9, 10, 11, 12, 13, 18} {
			name := "@" + letters[:n] + domain
			s := NewSubjects()
			s.Add(id.UserID(strings.ToUpper(name)))
			for from := range len(name) {
				for to := from + 1; to <= min(from+8, len(name)); to++ {
					patterns := []string{"*" + name[from:to] + "*", name[:from] + "*" + name[to:], name[:from] + "?" + name[from+1:to] + "*"}
					for _, pattern := range patterns {
						x := NewIndex()
						x.Apply(testList, state("m.policy.rule.user", "key", "$1", banContent(pattern)))
						_, one := x.Member(id.UserID(name))
						all := 0
						for range s.Round().Next(1, x) {
							all++
						}
						if !one || all != 1 {
							t.Fatalf("%s against %s: by itself %v, in a round %d", pattern, name, one, all)
						}
					}
				}
			}
		}
	}
}

// What is filed is let through, however much came and went; and of what was never there most is not.
func TestCoarseSieve(t *testing.T) {
	var v coarse
	there := map[uint32]bool{}
	key := func(i int) uint32 { return gram(fmt.Sprintf("%04x", i*7919%65536)) }
	for i := range 3000 {
		there[key(i)] = true
		v.add(key(i), maps.Keys(there))
		if i >= 100 {
			delete(there, key(i-100))
			v.remove()
		}
		for k := range there {
			text := string([]byte{'x', byte(k), byte(k >> 8), byte(k >> 16), byte(k >> 24)})
			if !v.hasAny(text) || !v.hasAny(text[1:]) {
				t.Fatalf("%q is not let through", text)
			}
		}
	}
	through := 0
	for i := range 1000 {
		if v.hasAny(fmt.Sprintf("zz%06dzz", i)) {
			through++
		}
	}
	if through > 500 {
		t.Errorf("%d of 1000 are let through", through)
	}
}

// What is known of a homeserver is forgotten with it: its number may be given to another.
func TestRoundAfterServersMoved(t *testing.T) {
	x, s := NewIndex(), NewSubjects()
	x.Apply(testList, state("m.policy.rule.server", "key", "$1", banContent("evil.example")))
	decided := func() (all []id.UserID) {
		for u := range s.Round().Next(10, x) {
			all = append(all, u)
		}
		slices.Sort(all)
		return all
	}
	for _, step := range []struct{ gone, comes id.UserID }{
		{"", "@a:good.example"}, {"@a:good.example", "@a:fine.example"}, {"@a:fine.example", "@a:evil.example"}, {"@a:evil.example", "@b:good.example"},
	} {
		s.Remove(step.gone)
		s.Add(step.comes)
		var want []id.UserID
		if ServerOf(step.comes) == "evil.example" {
			want = append(want, step.comes)
		}
		if got := decided(); !slices.Equal(got, want) {
			t.Errorf("after %s came: %q, want %q", step.comes, got, want)
		}
	}
}

// What is kept of a hash goes with its user: to another place, and out of view.
func TestHashesMoveWithUsers(t *testing.T) {
	x, s := NewIndex(), NewSubjects()
	x.Apply(testList, hashedRule(1, "@c:x"))
	for i, step := range []struct {
		comes, goes id.UserID
		found       bool
	}{{"@a:x", "", false}, {"@b:x", "", false}, {"@c:x", "", true}, {"", "@a:x", true}, {"@d:x", "", true}, {"", "@c:x", false}, {"@c:x", "@b:x", true}} {
		s.Add(step.comes)
		s.Remove(step.goes)
		found := false
		for u := range s.Round().Next(10, x) {
			found = found || u == "@c:x"
		}
		if found != step.found {
			t.Errorf("step %d: found %v", i, found)
		}
	}
}
