package protections

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/text"
)

// Known is what a text may name.
type Known interface {
	// Find gives a protection, or a rule of the moderators' own, by its name.
	Find(name string) (kit.Kind, bool)
	// Names are those that it finds.
	Names() []string
	// Rule reads a rule, by its name without what tells it from protections, and gives it
	// in the one way of writing it. Its error is Markdown.
	Rule(name, written string) (kind kit.Kind, rule string, err error)
	// Ground is what settings of all protections may name.
	sanction.Ground
}

// rulePrefix is what the name of a rule begins with among those of protections.
const rulePrefix = "rule:"

// mostMistakes is how many are told at once.
const mostMistakes = 8

// Mistakes are what is wrong with a text, by line, in Markdown.
type Mistakes []string

func (m Mistakes) Error() string { return strings.Join(m, "\n\n") }

// ReadWhole reads a text. It is all right or an error, which is Mistakes: each says in
// which line, at which word, and what would be right.
func ReadWhole(written string, known Known) (Whole, error) {
	r := reading{known: known, begun: map[string]int{}}
	n := 0
	for line := range strings.SplitSeq(written, "\n") {
		n++
		if line = trimmed(line); line != "" && !strings.HasPrefix(line, "#") {
			r.line(n, line)
		}
		if len(r.mistakes) >= mostMistakes {
			break
		}
	}
	r.finish()
	switch {
	case len(r.mistakes) > 0:
		return Whole{}, r.mistakes
	case !r.headed:
		return Whole{}, Mistakes{fmt.Sprintf("There is nothing in it. %s writes such a text.", text.Code("!forseti protections export"))}
	case r.read.Empty():
		return Whole{}, Mistakes{fmt.Sprintf("It names no protection. A section begins with its name, such as %s, and then its mode: %s.", text.Code("[flooding]"), text.Code("mode = on"))}
	}
	return r.read, nil
}

// reading is a text that is being read.
type reading struct {
	known    Known
	headed   bool
	section  *section
	begun    map[string]int // which sections there are, and where
	read     Whole
	mistakes Mistakes
}

// section is what stands below a name.
type section struct {
	line  int
	name  string
	room  id.RoomID
	pairs []pair
}

type pair struct {
	line       int
	key, value string
}

func (r *reading) wrong(line int, format string, args ...any) {
	r.mistakes = append(r.mistakes, fmt.Sprintf("Line %d: ", line)+fmt.Sprintf(format, args...))
}

func (r *reading) line(n int, line string) {
	switch {
	case !r.headed:
		r.headed = true
		r.head(n, line)
	case strings.HasPrefix(line, "["):
		r.finish()
		r.begin(n, line)
	case r.section == nil:
		r.wrong(n, "%s belongs to no protection: a section begins with a name such as %s.", text.Code(text.Clip(line, 60)), text.Code("[flooding]"))
	default:
		key, value, ok := strings.Cut(line, "=")
		if key = strings.ToLower(trimmed(key)); !ok || key == "" {
			r.wrong(n, "%s is no setting: write a name, %s and a value, such as %s.", text.Code(text.Clip(line, 60)), text.Code("="), text.Code("mode = on"))
			return
		}
		r.section.pairs = append(r.section.pairs, pair{n, key, read(trimmed(value))})
	}
}

// head reads the first line.
func (r *reading) head(n int, line string) {
	version, ok := strings.CutPrefix(strings.ToLower(strings.Join(strings.Fields(line), " ")), heading+" ")
	number, err := strconv.Atoi(version)
	switch right := text.Code(fmt.Sprintf("%s %d", heading, textVersion)); {
	case !ok || err != nil || number < 1:
		r.wrong(n, "%s is not how it begins: the first line is %s.", text.Code(text.Clip(line, 60)), right)
	case number > textVersion:
		r.wrong(n, "it is of version %d, and I read up to %d: it was written by a newer version of me.", number, textVersion)
	}
}

// begin reads the name of a section.
func (r *reading) begin(n int, line string) {
	inner, ok := strings.CutSuffix(line[1:], "]")
	if !ok {
		r.wrong(n, "%s has no %s at its end.", text.Code(text.Clip(line, 60)), text.Code("]"))
		r.section = &section{} // what follows is of it, and not of the one before
		return
	}
	name, room, _ := strings.Cut(trimmed(inner), " ")
	s := &section{line: n, name: strings.ToLower(name), room: id.RoomID(read(trimmed(room)))}
	r.section = s
	if s.room != "" && (!strings.HasPrefix(string(s.room), "!") || len(s.room) < 2 || len(s.room) > 255) {
		r.wrong(n, "%s is no room: write its ID, such as %s.", text.Code(string(s.room)), text.Code("[flooding !room:example.org]"))
		s.name = ""
		return
	}
	where := s.name + " " + string(s.room)
	if before, twice := r.begun[where]; twice {
		r.wrong(n, "the section %s stands in line %d already.", text.Code(text.Clip(line, 300)), before)
		s.name = ""
		return
	}
	r.begun[where] = n
}

// finish takes in a section that is complete. One without a name was told of already.
func (r *reading) finish() {
	s := r.section
	r.section = nil
	if s == nil || s.name == "" {
		return
	}
	if slices.Contains(sanction.SharedNames(), s.name) {
		r.shared(s)
		return
	}
	if s.room != "" {
		r.local(s)
		return
	}
	one, ok := r.kind(s)
	if !ok {
		return
	}
	mode, told := one.Standing.Mode, len(r.mistakes)
	values, own := r.values(one.Kind, s)
	if own != nil {
		mode = *own
	} else if told == len(r.mistakes) {
		r.wrong(s.line, "%s does not say its mode: write %s, %s or %s below it.", text.Code("["+s.name+"]"), text.Code("mode = on"), text.Code("mode = shadow"), text.Code("mode = off"))
	}
	one.Standing = kit.Standing{Mode: mode, Values: values}
	r.read.Protections = append(r.read.Protections, one)
}

// shared takes in a section about all protections.
func (r *reading) shared(s *section) {
	if s.room != "" {
		r.wrong(s.line, "%s is the same in all rooms: begin the section with %s.", text.Code(s.name), text.Code("["+s.name+"]"))
		return
	}
	values, lines := map[string]string{}, map[string]int{}
	for _, p := range s.pairs {
		if r.once(s, p, lines) {
			values[p.key] = p.value
		}
	}
	read, err := sanction.ReadShared(s.name, values, r.known)
	misfits, _ := errors.AsType[sanction.Misfits](err)
	for _, m := range misfits {
		line := s.line
		for _, name := range m.Settings {
			line = max(line, lines[name]) // of two that do not go together, the later one
		}
		r.wrong(line, "%s.", strings.TrimSuffix(m.Error(), "?")) // nobody answers it there
	}
	if err == nil {
		r.read.Shared = append(r.read.Shared, read)
	}
}

// once reports whether a setting stands in its section for the first time.
func (r *reading) once(s *section, p pair, lines map[string]int) bool {
	before, twice := lines[p.key]
	if twice {
		r.wrong(p.line, "%s of %s is set in line %d already.", text.Code(p.key), text.Code(s.name), before)
	} else {
		lines[p.key] = p.line
	}
	return !twice
}

// local takes in a section about one room.
func (r *reading) local(s *section) {
	for i := range r.read.Protections {
		one := &r.read.Protections[i]
		if one.Kind.Name != s.name {
			continue
		}
		values, mode := r.values(one.Kind, s)
		if mode != nil {
			one.Standing = one.Standing.WithMode(s.room, *mode)
		}
		if len(values) > 0 {
			one.Standing = one.Standing.WithValues(s.room, values)
		}
		return
	}
	if _, tried := r.begun[s.name+" "]; !tried { // else its mistake was told
		r.wrong(s.line, "how %s is set in one room stands below how it is set in all: write a section %s before it.", text.Code(s.name), text.Code("["+s.name+"]"))
	}
}

// kind is what a section is about.
func (r *reading) kind(s *section) (Arranged, bool) {
	name, isRule := strings.CutPrefix(s.name, rulePrefix)
	for _, p := range s.pairs {
		if p.key != ruleKey {
			continue
		}
		if !isRule {
			r.wrong(p.line, "%s is no rule of your own: such a section begins %s.", text.Code(s.name), text.Code("[rule:name]"))
			return Arranged{}, false
		}
		kind, rule, err := r.known.Rule(name, p.value)
		if err != nil {
			r.wrong(p.line, "the rule %s: %s", text.Code(name), strings.TrimSuffix(err.Error(), ".")+".")
			return Arranged{}, false
		}
		return Arranged{Kind: kind, Rule: rule}, true
	}
	kind, ok := r.known.Find(s.name)
	best := text.Nearest(s.name, slices.Concat(r.known.Names(), sanction.SharedNames()))
	switch {
	case ok:
		return Arranged{Kind: kind}, true
	case isRule:
		r.wrong(s.line, "there is no rule %s yet: write %s below it, with what it does.", text.Code(name), text.Code("rule = …"))
	case best != "":
		r.wrong(s.line, "there is no protection %s. Did you mean %s?", text.Code(s.name), text.Code("["+best+"]"))
	default:
		r.wrong(s.line, "there is no protection %s. %s lists them.", text.Code(s.name), text.Code("!forseti protections"))
	}
	return Arranged{}, false
}

// values reads what is set in a section.
func (r *reading) values(kind kit.Kind, s *section) (values map[string]string, mode *kit.Mode) {
	seen := map[string]int{}
	for _, p := range s.pairs {
		if !r.once(s, p, seen) {
			continue
		}
		switch p.key {
		case ruleKey:
			if s.room != "" {
				r.wrong(p.line, "a rule is the same in all rooms: write it below %s.", text.Code("["+s.name+"]"))
			}
		case modeKey:
			m, ok := parseMode(p.value)
			if !ok {
				r.wrong(p.line, "%s is no mode: there are %s, %s and %s.", text.Code(p.value), text.Code("on"), text.Code("shadow"), text.Code("off"))
			}
			mode = &m
		default:
			r.value(kind, p, &values)
		}
	}
	return values, mode
}

func (r *reading) value(kind kit.Kind, p pair, values *map[string]string) {
	var names []string
	known := false
	for _, s := range kind.Settings(kit.Standing{}, "") {
		known = known || s.Is(p.key)
		names = append(names, s.Name)
	}
	if !known {
		best := text.Nearest(p.key, append(names, modeKey))
		if best == "" {
			r.wrong(p.line, "%s has no setting %s. It has %s.", text.Code(kind.Name), text.Code(p.key), text.Names(names, 30))
			return
		}
		r.wrong(p.line, "%s has no setting %s. Did you mean %s?", text.Code(kind.Name), text.Code(p.key), text.Code(best))
		return
	}
	changed, err := kind.Set(*values, p.key, p.value)
	if err != nil {
		r.wrong(p.line, "%s of %s cannot be %s: %s.", text.Code(p.key), text.Code(kind.Name), text.Code(text.Clip(p.value, 100)), text.Escape(err.Error(), text.MostReason))
		return
	}
	if len(changed) == 0 {
		changed = nil
	}
	*values = maps.Clone(changed)
}

func parseMode(word string) (kit.Mode, bool) {
	for _, m := range []kit.Mode{kit.Off, kit.Shadow, kit.On} {
		if strings.EqualFold(word, modeWord(m)) || strings.EqualFold(word, m.String()) {
			return m, true
		}
	}
	return kit.Off, false
}
