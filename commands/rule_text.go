package commands

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// Rules as text stand one on a line: what it does, which may be left out for a ban, whom it is
// about, until when, and why.
//
//	@spammer:example.org
//	ban evil.example.org "spam, again"
//	takedown !den:example.org --until=2027-01-31T00:00:00Z
//	ban user "*"
//	ban sha256:user:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=

const hashMark = "sha256:"

// ruleWords are the words for what a rule does.
var ruleWords = map[string]policy.Recommendation{"ban": policy.Ban, "takedown": policy.Takedown, "exempt": policy.Exempt}

// writtenAsLine writes a rule as a line; false if the line would not be read as that rule.
func writtenAsLine(r policy.Rule) (string, bool) {
	does := r.Recommendation.String()
	if _, known := ruleWords[does]; !known {
		return "", false
	}
	more := ""
	if r.Until > 0 {
		more += " --until=" + time.UnixMilli(r.Until).UTC().Format(time.RFC3339Nano)
	}
	r.Reason = text.OneLine(r.Reason)
	if r.Reason != "" {
		more += " " + quoted(r.Reason)
	}
	forms := []string{grammar.Quote(r.Entity), r.Kind.String() + " " + quoted(r.Entity)}
	if r.Hash != "" {
		forms = []string{hashForm(r.Kind, []byte(r.Hash))}
	}
	for _, whom := range forms {
		line := does + " " + whom + more
		if back, err := readRuleLine(line); err == nil && back == plainRule(r) {
			return line, true
		}
	}
	return "", false
}

// hashForm is how a line names whom a rule keeps secret.
func hashForm(kind policy.Kind, hash []byte) string {
	return hashMark + kind.String() + ":" + base64.StdEncoding.EncodeToString(hash)
}

// RuleFor is what an action on a rule is about, as a line of rules names it; "" of any other action.
func RuleFor(a action.Action) string {
	if a.State == nil || a.Verb.Row().Guard != action.GuardList {
		return ""
	}
	kind, _ := policy.KindOf(a.State.Type.Type)
	for _, content := range []json.RawMessage{a.State.Content, a.Was} { // of one that is removed
		var rule writtenRule
		switch {
		case len(content) == 0 || json.Unmarshal(content, &rule) != nil:
		case rule.Entity != "":
			return rule.Entity
		case len(rule.Hashes.SHA256) > 0:
			return hashForm(kind, rule.Hashes.SHA256)
		}
	}
	return a.Cause.Entity
}

// writtenRule is what a rule's content says, as far as it is read anew.
type writtenRule struct {
	Entity         string `json:"entity"`
	Recommendation string `json:"recommendation"`
	Reason         string `json:"reason"`
	Hashes         struct {
		SHA256 []byte `json:"sha256"`
	} `json:"hashes"`
}

// quoted is a text in quotes, whatever is in it.
func quoted(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }

// plainRule is what a rule says, whoever wrote it and wherever it stands.
func plainRule(r policy.Rule) policy.Rule {
	return policy.Rule{Kind: r.Kind, Entity: r.Entity, Hash: r.Hash, Recommendation: r.Recommendation, Reason: r.Reason, Until: r.Until}
}

// readRuleLine reads a rule that stands on one line.
func readRuleLine(line string) (policy.Rule, error) {
	words, rest := grammar.Split(line)
	r := policy.Rule{Recommendation: policy.Ban}
	if len(words) > 1 && !words[0].Quoted {
		if does, known := ruleWords[strings.ToLower(words[0].Text)]; known {
			r.Recommendation, words = does, words[1:]
		}
	}
	if len(words) == 0 || rest != "" {
		return r, refuse("there is nobody whom it is about.")
	}
	if kind, hash, ok := strings.Cut(strings.TrimPrefix(words[0].Text, hashMark), ":"); ok && strings.HasPrefix(words[0].Text, hashMark) && !words[0].Quoted {
		raw, err := base64.StdEncoding.DecodeString(hash)
		known, is := policy.KindOf("m.policy.rule." + kind)
		if err != nil || len(raw) != 32 || !is {
			return r, refuse("%s is no hash of a user, a server or a room.", text.Code(text.Clip(words[0].Text, 80)))
		}
		r.Kind, r.Hash = known, string(raw)
	} else if kind, ok := policy.KindOf("m.policy.rule." + words[0].Text); ok && len(words) > 1 && words[1].Quoted && !words[0].Quoted {
		words = words[1:] // which kind it is of does not follow from what it says
		r.Kind, r.Entity = kind, words[0].Text
		if why := policy.Unmatchable(r); why != "" || strings.ContainsFunc(r.Entity, isBreak) {
			return r, refuse("%s would match nobody.", text.Code(text.Clip(r.Entity, 80)))
		}
	} else {
		e, err := parseEntity(words[0])
		if err != nil {
			return r, err
		}
		r.Kind, r.Entity = e.kind, e.name
		if why := policy.Unmatchable(r); why != "" {
			return r, refuse("%s would match nobody: %s.", text.Code(e.name), why)
		}
	}
	words = words[1:]
	if len(words) > 0 && words[0].Flag == "until" && words[0].Value != nil {
		at, ok := parseDate(words[0].Value.Text, time.UTC)
		if nano, err := time.Parse(time.RFC3339Nano, words[0].Value.Text); err == nil {
			at, ok = nano, true
		}
		if !ok || at.UnixMilli() <= 0 {
			return r, refuse("%s is no date.", text.Code(text.Clip(words[0].Value.Text, 40)))
		}
		r.Until, words = at.UnixMilli(), words[1:]
	}
	if len(words) > 0 {
		r.Reason = text.OneLine(join(words).Text)
	}
	return r, nil
}

// mostImported is how many rules one command writes: each is a request of its own.
const mostImported = 1000

// readRules reads rules that stand one on a line. What begins with # says nothing.
func readRules(written string) (rules []policy.Rule, err error) {
	var wrong []string
	seen := map[policy.Rule]bool{}
	for n, line := range strings.Split(strings.TrimPrefix(written, "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "# ") || line == "#" {
			continue
		}
		r, err := readRuleLine(line)
		key := r
		key.Reason, key.Until = "", 0
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("Line %d: %s", n+1, err))
		case !seen[key]:
			seen[key] = true
			rules = append(rules, r)
		}
	}
	switch {
	case len(wrong) > 0:
		more := ""
		if n := len(wrong) - 5; n > 0 {
			wrong, more = wrong[:5], fmt.Sprintf("There are %d more like that.", n)
		}
		return nil, refuse("Nothing of it was taken. %s", text.Paragraphs(append(wrong, more)...))
	case len(rules) == 0:
		return nil, refuse("There is no rule in that text. Write one user, server or room on each line.")
	}
	return rules, nil
}
