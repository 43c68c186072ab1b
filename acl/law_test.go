package acl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"forseti/glob"
	"forseti/wire"
)

// A small alphabet makes globs meet names, and each other, often.
var (
	genGlob = rapid.StringMatching(`[abA.*?]{0,6}|(\*\.)?[ab]{1,2}\.a|\[:[:a*]{0,3}\]|a:1|192\.0\.2\.[1*]`)
	// By hand also letters that some fold.
	genHand   = rapid.OneOf(genGlob, rapid.StringMatching(`[ask\x{17f}\x{212a}]{1,3}\*?`))
	genServer = rapid.StringMatching(`[abA.]{1,6}(:1)?|[ab]{1,2}\.a|\[::a\](:1)?|192\.0\.2\.1`)
	genRule   = rapid.Custom(func(t *rapid.T) Rule {
		return Rule{Entity: genGlob.Draw(t, "entity"), Allow: rapid.IntRange(0, 9).Draw(t, "kind") == 0}
	})
	genContent = rapid.Custom(func(t *rapid.T) json.RawMessage {
		if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
			return nil
		}
		keys := map[string]any{"x.unknown": 1}
		list := func(label string, entries []string) any {
			all := make([]any, 0, len(entries)+1)
			for _, e := range entries {
				all = append(all, e)
			}
			switch rapid.IntRange(0, 12).Draw(t, label) {
			case 0:
				all = append(all, 7)
			case 1:
				all = append(all, nil)
			case 2:
				all = append(all, "")
			case 3:
				return "a"
			}
			return all
		}
		if rapid.IntRange(0, 9).Draw(t, "noAllow") > 0 {
			allow := rapid.SliceOfN(genGlob, 0, 3).Draw(t, "allow")
			if rapid.IntRange(0, 4).Draw(t, "narrow") > 0 {
				allow = append(allow, "*")
			}
			keys["allow"] = list("odd allow", allow)
		}
		keys["deny"] = list("odd deny", rapid.SliceOfN(genHand, 0, 4).Draw(t, "deny"))
		if rapid.IntRange(0, 9).Draw(t, "misspelt") == 0 {
			keys["Deny"] = []string{"a"}
		}
		if rapid.Bool().Draw(t, "hasIP") {
			keys["allow_ip_literals"] = rapid.Bool().Draw(t, "ip")
		}
		content, err := json.Marshal(keys)
		if err != nil {
			t.Fatal(err)
		}
		return content
	})
	genInput = rapid.Custom(func(t *rapid.T) Input {
		in := Input{
			Room: Room{
				Current:    genContent.Draw(t, "current"),
				IPLiterals: IPPolicy(rapid.IntRange(0, 2).Draw(t, "ipPolicy")),
				OpenAllow:  rapid.Bool().Draw(t, "openAllow"),
				Present:    rapid.MapOf(genServer, rapid.IntRange(0, 2)).Draw(t, "present"),
			},
			Rules:     slices.Values(rapid.SliceOf(genRule).Draw(t, "rules")),
			Protected: rapid.SliceOfN(genServer, 0, 3).Draw(t, "protected"),
		}
		for _, e := range Parse(in.Current).Deny {
			if rapid.Bool().Draw(t, "managed") {
				in.Managed = append(in.Managed, e)
			}
		}
		return in
	})
)

func TestNeverShutsOutProtected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput.Draw(t, "input")
		got, err := Compile(in)
		if err != nil {
			if got.Content != nil || !slices.Equal(got.Managed, in.Managed) {
				t.Fatalf("error with a result: %+v", got)
			}
			// A rule never locks anybody out, so without rules the error is the same.
			in.Rules, in.Managed = nil, canonical(in.Managed)
			if _, bare := Compile(in); in.Current == nil || bare == nil || bare.Error() != err.Error() {
				t.Fatalf("%v, without rules %v", err, bare)
			}
			return
		}
		after := got.Content
		if after == nil {
			after = in.Current
		}
		for _, p := range in.Protected {
			for h := range homeservers {
				if !h.Allows(after, p) || !h.Allows(after, subject(p)) {
					t.Fatalf("%s is shut out by %s, as %s reads it", p, after, h)
				}
			}
		}
		// What we write means the same to all. Who writes by hand is told elsewhere.
		if got.Content != nil {
			if _, clean := read(wire.Fields(got.Content)); !clean {
				t.Fatalf("%s is read differently", got.Content)
			}
		}
	})
}

func TestAgainIsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput.Draw(t, "input")
		first, err := Compile(in)
		if err != nil {
			return
		}
		if first.Content != nil {
			in.Current = first.Content
		}
		in.Managed = first.Managed
		again, err := Compile(in)
		if err != nil || again.Content != nil || !slices.Equal(again.Managed, first.Managed) {
			t.Fatalf("first %s %v, again %s %v, %v", first.Content, first.Managed, again.Content, again.Managed, err)
		}
	})
}

// Every server fares as the rules and the hand-made entries say, read naively, and
// every dropped rule deserved it.
func TestFollowsRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := genInput.Draw(t, "input")
		got, err := Compile(in)
		if err != nil {
			return
		}
		before, after := Parse(in.Current), Parse(got.Content)
		if got.Content == nil {
			after = before
		}
		dropped := map[string]bool{}
		for _, d := range got.Dropped {
			dropped[d.Entity] = true
			switch d.Reason {
			case ShutsOut:
				if !glob.Match(d.Entity, d.Server) || !slices.ContainsFunc(in.Protected, func(p string) bool { return subject(p) == d.Server }) {
					t.Fatalf("dropped for no protected server: %v", d)
				}
			case Contained:
				if !Dendrite.matches(d.Entity, d.Server) && !Dendrite.matches(d.Entity, strings.Trim(d.Server, "[]")) || glob.Match(d.Entity, d.Server) {
					t.Fatalf("dropped for no part of a name: %v", d)
				}
			case Exempted:
				if !overlap(d.Entity, d.Server) {
					t.Fatalf("dropped for no exemption: %v", d)
				}
			case TooLong:
				t.Fatalf("dropped for its size: %v", d)
			}
		}
		var denies, exempts, hand []string
		for r := range in.Rules {
			e := normal(glob.Fold(r.Entity))
			switch {
			case r.Allow && faulty(e) == "":
				exempts = append(exempts, e)
			case !r.Allow && !dropped[e]:
				denies = append(denies, e)
			}
		}
		managed := canonical(in.Managed)
		for _, e := range before.Deny {
			if !slices.Contains(managed, glob.Fold(e)) {
				hand = append(hand, e)
			}
		}
		for _, server := range rapid.SliceOfN(genServer, 10, 20).Draw(t, "servers") {
			hits := func(globs []string) bool {
				return slices.ContainsFunc(globs, func(g string) bool { return glob.Match(glob.Fold(g), subject(server)) })
			}
			if hits(denies) && hits(exempts) {
				t.Fatalf("%s is exempted, yet a rule that was not dropped matches it", server)
			}
			if want := hits(denies) || hits(hand); hits(after.Deny) != want {
				t.Fatalf("%s: should be denied: %v, by %v", server, want, after.Deny)
			}
		}
	})
}

// A compiler that saw rules come and go answers like one that has just been made: the same
// rooms, the same reasons, and the same entries first.
func TestCompilerKeepsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, rules := NewCompiler(), []Rule(nil)
		var protected []string
		rule := rapid.Custom(func(t *rapid.T) Rule {
			r := genRule.Draw(t, "rule")
			r.Own, r.At = rapid.Bool().Draw(t, "own"), int64(rapid.IntRange(0, 3).Draw(t, "at"))
			return r
		})
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			for range rapid.IntRange(1, 4).Draw(t, "at once") {
				switch n := rapid.IntRange(0, 10).Draw(t, "step"); {
				case n == 0:
					protected = rapid.SliceOfN(genServer, 0, 2).Draw(t, "protected")
					c.Protect(slices.Values(protected))
				case n < 4 && len(rules) > 0:
					i := rapid.IntRange(0, len(rules)-1).Draw(t, "which")
					c.Remove(rules[i])
					rules = slices.Delete(rules, i, i+1)
				case n == 4:
					c.made = c.made && rapid.Bool().Draw(t, "anew")
				case n == 5:
					c.Refresh(rapid.IntRange(1, 3).Draw(t, "part"))
				default:
					r := rule.Draw(t, "rule")
					c.Add(r)
					rules = append(rules, r)
				}
			}
			keptUp(t, c, rules, protected)
			room := Room{Current: genContent.Draw(t, "current")}
			got, gotErr := c.Compile(room)
			want, wantErr := Compile(Input{Room: room, Rules: slices.Values(rules), Protected: protected})
			if fmt.Sprint(got, gotErr) != fmt.Sprint(want, wantErr) {
				t.Fatalf("kept %v %v, fresh %v %v", got, gotErr, want, wantErr)
			}
		}
	})
}

// keptUp holds a compiler against one that is made of the same rules.
func keptUp(t rapid.TB, c *Compiler, rules []Rule, protected []string) {
	t.Helper()
	fresh := NewCompiler()
	for _, r := range rules {
		fresh.Add(r)
	}
	fresh.Protect(slices.Values(protected))
	got, want := fmt.Sprint(c.Dropped()), fmt.Sprint(fresh.Dropped())
	if got != want {
		t.Fatalf("kept drops %s, fresh %s", got, want)
	}
	if got, want := names(c.deny), names(fresh.deny); !slices.Equal(got, want) {
		t.Fatalf("kept denies %q, fresh %q", got, want)
	}
	if got, want := names(c.ranked), names(fresh.ranked); !slices.Equal(got, want) {
		t.Fatalf("kept ranks %q, fresh %q", got, want)
	}
	if c.listed != fresh.listed || c.size != fresh.size || c.entries.len() != fresh.entries.len() || len(c.rows) != len(fresh.rows) || len(c.globs) != len(fresh.globs) {
		t.Fatalf("kept has %d of %d bytes, %d of %d entries; fresh %d of %d, %d of %d", c.listed, c.size, len(c.rows), c.entries.len(),
			fresh.listed, fresh.size, len(fresh.rows), fresh.entries.len())
	}
	for e := range c.entries.each() {
		if other := fresh.entries.get(e.text); e.by != other.by || e.inherits().n != other.inherits().n || e.claim() != other.claim() {
			t.Fatalf("kept has %+v, fresh %+v", *e, *other)
		}
	}
}

// So it is if very many globs are alike, of which not all are looked at.
func TestKeepsUpAmongAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, rules := NewCompiler(), []Rule(nil)
		text := rapid.OneOf(rapid.StringMatching(`a\*[ab]{0,4}`), rapid.StringMatching(`a[ab]{1,4}`), rapid.StringMatching(`(a\?)?\*[ab]{1,2}\*`))
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			for range rapid.IntRange(1, 30).Draw(t, "at once") {
				if n := len(rules); n > 0 && rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
					i := rapid.IntRange(0, n-1).Draw(t, "which")
					c.Remove(rules[i])
					rules = slices.Delete(rules, i, i+1)
					continue
				}
				r := Rule{Entity: text.Draw(t, "entity"), Own: rapid.IntRange(0, 3).Draw(t, "own") == 0, At: int64(rapid.IntRange(0, 2).Draw(t, "at"))}
				c.Add(r)
				rules = append(rules, r)
			}
			keptUp(t, c, rules, nil)
		}
	})
}

// And if a change touches so much that all is made anew in the middle of it.
func TestKeepsUpWithMuch(t *testing.T) {
	rules := workload(8000)
	for i := range rules {
		rules[i].Own = i%40 == 0
	}
	c := fill(rules)
	c.refresh()
	began := c.began
	for _, r := range []Rule{
		{Entity: "*ver*"}, {Entity: "*.example", Allow: true}, {Entity: "*evil*", Own: true, At: 5}, {Entity: "server7.evil7.example", Allow: true}, {Entity: "*.evil7.example", Allow: true},
	} {
		c.Add(r)
		rules = append(rules, r)
		keptUp(t, c, rules, protected)
	}
	for len(rules) > 8000 {
		c.Remove(rules[8000])
		rules = slices.Delete(rules, 8000, 8001)
		c.Protect(slices.Values(protected[len(rules)%2:]))
		keptUp(t, c, rules, protected[len(rules)%2:])
	}
	if c.began == began {
		t.Error("nothing was made anew")
	}
}

func TestGlobLaws(t *testing.T) {
	globs := rapid.StringMatching(`[ab*?]{0,6}`)
	var names []string
	for n := range 6 {
		for bits := range 1 << n {
			names = append(names, fmt.Sprintf("%0*b", n, bits)[:n])
		}
	}
	for i, s := range names {
		b := []byte(s)
		for j := range b {
			b[j] += 'a' - '0'
		}
		names[i] = string(b)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := globs.Draw(t, "a"), globs.Draw(t, "b")
		both := false
		for _, s := range names {
			inA, inB := glob.Match(a, s), glob.Match(b, s)
			both = both || inA && inB
			if covers(a, b) && inB && !inA {
				t.Fatalf("covers, but not %q", s)
			}
			if glob.Match(normal(a), s) != inA {
				t.Fatalf("normal form %q differs on %q", normal(a), s)
			}
		}
		// Longer common names exist than were tried, so only one direction is a law.
		if both && !overlap(a, b) {
			t.Fatal("a name matches both, but they do not overlap")
		}
		if overlap(a, b) != walkBoth(a, b) {
			t.Fatal("they overlap, or do not, by the ends alone")
		}
		if overlap(a, b) != overlap(b, a) {
			t.Fatal("overlap is one-sided")
		}
		if na, nb := normal(a), normal(b); na != nb && covers(na, nb) && covers(nb, na) {
			t.Fatal("different normal forms cover each other")
		}
	})
}

func FuzzAllows(f *testing.F) {
	f.Add([]byte(`{"allow":["*"],"deny":["*.evil.org"],"allow_ip_literals":false}`), "a.evil.org:8448")
	f.Add([]byte(`{"allow":[1,"?"],"deny":"x"}`), "[::1]:1")
	f.Add([]byte(`{}`), "")
	f.Add([]byte(`{"allow":["*1"]}`), ":8448") // no name before the port
	f.Fuzz(func(t *testing.T, content []byte, server string) {
		a := Parse(content)
		if a.Allows(server) != a.Allows(subject(server)) {
			t.Errorf("%q: the port makes a difference", server)
		}
		in := Input{Room: Room{Current: content, Managed: a.Deny[:len(a.Deny)/2]}, Rules: rules(server, "*.evil.org"), Protected: []string{server}}
		got, err := Compile(in)
		if lockout, ok := errors.AsType[*LockoutError](err); ok {
			if len(a.Allow) > 0 && lockout.Server == "" {
				t.Errorf("locked out though %q are allowed", a.Allow)
			}
			return
		}
		if err != nil || got.Content == nil {
			return
		}
		for h := range homeservers {
			if !json.Valid(got.Content) || subject(server) != "" && !h.Allows(got.Content, subject(server)) {
				t.Errorf("%q is shut out by %s, as %s reads it", server, got.Content, h)
			}
		}
		before, after := wire.Fields(content), wire.Fields(got.Content)
		for _, ours := range []string{"allow", "deny", "allow_ip_literals"} {
			delete(before, ours)
			delete(after, ours)
		}
		maps.DeleteFunc(before, func(key string, _ json.RawMessage) bool { return misspelt(key) })
		if len(before) != len(after) || !slices.Equal(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after))) {
			t.Errorf("unknown keys of %s were lost in %s", content, got.Content)
		}
	})
}
