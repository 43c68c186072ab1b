package commands

import (
	"errors"
	"strings"
	"testing"
	"time"

	"forseti/commands/grammar"
	"forseti/text"
)

// Words that hardly any place takes.
var odd = []string{"@", "#x", "zz:zz:zz", "-7", "99999999999999999999", "2026-02-31", "3x", "a_b", "*_*", "é", "tag", "@x@y", "!", "$", "w0rd"}

// Whatever is wrong with a word is said with that word in it, and with how to write the command.
func TestMistakesPointAtTheWord(t *testing.T) {
	wrong := map[string]int{}
	places := func(t *testing.T, cmd *command, c *call, name string, v value) {
		for _, s := range odd {
			w := wordOf(s)
			_, err := v.parse(c, w)
			if err == nil || errors.Is(err, errNotMine) && err.Error() == errNotMine.Error() {
				continue
			}
			wrong[cmd.name]++
			said := c.explain(misuse{err})
			if !strings.Contains(said, text.Code(s)) {
				t.Errorf("%s %s: the word %s is not shown: %s", cmd.name, name, s, said)
			}
			if !strings.Contains(said, "Usage: `!forseti "+cmd.name) || !strings.Contains(said, "Example: ") {
				t.Errorf("%s %s: no right form: %s", cmd.name, name, said)
			}
		}
	}
	set := newSet(newWorld())
	for _, cmd := range set.commands {
		c := &call{known: known{self: self, names: newWorld()}, set: set, command: cmd, args: map[string]any{}, flags: map[string]any{}}
		for _, p := range cmd.params {
			places(t, cmd, c, p.name, p.value)
		}
		for _, f := range cmd.flags {
			if f.value != nil {
				places(t, cmd, c, "--"+f.name, *f.value)
			}
		}
		if p := set.Plan(t.Context(), Request{Sender: mod}, cmd.name+" --no-such-thing"); !strings.Contains(p.Answer, "`--no-such-thing`") || !strings.Contains(p.Answer, "Usage:") {
			t.Errorf("%s: %s", cmd.name, p.Answer)
		}
	}
	if len(wrong) < 30 {
		t.Errorf("only %d commands found anything wrong", len(wrong))
	}
}

// What was not understood is known as such, so that it can be mended; what was refused or
// answered was understood.
func TestWhatIsNotUnderstood(t *testing.T) {
	for line, misread := range map[string]bool{
		"statsu": true, "ban": true, "ban @x": true, "kick @a:hs --golb": true, "ban @u:hs cco --no-confirm": true, objectionMark + "no": true, strings.Repeat("a", 5000): true,
		"status": false, "ban @a:hs coc": false, "ban ours.example coc": false, "unban @nobody:hs": false, "ban @u:hs cco": false,
	} {
		if p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line); p.Misread != misread || misread && (len(p.Steps) > 0 || p.Ask != "") {
			t.Errorf("%.60s: %+v", line, p)
		}
	}
}

func TestTimesAndDates(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for written, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "3d": 3 * day, "2w": 14 * day, "1d12h": 36 * time.Hour, "3D": 3 * day,
		"2026-03-01": 9*day + 12*time.Hour, "2026-03-10T10:00": 2 * time.Hour, `"2026-03-10 10:00"`: 2 * time.Hour, "2026-03-10T10:00+02:00": 4 * time.Hour, "2026-03-10t10:00z": 2 * time.Hour,
		"3": 0, "3x": 0, "d": 0, "": 0, "2026-02-31": 0, "31.1.2026": 0, "1/2/2026": 0, "2026-03-11": 0, "1999-01-01": 0, "400w": 0, "-3d": 0, "3 d": 0,
	} {
		c := &call{known: known{names: newWorld()}, command: &command{}, flags: map[string]any{}}
		m, err := sinceValue(time.Hour, 90*day).parse(c, wordOf(written))
		if err == nil {
			c.flags["since"] = m
			var got time.Duration
			if got, err = c.agoOf("since", now, day, time.Hour, 90*day); err == nil && got != want {
				t.Errorf("%s: %s, want %s", written, got, want)
			}
		}
		if (err != nil) != (want == 0) {
			t.Errorf("%s: %v", written, err)
		}
	}
}

// What is quoted is one argument, whatever it holds: of a user, of a reason, of an option.
func FuzzQuoted(f *testing.F) {
	for _, s := range []string{"", "--dry-run", `a "b" \ c`, "“a” ‘b’", "first\nsecond", "```", "—glob", "\u202e\u200b", "@ a b :hs.example", "coc", `\"`, "ban @a:hs\n!forseti ban @b:hs", "@", "Y", "and", "&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := grammar.Quote(s)
		if words, rest := grammar.Split("a " + quoted + " b"); len(words) != 3 || words[1].Text != s || words[1].Flag != "" || rest != "" {
			t.Fatalf("%q as %s: %+v and %q", s, quoted, words, rest)
		}
		set := newSet(newWorld())
		bound := func(line string) *call {
			l, fits := set.read(line)
			if !fits {
				t.Skip("too long")
			}
			c := &call{known: known{self: self, names: newWorld()}, set: set, command: l.command, args: map[string]any{}, flags: map[string]any{}}
			if err := c.bind(l.args); err != nil || l.unread != "" {
				t.Fatalf("%s: %v, unread %q", line, err, l.unread)
			}
			return c
		}
		if bare := (grammar.Word{Text: s, Raw: s}); quoted == s && (likeUser(nil, bare) || likeEntity(nil, bare)) {
			return // it is one of those that are named, or a mistake
		}
		if c := bound("kick @u:hs --dry-run " + quoted); arg[string](c, "reason") != text.OneLine(s) || !option[bool](c, "dry-run") || option[bool](c, "glob") {
			t.Fatalf("%q became the reason %q, with %v", s, arg[string](c, "reason"), c.flags)
		}
		if c := bound("ban @u:hs " + quoted); quoted != s && (arg[string](c, "reason") != text.OneLine(s) || c.args["list"] != nil) {
			t.Fatalf("%q became the reason %q and the list %v", s, arg[string](c, "reason"), c.args["list"])
		}
		if c := bound("exempt @u:hs @v:hs evil.example " + quoted); quoted != s && (arg[string](c, "reason") != text.OneLine(s) || len(c.entities("entity")) != 3) {
			t.Fatalf("%q became the reason %q of %v", s, arg[string](c, "reason"), c.entities("entity"))
		}
	})
}
