package community

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/enforce"
	"forseti/policy"
	"forseti/sanction"
	"forseti/store"
)

// listCases open a case of what the rules of lists did that no command and no protection wrote: what a
// list did in one go is one, and what it took back another.
type listCases struct {
	world *enforce.World
	cases *cases
	next  func() *store.Commit
	names names
	dry   func() bool
	// wanted tells whether a command means a server to be shut out or let in again.
	wanted func(server string, in bool) bool
	// acl are the server ACL that was set last and the one before it: most rooms share them.
	acl [2]json.RawMessage
}

// ofList is what a case is about that the rules of a list opened.
type ofList struct {
	List   id.RoomID  `json:"list,omitempty"`
	Lifted bool       `json:"lifted,omitempty"` // the list took rules back
	Rules  []listRule `json:"rules,omitempty"`
	More   int        `json:"more,omitempty"` // how many are not noted, for there were too many
}

// listRule is one of those rules: what it named, who wrote it and the event that it is.
type listRule struct {
	Event  id.EventID `json:"event"`
	Entity string     `json:"entity"`
	By     id.UserID  `json:"by,omitempty"`
}

// mostListed bounds what is noted of whom a case is about, and of its rules.
const mostListed = 200

// ended takes in what a rule did.
func (l *listCases) ended(e action.Ending) {
	a := e.Action
	if e.Fate != action.Done || a.For != "" {
		return
	}
	switch row := a.Verb.Row(); {
	case row.Lane == action.ACLLane:
		l.shut(e, time.Now())
	case a.Cause.Kind == action.ByRule && a.Cause.List != "" && (row.Leads == event.MembershipBan || row.Reverse.Row().Leads == event.MembershipBan):
		rule, _ := l.world.Rules.Rule(a.Cause.Rule)
		lifted := row.Leads != event.MembershipBan
		if lifted && enforce.Apart(l.world, a.Cause.List, a.User) { // a moderator exempted them, and the list took nothing back
			return
		}
		l.note(a.Cause, rule, string(a.User), lifted, time.Now())
	}
}

// shut notes which servers rules shut out by a server ACL, and which their end let in again.
func (l *listCases) shut(e action.Ending, now time.Time) {
	if e.Action.State == nil || bytes.Equal(l.acl[0], e.Before) && bytes.Equal(l.acl[1], e.Action.State.Content) {
		return
	}
	l.acl = [2]json.RawMessage{e.Before, e.Action.State.Content}
	before, after := denied(e.Before), denied(e.Action.State.Content)
	for _, entry := range without(after, before) {
		if cause := l.names.Bans(entry); cause.List != "" && !l.wanted(entry, false) {
			rule, _ := l.world.Rules.Rule(cause.Rule)
			l.note(cause, rule, entry, false, now)
		}
	}
	for _, entry := range without(before, after) {
		if rule, known := l.world.ACLs.Left(entry); known && !l.wanted(entry, true) {
			l.note(enforce.CauseOf(rule), rule, entry, true, now)
		}
	}
}

func denied(content json.RawMessage) []string {
	return slices.Sorted(slices.Values(acl.Parse(content).Deny))
}

// without gives what of some sorted entries is not among others.
func without(some, others []string) (rest []string) {
	for _, entry := range some {
		if _, there := slices.BinarySearch(others, entry); !there {
			rest = append(rest, entry)
		}
	}
	return rest
}

// note notes that a rule did something to somebody.
func (l *listCases) note(by action.Cause, rule policy.Rule, whom string, lifted bool, now time.Time) {
	if l.dry() || rule.Sender == l.world.Self() { // a command or a protection wrote it, whose case it is
		return
	}
	c := l.burst(by.List, lifted, now)
	if c == nil {
		reason := rule.Reason
		if lifted {
			reason = ""
		}
		c = l.cases.begin(store.Case{Reason: reason}, caseDetails{ofList: ofList{List: by.List, Lifted: lifted}}, now)
	}
	c.touched = now
	if !slices.ContainsFunc(c.said.Rules, func(r listRule) bool { return r.Event == by.Rule }) && len(c.said.Rules) < mostListed {
		c.said.Rules = append(c.said.Rules, listRule{Event: by.Rule, Entity: by.Entity, By: rule.Sender})
	}
	switch {
	case slices.Contains(c.said.About, whom):
	case len(c.said.About) >= mostListed:
		c.said.More++
	default:
		c.said.About = append(c.said.About, whom)
	}
	next := l.next()
	next.Known.Cases = slices.DeleteFunc(next.Known.Cases, func(other store.Case) bool { return other.Number == c.Number })
	c.keep(next)
}

// burst is the case of a list that goes on.
func (l *listCases) burst(list id.RoomID, lifted bool, now time.Time) *caseFile {
	for _, c := range l.cases.open {
		last := c.touched
		if last.IsZero() {
			last = c.Opened
		}
		if c.said.List == list && c.said.Lifted == lifted && c.Decision == decidedByUs && now.Sub(last) < 2*sanction.Burst {
			return c
		}
	}
	return nil
}

// didByRules is what the rules of a case did, as far as it is of that time.
func (d caseDesk) didByRules(ctx context.Context, row store.Case, of ofList) (all []store.Entry, err error) {
	rules := map[id.EventID]bool{}
	for _, r := range of.Rules {
		rules[r.Event] = true
	}
	since, err := d.store.Journal.Latest(ctx, row.Opened.Add(-time.Hour), "", mostPast)
	if err != nil {
		return nil, err
	}
	later, err := d.store.Cases.Latest(ctx, row.Opened, "", mostPast)
	if err != nil {
		return nil, err
	}
	by := rulesOfCases(append(later, row))
	for _, e := range slices.Backward(since) {
		if c := e.Action.Cause; c.Kind == action.ByRule && rules[c.Rule] && e.Action.For == "" && by.of(e).Number == row.Number {
			all = append(all, e)
		}
	}
	return all, nil
}

// casesByRule are the cases of lists by their rules.
type casesByRule map[id.EventID][]store.Case

func rulesOfCases(rows []store.Case) casesByRule {
	all := casesByRule{}
	seen := map[int64]bool{}
	for _, row := range rows {
		if seen[row.Number] {
			continue
		}
		seen[row.Number] = true
		for _, r := range readCase(row).said.Rules {
			all[r.Event] = append(all[r.Event], row)
		}
	}
	return all
}

// of is the case of something that a rule did: the last that was open by then, and of what led to the first
// one that.
func (by casesByRule) of(e store.Entry) (found store.Case) {
	lifts := e.Action.Verb.Row().Leads != event.MembershipBan && e.Action.Verb.Row().Reverse.Row().Leads == event.MembershipBan
	for _, row := range by[e.Action.Cause.Rule] {
		if readCase(row).said.Lifted != lifts {
			continue
		}
		then := !row.Opened.After(e.Created.Add(2 * sanction.Burst))
		switch sooner := row.Opened.Before(found.Opened); {
		case found.Number == 0, then && (found.Opened.After(e.Created.Add(2*sanction.Burst)) || !sooner), !then && sooner:
			found = row
		}
	}
	return found
}
