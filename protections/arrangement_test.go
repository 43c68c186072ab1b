package protections

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/protections/kit"
	"forseti/sanction"
)

// book knows the protections, and reads rules that say "then".
type book struct{}

func (book) Find(name string) (kit.Kind, bool) { return Find(name) }

func (book) Names() (names []string) {
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}

func (book) Rule(name, written string) (kit.Kind, string, error) {
	if !strings.Contains(written, " then ") {
		return kit.Kind{}, "", errors.New("it says not what follows")
	}
	return ruleOf(name), written, nil
}

func (book) Zone(name string) error {
	_, err := sanction.ParseZone(name, time.LoadLocation)
	return err
}

func (book) Moderator(u id.UserID) bool { return u != "@stranger:hs" }

func ruleOf(name string) kit.Kind {
	return kit.Kind{Name: rulePrefix + name, Summary: "A rule.", Defaults: map[string]string{"tell": "none"}}
}

// candidates are values of all sorts, of which each setting takes some.
var candidates = []string{
	"yes", "no", "none", "1", "2", "5", "20", "64", "100", "250", "1000", "5s", "90s", "30s", "5m", "1h", "24h", "known", "regular", "trusted",
	"ladder", "redact", "mute 2h", "ban 7d", "usual", "warn mute", "@a:hs @*:b.example", "!r:hs !s:hs", "a.example *.b.example", "mxc://hs/abc",
	"picture video", "file", "exe js", "calm", "guarded", "attack", "light", "spam", "free bitcoin, ~airdrop", `/earn \$?\d+ (a|per), day/`, `"quoted"`, "`x`",
	"# no comment", "= a", "[b]", "x\u00a0", "\u200bzero", "线上, 赌场", "'a' then b",
}

func drawStanding(t *rapid.T, kind kit.Kind) kit.Standing {
	s := kit.Standing{Mode: drawMode(t)}
	for range rapid.IntRange(0, 4).Draw(t, "settings") {
		var names []string
		for _, setting := range kind.Settings(kit.Standing{}, "") {
			names = append(names, setting.Name)
		}
		room := rapid.SampledFrom([]id.RoomID{"", "", "!r:hs", "!odd room]:[::1]:8448"}).Draw(t, "room")
		name, value := rapid.SampledFrom(names).Draw(t, "name"), rapid.SampledFrom(candidates).Draw(t, "value")
		if values, err := kind.Set(s.Own(room), name, value); err == nil {
			s = s.WithValues(room, values)
		}
		if room != "" && rapid.Bool().Draw(t, "switched") {
			s = s.WithMode(room, drawMode(t))
		}
	}
	return s
}

func drawMode(t *rapid.T) kit.Mode {
	return rapid.SampledFrom([]kit.Mode{kit.Off, kit.Shadow, kit.On}).Draw(t, "mode")
}

func drawWhole(t *rapid.T) (w Whole) {
	w.Protections = drawArrangement(t)
	for _, name := range sanction.SharedNames() {
		if !rapid.Bool().Draw(t, "shared") {
			continue
		}
		values := map[string]string{}
		for _, s := range (sanction.Shared{Name: name}).Settings() {
			if value := rapid.SampledFrom(sharedValues).Draw(t, s.Name); rapid.Bool().Draw(t, "set") {
				values[s.Name] = value
				if _, err := sanction.ReadShared(name, values, book{}); err != nil {
					delete(values, s.Name)
				}
			}
		}
		s, err := sanction.ReadShared(name, values, book{})
		if err != nil {
			t.Fatal(err)
		}
		w.Shared = append(w.Shared, s)
	}
	return w
}

// sharedValues are values of which each setting of all protections takes some.
var sharedValues = []string{"+05:30", "never", "good", "20", "40", "64", "1000", "2h", "14d", "mute", "@room", "@mod:hs", "!r:hs", "22:00-07:00", "22:00-07:00 Europe/Berlin except attack, spam", "In {room}:\n# {why}\n[flooding]\n", "= \"quoted\" ", "Ünïcode\u200b ☃"}

func drawArrangement(t *rapid.T) (a Arrangement) {
	for _, kind := range Kinds() {
		if rapid.Bool().Draw(t, "named") {
			a = append(a, Arranged{Kind: kind, Standing: drawStanding(t, kind)})
		}
	}
	for _, rule := range []string{`'a < 1' then redact, strike "x"`, `"b" then alert`, "c == \"#\n[x]\" then ban"} {
		if rapid.Bool().Draw(t, "ruled") {
			kind := ruleOf(fmt.Sprintf("rule-%d", len(a)))
			a = append(a, Arranged{Kind: kind, Standing: drawStanding(t, kind), Rule: rule})
		}
	}
	return a
}

// same reports whether two are set alike.
func same(a, b Whole) bool {
	return slices.EqualFunc(a.Shared, b.Shared, sanction.Shared.Same) && slices.EqualFunc(a.Protections, b.Protections, func(a, b Arranged) bool {
		return a.Kind.Name == b.Kind.Name && a.Rule == b.Rule && alike(a.Standing, b.Standing)
	})
}

func alike(a, b kit.Standing) bool {
	return a.Mode == b.Mode && maps.Equal(a.Values, b.Values) && maps.EqualFunc(a.Rooms, b.Rooms, func(a, b kit.Local) bool {
		return (a.Mode == nil) == (b.Mode == nil) && (a.Mode == nil || *a.Mode == *b.Mode) && maps.Equal(a.Values, b.Values)
	})
}

// What is written is read as what it was, also by way of a clipboard that changes ends of
// lines.
func TestArrangementsAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawWhole(t)
		if a.Empty() {
			return
		}
		written := a.String()
		for _, way := range []string{written, strings.ReplaceAll(written, "\n", "\r\n"), "\n\n  " + strings.ReplaceAll(written, "\n", " \n\t\u200b"), strings.TrimSpace(written)} {
			back, err := ReadWhole(way, book{})
			if err != nil || !same(a, back) {
				t.Fatalf("%v\n%s\nis read as\n%s", err, way, back)
			}
		}
	})
}

func TestExampleTextIsRead(t *testing.T) {
	w, err := ReadWhole(strings.Join(exampleText(), "\n"), book{})
	if err != nil || len(w.Shared) != 2 || len(w.Protections) != 2 {
		t.Errorf("%v: %v", err, w)
	}
}

func TestMistakesAreToldByTheirLine(t *testing.T) {
	const begin = "forseti protections 1\n"
	for _, tc := range []struct{ written, want string }{
		{"", "nothing in it"},
		{"# a comment\n\n", "nothing in it"},
		{begin, "names no protection"},
		{"[flooding]\nmode = on", "Line 1: `[flooding]` is not how it begins: the first line is `forseti protections 1`"},
		{"forseti protections 2\n[flooding]\nmode = on", "Line 1: it is of version 2, and I read up to 1"},
		{"forseti protections one\n[flooding]\nmode = on", "Line 1"},
		{begin + "mode = on", "Line 2: `mode = on` belongs to no protection"},
		{begin + "[floding]\nmode = on", "Line 2: there is no protection `floding`. Did you mean `[flooding]`?"},
		{begin + "[zzz]\nmode = on", "Line 2: there is no protection `zzz`. `!forseti protections` lists them"},
		{begin + "[flooding\nmode = on", "Line 2: `[flooding` has no `]` at its end"},
		{begin + "[flooding]\nmessages = 5", "Line 2: `[flooding]` does not say its mode: write `mode = on`"},
		{begin + "[flooding]\nmode = maybe", "Line 3: `maybe` is no mode: there are `on`, `shadow` and `off`"},
		{begin + "[flooding]\nmode on", "Line 3: `mode on` is no setting"},
		{begin + "[flooding]\nmode = on\nmesages = 5", "Line 4: `flooding` has no setting `mesages`. Did you mean `messages`?"},
		{begin + "[flooding]\nmode = on\nxyzzy = 5", "Line 4: `flooding` has no setting `xyzzy`. It has"},
		{begin + "[flooding]\nmode = on\nmessages = 5000", "Line 4: `messages` of `flooding` cannot be `5000`: messages takes a whole number from 2 to 1000"},
		{begin + "[flooding]\nmode = on\nmessages =", "Line 4: `messages` of `flooding` cannot be (nothing)"},
		{begin + "[flooding]\nmode = on\nmessages = 5\nMessages = 6", "Line 5: `messages` of `flooding` is set in line 4 already"},
		{begin + "[flooding]\nmode = on\n[FLOODING]\nmode = off", "Line 4: the section `[FLOODING]` stands in line 2 already"},
		{begin + "[flooding !r:hs]\nmode = on", "Line 2: how `flooding` is set in one room stands below"},
		{begin + "[flooding]\nmode = on\n[flooding #r:hs]\nmode = on", "Line 4: `#r:hs` is no room: write its ID"},
		{begin + "[flooding]\nmode = on\nrule = 'x' then redact", "Line 4: `flooding` is no rule of your own"},
		{begin + "[rule:mine]\nmode = on", "Line 2: there is no rule `mine` yet"},
		{begin + "[rule:mine]\nmode = on\nrule = x", "Line 4: the rule `mine`: it says not what follows."},
		{begin + "[rule:mine]\nmode = on\nrule = x then y\n[rule:mine !r:hs]\nrule = z then y", "Line 6: a rule is the same in all rooms"},
		{begin + "[words]\nmode = on\nlist.a = /(/", "Line 4: `list.a` of `words` cannot be `/(/`"},
		{begin + "[repeats]\nmode = on\n" + strings.Repeat("\n", 35) + "likeness = *everything*", "Line 39: `likeness` of `repeats` cannot be `*everything*`"},
		{begin + "[laddr]\nmute = 40", "Line 2: there is no protection `laddr`. Did you mean `[ladder]`?"},
		{begin + "[ladder]\n\nmute = soon", "Line 4: `mute` cannot be `soon`: it is a whole number of points from 1 to 1000, or never."},
		{begin + "[ladder]\nmute = 40\nkicks = 50", "Line 4: the ladder has no setting `kicks`; did you mean `kick`."},
		{begin + "[ladder]\nmute = 60\nwarn = 5", "Line 3: `kick` would begin at 50 points and `mute` at 60"},
		{begin + "[ladder]\nkick = 40\nwarn = 5\nmute = 45", "Line 5: `kick` would begin at 40 points and `mute` at 45"},
		{begin + "[ladder]\nmute = 40\nMUTE = 41", "Line 4: `mute` of `ladder` is set in line 3 already"},
		{begin + "[ladder !r:hs]\nmute = 40", "Line 2: `ladder` is the same in all rooms"},
		{begin + "[ladder]\nmute = 40\n[ladder]", "Line 4: the section `[ladder]` stands in line 2 already"},
		{begin + "[notice]\ntext = Hello {you}", "Line 3: `text` cannot be `Hello {you}`: `{you` is nothing that I can fill in"},
		{begin + "[alerts]\nping.attack = @stranger:hs", "Line 3: `ping.attack` cannot be `@stranger:hs`: `@stranger:hs` is not in this room"},
		{begin + "[alerts]\nquiet = 22:00-07:00 Middle/Earth", "Line 3: `quiet` cannot be `22:00-07:00 Middle/Earth`: there is no time zone"},
		{begin + "[posture]\nhours = 23-7", "Line 3: `hours` cannot be `23-7`: it is hours such as"},
		{"<b>hi</b> @room\n[x]", "Line 1: `<b>hi</b> @room` is not"},
	} {
		a, err := ReadWhole(tc.written, book{})
		if err == nil || !a.Empty() || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: %v", tc.written, err)
		}
	}
	// All of them at once, up to a bound.
	_, err := ReadWhole(begin+"[a-a]\nmode = on\n[flooding]\nmode = x\nedits = y\n", book{})
	if m, ok := errors.AsType[Mistakes](err); !ok || len(m) != 3 {
		t.Errorf("%v", err)
	}
	_, err = ReadWhole(begin+strings.Repeat("?\n", 10_000), book{})
	if m, ok := errors.AsType[Mistakes](err); !ok || len(m) != mostMistakes {
		t.Errorf("%v", err)
	}
}

// Whatever is taken is written and taken again as the same.
func FuzzImport(f *testing.F) {
	f.Add("forseti protections 1\n[flooding]\nmode = on\nmessages = 5\n[flooding !r:hs]\nmode = shadow\n[rule:a]\nmode = off\nrule = 'x' then redact")
	f.Add("forseti protections 1\n[words]\nmode = shadow\nlist.x = /a, b/, c\nweight.x = \"spam\"\nexempt-users = @a:b")
	f.Add("forseti protections 1\n[ladder]\nmute = 40\n[notice]\ntext = \"In {room}\\n\"\n[alerts]\nping.attack = @room\nquiet = 22:00-07:00 +02:00 except attack\n[posture]\nsilence = 2h")
	f.Add("forseti protections 9\n[[]]\n=\n]")
	f.Fuzz(func(t *testing.T, written string) {
		a, err := ReadWhole(written, book{})
		if err != nil {
			if len(err.Error()) > 20_000 {
				t.Fatalf("%d bytes of mistakes", len(err.Error()))
			}
			return
		}
		back, err := ReadWhole(a.String(), book{})
		if err != nil || !same(a, back) {
			t.Fatalf("%v\n%q\nis read as\n%s\nand then as\n%s", err, written, a, back)
		}
	})
}

// A section is of one thing.
func TestNoProtectionIsCalledAsWhatAllShare(t *testing.T) {
	for _, name := range sanction.SharedNames() {
		if _, taken := Find(name); taken {
			t.Errorf("%s is a protection", name)
		}
	}
}
