package community

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
	"forseti/text"
)

// mostPast bounds how much of the past one command looks through, in cases or journal entries.
const mostPast = 5000

// Now is the time.
func (caseDesk) Now() time.Time { return time.Now() }

// Cases finds cases, the latest first.
func (d caseDesk) Cases(ctx context.Context, s commands.Sought) (all []commands.Case, err error) {
	most := commands.MostPast
	if s.Room != "" {
		most = mostPast
	}
	rows, err := d.store.Cases.Latest(ctx, s.Since, s.User, most)
	if err == nil && s.User != "" {
		rows, err = d.alsoAbout(ctx, s, rows)
	}
	if err != nil {
		return nil, d.unread(err)
	}
	there := map[id.EventID]bool{} // what set off something in the room
	if s.Room != "" {
		entries, err := d.store.Journal.Latest(ctx, s.Since, s.Room, mostPast)
		if err != nil {
			return nil, d.unread(err)
		}
		for _, e := range entries {
			there[e.Action.For], there[e.Action.Cause.Event], there[e.Action.Cause.Rule] = true, true, true
		}
	}
	for _, row := range rows {
		said := readCase(row).said
		if s.Room != "" && !slices.ContainsFunc(said.Rules, func(r listRule) bool { return there[r.Event] }) && !slices.ContainsFunc(said.Findings, func(f finding) bool { return f.Room == s.Room }) && (said.Command == "" || !there[said.Command]) {
			continue
		}
		if all = append(all, shownCase(row)); len(all) == commands.MostPast {
			break
		}
	}
	return all, nil
}

// alsoAbout adds the cases that are about a user among others.
func (d caseDesk) alsoAbout(ctx context.Context, s commands.Sought, rows []store.Case) ([]store.Case, error) {
	all, err := d.store.Cases.Latest(ctx, s.Since, "", mostPast)
	for _, row := range all {
		known := slices.ContainsFunc(rows, func(other store.Case) bool { return other.Number == row.Number })
		if !known && bytes.Contains(row.Details, []byte(s.User)) && slices.Contains(readCase(row).said.About, string(s.User)) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b store.Case) int { return cmp.Compare(b.Number, a.Number) })
	return rows, err
}

// History is what was done, the latest first.
func (d caseDesk) History(ctx context.Context, s commands.Sought) ([]commands.Deed, error) {
	entries, err := d.store.Journal.Latest(ctx, s.Since, s.Room, mostPast)
	if err != nil {
		return nil, d.unread(err)
	}
	rows, err := d.store.Cases.Latest(ctx, s.Since.Add(-time.Hour), "", mostPast)
	if err != nil {
		return nil, d.unread(err)
	}
	of := map[id.EventID]store.Case{} // by what set it off
	for _, row := range rows {
		said := readCase(row).said
		for _, e := range append(eventsOf(said.Findings), said.Command, said.Undone) {
			of[e] = row
		}
	}
	delete(of, "")
	rules, wrote := rulesOfCases(rows), map[id.EventID]action.Cause{} // by the rule: the command that wrote it
	for _, e := range entries {
		if row := e.Action.Verb.Row(); row.Guard == action.GuardList && row.Direction == action.Tightens && e.Event != "" {
			wrote[e.Event] = e.Action.Cause
		}
	}
	var past pastDeeds
	for _, e := range entries {
		a := e.Action
		row, known := of[a.For]
		if !known {
			row, known = of[a.Cause.Event]
		}
		by := a.Cause.Moderator
		if ordered, ours := wrote[a.Cause.Rule]; ours && a.For == "" && a.Cause.Kind == action.ByRule && a.Verb.Row().Direction != action.Loosens {
			by = ordered.Moderator
			row, known = of[ordered.Event]
		}
		if !known && a.For == "" && a.Cause.Kind == action.ByRule {
			row = rules.of(e)
		}
		if by == "" && a.For != "" && row.OpenedBy != "" {
			by = row.OpenedBy
		}
		if s.User != "" && a.User != s.User && a.By != s.User && by != s.User {
			continue
		}
		if past.add(e, by, row.Number); len(past.all) > commands.MostPast {
			break
		}
	}
	return past.all[:min(len(past.all), commands.MostPast)], nil
}

// pastDeeds are what was done: of what was done by one decision to one user everywhere, one.
type pastDeeds struct {
	all   []commands.Deed
	rooms []map[id.RoomID]bool
	at    map[deedKey]int
}

type deedKey struct {
	verb  action.Verb
	what  action.Object
	user  id.UserID
	cause action.Cause
	state string
}

func (p *pastDeeds) add(e store.Entry, by id.UserID, number int64) {
	did := deedOf(e)
	did.User, did.By, did.Case, did.Why = cmp.Or(e.Action.User, e.Action.By), by, number, whyOf(e.Action)
	key := deedKey{e.Action.Verb, did.What, did.User, e.Action.Cause, did.State}
	i, known := p.at[key]
	if !known {
		if p.at == nil {
			p.at = map[deedKey]int{}
		}
		i = len(p.all)
		p.at[key], p.all, p.rooms = i, append(p.all, did), append(p.rooms, map[id.RoomID]bool{})
	}
	p.rooms[i][e.Action.Room] = true
	p.all[i].Rooms = len(p.rooms[i])
	p.all[i].Count++
	p.all[i].For = besides(p.all[i].For, did.For)
}

// becameOf is what became of something, in words; "" if it was done.
func becameOf(e store.Entry) string {
	switch e.State {
	case store.EntryDone:
		return ""
	case store.EntryOpen:
		return "under way"
	}
	if e.Failure != "" {
		why := e.Failure
		if _, said, of := strings.Cut(why, " in "+string(e.Action.Room)+": "); of { // what was to be done to whom stands before it
			why = said
		}
		return "not done, " + text.Escape(why, text.MostReason)
	}
	return "not done"
}

// whyOf says what something was done by, if that is no moderator.
func whyOf(a action.Action) string {
	switch a.Cause.Kind {
	case action.ByRule:
		return "by the rule for " + text.Code(a.Cause.Entity)
	case action.ByProtection:
		return "by the protection " + text.Code(a.Cause.Protection)
	case action.ByModerator:
		if a.Cause.Entity != "" && commands.RuleFor(a) == "" {
			return "the rule for " + text.Code(a.Cause.Entity)
		}
	}
	return ""
}

// Acts are what a case's command did, in order. What rules did by it follows from them.
func (d caseDesk) Acts(ctx context.Context, number int) (all []commands.Act, err error) {
	row, found, err := d.store.Cases.Find(ctx, int64(number))
	if err != nil || !found {
		return nil, d.unread(err)
	}
	entries, err := d.setOff(ctx, readCase(row).said.Command)
	if err != nil {
		return nil, d.unread(err)
	}
	d.loop.See(func() {
		for _, e := range entries {
			a, row := e.Action, e.Action.Verb.Row()
			freed := row.Reverse.Row().Leads == event.MembershipBan // by a rule that was removed, too
			ordered := a.Cause.Kind == action.ByModerator
			open := e.State == store.EntryOpen && ordered && row.Guard != action.GuardList
			if e.State != store.EntryDone && !open || !ordered && !freed {
				continue
			}
			act := commands.Act{Action: a, Event: e.Event, Was: e.Was, Open: open}
			if room := d.alerts.world.Room(a.Room); room != nil {
				m, _ := room.Member(a.User)
				switch {
				case row.Leads == event.MembershipBan:
					act.Stands = m.Membership == event.MembershipBan && m.Sender == d.alerts.world.Self()
				case freed:
					act.Stands = m.Membership == event.MembershipLeave && m.Sender == d.alerts.world.Self()
				}
			}
			all = append(all, act)
		}
	})
	return all, nil
}

// Events are the messages that a case is about, or all cases of a user, the latest first.
func (d caseDesk) Events(ctx context.Context, number int, u id.UserID) (all []id.EventID, err error) {
	var rows []store.Case
	if u != "" {
		rows, err = d.store.Cases.On(ctx, u)
	} else {
		var row store.Case
		row, _, err = d.store.Cases.Find(ctx, int64(number))
		rows = append(rows, row)
	}
	if err != nil {
		return nil, d.unread(err)
	}
	for _, row := range slices.Backward(rows) {
		said := readCase(row).said
		of := eventsOf(said.Findings)
		entries, err := d.store.Journal.SetOffBy(ctx, said.Command)
		if err != nil {
			return nil, d.unread(err)
		}
		for _, e := range entries {
			if e.Action.Verb.Row().Lane == action.MessageLane {
				of = append(of, e.Action.Event)
			}
		}
		for _, e := range slices.Backward(of) {
			if !slices.Contains(all, e) && len(all) < mostDeeds {
				all = append(all, e)
			}
		}
	}
	return all, nil
}

// setOff is what a command set off, in the order in which it was asked for. What its rules did may have
// begun before we knew that they were its rules: that is known by the rule.
func (d caseDesk) setOff(ctx context.Context, command id.EventID) ([]store.Entry, error) {
	all, err := d.store.Journal.SetOffBy(ctx, command)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	rules, known, began := map[id.EventID]bool{}, map[string]bool{}, all[0].Created
	for _, e := range all {
		known[e.Action.ID] = true
		if e.Action.Verb.Row().Guard == action.GuardList {
			rules[e.Event], rules[e.Action.Cause.Rule] = true, true
		}
	}
	delete(rules, "")
	if len(rules) == 0 {
		return all, nil
	}
	since, err := d.store.Journal.Latest(ctx, began.Add(-time.Minute), "", mostPast)
	for _, e := range slices.Backward(since) {
		if c := e.Action.Cause; c.Kind == action.ByRule && rules[c.Rule] && e.Action.For == "" && !known[e.Action.ID] {
			all = append(all, e)
		}
	}
	return all, err
}
