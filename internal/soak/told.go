package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// What moderators were told is held to what happened.

// judgeAnswers holds that each command was answered once, and to the end.
func (r *record) judgeAnswers(v view) (wrong []string) {
	for _, o := range r.orders {
		answers := v.answers[o.event]
		switch {
		case len(answers) != 1:
			wrong = append(wrong, fmt.Sprintf("%s was answered %d times: %s%s", o, len(answers), shown(answers), r.history(v, o.about)))
		case isOf(o, "status", "rooms", "lists"):
		case read(answers[0].text).waiting:
			wrong = append(wrong, fmt.Sprintf("%s is still waiting: %q%s", o, answers[0].text, r.history(v, o.about)))
		case read(answers[0].text).failed:
			wrong = append(wrong, fmt.Sprintf("%s failed: %q", o, answers[0].text))
		case isOf(o, "rooms add", "rooms remove") && read(answers[0].text).elsewhere():
			wrong = append(wrong, fmt.Sprintf("%s tells of other rooms: %q%s", o, answers[0].text, r.history(v, o.about)))
		}
	}
	return wrong
}

// tale is what was told, and what was done.
type tale struct{ told, done []int64 }

// tales compares, for each that something can happen to and each thing that can
// happen. What a sentence says of several is no count of any one of them.
func (r *record) tales(v view) (alone map[[2]string]*tale, among map[[2]string][]int64) {
	alone, among = map[[2]string]*tale{}, map[[2]string][]int64{}
	of := func(what, whom string) *tale {
		k := [2]string{what, whom}
		if alone[k] == nil {
			alone[k] = &tale{}
		}
		return alone[k]
	}
	tell := func(m said, redacted string, shared bool) {
		for _, s := range read(m.text).told {
			if s.what == "redact" && redacted != "" {
				s.whom, s.rooms, s.n = []string{redacted}, s.n, 1 // each message is one
			}
			switch {
			case len(s.whom) == 1 && s.n == 1 && !shared:
				t := of(s.what, s.whom[0])
				t.told = append(t.told, slices.Repeat([]int64{m.last}, s.rooms)...)
			default:
				for _, whom := range s.whom {
					among[[2]string{s.what, whom}] = append(among[[2]string{s.what, whom}], m.last)
				}
			}
		}
	}
	for _, o := range r.orders {
		for _, m := range v.answers[o.event] {
			redacted := ""
			if o.verb == "redact" {
				redacted = string(o.user)
			}
			tell(m, redacted, r.shared(v, o))
		}
	}
	for _, m := range v.notices {
		tell(m, "", false)
	}
	for _, room := range r.rooms {
		for _, user := range r.people {
			for _, what := range []string{"ban", "unban", "kick"} {
				t := of(what, string(user))
				t.done = append(t.done, acts(v.members[room][user], r.bot, what)...)
			}
		}
		for _, server := range servers() {
			for what, in := range map[string]bool{"shut": true, "let": false} {
				t := of(what, server)
				t.done = append(t.done, moved(v.acls[room], r.bot, server, in)...)
			}
		}
	}
	for name, messages := range r.said {
		t := of("redact", string(r.people[name]))
		for _, m := range messages {
			for _, d := range v.redacted[m.event] {
				if d.by == r.bot {
					t.done = append(t.done, d.at)
				}
			}
		}
	}
	return alone, among
}

// shared tells whether a command was given before an earlier one was answered that wants
// the same: what happens then happens for both, and both tell it.
func (r *record) shared(v view, o *order) bool {
	for _, earlier := range r.orders {
		if earlier == o {
			return false
		}
		answers := v.answers[earlier.event]
		if earlier.verb == o.verb && earlier.about == o.about && (len(answers) == 0 || answers[len(answers)-1].last >= o.at.UnixMilli()) {
			return true
		}
	}
	return false
}

// judgeTold holds that nothing was told that did not happen, nor twice.
func (r *record) judgeTold(v view) (wrong []string) {
	alone, among := r.tales(v)
	for k, t := range alone {
		if len(t.told) > len(t.done) {
			wrong = append(wrong, fmt.Sprintf("%s: moderators were told of %d times %s, and it was done %d times%s", k[1], len(t.told), k[0], len(t.done), r.history(v, r.about(k[1]))))
		}
	}
	for k := range among {
		if t := alone[k]; t == nil || len(t.done) == 0 {
			wrong = append(wrong, fmt.Sprintf("%s: moderators were told of %s, and it was never done%s", k[1], k[0], r.history(v, r.about(k[1]))))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// about is how somebody is called in the storm.
func (r *record) about(whom string) string {
	if name := id.UserID(whom).Localpart(); r.people[name] != "" {
		return name
	}
	return whom
}

// judgeFinale holds that of what was done after the storm, where nothing goes wrong,
// all was told, and told right.
func (r *record) judgeFinale(v view) (wrong []string) {
	if r.ended.IsZero() {
		return nil
	}
	ended := r.ended.UnixMilli()
	alone, among := r.tales(v)
	for k, t := range alone {
		done, told := since(t.done, ended), since(t.told, ended)
		if done > told && since(among[k], ended) == 0 {
			wrong = append(wrong, fmt.Sprintf("%s: %s was done %d times after the storm, and moderators were told of %d%s", k[1], k[0], done, told, r.history(v, r.about(k[1]))))
		}
	}
	slices.Sort(wrong)
	for _, o := range r.orders {
		if answers := v.answers[o.event]; o.at.After(r.ended) && len(answers) == 1 {
			wrong = append(wrong, r.judgeLast(v, o, answers[0].text)...)
		}
	}
	asked := func(m said) bool { return m.last >= r.wideAt.UnixMilli() && strings.Contains(m.text, everybody[0]) }
	if !r.wideAt.IsZero() && !slices.ContainsFunc(v.notices, asked) {
		wrong = append(wrong, "nobody was asked about a rule for everybody")
	}
	return wrong
}

// judgeLast holds the answer to a command after the storm to what became of it.
func (r *record) judgeLast(v view, o *order, said string) (wrong []string) {
	told := read(said)
	untrue := func(format string, args ...any) {
		wrong = append(wrong, fmt.Sprintf("%s: %s: %q%s", o, fmt.Sprintf(format, args...), said, r.history(v, o.about)))
	}
	what := o.verb
	if !told.done() {
		untrue("it speaks of a dry run")
	}
	switch {
	case o.user != "" && isOf(o, "ban", "unban", "kick"):
		done := 0
		for _, room := range r.rooms {
			done += since(acts(v.members[room][o.user], r.bot, what), o.at.UnixMilli())
		}
		if told.rooms(what) != done {
			untrue("done in %d rooms, and told of %d", done, told.rooms(what))
		}
	case isOf(o, "ban", "unban"):
		what = map[string]string{"ban": "shut", "unban": "let"}[o.verb]
		done := 0
		for _, room := range r.rooms {
			done += since(moved(v.acls[room], r.bot, o.about, o.verb == "ban"), o.at.UnixMilli())
		}
		if told.rooms(what) != done {
			untrue("done in %d rooms, and told of %d", done, told.rooms(what))
		}
	case o.verb == "rooms":
		if !strings.Contains(said, fmt.Sprintf("I protect %d rooms", len(r.rooms))) || strings.Contains(said, "Problem") {
			untrue("there are %d rooms, and nothing is wrong with them", len(r.rooms))
		}
	case o.verb == "status":
		if strings.Contains(said, "dry run") || !strings.Contains(said, "Nothing is left to do") || toMend(said) {
			untrue("nothing is left to do, and nothing to mend")
		}
	case o.verb == "lists":
		for _, l := range r.followed(v) {
			n := len(l.state.rules("user")) + len(l.state.rules("server"))
			if !strings.Contains(said, fmt.Sprintf("%d rule", n)) {
				untrue("a list has %d rules", n)
			}
		}
	}
	return wrong
}

// toMend tells whether a status has something to mend, save that the room is in clear.
func toMend(status string) bool {
	_, mend, _ := strings.Cut(status, "To mend:")
	mend, _, _ = strings.Cut(mend, "And now:")
	for line := range strings.SplitSeq(mend, "\n") {
		if line != "" && !strings.Contains(line, "This room is not encrypted") {
			return true
		}
	}
	return false
}

// quiet is whether nothing was said for a while: what comes of the storm is told.
func (v view) quiet(now int64) bool {
	latest := int64(0)
	for _, all := range slices.Collect(maps.Values(v.answers)) {
		for _, m := range all {
			latest = max(latest, m.last)
		}
	}
	for _, m := range v.notices {
		latest = max(latest, m.last)
	}
	return now-latest > quietFor
}

// quietFor is longer than the longest pause between two notices.
const quietFor = 16_000 // milliseconds
