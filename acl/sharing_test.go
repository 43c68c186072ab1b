package acl

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Rooms that share what was found out for others get what they would get by themselves,
// also if not all fits.
func TestSharingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rules []Rule
		if rapid.IntRange(0, 6).Draw(t, "full") == 0 {
			for i := range 3000 {
				rules = append(rules, Rule{Entity: fmt.Sprintf("some%04d.example.org", i), Own: i%20 == 0, At: int64(i)})
			}
		}
		c := fill(rules)
		names := []string{"some0001.example.org", "some0002.example.org", "some0040.example.org", "a", "b.a"}
		contents := []string{``, `{}`, `{"allow":["*"],"deny":["b","some00*"]}`, `{"allow":["*"],"deny":["a","B"],"allow_ip_literals":false}`}
		lists := [][]string{nil, {"a"}, {"b"}, {"some0001.example.org"}}
		for range rapid.IntRange(1, 6).Draw(t, "rooms") {
			if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
				r := genRule.Draw(t, "rule")
				c.Add(r)
				rules = append(rules, r)
			}
			room := Room{
				Current: []byte(contents[rapid.IntRange(0, len(contents)-1).Draw(t, "current")]), Managed: lists[rapid.IntRange(0, len(lists)-1).Draw(t, "managed")],
				Present:    map[string]int{rapid.SampledFrom(names).Draw(t, "present"): 1, rapid.SampledFrom(names).Draw(t, "also present"): rapid.IntRange(0, 1).Draw(t, "users")},
				IPLiterals: IPPolicy(rapid.IntRange(0, 2).Draw(t, "ip literals")), OpenAllow: rapid.Bool().Draw(t, "open"),
			}
			if len(room.Current) == 0 {
				room.Current = nil
			}
			got, gotErr := c.Compile(room)
			want, wantErr := Compile(Input{Room: room, Rules: slices.Values(rules), Protected: protected})
			if fmt.Sprint(got, gotErr) != fmt.Sprint(want, wantErr) {
				t.Fatalf("shared %d bytes, %d managed, full: %v, %d dropped, %v; alone %d, %d, %v, %d, %v", len(got.Content), len(got.Managed), got.Full, len(got.Dropped), gotErr,
					len(want.Content), len(want.Managed), want.Full, len(want.Dropped), wantErr)
			}
			if got.Content != nil {
				contents, lists = append(contents, string(got.Content)), append(lists, got.Managed)
			}
			if len(c.answered.last) > mostAnswers || len(c.answered.read) > mostAnswers || len(c.answered.lists) > mostAnswers {
				t.Fatal("ever more is remembered")
			}
		}
	})
}

// Rooms that are alike cost one.
func TestRoomsShare(t *testing.T) {
	c := fill(workload(20_000))
	first, err := c.Compile(Room{})
	if err != nil {
		t.Fatal(err)
	}
	present := map[string]int{"nobody.example": 1}
	next := func() {
		// Each room has a text of its own.
		if _, err := c.Compile(Room{Current: slices.Clone(first.Content), Managed: first.Managed, Present: present}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	alone := testing.AllocsPerRun(3, func() {
		n++
		c.Add(Rule{Entity: fmt.Sprintf("new%d.example.net", n)})
		next()
	})
	if shared := testing.AllocsPerRun(5, next); shared > 10 || alone < 3*shared {
		t.Errorf("the first room takes %.0f allocations, the next %.0f", alone, shared)
	}
}
