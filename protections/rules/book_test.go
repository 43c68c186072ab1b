package rules_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/protections/rules"
	"forseti/sanction"
)

// known are what rules may ask in a test.
type known struct {
	points map[id.UserID]float64
	listed map[string]bool
}

func (k known) Points(u id.UserID, _ time.Time) float64 { return k.points[u] }
func (k known) Listed(list string, u id.UserID) bool    { return k.listed[list+" "+string(u)] }

// playing runs rules on a bench.
func playing(t *testing.T, who known, written ...string) (*kittest.Bench, *rules.Book) {
	t.Helper()
	book := rules.NewBook(who)
	var first *kittest.Bench
	for _, w := range written {
		name, text, _ := strings.Cut(w, ": ")
		r, err := rules.Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = kittest.New(t, book.Kind(r), nil)
			first.Set.After = book.Heard
			continue
		}
		first.Set.Use(book.Kind(r), kit.Standing{Mode: kit.On})
	}
	return first, book
}

// hits are the names of the rules that hit.
func hits(found []kit.Finding) (names []string) {
	for _, f := range found {
		names = append(names, strings.TrimPrefix(f.Protection, rules.Prefix))
	}
	return names
}

func TestRuleRuns(t *testing.T) {
	b, _ := playing(t, known{}, `no-links: 'trust() < KNOWN && text.links.size() > 0' then strike 20 "links after a while, please"`)
	found := b.Say("@u:hs", "see https://example.org/")
	if len(found) != 1 {
		t.Fatalf("found %+v", found)
	}
	f := found[0]
	if f.User != "@u:hs" || len(f.Events) != 1 || f.Reason != "links after a while, please" || f.Points != 20 || f.Set.Step != sanction.None || f.Weight != kit.Light || f.Tell.String() != "none" {
		t.Errorf("found %+v", f)
	}
	if got := b.Say("@u:hs", "no link"); got != nil {
		t.Errorf("found %+v", got)
	}
	if got := b.Say(kittest.Moderator, "see https://example.org/"); got != nil {
		t.Errorf("a moderator: %+v", got)
	}
	b.Regular("@r:hs")
	if got := b.Say("@r:hs", "see https://example.org/"); got != nil {
		t.Errorf("a regular: %+v", got)
	}
	if got := b.Join("@new:hs"); got != nil {
		t.Errorf("a join: %+v", got)
	}
}

func TestRuleAboutJoins(t *testing.T) {
	b, _ := playing(t, known{}, `names: 'join.name == ""' then alert`)
	if got := b.Say("@u:hs", "hello"); got != nil {
		t.Errorf("a message: %+v", got)
	}
	found := b.Join("@new:hs")
	if len(found) != 1 || found[0].Weight != kit.Note || found[0].Set.Step != sanction.Alert || len(found[0].Events) > 0 {
		t.Errorf("found %+v", found)
	}
}

// Rules are asked in the order of their names, and one may be the last.
func TestStopAndCooldown(t *testing.T) {
	b, _ := playing(t, known{}, `b-last: 'text.body.contains("b")' then alert, stop`, `c-after: 'text.length > 0' then alert`, `a-first: 'text.length > 0' then alert, cooldown 10m`)
	for _, tc := range []struct {
		user id.UserID
		body string
		wait time.Duration
		want []string
	}{
		{"@u:hs", "x", 0, []string{"a-first", "c-after"}},
		{"@u:hs", "b", 0, []string{"b-last"}},
		{"@v:hs", "b", 0, []string{"a-first", "b-last"}},
		{"@u:hs", "x", 9 * time.Minute, []string{"c-after"}},
		{"@u:hs", "x", 2 * time.Minute, []string{"a-first", "c-after"}},
	} {
		b.Pass(tc.wait)
		if got := hits(b.Say(tc.user, tc.body)); !slices.Equal(got, tc.want) {
			t.Errorf("%s %q after %s: %v, want %v", tc.user, tc.body, tc.wait, got, tc.want)
		}
	}
}

// Whatever a rule in shadow hits, those that are on hit what they would without it: it stops none of them, nor itself where it
// is on, and no cool-down of it is theirs. What they stop it is not asked about.
func TestShadowStopsNothing(t *testing.T) {
	written := []string{`a-first: 'text.body.contains("a")' then alert, stop`, `b-next: 'text.body.contains("b")' then alert, stop, cooldown 10m`, `c-last: 'text.length > 0' then alert, cooldown 1m`}
	const elsewhere = id.RoomID("!elsewhere:hs")
	alone, _ := playing(t, known{}, written[1:]...)
	for name, standing := range map[string]kit.Standing{
		"in shadow":      {Mode: kit.Shadow},
		"in shadow here": {Mode: kit.On, Rooms: map[id.RoomID]kit.Local{kittest.RoomID: {Mode: new(kit.Shadow)}}},
	} {
		beside, book := playing(t, known{}, written[1:]...)
		for _, w := range written {
			rule, text, _ := strings.Cut(w, ": ")
			r, err := rules.Parse(rule, text)
			if err != nil {
				t.Fatal(err)
			}
			if rule == "a-first" {
				beside.Set.Use(book.Kind(r), standing)
			}
		}
		var told []string
		beside.Set.Shadowed = func(f kit.Finding, _ time.Time) { told = append(told, f.Protection) }
		for n, body := range []string{"a", "b", "ab", "ac", "x", "ab"} {
			told = nil
			want, got := hits(alone.Say(id.UserID(fmt.Sprint("@", name, n%3, ":hs")), body)), hits(beside.Say(id.UserID(fmt.Sprint("@", name, n%3, ":hs")), body))
			if !slices.Equal(got, want) || len(told) > 0 != strings.Contains(body, "a") {
				t.Errorf("%s, %q: %v, want %v; it told %v", name, body, got, want, told)
			}
		}
		found := hits(kittest.SaysIn(elsewhere, "@z:hs", "ab")(beside))
		if on := standing.Mode == kit.On; on && !slices.Equal(found, []string{"a-first"}) || !on && !slices.Equal(found, []string{"b-next"}) {
			t.Errorf("%s, elsewhere: %v", name, found)
		}
	}
}

// A rule tells moderators of members who call the bot, each once in a while, as Mjolnir forwards
// its mentions.
func TestCallsAreForwarded(t *testing.T) {
	b, _ := playing(t, known{}, `calls-us: '"@warden:hs" in mentions.users' then alert, cooldown 1d`)
	for _, tc := range []struct {
		user id.UserID
		body string
		wait time.Duration
		want []string
	}{
		{"@u:hs", "@warden:hs somebody sells coins here", 0, []string{"calls-us"}},
		{"@u:hs", "@warden:hs hello?", time.Hour, nil},
		{"@v:hs", "me too, @warden:hs", 0, []string{"calls-us"}},
		{"@w:hs", "the warden is asleep", 0, nil},
		{"@u:hs", "@warden:hs again", 24 * time.Hour, []string{"calls-us"}},
	} {
		b.Pass(tc.wait)
		if got := hits(b.Say(tc.user, tc.body)); !slices.Equal(got, tc.want) {
			t.Errorf("%s %q: %v, want %v", tc.user, tc.body, got, tc.want)
		}
	}
}

// What was said before, by whom, and how long ago.
func TestWhatWasSaidBefore(t *testing.T) {
	b, _ := playing(t, known{},
		`seen: 'seen_before()' then alert`,
		`two: 'similar_count("10m") >= 2' then alert`,
	)
	const text = "Earn five thousand a week from home, write to my agent on the messenger of your choice"
	want := func(user id.UserID, body string, names ...string) {
		t.Helper()
		if got := hits(b.Say(user, body)); !slices.Equal(got, names) {
			t.Errorf("%s %q: %v, want %v", user, body, got, names)
		}
	}
	want("@a:hs", text+" 1")
	want("@a:hs", text+" 1", "seen")
	want("@b:hs", text+" 2")
	want("@c:hs", text+" 3", "two")
	want("@d:hs", text+" 1", "seen", "two")
	want("@d:hs", text+" 3", "seen", "two")
	want("@d:hs", text+" 3", "seen", "two")
	b.Pass(11 * time.Minute)
	want("@e:hs", text+" 4")
	want("@e:hs", text+" 4", "seen")
	for range 3 {
		want(id.UserID(fmt.Sprintf("@f%d:hs", b.Sent())), "thanks") // what everybody says
	}
	most, _ := playing(t, known{}, `most: 'similar_count("10m") >= 32' then alert`)
	for n := range 34 {
		if got := most.Say(id.UserID(fmt.Sprintf("@g%d:hs", n)), text); len(got) > 0 != (n >= 32) {
			t.Errorf("after %d others: %v", n, got)
		}
		for range 40 {
			most.Say("@g0:hs", text) // who goes on and on takes nobody's place
		}
	}
}

func TestWhoIsAsked(t *testing.T) {
	b, _ := playing(t, known{points: map[id.UserID]float64{"@bad:hs": 30}, listed: map[string]bool{"spam @listed:hs": true}},
		`points: 'points() > 20' then alert`, `listed: 'matches_list("spam")' then alert`)
	for user, want := range map[id.UserID][]string{"@bad:hs": {"points"}, "@listed:hs": {"listed"}, "@else:hs": nil} {
		if got := hits(b.Say(user, "hello")); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", user, got, want)
		}
	}
}

// A message whose key comes late is read then, by rules too, and is among the last that they are tried on.
func TestReadLate(t *testing.T) {
	b, book := playing(t, known{}, `casino: 'text.folded.contains("casino")' then alert`)
	in := kit.SaidBy(b.Message("@u:hs", "m.room.message", map[string]any{"msgtype": "m.text", "body": "the best casino"}), b.Now)
	in.Late, in.Encrypted = true, true
	if got := hits(b.Check(in)); !slices.Equal(got, []string{"casino"}) {
		t.Errorf("found %v", got)
	}
	e, err := rules.Compile(`text.folded.contains("casino")`)
	if err != nil {
		t.Fatal(err)
	}
	if said := book.Lately(e); len(said) != 1 {
		t.Errorf("%d were said lately", len(said))
	}
}

// How long somebody has been in a room is known from when they came, and what is not known is
// long ago for nobody.
func TestHowLongSomebodyIsThere(t *testing.T) {
	b, _ := playing(t, known{}, `fresh: 'joined_for() < duration("10m")' then alert`, `old: 'joined_for() >= duration("10m")' then alert`)
	b.Join("@u:hs")
	for _, want := range []string{"fresh", "fresh", "old"} {
		if got := hits(b.Say("@u:hs", "hello")); !slices.Equal(got, []string{want}) {
			t.Errorf("%v, want %s", got, want)
		}
		b.Pass(5 * time.Minute)
	}
}

// A rule that fails says so, and hits nobody.
func TestRuleThatFails(t *testing.T) {
	b, book := playing(t, known{}, `large: 'text.length * 9223372036854775807 > 5' then ban`)
	failed := map[string]error{}
	book.Failed = func(rule string, err error) { failed[rule] = err }
	if got := b.Say("@u:hs", "hello"); got != nil {
		t.Errorf("found %+v", got)
	}
	if err := failed["large"]; err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("failed: %v", failed)
	}
}

// What was said lately can be tried, as it was known then; and is bounded.
func TestTryLately(t *testing.T) {
	who := known{points: map[id.UserID]float64{"@bad:hs": 30}, listed: map[string]bool{"spam @b:hs": true}}
	b, book := playing(t, who, `none: 'false' then alert`)
	const text = "Earn five thousand a week from home, write to my agent on the messenger of your choice"
	b.Say("@bad:hs", text)
	b.Say("@b:hs", text)
	b.Message("@c:hs", "m.room.encrypted", nil)
	for rule, want := range map[string]int{
		`points() > 20`: 1, `seen_before()`: 1, `similar_count("1h") == 1`: 1, `trust() == NEW`: 2, `text.body.contains("agent")`: 2, `matches_list("spam")`: 1, `matches_list(" spa" + "m ")`: 1, `matches_list("other")`: 0, `joined_for() > duration("1h")`: 0,
	} {
		e, err := rules.Compile(rule)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range book.Lately(e) {
			holds, err := s.Try(e, book.Listed)
			if err != nil || s.Shown() != text {
				t.Errorf("%s: %v, shown %q", rule, err, s.Shown())
			}
			if holds {
				n++
			}
		}
		if n != want {
			t.Errorf("%s is true of %d, want %d", rule, n, want)
		}
	}
	about, err := rules.Compile("text.words > 0")
	if err != nil {
		t.Fatal(err)
	}
	for range 2500 {
		b.Say("@b:hs", "word")
	}
	if n := len(book.Lately(about)); n != 2000 {
		t.Errorf("%d are kept", n)
	}
	for range 200 {
		b.Say("@b:hs", strings.Repeat("long ", 12_000))
	}
	if n := len(book.Lately(about)); n > 80 || n < 50 {
		t.Errorf("%d long ones are kept", n)
	}
}

func TestParse(t *testing.T) {
	for _, tc := range []struct{ name, written, want string }{
		{"a", `'true' then alert`, `'true' then alert`},
		{"A-b", `"true" then Alert`, `'true' then alert`},
		{"a", `text.body == "then x" then redact`, `'text.body == "then x"' then redact`},
		{"a", `seen_before()   then   mute 90m "calm down", stop, cooldown 10m`, `'seen_before()' then mute 1h30m "calm down", cooldown 10m, stop`},
		{"a", `'true' then redact, strike`, `'true' then strike`},
		{"a", `'true' then redact, strike 5 "x"`, `'true' then strike 5 "x"`},
		{"a", `'true' then ban 7d, strike 5`, `'true' then ban 7d, strike 5`},
		{"a", `'true' then mute 1h, kick`, `'true' then kick`},
		{"a", `'true' then alert 'he said "no", twice'`, `'true' then alert 'he said "no", twice'`},
	} {
		r, err := rules.Parse(tc.name, tc.written)
		if err != nil || r.String() != tc.want {
			t.Errorf("%s: %s, %v; want %s", tc.written, r, err, tc.want)
			continue
		}
		again, err := rules.Parse(r.Name, r.String())
		if err != nil || again.String() != r.String() || again.Then != r.Then {
			t.Errorf("%s becomes %s, %v", r, again, err)
		}
	}
	for _, tc := range []struct{ name, written, want string }{
		{"a b", `'true' then alert`, "small letters"}, {"", `'true' then alert`, "small letters"}, {strings.Repeat("a", 41), `'true' then alert`, "small letters"},
		{"a", `true`, "write `then`"}, {"a", `'true'`, "write `then`"}, {"a", `'true' thenalert`, "write `then`"}, {"a", ``, "write `then`"},
		{"a", `then alert`, "is empty"}, {"a", `'' then alert`, "is empty"},
		{"a", `'true' then`, "say what follows"}, {"a", `'true' then , ,`, "say what follows"}, {"a", `'true' then stop`, "say what follows"},
		{"a", `'true' then bam`, "did you mean `ban`"}, {"a", `'true' then zzzzzzzzz`, "there are alert"},
		{"a", `'true' then mute never`, "mute"}, {"a", `'true' then kick 1h`, "only mute and ban"}, {"a", `'true' then alert, alert`, "twice"},
		{"a", `'true' then alert "a", strike "b"`, "given twice"}, {"a", `'true' then strike 0`, "from 1 to"}, {"a", `'true' then strike many`, "from 1 to"},
		{"a", `'true' then alert, cooldown`, "cooldown 10m"}, {"a", `'true' then alert, cooldown 2d`, "cooldown 10m"}, {"a", `'true' then alert, stop now`, "stands alone"},
		{"a", `'true' then alert "` + strings.Repeat("x", 201) + `"`, "200 bytes"}, {"a", `'tru' then alert`, "did you mean `true`"},
		{"a", `'true' then ladder`, "there are alert"},
	} {
		_, err := rules.Parse(tc.name, tc.written)
		if m, ok := errors.AsType[*rules.Mistake](err); !ok || !strings.Contains(m.Error(), tc.want) {
			t.Errorf("%s %s: %v, want %s", tc.name, tc.written, err, tc.want)
		}
	}
}

// Too many rules, and too dear ones, are refused together.
func TestFit(t *testing.T) {
	cheap, err := rules.Parse("a", `'true' then alert`)
	if err != nil {
		t.Fatal(err)
	}
	dear, err := rules.Parse("a", `'text.body.matches("abc.*def.*ghi.*jkl.*mno.*pqr")' then alert`)
	if err != nil {
		t.Fatal(err)
	}
	if err := rules.Fit(slices.Repeat([]rules.Rule{cheap}, rules.Most)); err != nil {
		t.Error(err)
	}
	if err := rules.Fit(slices.Repeat([]rules.Rule{cheap}, rules.Most+1)); err == nil {
		t.Error("there are too many")
	}
	if err := rules.Fit(slices.Repeat([]rules.Rule{dear}, rules.Most)); err == nil || !strings.Contains(err.Error(), "together") {
		t.Errorf("%d of them: %v", dear.When.Cost(), err)
	}
}

// What Parse gives, it reads again.
func FuzzParse(f *testing.F) {
	f.Add("a", `'true' then strike 5 "x, y", stop`)
	f.Add("b", `seen_before() then mute 1h 'x'`)
	f.Fuzz(func(t *testing.T, name, written string) {
		r, err := rules.Parse(name, written)
		if err != nil {
			if m, ok := errors.AsType[*rules.Mistake](err); !ok || m.Words == "" {
				t.Error(err)
			}
			return
		}
		again, err := rules.Parse(r.Name, r.String())
		if err != nil || again.String() != r.String() {
			t.Errorf("%q became %q and then %q, %v", written, r, again, err)
		}
	})
}

// Who joined lately can be tried as well, with how far they were trusted then; and what is kept
// of it is bounded.
func TestTryLatelyJoined(t *testing.T) {
	b, book := playing(t, known{points: map[id.UserID]float64{"@bad:hs": 30}, listed: map[string]bool{"spam @bad:hs": true}}, `none: 'join.name == "x"' then alert`)
	b.Regular("@old:hs")
	came := func(u id.UserID, name string, more map[string]any) {
		content := map[string]any{"membership": "join", "displayname": name}
		maps.Copy(content, more)
		b.State(u, "m.room.member", string(u), content)
	}
	came("@bad:hs", "Support Admin", nil)
	came("@nameless:hs", "", map[string]any{"avatar_url": "mxc://hs/1"})
	came("@odd:hs", "", map[string]any{"displayname": []int{1}})
	b.Member("@old:hs", "@old:hs", event.MembershipLeave)
	came("@old:hs", "Old Admin", nil)
	came("@old:hs", "Admin of old", nil) // a change of a name is no join
	b.Say("@bad:hs", "Admin")
	for rule, want := range map[string]int{
		`join.name.contains("Admin")`: 2, `join.name.contains("Admin") && trust() < KNOWN`: 1, `join.name == "" && !join.picture`: 1, `join.picture`: 1, `join.name == "Admin of old"`: 0,
		`join.skeleton.contains(skeleton("support"))`: 1, `join.name != "" && points() > 20`: 1, `join.name != "" && matches_list("spam")`: 1, `join.name != "" && sender.server == "hs"`: 2,
		`join.name != "x" && joined_for() == duration("0s")`: 4, `join.name != "x" && room.members > 0`: 4,
	} {
		e, err := rules.Compile(rule)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range book.Lately(e) {
			holds, err := s.Try(e, book.Listed)
			if err != nil {
				t.Errorf("%s: %v", rule, err)
			}
			if holds {
				n++
			}
		}
		if n != want {
			t.Errorf("%s is true of %d of %d, want %d", rule, n, len(book.Lately(e)), want)
		}
	}
	about, err := rules.Compile(`join.picture`)
	if err != nil {
		t.Fatal(err)
	}
	if s := book.Lately(about)[0]; s.Shown() != "Support Admin" || s.Trust.String() != "new" {
		t.Errorf("%q, %s", s.Shown(), s.Trust)
	}
	for i := range 700 {
		came(id.UserID(fmt.Sprintf("@u%d:hs", i)), "u", nil)
	}
	if n := len(book.Lately(about)); n != 500 {
		t.Errorf("%d are kept", n)
	}
	for i := range 100 {
		came(id.UserID(fmt.Sprintf("@v%d:hs", i)), strings.Repeat("v", 40_000), nil)
	}
	if n := len(book.Lately(about)); n > 30 || n < 15 {
		t.Errorf("%d large ones are kept", n)
	}
}
