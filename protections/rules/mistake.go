package rules

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"

	words "forseti/text"
)

// Mistake is what is wrong with an expression, and where.
type Mistake struct {
	Line, Column int    // from 1 on, in characters; 0 if it is about all of it
	Words        string // for moderators; what they wrote stands in it only as code
}

// Error says where it is, too.
func (m *Mistake) Error() string {
	switch {
	case m.Line == 0:
		return m.Words
	case m.Line == 1:
		return fmt.Sprintf("At character %d: %s", m.Column, m.Words)
	default:
		return fmt.Sprintf("In line %d, at character %d: %s", m.Line, m.Column, m.Words)
	}
}

// at finds the place of a node.
func (m *Mistake) at(info *ast.SourceInfo, node int64) {
	if place := info.GetStartLocation(node); place.Line() > 0 {
		m.Line, m.Column = place.Line(), place.Column()+1
	}
}

// mistake puts the first of what CEL has against an expression into words of ours.
func (l *dialect) mistake(written string, issues *cel.Issues) *Mistake {
	all := issues.Errors()
	first := all[0]
	m := &Mistake{Line: first.Location.Line(), Column: first.Location.Column() + 1}
	before, after := around(written, m.Line, m.Column)
	for _, known := range sayings() {
		if found := known.like.FindStringSubmatch(first.Message); found != nil {
			m.Words = known.say(l, found[1:], before, after)
			return m
		}
	}
	m.Words = first.Message
	return m
}

// around is the line of a place, cut in two there.
func around(written string, line, column int) (before, after string) {
	lines := strings.Split(written, "\n")
	if line < 1 || line > len(lines) {
		return "", ""
	}
	at := 0
	for i := range lines[line-1] {
		if column--; column < 1 {
			at = i
			return lines[line-1][:at], lines[line-1][at:]
		}
	}
	return lines[line-1], ""
}

// saying is one thing that CEL says, and how we do.
type saying struct {
	like *regexp.Regexp
	say  func(l *dialect, found []string, before, after string) string
}

func sayings() []saying {
	return []saying{
		{regexp.MustCompile(`^undefined field '(.*)'$`), (*dialect).noField},
		{regexp.MustCompile(`^undeclared reference to '([^']*)'`), (*dialect).unknown},
		{regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`), (*dialect).wrongTypes},
		{regexp.MustCompile(`^Syntax error: token recognition error at: '(.*)'$`), (*dialect).strange},
		{regexp.MustCompile(`^Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting`), (*dialect).misplaced},
		{regexp.MustCompile(`^Syntax error: (.*)$`), (*dialect).misplaced},
		{regexp.MustCompile(`^invalid (duration|matches|timestamp) argument`), (*dialect).invalid},
		{regexp.MustCompile(`^comprehension exceeds nesting limit`), func(*dialect, []string, string, string) string {
			return fmt.Sprintf("there may be %d loops (`exists`, `all`, `filter`, `map`) in one another at the most", mostNested)
		}},
		{regexp.MustCompile(`(?i)(limit|exceeds|too (?:large|deep|many))`), func(*dialect, []string, string, string) string {
			return "the expression is too large: make several rules of it"
		}},
	}
}

// noField says which fields there are.
func (l *dialect) noField(found []string, before, _ string) string {
	owner := lastWord(before)
	o := l.byRoot[owner]
	if o == nil {
		return fmt.Sprintf("there is no %s here; docs/rules.md lists what there is", words.Code(found[0]))
	}
	var names []string
	for _, f := range o.fields {
		names = append(names, f.name)
	}
	said := fmt.Sprintf("%s has no %s", words.Code(owner), words.Code(found[0]))
	if near := nearest(found[0], names); near != "" {
		return said + near
	}
	return fmt.Sprintf("%s; it has %s", said, strings.Join(names, ", "))
}

// unknown says what was meant.
func (l *dialect) unknown(found []string, _, after string) string {
	name := found[0]
	if f := l.functions[name]; f != nil && !strings.HasPrefix(after, "(") {
		return fmt.Sprintf("%s is a function: write %s", words.Code(name), words.Code(f.call))
	}
	known := slices.Concat(slices.Collect(maps.Keys(l.functions)), slices.Collect(maps.Keys(l.byRoot)), levels(),
		[]string{"size", "contains", "startsWith", "endsWith", "matches", "duration", "exists", "all", "filter", "map", "true", "false"})
	slices.Sort(known)
	said := fmt.Sprintf("I do not know %s%s", words.Code(operatorWord(name)), nearest(name, known))
	if name == "_[_]" {
		return "items are not taken by number, for there may be none: write `text.links.exists(l, l.host == \"example.org\")`"
	}
	return said
}

func nearest(written string, known []string) string {
	if near := words.Nearest(written, known); near != "" && near != written {
		return fmt.Sprintf(": did you mean %s?", words.Code(near))
	}
	return ""
}

// wrongTypes says what was given, and what it should be.
func (l *dialect) wrongTypes(found []string, _, _ string) string {
	name := found[0]
	var given []string
	_, inner, _ := strings.Cut(found[1], "(")
	for t := range strings.SplitSeq(strings.TrimSuffix(inner, ")"), ", ") {
		if t != "" {
			given = append(given, typeName(t))
		}
	}
	if f := l.functions[name]; f != nil {
		if len(given) == 0 {
			return fmt.Sprintf("write %s", words.Code(f.call))
		}
		return fmt.Sprintf("write %s; here it is given %s", words.Code(f.call), words.And(given))
	}
	if op := operatorWord(name); op != name {
		if len(given) == 2 && given[0] != given[1] {
			return fmt.Sprintf("%s does not go between %s and %s", words.Code(op), given[0], given[1])
		}
		return fmt.Sprintf("%s does not go with %s", words.Code(op), words.And(given))
	}
	if on, _, ok := strings.Cut(found[1], ".("); ok {
		given = slices.Insert(given, 0, typeName(on))
	}
	return fmt.Sprintf("%s does not go with %s", words.Code(name), words.And(given))
}

// strange says what to write in place of a character.
func (l *dialect) strange(found []string, _, _ string) string {
	r, _ := utf8.DecodeRuneInString(found[0])
	switch {
	case strings.ContainsRune("“”„«»‘’‚", r):
		return fmt.Sprintf("%s are no quotes here: write straight ones, as `\"`", words.Code(string(r)))
	case r == '=':
		return "to compare, write `==`"
	case r == '&' || r == '|':
		return fmt.Sprintf("write it twice, as %s", words.Code(strings.Repeat(string(r), 2)))
	case r == '\'' || r == '"':
		return "this text has no end: its second quote is missing, or one in it wants a `\\` before it"
	default:
		return fmt.Sprintf("%s does not belong here", words.Code(words.Clip(found[0], 20)))
	}
}

// misplaced says what is in the wrong place.
func (l *dialect) misplaced(found []string, _, _ string) string {
	switch said := found[0]; strings.ToLower(said) {
	case "<eof>":
		return "the expression ends too early: something is missing there, or a bracket"
	case "and":
		return "for and, write `&&`"
	case "or":
		return "for or, write `||`"
	case "not":
		return "for not, write `!`"
	default:
		return fmt.Sprintf("%s does not belong here", words.Code(words.Brief(said, 40)))
	}
}

// invalid says what is wrong with a text that means something.
func (l *dialect) invalid(found []string, _, after string) string {
	if found[0] != "matches" {
		return "this is no time: write hours, minutes and seconds as in `duration(\"1h30m\")`, or `duration(\"90s\")`; a day is 24h"
	}
	why := "it is none that I can read, or it is too large"
	if _, err := regexp.Compile(quoted(after)); err != nil {
		if e, ok := errors.AsType[*syntax.Error](err); ok {
			why = fmt.Sprintf("%s: %s", e.Code, words.Code(e.Expr))
		}
	}
	return "this is no pattern (RE2): " + why
}

// quoted is the text that a quote begins.
func quoted(s string) string {
	if len(s) < 2 {
		return ""
	}
	end := strings.IndexByte(s[1:], s[0])
	if end < 0 {
		return ""
	}
	return s[1 : end+1]
}

// lastWord is the name that a text ends with.
func lastWord(s string) string {
	from := strings.LastIndexFunc(s, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
	return s[from+1:]
}

// operatorWord is how an operator is written.
func operatorWord(name string) string {
	if strings.HasPrefix(name, "@") || strings.Contains(name, "_") && strings.Trim(name, "_") != name {
		return strings.Trim(strings.ReplaceAll(name, "_", ""), "@")
	}
	return name
}

func typeWords(t *cel.Type) string { return typeName(t.String()) }

// typeName says what a type is.
func typeName(t string) string {
	switch t {
	case "int", "uint":
		return "a whole number"
	case "double":
		return "a number with a point"
	case "string":
		return "a text"
	case "bool":
		return "true or false"
	case "duration", "google.protobuf.Duration":
		return "a time"
	case "null", "null_type":
		return "null"
	}
	if strings.HasPrefix(t, "list") {
		return "a list"
	}
	return "an object"
}

// explain says why an expression failed over a message.
func explain(err error) error {
	switch said := err.Error(); {
	case strings.Contains(said, "overflow"):
		return errors.New("a number in it became too large")
	default:
		return fmt.Errorf("it failed: %s", words.Code(words.Brief(said, 200)))
	}
}
