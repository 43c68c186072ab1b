package sanction

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// Template is what a user is told, unless the community has its own. The names in braces
// are filled in.
const Template = "Hello! In {room} {what}. The reason: {why}. {then} If you think that this is a mistake, {appeal}. (Case {case}.)"

// Here is what a user is told in the room itself, unless the community has its own. All who
// are there read it.
const Here = "{who}: {what}. The reason: {why}. {then}"

// Appeal is how one appeals, unless the community has another way.
const Appeal = "answer me here, in one message: I bring it to the moderators"

// Wording is what a community tells users of a step, in a direct chat and in the room, and how
// they can appeal: "" for our own words.
type Wording struct{ Template, Here, Appeal string }

// wordingRows are the settings of it. An empty one is our own words.
func wordingRows() []row[Wording] {
	return []row[Wording]{{
		name: "text", usual: byDefault, doc: "What users are told of a step. `default` for my own words.",
		set: func(to *Wording, w string) error {
			if to.Template = w; w == byDefault {
				to.Template = ""
				return nil
			}
			return CheckTemplate(w)
		},
		write: func(of Wording) string { return cmp.Or(of.Template, byDefault) },
	}, {
		name: "here", usual: byDefault, doc: "What they are told in the room itself. `default` for my own words.",
		set: func(to *Wording, w string) error {
			if to.Here = w; w == byDefault {
				to.Here = ""
				return nil
			}
			return CheckHere(w)
		},
		write: func(of Wording) string { return cmp.Or(of.Here, byDefault) },
	}, {
		name: "appeal", usual: byDefault, doc: "How they can appeal. `default` for my own words.",
		set: func(to *Wording, w string) error {
			if to.Appeal = w; w == byDefault {
				to.Appeal = ""
				return nil
			}
			return CheckAppeal(w)
		},
		write: func(of Wording) string { return cmp.Or(of.Appeal, byDefault) },
	}}
}

// ParseWording reads what was set, by name. An error is [Misfits].
func ParseWording(written map[string]string) (w Wording, err error) {
	if wrong := readRows(wordingRows(), &w, written, "what users are told"); len(wrong) > 0 {
		return Wording{}, wrong
	}
	return w, nil
}

// Written is what was set otherwise than usual, for ParseWording.
func (w Wording) Written() map[string]string { return otherwise(wordingRows(), w) }

// mostTemplate bounds a community's own, in letters.
const mostTemplate = 1000

// whoPlace is who is told, in a template of what is said in a room.
const whoPlace = "{who}"

// places are the names that a template can have, and what each stands for.
var places = [...][2]string{
	{"{room}", "the room"}, {"{what}", "what was done"}, {"{why}", "why, in the words that everybody may read"}, {"{then}", "how long it holds, or how it goes on"},
	{"{appeal}", "how they can appeal"}, {"{case}", "the number of the case"},
}

// CheckTemplate says in words for moderators what is wrong with a template; nil if nothing
// is.
func CheckTemplate(template string) error { return checkTemplate(template, "") }

// CheckHere is CheckTemplate of what is said in a room. It has to name who is told: nobody else
// is to take it for theirs.
func CheckHere(template string) error {
	if err := checkTemplate(template, whoPlace); err != nil {
		return err
	}
	if !strings.Contains(template, whoPlace) {
		return fmt.Errorf("it has to have %s in it, so that one reads who is told", whoPlace)
	}
	return nil
}

func checkTemplate(template, besides string) error {
	if err := CheckAppeal(template); err != nil {
		return err
	}
	if besides != "" {
		template = strings.ReplaceAll(template, besides, "{room}")
	}
	for rest := template; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return nil
		}
		name, behind, closed := strings.Cut(after, "}")
		if known := knownPlace("{" + name + "}"); !closed || !known {
			return fmt.Errorf("%s is nothing that I can fill in; there are {room}, {what}, {why}, {then}, {appeal} and {case}", text.Code(text.Clip("{"+name, 40)))
		}
		rest = behind
	}
}

// CheckAppeal says what is wrong with how one appeals; nil if nothing is.
func CheckAppeal(appeal string) error {
	if strings.TrimSpace(appeal) == "" {
		return fmt.Errorf("it would say nothing")
	}
	if len([]rune(appeal)) > mostTemplate {
		return fmt.Errorf("it has more than %d letters", mostTemplate)
	}
	return nil
}

func knownPlace(name string) bool {
	for _, p := range places {
		if p[0] == name {
			return true
		}
	}
	return false
}

// Words are what a user is told of a step in a direct chat, in Markdown; "" if there is nothing
// to tell. room is how it is called, escaped; all that stands in the rest is.
func (w Wording) Words(room string, v Verdict, reason string, now time.Time) string {
	return fill(cmp.Or(w.Template, Template), v, now, []string{
		"{room}", room, "{why}", text.Escape(reason, text.MostReason), "{appeal}", cmp.Or(w.Appeal, Appeal),
	})
}

// HereWords are what a user is told of a step in the room itself. who is how they are called,
// as by [Called].
func (w Wording) HereWords(who, room string, v Verdict, reason string, now time.Time) string {
	return fill(cmp.Or(w.Here, Here), v, now, []string{
		whoPlace, who, "{room}", room, "{why}", text.Escape(reason, text.MostReason), "{appeal}", cmp.Or(w.Appeal, "write to the moderators"),
	})
}

// Called is how a user is addressed where others read it, escaped. A name that could call
// somebody, lead somewhere or say more than a name is not repeated: they are called by their ID.
func Called(u id.UserID, name string) string {
	const most = 30
	plain := strings.TrimSpace(text.Brief(name, most+1))
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -_'", r)
	}
	if plain == "" || utf8.RuneCountInString(plain) > most || strings.ContainsFunc(plain, odd) {
		return text.Code(string(u))
	}
	return text.Escape(plain, most)
}

// fill fills in a template: what is told of any step, and the rest as given.
func fill(template string, v Verdict, now time.Time, rest []string) string {
	var what, then string
	lasts := ""
	if !v.Ends.IsZero() {
		lasts = " for " + long(v.Ends.Sub(now))
	}
	switch {
	case v.Spoken:
		what, then = "the moderators warn you", "Nothing else was done."
	case v.Step == Warn:
		what, then = "something that you wrote was removed", "Nothing else was done."
	case v.Step == Mute:
		what, then = "you cannot write"+lasts, "After that you can, without doing anything."
	case v.Step == Kick:
		what, then = "you were removed from the room", "You may come back."
	case v.Step >= Ban:
		what, then = "you were banned"+lasts, "You cannot come back."
		if lasts != "" {
			then = "After that you may come back."
		}
	default:
		return ""
	}
	return strings.NewReplacer(append(rest, "{what}", what, "{then}", then, "{case}", strconv.FormatInt(v.Entry.Case, 10))...).Replace(template)
}

// long writes a time for people who know no shorthand.
func long(d time.Duration) string {
	var parts []string
	for _, u := range [...]struct {
		is   time.Duration
		name string
	}{{day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / u.is); n > 0 {
			parts = append(parts, text.Count(n, u.name))
			d -= time.Duration(n) * u.is
		}
	}
	if len(parts) == 0 {
		return "a moment"
	}
	return text.And(parts)
}

// Steps are some of the steps.
type Steps string

// ParseSteps reads steps with spaces between them, or "none". Only those are taken of which
// a user can be told.
func ParseSteps(written string) (Steps, error) {
	var steps []string
	for _, word := range strings.FieldsFunc(strings.ToLower(written), func(r rune) bool { return r == ' ' || r == ',' }) {
		s := ParseStep(word)
		if word == "none" {
			continue
		}
		if s < Warn || s > Ban {
			return "", fmt.Errorf("it is some of warn, mute, kick and ban, with spaces between them, or none")
		}
		steps = append(steps, s.String())
	}
	all := Steps("")
	for s := Warn; s <= Ban; s++ { // in one order, each once
		for _, name := range steps {
			if name == s.String() {
				all += Steps(" " + name)
				break
			}
		}
	}
	return Steps(strings.TrimSpace(string(all))), nil
}

// ParseHere reads the steps of which a user is told in the room itself: who was removed does not
// read there any more.
func ParseHere(written string) (Steps, error) {
	steps, err := ParseSteps(written)
	if err != nil || steps.Has(Kick) || steps.Has(Ban) {
		return "", fmt.Errorf("it is one or both of warn and mute, with a space between them, or none: who is not in the room any more does not read it")
	}
	return steps, nil
}

// String is how they are written.
func (s Steps) String() string {
	if s == "" {
		return "none"
	}
	return string(s)
}

// Has reports whether a step is among them. Of a list's ban a user is told as of a ban.
func (s Steps) Has(step Step) bool {
	name := min(step, Ban).String()
	return slices.Contains(strings.Fields(string(s)), name)
}

// Tact keeps us from writing to people too much: each hears of us once in a while, and in a
// while only so many do.
type Tact struct {
	Most int // in an hour; zero for as many as are told of what was done

	told []telling
}

type telling struct {
	user id.UserID
	at   time.Time
}

const (
	tactPause = time.Hour
	tactMost  = 20
	// MostHere is how many are told of something in one room itself, within as long.
	MostHere = 6
)

// May reports whether a user may be told something now.
func (t *Tact) May(u id.UserID, now time.Time) bool {
	t.forget(now)
	for _, other := range t.told {
		if other.user == u {
			return false
		}
	}
	return len(t.told) < cmp.Or(t.Most, tactMost)
}

// Told notes that a user is told something.
func (t *Tact) Told(u id.UserID, at time.Time) { t.told = append(t.told, telling{u, at}) }

// Untold takes back that a user was to be told something now.
func (t *Tact) Untold(u id.UserID) {
	for i, other := range slices.Backward(t.told) {
		if other.user == u {
			t.told = slices.Delete(t.told, i, i+1)
			return
		}
	}
}

// TactSince is since when it matters who was told something.
func TactSince(now time.Time) time.Time { return now.Add(-tactPause) }

// forget drops what is long ago. What a clock has in the future is over with that clock.
func (t *Tact) forget(now time.Time) {
	kept := t.told[:0]
	for _, other := range t.told {
		if age := now.Sub(other.at); age < tactPause && age > -tactPause {
			kept = append(kept, other)
		}
	}
	t.told = kept
}
