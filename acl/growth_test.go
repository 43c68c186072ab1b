package acl

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"forseti/internal/growth"
)

// TestGrowth shows how what each operation costs grows with the number of rules, with lists that were written to make it
// dear, and with how much an ACL says. What may have to look at all entries counts for each of them.
func TestGrowth(t *testing.T) {
	odd := workload(growth.Many)
	worlds := []growth.World{
		{Name: "odd ones among others", Fill: rulesOf(func(i int) string { return odd[i].Entity })},
		{Name: "no ends", Fill: rulesOf(hostile["no ends"])},
		{Name: "long, and covers", Fill: rulesOf(hostile["long, and covers"])},
		{Name: "one name", Fill: rulesOf(hostile["one name"])},
		{Name: "nothing can be followed", Fill: rulesOf(func(i int) string { return fmt.Sprintf("evil%06d.example:%d", i, i%1000) })},
		{Name: "ACLs", Fill: costOfACLs},
		{Name: "very long entities", Fill: costOfEntities},
		{Name: "protected servers", Fill: costOfProtected},
	}
	growth.Test(t, worlds, map[string]string{
		"NewCompiler":       "it is empty",
		"Homeserver.String": "a word",
	})
}

func rulesOf(entity func(i int) string) func(*testing.T, *growth.Costs) {
	return func(t *testing.T, c *growth.Costs) {
		t.Helper()
		rules := make([]Rule, c.N)
		for i := range rules {
			rules[i] = Rule{Entity: entity(i), At: int64(i)}
		}
		costOfRules(t, c, rules)
	}
}

func costOfRules(t *testing.T, costs *growth.Costs, rules []Rule) {
	t.Helper()
	c := &Compiler{}
	flap := func(r Rule) {
		c.Add(r)
		c.refresh()
		c.Remove(r)
		c.refresh()
	}
	costs.All("Compiler.Add, Compiler.Remove, Compiler.Refresh: all rules come, and what touches very many flaps, for which all is made anew", func() {
		c = fill(rules)
		for c.Refresh(1000) {
		}
		for _, r := range []Rule{{Entity: "*7*"}, {Entity: "evil77.example", Allow: true}, {Entity: "*evil.example", Allow: true}} {
			flap(r)
		}
	})
	plan := func(room Room) Result {
		r, err := c.Compile(room)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	var first Result
	costs.All("Compiler.Compile: the first room", func() { first = plan(Room{}) })
	costs.One("Compiler.Compile: a room that is alike", func(int) { plan(Room{}) })
	costs.All("Compile", func() { _, _ = Compile(Input{Rules: slices.Values(rules), Protected: protected}) })
	for what, r := range map[string]Rule{
		"a name": {Entity: "new.example.net", Own: true, At: 1 << 40}, "a glob": {Entity: "evil*77*.example"}, "an exemption": {Entity: "nobody.example.org", Allow: true},
	} {
		costs.All("Compiler.Add, Compiler.Remove, Compiler.Refresh: "+what+" flaps", func() {
			for range 2 {
				flap(r)
			}
		})
	}
	costs.One("Compiler.Add, Compiler.Remove: nobody looks between", func(i int) {
		c.Add(rules[i])
		c.Remove(rules[i])
	})
	costs.All("Compiler.Add, Compiler.Compile: a room after a change", func() {
		c.Add(Rule{Entity: "new77.example.net"})
		plan(Room{Current: first.Content, Managed: first.Managed, Present: map[string]int{"evil.example": 1}})
	})
	costs.All("Compiler.Outline, Compiler.PushedOut", func() {
		before := c.Outline(map[string]bool{rules[7].Entity: true})
		c.Add(Rule{Entity: "new78.example.net", Own: true, At: 1 << 40})
		c.PushedOut(before)
	})
	costs.Spare = 30 // among few all fit, and there is nothing to look at
	costs.Look("Compiler.Excess, Compiler.Dropped, Compiler.Beyond, Compiler.Sweeping", func() {
		c.Excess()
		c.Sweeping("*a*")
		c.Dropped()
		c.Beyond(10)
	})
	costs.Spare = 0
	costs.One("Compiler.Denies, Compiler.Size, Compiler.Beyond", func(i int) {
		c.Denies(rules[i].Entity)
		c.Size()
		c.Beyond(10)
	})
	costs.All("Compiler.Overlapping", func() {
		c.Overlapping("evil77.example")
		c.Overlapping("*evil.example")
	})
	costs.All("Compiler.Protect", func() {
		c.Protect(slices.Values([]string{"mods.example"}))
		c.refresh()
	})
	costs.All("Compiler.Remove: all rules, the latest first", func() {
		for _, r := range slices.Backward(rules) {
			c.Remove(r)
		}
		c.refresh()
	})
}

// costOfACLs is about ACLs that somebody wrote, of which nobody bounds the length here.
func costOfACLs(_ *testing.T, c *growth.Costs) {
	names := make([]string, c.N)
	for i := range names {
		names[i] = fmt.Sprintf("evil%06d.example", i)
	}
	listed, err := json.Marshal(names)
	if err != nil {
		panic(err)
	}
	globs := slices.Repeat([]string{"*" + strings.Repeat("a*", 60) + "b"}, c.N/100)
	starred, err := json.Marshal(globs)
	if err != nil {
		panic(err)
	}
	long := strings.Repeat("a", 240) + ".example"
	for what, content := range map[string]string{
		"names":     `{"allow":["*"],"deny":` + string(listed) + `}`,
		"allowed":   `{"allow":` + string(listed) + `}`,
		"stars":     `{"allow":["*"],"deny":` + string(starred) + `}`,
		"no texts":  `{"allow":["*"],"deny":[` + strings.Repeat(`1,`, c.N) + `null]}`,
		"keys":      `{"allow":["*"]` + strings.Repeat(`,"Deny":[""]`, c.N/10) + `}`,
		"depth":     `{"allow":` + strings.Repeat("[", min(c.N, 9000)) + strings.Repeat("]", min(c.N, 9000)) + `}`,
		"no end":    strings.Repeat(`{"deny":[`, c.N/10),
		"an escape": `{"allow":["*"],"deny":["` + strings.Repeat(`\u017f`, c.N/6) + `"]}`,
	} {
		raw := json.RawMessage(content)
		c.Look("Parse, AllowsIPLiterals, ACL.Allows, ACL.AllowsOn, Homeserver.Allows: "+what, func() {
			AllowsIPLiterals(raw)
			a := Parse(raw)
			a.Allows(long)
			for h := range homeservers {
				a.AllowsOn(h, long)
				h.Allows(raw, long)
			}
		})
		c.Look("Lockout, LockoutError.Error: "+what, func() {
			if err := Lockout(raw, slices.Values([]string{long, "good.org", "[::1]"})); err != nil {
				_ = err.Error()
			}
		})
		c.Look("Compiler.Compile: a room that has them, "+what, func() { _, _ = fill(nil).Compile(Room{Current: raw, OpenAllow: true}) })
	}
	// Rooms of very many servers, in which all that was denied is.
	denying := fill(nil)
	for _, name := range names {
		denying.Add(Rule{Entity: name})
	}
	present := maps.Collect(func(yield func(string, int) bool) {
		for _, name := range names {
			if !yield(name, 1) {
				return
			}
		}
	})
	c.All("Compiler.Compile: all are there", func() { _, _ = denying.Compile(Room{Present: present, Managed: names}) })
}

// costOfEntities is about texts of which nobody bounds the length here.
func costOfEntities(_ *testing.T, c *growth.Costs) {
	texts := map[string]string{
		"letters": strings.Repeat("a", c.N), "stars": strings.Repeat("*", c.N), "stars inside": strings.Repeat("a*", c.N/2), "questions": strings.Repeat("?", c.N),
		"both": strings.Repeat("*?", c.N/2), "dots": strings.Repeat(".", c.N), "colons": strings.Repeat(":", c.N), "brackets": "[" + strings.Repeat(":", c.N) + "]",
		"capitals": strings.Repeat("A", c.N), "beyond ASCII": strings.Repeat("ſ", c.N/2), "quotes": strings.Repeat(`"`, c.N),
	}
	for what, text := range texts {
		c.Look("Normal, IsIPLiteral, Reaches: "+what, func() {
			Normal(text)
			IsIPLiteral(text)
			Reaches(text, strings.Repeat("a", 255))
			Reaches("*a?b*", text)
		})
		for other, with := range texts {
			c.Look("Overlap: "+what+" and "+other, func() { Overlap(text, with) })
		}
		c.Look("Compiler.Add, Compiler.Compile: "+what, func() {
			one := fill([]Rule{{Entity: text}, {Entity: "?" + text, Allow: true}, {Entity: "*.example"}})
			_, _ = one.Compile(Room{Managed: []string{text}})
			one.Overlapping(text)
			one.Denies(text)
		})
	}
}

// costOfProtected is about very many servers that are protected.
func costOfProtected(_ *testing.T, costs *growth.Costs) {
	mods := make([]string, costs.N)
	for i := range mods {
		mods[i] = fmt.Sprintf("mods%06d.example", i)
	}
	c := NewCompiler()
	for i := range 10 {
		c.Add(Rule{Entity: fmt.Sprintf("evil%d*.example", i)})
	}
	costs.All("Compiler.Protect, Compiler.Compile", func() {
		c.Protect(slices.Values(mods))
		_, _ = c.Compile(Room{})
	})
	costs.Look("Lockout", func() {
		_ = Lockout(json.RawMessage(`{"allow":["*"],"deny":["evil*.example","*evil.example"]}`), slices.Values(mods))
	})
}

// A rule that comes and goes again and again leaves nothing behind, nor do many of which each comes once, whether there is
// room for all or not.
func TestFlappingIsNotRemembered(t *testing.T) {
	for _, n := range []int{100, 5000} {
		c := fill(workload(n))
		room := Room{}
		compile := func() {
			got, err := c.Compile(room)
			if err != nil {
				t.Fatal(err)
			}
			if got.Content != nil {
				room = Room{Current: got.Content, Managed: got.Managed, Present: map[string]int{"evil77.example": 1}}
			}
		}
		flap := func(times int) {
			for i := range times {
				all := []Rule{{Entity: "flaps.example", At: int64(i)}, {Entity: fmt.Sprintf("new%d.example", i), Own: true, At: int64(i)}, {Entity: fmt.Sprintf("new%d*x.example", i)}, {Entity: fmt.Sprintf("free%d.example", i), Allow: true}}
				for _, r := range all {
					c.Add(r)
				}
				compile()
				c.Outline(nil)
				for _, r := range all {
					c.Remove(r)
				}
				compile()
			}
		}
		flap(40)
		if kept := growth.Kept(func() { flap(160) }); kept > 300_000 {
			t.Errorf("among %d rules it leaves %d bytes", n, kept)
		}
		if all, over := len(c.entries.all), c.entries.over; all-over > n || all > 2*n+1100 || len(c.exempts) > 0 || len(c.rows) > n {
			t.Errorf("%d entries, of which %d are over, %d exemptions and %d rows of %d rules", all, over, len(c.exempts), len(c.rows), n)
		}
	}
}
