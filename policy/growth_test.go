package policy

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/growth"
)

// What a list may be filled with to make every look at it dear. The first of asked is matched by rule 77, or by all.
var attacks = []struct {
	name, kind string
	entity     func(i int) string
	asked      []string
}{
	{"one name", "user", func(int) string { return "@victim:evil.example" },
		[]string{"@victim:evil.example", "@nobody:here.example"}},
	{"one pattern", "user", func(int) string { return "@*" },
		[]string{"@victim:evil.example", "no user at all"}},
	{"a shared beginning", "user", func(i int) string { return fmt.Sprintf("@spam%06d*:*", i) },
		[]string{"@spam000077x:evil.example", "@spammer:here.example"}},
	{"a shared end", "user", func(i int) string { return fmt.Sprintf("@*%06d.matrix.example", i) },
		[]string{"@x:h000077.matrix.example", "@nobody:here.matrix.example"}},
	{"255 bytes", "user", func(i int) string { return fmt.Sprintf("@%s%06d*:*", strings.Repeat("ab", 118), i) },
		[]string{"@" + strings.Repeat("ab", 118) + "000077x:x", "@" + strings.Repeat("ab", 121) + ":x.example"}},
	{"stars inside servers", "server", func(i int) string { return fmt.Sprintf("*evil*%06d*", i) },
		[]string{"xevilx000077x.example", "evil012.345.example"}},
	{"ordinary", "room", func(i int) string { return fmt.Sprintf("!room%06d:evil.example", i) },
		[]string{"!room000077:evil.example", "#room:here.example"}},
}

// TestGrowth shows how what each operation costs grows with how many rules there are, and how many users.
func TestGrowth(t *testing.T) {
	var worlds []growth.World
	for _, a := range attacks {
		worlds = append(worlds, growth.World{Name: a.name, Fill: func(t *testing.T, c *growth.Costs) {
			t.Helper()
			costOfRules(t, c, a.kind, a.entity, a.asked)
		}})
	}
	worlds = append(worlds,
		growth.World{Name: "hashed rules", Fill: costOfHashed},
		growth.World{Name: "scattered patterns", Fill: costOfScattered},
		growth.World{Name: "servers that are followed", Fill: costOfMoves},
		growth.World{Name: "users who are alike", Fill: costOfSubjects},
		growth.World{Name: "users on servers of their own", Fill: costOfStrangers},
		growth.World{Name: "very long texts", Fill: costOfTexts},
	)
	growth.Test(t, worlds, map[string]string{
		"Index.Exempting":       "one look into a map of lists",
		"Arrived":               "it looks at one event",
		"Aside.Of":              "it looks at one rule",
		"Index.Len":             "it is counted",
		"Index.LenOf":           "it is counted",
		"Index.Moves":           "it is counted",
		"Subjects.Len":          "it is counted",
		"RuleTypes":             "there are nine",
		"NewIndex":              "it is empty",
		"NewSubjects":           "it is empty",
		"Kind.String":           "a word",
		"Recommendation.String": "a word",
	})
}

// costOfRules is what each question and each change costs.
func costOfRules(t *testing.T, c *growth.Costs, kind string, entity func(int) string, asked []string) {
	t.Helper()
	n := c.N
	events := make([]*event.Event, n)
	for i := range events {
		events[i] = state("m.policy.rule."+kind, fmt.Sprint("key", i), fmt.Sprint("$", i), banContent(entity(i)))
	}
	k, _ := KindOf("m.policy.rule." + kind)
	x := NewIndex()
	ask := func() (hits int) {
		for _, name := range asked {
			if _, hit := decide(anew(x), k, name); hit {
				hits++
			}
			anew(x).Member(id.UserID(name))
		}
		return hits
	}
	c.All("Stood, NewReading, Index.Read, Index.User, Index.Server, Index.Room, Index.Member: between two parts", func() {
		Stood(events, time.UnixMilli(1)) // all of them are ahead
		for g, more := NewReading(testList, events), true; more; {
			_, more = x.Read(g, 250)
			ask()
		}
	})
	if hits := ask(); hits != 1 || x.Len() != n {
		t.Fatalf("%d of %d are matched by %d rules", hits, len(asked), x.Len())
	}
	spare := 0
	if strings.HasPrefix(asked[0], "@x:h0") {
		spare = 200 // ends of six digits share what they share least, four of them, with a dozen
	}
	c.Spare = spare
	for _, name := range asked {
		tried := 0
		x.kinds[k].globs.candidates(name, func(*wildcard) { tried++ })
		c.Count("patterns tried for "+name[:8], tried)
	}
	for _, name := range asked {
		c.One("Index.User, Index.Server, Index.Room: "+name[:8], func(int) { decide(anew(x), k, name) })
		c.One("Index.Member: "+name[:8], func(int) { anew(x).Member(id.UserID(name)) })
	}
	c.Spare = 100 * spare // as for each by itself
	costOfRound(t, c, x, asked[1])
	c.Spare = 0
	eventID := func(i int) id.EventID { return id.EventID(fmt.Sprint("$", i)) }
	redaction := func(i int) *event.Event {
		return &event.Event{Type: event.EventRedaction, Redacts: eventID(i)}
	}
	c.One("Index.Rule", func(i int) { x.Rule(eventID(i)) })
	c.One("Index.Redacts", func(i int) { x.Redacts(testList, redaction(i)) })
	c.One("Index.Held", func(i int) { x.Held(eventID(i)) })
	c.One("Index.Hold", func(i int) { x.Hold(eventID(i/2), i%2 == 0) })
	c.One("Index.Named", func(int) { x.Named(id.UserID(asked[0])) })
	c.One("Index.Apply: an edit", func(i int) {
		evt := *events[i%n]
		evt.ID = id.EventID(fmt.Sprint("$fresh", i))
		x.Apply(testList, &evt)
	})
	c.Spare = 4 * spare // there are so many questions
	c.One("Index.Apply: a rule that flaps, and a name asked for between", func(i int) {
		evt := *state("m.policy.rule."+kind, "flaps", fmt.Sprint("$flaps", i), banContent(entity(77)))
		if i%2 == 1 {
			evt.Content.VeryRaw = []byte("{}")
		}
		x.Apply(testList, &evt)
		ask()
	})
	c.Spare = 0
	c.One("Index.Redact", func(i int) { x.Redact(testList, eventID(n-1-i)) })
	c.Look("Index.Matching", func() { x.Matching(k, asked[0]) })
	c.Look("Index.SetOrder", func() { x.SetOrder([]id.RoomID{testList}) })
	c.All("Index.SetExempting", func() { x.SetExempting(testList, true) })
	c.All("Index.SetAside", func() {
		x.SetAside(testList, Aside{Users: true, Servers: true})
		x.SetAside(testList, Aside{})
	})
	c.Look("Index.Rules", func() {
		for range x.Rules("") {
		}
	})
	c.All("Index.Replace", func() { x.Replace(testList, events[:n/2]) }) // the half of them is gone
	c.All("Index.Drop", func() { x.Drop(testList) })
	c.All("Index.Replace, Index.Drop: a list that flaps, whole", func() {
		for range 2 {
			x.Replace(testList, events[:n/20])
			x.Drop(testList)
		}
	})
}

// costOfRound is about a look at as many users as there are rules, of whose names each is like one that rules are to be
// held against, though none is about it.
func costOfRound(t *testing.T, c *growth.Costs, x *Index, like string) {
	t.Helper()
	s := NewSubjects()
	local, domain, is := strings.Cut(like, ":")
	if !is || !strings.HasPrefix(local, "@") {
		local, domain = "@user", like
	}
	for i := range c.N {
		s.Add(id.UserID(fmt.Sprintf("%s%s:%s.%s", local, lettered(i), lettered(i/20), domain)))
	}
	found := 0
	look := func() {
		for r := s.Round(); !r.Done(); {
			for range r.Next(250, x) {
				found++
			}
		}
	}
	c.All("Subjects.Round, Round.Next, Round.Done: nothing is remembered of servers", look)
	c.Look("Subjects.Round, Round.Next, Round.Done", look)
	if found != 0 && found%c.N != 0 {
		t.Fatalf("some of %d are found: %d", c.N, found)
	}
}

// costOfHashed is about hashed rules, each of which may be about anybody.
func costOfHashed(t *testing.T, c *growth.Costs) {
	t.Helper()
	x := NewIndex()
	for i := range c.N {
		x.Apply(testList, hashedRule(i, fmt.Sprintf("@nobody%d:here.example", i)))
	}
	costOfRound(t, c, x, "@somebody:here.example")
}

// costOfScattered is about patterns that are held against every name: among more of them a part of a look comes to fewer
// users, and takes no longer.
func costOfScattered(_ *testing.T, c *growth.Costs) {
	x, s := NewIndex(), NewSubjects()
	for i := range c.N {
		x.Apply(testList, state(userRule, fmt.Sprint(i), fmt.Sprint("$", i), banContent(scattering[0].entity(i))))
		s.Add(id.UserID(fmt.Sprintf("@somebody%s:hs%d.example", lettered(i), i)))
	}
	r := s.Round()
	c.One("Subjects.Round, Round.Next, Round.Done: a part", func(int) {
		if r.Done() {
			r = s.Round()
		}
		for range r.Next(4000, x) {
		}
	})
}

// lettered is a number in letters.
func lettered(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'g' }, fmt.Sprint(n))
}

// costOfMoves is about server rules that somebody follows. Exemptions are among them.
func costOfMoves(t *testing.T, c *growth.Costs) {
	t.Helper()
	n, x := c.N, NewIndex()
	x.Recount()
	events := make([]*event.Event, n)
	for i := range events {
		content := banContent(fmt.Sprintf("evil%06d.example", i))
		if i%2 == 0 {
			content = ruleContent(fmt.Sprintf("*evil%06d*", i), "fi.mau.meowlnir.unban")
		}
		events[i] = state("m.policy.rule.server", fmt.Sprint("key", i), fmt.Sprint("$", i), content)
	}
	told := 0
	follow := func() {
		for x.Moved(250, func(Rule, bool) { told++ }) > 0 {
		}
	}
	c.All("Index.Replace, Index.Moved: a list comes", func() {
		x.Replace(testList, events)
		follow()
	})
	c.All("Index.SetExempting: which frees", func() { x.SetExempting(testList, true) })
	c.Look("Index.Servers", func() {
		for range x.Servers() {
		}
	})
	c.All("Index.Recount, Index.Moved", func() {
		x.Recount()
		follow()
	})
	c.One("Index.Apply: one that flaps, which nobody follows", func(i int) {
		evt := *events[1]
		evt.ID = id.EventID(fmt.Sprint("$fresh", i))
		x.Apply(testList, &evt)
	})
	c.One("Index.Moved", func(int) { x.Moved(1, func(Rule, bool) {}) })
	follow()
	told = 0
	c.All("Index.Drop: which nobody follows at once", func() { x.Drop(testList) })
	if follow(); told != n {
		t.Errorf("%d of %d are told to be gone", told, n)
	}
}

// costOfSubjects is about users whose names all begin alike, on servers whose names all begin and end alike; half of them
// are on one, and some differ in the case of their letters only.
func costOfSubjects(_ *testing.T, c *growth.Costs) {
	n, s := c.N, NewSubjects()
	user := func(i int) id.UserID {
		switch {
		case i%2 == 0:
			return id.UserID(fmt.Sprintf("@same%06d:hs.example", i))
		case i%5 == 0:
			b := []byte("@same000777aaaaaaaaaaaaaaaaaa:hs.example")
			for bit := range 18 {
				if i>>bit&1 == 1 {
					b[11+bit] = 'A'
				}
			}
			return id.UserID(b)
		}
		return id.UserID(fmt.Sprintf("@same%06d:hs%05d.example", i, i/20))
	}
	c.All("Subjects.Add", func() {
		for i := range n {
			s.Add(user(i))
		}
	})
	costOfQuestions(c, s)
	c.One("Subjects.Add, Subjects.Shared, Subjects.Remove", func(i int) {
		s.Add(user(n + i))
		s.Shared(user(n + i))
		s.Remove(user(n + i))
	})
	c.All("Subjects.Remove", func() {
		for i := range n {
			s.Remove(user(i))
		}
	})
}

// costOfStrangers is about users each of whom has a server, with a port.
func costOfStrangers(_ *testing.T, c *growth.Costs) {
	n, s := c.N, NewSubjects()
	for i := range n {
		s.Add(id.UserID(fmt.Sprintf("@same%06d:hs%05d.example:%d", i, i, 1000+i)))
	}
	costOfQuestions(c, s)
	c.Look("Subjects.Affected: every part of the end may be a server", func() {
		for range s.Affected(Rule{Kind: User, Entity: "@*" + strings.Repeat(":", c.N)}) {
			break
		}
	})
}

// costOfQuestions is about all the ways in which users are looked for.
func costOfQuestions(c *growth.Costs, s *Subjects) {
	one := func(what string, r Rule) {
		for range s.Affected(r) { // what is kept for such questions is made by the first
		}
		c.One("Subjects.Affected: "+what, func(int) {
			for range s.Affected(r) {
			}
		})
	}
	one("a name", Rule{Kind: User, Entity: "@same000778:hs.example"})
	one("a hash", Rule{Kind: User, Hash: HashOf("@same000778:hs.example")})
	one("a server", Rule{Kind: Server, Entity: "hs00038.example"})
	one("a server's hash", Rule{Kind: Server, Hash: HashOf("hs00038.example")})
	one("a server by prefix", Rule{Kind: Server, Entity: "hs00038*"})
	one("a server by suffix", Rule{Kind: Server, Entity: "*0038.example"})
	for _, r := range []Rule{
		{Kind: Server, Entity: "*s00038.e*"}, {Kind: User, Entity: "@same000777*:*"}, {Kind: User, Entity: "@*me000777*:*"}, {Kind: User, Entity: "@*7x:hs.example"},
	} {
		c.Look("Subjects.Affected: "+r.Entity, func() {
			for range s.Affected(r) {
			}
		})
	}
	c.Look("Subjects.ServersMatching: by a piece", func() {
		for range s.ServersMatching(Rule{Kind: Server, Entity: "*s00038.e*"}) {
		}
	})
	for what, entity := range map[string]func(i int) Rule{
		"pieces":           func(i int) Rule { return Rule{Kind: User, Entity: fmt.Sprintf("@*me%06dx*:*", i)} },
		"beginnings":       func(i int) Rule { return Rule{Kind: User, Entity: fmt.Sprintf("@same%06dx*:*", i)} },
		"ends":             func(i int) Rule { return Rule{Kind: User, Entity: fmt.Sprintf("@*%06dx:hs.example", i)} },
		"pieces of server": func(i int) Rule { return Rule{Kind: Server, Entity: fmt.Sprintf("*s%05d.f*", i)} },
		"nearly nothing":   func(i int) Rule { return Rule{Kind: User, Entity: fmt.Sprintf("@*s*%d*", i%10)} },
	} {
		rules := make([]Rule, c.N/10)
		for i := range rules {
			rules[i] = entity(i)
		}
		c.Look("Subjects.Covering: "+what, func() { s.Covering(rules) })
		c.Look("Subjects.AffectedByAny: "+what, func() {
			for range s.AffectedByAny(rules) {
			}
		})
	}
	names := make([]string, c.N/10)
	for i := range names {
		names[i] = fmt.Sprintf("s%05d.f", i)
	}
	c.Look("Subjects.InServers", func() { s.InServers(names) })
	c.Look("Subjects.Servers", func() {
		for range s.Servers() {
		}
	})
}

// costOfTexts is about what one event says, of which nobody bounds the length here.
func costOfTexts(t *testing.T, c *growth.Costs) {
	for what, text := range map[string]string{
		"letters": strings.Repeat("a", c.N), "stars": strings.Repeat("*", c.N), "stars inside": strings.Repeat("a*", c.N/2), "questions": strings.Repeat("*?", c.N/2),
		"dots": strings.Repeat(".", c.N), "labels": strings.Repeat("a.", c.N/2), "colons": strings.Repeat(":", c.N), "capitals": strings.Repeat("A", c.N),
		"brackets": "[" + strings.Repeat(":", c.N), "quotes": strings.Repeat(`"`, c.N), "beyond ASCII": strings.Repeat("ſ", c.N/2),
	} {
		c.Look("IsRuleType, KindOf: "+what, func() {
			IsRuleType(text)
			KindOf(text)
		})
		c.Look("HashOf, ServerName, ServerOf: "+what, func() {
			HashOf(text)
			ServerName(text)
			ServerOf(id.UserID("@a:" + text))
		})
		for kind := range kinds {
			r := Rule{Kind: kind, Entity: text}
			if kind == User {
				r.Entity = "@" + text
			}
			name := strings.Repeat("a", 255)
			c.Look(fmt.Sprint("Everyone, Broad, Unmatchable, Rule.IsGlob, Rule.Matches: ", kind, " ", what), func() {
				Everyone(r)
				Broad(r)
				Unmatchable(r)
				r.IsGlob()
				r.Matches(name)
			})
			evt := state("m.policy.rule."+kind.String(), text, "$1", banContent(r.Entity))
			c.Look(fmt.Sprint("Parse: ", kind, " ", what), func() { Parse(testList, evt) })
			x := NewIndex()
			c.Look(fmt.Sprint("Index.Apply: ", kind, " ", what), func() {
				x = NewIndex()
				x.Apply(testList, evt)
			})
			c.One(fmt.Sprint("Index.User, Index.Server, Index.Room: ", kind, " ", what), func(int) { decide(anew(x), kind, name) })
		}
	}
	for what, content := range map[string]string{
		"keys": `{"a":1` + strings.Repeat(`,"a":1`, c.N/6) + `}`, "depth": `{"entity":` + strings.Repeat("[", min(c.N, 9000)) + strings.Repeat("]", min(c.N, 9000)) + `}`,
		"no end": strings.Repeat(`{"entity":`, c.N/10), "hashes": `{"recommendation":"m.ban","hashes":{"sha256":"` + strings.Repeat("=", c.N) + `"}}`,
	} {
		evt := state("m.policy.rule.user", "key", "$1", content)
		c.Look("Parse: "+what, func() { Parse(testList, evt) })
	}
	if x := NewIndex(); len(x.Replace(testList, []*event.Event{state("m.policy.rule.user", strings.Repeat("k", math.MaxUint16), "$1", banContent("@a:b"))}).Added) != 1 {
		t.Error("a rule with a long key is none")
	}
}
