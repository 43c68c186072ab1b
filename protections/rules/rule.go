package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"forseti/protections/kit"
	"forseti/sanction"
	words "forseti/text"
)

// The bounds of rules.
const (
	Most        = 100 // rules of a community
	mostTotal   = 200_000
	longestName = 40
	mostReason  = 200
	mostStrike  = 1000
)

// Rule is one of the moderators' own.
type Rule struct {
	Name string
	When *Expression
	Then Then
}

// Then is what follows when a rule's expression is true.
type Then struct {
	Set    sanction.Consequence // by the ladder if it is the zero one
	Weight kit.Weight
	Points int    // 0 for the usual ones of the weight
	Reason string // that everybody may read; "" for the rule's name
	// Cooldown is how long a rule leaves somebody alone whom it hit.
	Cooldown time.Duration
	// Stop says that no rule after it is asked about what it hit.
	Stop bool
}

var nameForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Named checks a rule's name.
func Named(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if len(name) > longestName || !nameForm.MatchString(name) {
		return "", &Mistake{Words: fmt.Sprintf("a rule's name is made of small letters, digits and hyphens, up to %d of them, such as `no-drive-by`", longestName)}
	}
	return name, nil
}

// Parse reads a rule as moderators write it: an expression, in quotes or not, then the word
// "then", then what follows. The error is a *Mistake.
func Parse(name, written string) (Rule, error) {
	name, err := Named(name)
	if err != nil {
		return Rule{}, err
	}
	when, then, err := Split(written)
	if err != nil {
		return Rule{}, err
	}
	r := Rule{Name: name}
	if r.When, err = Compile(when); err != nil {
		return Rule{}, err
	}
	if r.Then, err = ParseThen(then); err != nil {
		return Rule{}, err
	}
	return r, nil
}

// String is the rule as Parse reads it, without its name.
func (r Rule) String() string { return quote(r.When.String()) + " then " + r.Then.String() }

// quote puts an expression into quotes that are not in it, if there are such.
func quote(s string) string {
	for _, q := range []string{"'", `"`} {
		if !strings.Contains(s, q) {
			return q + s + q
		}
	}
	return s
}

// Split parts a rule into its expression and what follows.
func Split(written string) (when, then string, err error) {
	written = strings.TrimSpace(written)
	if written != "" && strings.ContainsRune(`'"`, rune(written[0])) {
		if end := strings.IndexByte(written[1:], written[0]); end >= 0 {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(written[end+2:]), "then"); ok && (rest == "" || strings.TrimLeft(rest, " \t\n") != rest) {
				return written[1 : end+1], strings.TrimSpace(rest), nil
			}
		}
	}
	at := lastThen(written)
	if at < 0 {
		return "", "", &Mistake{Words: "after the expression write `then` and what follows, such as `then redact` or `then alert`"}
	}
	return strings.TrimSpace(written[:at]), strings.TrimSpace(written[at+len("then"):]), nil
}

// lastThen is where the last "then" stands that is a word of its own and in no quotes; -1
// if there is none.
func lastThen(s string) int {
	last, open := -1, byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case open != 0:
			if c == open {
				open = 0
			}
		case c == '"' || c == '\'':
			open = c
		case strings.HasPrefix(s[i:], "then") && (i == 0 || blank(s[i-1])) && (i+4 == len(s) || blank(s[i+4])):
			last = i
		}
	}
	return last
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// ParseThen reads what follows: steps with commas between them. The error is a *Mistake.
func ParseThen(written string) (Then, error) {
	var t Then
	said := map[string]bool{}
	strike := false
	for _, part := range parts(written) {
		part, reason := unquoted(part)
		if reason != "" {
			if t.Reason != "" {
				return Then{}, &Mistake{Words: "there is one reason, and it is given twice"}
			}
			if t.Reason = reason; len(reason) > mostReason {
				return Then{}, &Mistake{Words: fmt.Sprintf("a reason has %d bytes at the most", mostReason)}
			}
		}
		fields := strings.Fields(strings.ToLower(part))
		if len(fields) == 0 {
			continue
		}
		if said[fields[0]] {
			return Then{}, &Mistake{Words: fmt.Sprintf("%s stands there twice", words.Code(fields[0]))}
		}
		said[fields[0]] = true
		switch fields[0] {
		case "strike":
			strike = true
			if len(fields) > 1 {
				n, err := strconv.Atoi(fields[1])
				if err != nil || n < 1 || n > mostStrike || len(fields) > 2 {
					return Then{}, &Mistake{Words: fmt.Sprintf("`strike` takes how many points it has, from 1 to %d, and a reason in quotes: `strike 20 \"links after a while, please\"`", mostStrike)}
				}
				t.Points = n
			}
		case "cooldown":
			d, ok := sanction.ParseSpan(strings.Join(fields[1:], ""))
			if !ok || d < time.Second || d > longest {
				return Then{}, &Mistake{Words: "`cooldown` takes a time from 1s to 24h, such as `cooldown 10m`"}
			}
			t.Cooldown = d
		case "stop":
			if len(fields) > 1 {
				return Then{}, &Mistake{Words: "`stop` stands alone"}
			}
			t.Stop = true
		default:
			c, err := sanction.ParseConsequence(strings.Join(fields, " "))
			if err != nil || c.Step == sanction.None {
				return Then{}, unknownStep(fields[0], err)
			}
			if c.Step > t.Set.Step {
				t.Set = c
			}
		}
	}
	if t.Set.Step == sanction.None && !strike {
		return Then{}, &Mistake{Words: "say what follows: `alert`, `redact`, `strike` (points, by the ladder), `warn`, `mute 1h`, `kick`, `ban 7d`, `ban`, `list-ban` or `takedown`, with commas between them"}
	}
	t.Weight = weigh(t.Set.Step)
	if strike && t.Set.Step <= sanction.Redact {
		t.Set = sanction.Consequence{} // the ladder removes what was said, and counts
	}
	return t, nil
}

func unknownStep(written string, err error) *Mistake {
	known := []string{"alert", "redact", "strike", "warn", "mute", "kick", "ban", "list-ban", "takedown", "cooldown", "stop"}
	if sanction.ParseStep(written) != sanction.None && err != nil {
		return &Mistake{Words: err.Error()}
	}
	if near := words.Nearest(written, known); near != "" {
		return &Mistake{Words: fmt.Sprintf("I do not know the step %s: did you mean %s?", words.Code(words.Clip(written, 40)), words.Code(near))}
	}
	return &Mistake{Words: fmt.Sprintf("I do not know the step %s; there are %s", words.Code(words.Clip(written, 40)), strings.Join(known, ", "))}
}

// weigh is how bad a rule has what it finds, by what is to follow.
func weigh(s sanction.Step) kit.Weight {
	switch {
	case s >= sanction.ListBan:
		return kit.Spam
	case s >= sanction.Mute:
		return kit.Nuisance
	case s == sanction.Alert:
		return kit.Note
	default:
		return kit.Light
	}
}

// parts are cut at commas that stand in no quotes.
func parts(s string) (all []string) {
	from, open := 0, byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case open != 0:
			if c == open {
				open = 0
			}
		case c == '"' || c == '\'':
			open = c
		case c == ',':
			all = append(all, s[from:i])
			from = i + 1
		}
	}
	return append(all, s[from:])
}

// unquoted takes a text in quotes out of a part.
func unquoted(s string) (rest, quoted string) {
	from := strings.IndexAny(s, `"'`)
	if from < 0 {
		return s, ""
	}
	end := strings.LastIndexByte(s, s[from])
	if end == from {
		end = len(s)
	}
	rest = s[:from]
	if end < len(s) {
		rest += " " + s[end+1:]
	}
	return rest, strings.TrimSpace(words.OneLine(s[from+1 : end]))
}

// String is what follows, as ParseThen reads it.
func (t Then) String() string {
	var said []string
	switch {
	case t.Set.Step == sanction.None && t.Points > 0:
		said = append(said, fmt.Sprint("strike ", t.Points))
	case t.Set.Step == sanction.None:
		said = append(said, "strike")
	default:
		said = append(said, t.Set.String())
		if t.Points > 0 {
			said = append(said, fmt.Sprint("strike ", t.Points))
		}
	}
	if t.Reason != "" {
		q := `"`
		if strings.Contains(t.Reason, q) {
			q = "'"
		}
		said[0] += " " + q + t.Reason + q
	}
	if t.Cooldown > 0 {
		said = append(said, "cooldown "+sanction.Span(t.Cooldown))
	}
	if t.Stop {
		said = append(said, "stop")
	}
	return strings.Join(said, ", ")
}

// Fit reports what is wrong with several rules together: that they are too many, or too
// dear.
func Fit(all []Rule) error {
	if len(all) > Most {
		return &Mistake{Words: fmt.Sprintf("there can be %d rules at the most: remove one first", Most)}
	}
	var sum uint64
	for _, r := range all {
		sum += r.When.Cost()
	}
	if sum > mostTotal {
		return &Mistake{Words: fmt.Sprintf("all rules together would cost up to %d for one message, and %d is the most: remove one that looks through much text, or make it simpler", sum, mostTotal)}
	}
	return nil
}
