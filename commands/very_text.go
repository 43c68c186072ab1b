package commands

import (
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// standing gives the rules that stand in lists, or that are followed on.
type standing interface {
	Rules(list id.RoomID) []policy.Rule
	Kept(list id.RoomID) []policy.Rule
}

// ruled is an entity for whose rules something is done. Others write rules about what is no
// entity, which match nobody: those are found by their very text.
func ruled(d standing) value {
	v := value{hint: "user, server or room", parse: func(_ *call, w grammar.Word) (any, error) {
		texts := []string{w.Text}
		if !w.Quoted {
			texts = append(texts, grammar.Unwrap(w.Text))
		}
		e, err := parseEntity(w)
		var found []policy.Rule
		for _, r := range slices.Concat(d.Rules(""), d.Kept("")) {
			switch {
			case writtenSo(r, texts):
				found = append(found, r)
			case err == nil && e.likely(r):
				e.alike = append(e.alike, r)
			}
		}
		sortRules(found)
		sortRules(e.alike)
		if len(found) == 0 {
			return e, err
		}
		_, linked := grammar.ParseLink(texts[len(texts)-1])
		switch {
		case err == nil && linked: // a mention is of a user, whatever somebody made of its link
			e.byText = found
			return e, nil
		case err == nil && e.note == "" && !slices.ContainsFunc(found, dead):
			return e, nil
		}
		return entity{kind: found[0].Kind, name: found[0].Entity, byText: found, only: true}, nil
	}}
	v.like = func(c *call, w grammar.Word) bool {
		read, err := v.parse(c, w)
		e, _ := read.(entity)
		return likeEntity(c, w) || err == nil && len(e.byText) > 0
	}
	return v
}

// dead tells whether a rule matches nobody.
func dead(r policy.Rule) bool { return policy.Unmatchable(r) != "" }

// writtenSo tells whether a rule is written or shown as one of some texts.
func writtenSo(r policy.Rule, texts []string) bool {
	return r.Entity != "" && slices.ContainsFunc(texts, func(t string) bool { return r.Entity == t || asShown(r.Entity, t) })
}

// asShown tells whether t is what we show of an entity that cannot be seen or shown whole.
func asShown(entity, t string) bool {
	if len(entity) <= text.MostID && entity == text.OneLine(entity) || t == "" {
		return false
	}
	return strings.TrimSpace(strings.Trim(text.Code(entity), "`")) == t
}

// likely tells of a rule whether it was meant for an entity, and matches nobody as it is
// written.
func (e entity) likely(r policy.Rule) bool {
	return r.Entity != "" && r.Entity != e.name && len(r.Entity) <= maxID &&
		strings.Contains(strings.ToLower(r.Entity), plainPart(e.name)) && dead(r) && strings.EqualFold(meantBy(r.Entity), e.name)
}

// plainPart is what a rule has to hold to be about an entity: it keeps the search short.
func plainPart(s string) string {
	_, server, ok := strings.Cut(s, ":")
	if ok {
		s = server
	}
	first, _, _ := strings.Cut(s, ".")
	if strings.HasPrefix(first, "xn--") {
		return ""
	}
	return strings.ToLower(first)
}

// meantBy is the entity that a rule's text is about, in the form that rules have.
func meantBy(s string) string {
	if l, ok := grammar.ParseLink(s); ok {
		return l.Target
	}
	if strings.Contains(s, "://") {
		return mended(s)
	}
	if better := betterServer(s); better != "" && !strings.ContainsAny(s[:1], "@#!") {
		return better
	}
	if local, server, ok := strings.Cut(s, ":"); ok && strings.ContainsAny(s[:1], "@#!") {
		if better := betterServer(server); better != "" {
			return local + ":" + better
		}
	}
	if e, err := readEntity(s, true); err == nil { // a port
		return e.name
	}
	return mended(s)
}
