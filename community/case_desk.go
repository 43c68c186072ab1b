package community

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/store"
	"forseti/text"
)

// caseDesk shows cases, and has them decided.
type caseDesk struct {
	loop   *loop.Loop
	log    zerolog.Logger
	store  *store.Store
	alerts *alerts
}

var _ commands.CaseDesk = caseDesk{}

// mostDeeds bounds what is read of what was done in a case.
const mostDeeds = 100

// Case finds a case.
func (d caseDesk) Case(ctx context.Context, number int) (commands.Case, bool, error) {
	row, found, err := d.store.Cases.Find(ctx, int64(number))
	if err != nil || !found {
		return commands.Case{}, false, d.unread(err)
	}
	c := shownCase(row)
	offences, err := d.store.Offences.Of(ctx, row.User, time.Time{})
	if err != nil {
		return c, false, d.unread(err)
	}
	for _, o := range offences {
		if o.Case == row.Number {
			c.Offences = append(c.Offences, commands.Offence{At: o.At, Room: o.Room, Protection: o.Protection, Class: o.Class, Step: o.Step, Undone: !o.Undone.IsZero()})
		}
	}
	said := readCase(row).said
	d.loop.See(func() {
		c.Told = d.alerts.toldOf(row.Number, said.Command)
		c.Going = d.alerts.speaker.report.Replies.Unanswered(said.Command)
	})
	if said.List != "" {
		entries, err := d.didByRules(ctx, row, said.ofList)
		if err != nil {
			return c, false, d.unread(err)
		}
		for _, entry := range entries {
			c.Did = addDeed(c.Did, entry, "")
		}
	}
	events := eventsOf(said.Findings)
	for _, command := range []id.EventID{said.Command, said.Undone} {
		if command != "" {
			events = append(events, command)
		}
	}
	shown := map[string]bool{}
	for _, e := range events {
		entries, err := d.setOff(ctx, e)
		if err != nil {
			return c, false, d.unread(err)
		}
		for _, entry := range entries {
			if shown[entry.Action.ID] {
				continue // of a rule that one command wrote and another removed
			}
			shown[entry.Action.ID] = true
			c.Did = addDeed(c.Did, entry, row.User)
		}
		if len(c.Events) < mostDeeds && e != said.Command && e != said.Undone {
			c.Events = append(c.Events, e)
		}
	}
	return c, true, nil
}

// toldOf is the message that told of a case, or the command that it is about.
func (as *alerts) toldOf(number int64, command id.EventID) commands.Telling {
	for _, evt := range slices.Backward(as.order) {
		if a := as.at[evt]; a != nil && slices.ContainsFunc(a.Cases, func(f finding) bool { return f.Case == number }) {
			return commands.Telling{Room: cmp.Or(a.Room, as.speaker.room), Event: evt}
		}
	}
	// What was done in a client, or ordered in a protected room, is not there.
	if !strings.HasPrefix(string(command), "$") || as.speaker.threads.of(command) == nowhere {
		return commands.Telling{}
	}
	return commands.Telling{Room: as.speaker.room, Event: command}
}

// eventsOf are the events that completed offences, each once: an offence in all rooms is one
// event for each of them.
func eventsOf(all []finding) (events []id.EventID) {
	for _, f := range all {
		if f.Event != "" && !slices.Contains(events, f.Event) {
			events = append(events, f.Event)
		}
	}
	return events
}

// addDeed adds what was done to the user of a case; the same in the same room is counted.
func addDeed(all []commands.Deed, e store.Entry, of id.UserID) []commands.Deed {
	a := e.Action
	if of != "" && a.User != "" && a.User != of && a.State == nil {
		return all
	}
	did := deedOf(e)
	did.By, did.Count = a.Cause.Moderator, 1
	if user := cmp.Or(a.User, a.By); of == "" && did.What != "" && user != "" {
		did.Users = []id.UserID{user}
	}
	for i, other := range all {
		if other.Did == did.Did && other.What == did.What && other.Room == did.Room && other.State == did.State && other.By == did.By {
			all[i].Count++
			all[i].Users, all[i].For = besides(other.Users, did.Users), besides(other.For, did.For)
			return all
		}
	}
	if len(all) >= mostDeeds {
		return all
	}
	return append(all, did)
}

// besides adds who is not named yet.
func besides[T comparable](all, more []T) []T {
	for _, one := range more {
		if len(all) < mostDeeds && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// deedOf is what something comes to, as all who show it begin.
func deedOf(e store.Entry) commands.Deed {
	a := e.Action
	row := a.Verb.Row()
	did := commands.Deed{At: e.Created, Did: row.Words.Did, In: row.Words.In, Room: a.Room, State: becameOf(e)}
	if row.Lane == action.MessageLane {
		did.What = cmp.Or(a.Of, row.Words.Of)
	}
	if of := commands.RuleFor(a); of != "" {
		did.For = []string{of}
	}
	return did
}

func shownCase(row store.Case) commands.Case {
	said := readCase(row).said
	c := commands.Case{
		Number: int(row.Number), User: row.User, Ordered: commands.Ordered{OpenedBy: row.OpenedBy, Command: said.Did, About: said.About, Event: said.Command, Changed: said.Changed}, Protection: said.Protection, Reason: row.Reason, Opened: row.Opened,
		Decided: row.Decision, DecidedBy: row.DecidedBy, At: row.Decided, Answer: said.Answer,
	}
	c.Listed = commands.Listed{List: said.List, Lifted: said.Lifted, More: said.More}
	for _, r := range said.Rules {
		c.Rules = append(c.Rules, commands.ListedRule(r))
	}
	for _, n := range said.Notes {
		c.Notes = append(c.Notes, commands.CaseNote(n))
	}
	if said.Appeal != nil {
		c.Appeal = said.Appeal.Text
	}
	return c
}

func (d caseDesk) unread(err error) error {
	if err == nil {
		return nil
	}
	d.log.Err(err).Msg("A case was not read")
	return refuse("My database cannot be read just now. My log says more")
}

// Appeals are the cases that wait for an answer.
func (d caseDesk) Appeals(ctx context.Context) (all []commands.Case, err error) {
	rows, err := d.store.Cases.Undecided(ctx)
	for _, row := range rows {
		all = append(all, shownCase(row))
	}
	return all, d.unread(err)
}

// change decides a case, or notes something on it. To do so again changes nothing.
func (d caseDesk) change(ctx context.Context, by run, c commands.Change) error {
	row, found, err := d.store.Cases.Find(ctx, int64(c.Number))
	switch {
	case err != nil:
		return d.unread(err)
	case !found:
		return refuse("There is no case %d any more", c.Number)
	}
	of := readCase(row)
	if c.Kind == commands.HaltCase {
		return d.halt(ctx, of.said.Command)
	}
	now := time.Now()
	order := store.Command{Event: by.command, Sender: c.User}
	var done map[string][]store.Entry
	if c.Kind == commands.OverturnCase {
		if done, err = d.alerts.done(ctx, of.said.Findings); err != nil {
			return d.unread(err)
		}
	}
	var wanted store.Commit
	if err := d.loop.Do(ctx, func() {
		of = d.alerts.protectors.follows.cases.take(row, now)
		switch c.Kind {
		case commands.NoteCase:
			of.note(caseNote{By: c.User, At: now, Text: c.Value})
		case commands.ReasonCase:
			of.Reason = c.Value
		case commands.UpholdCase:
			of.decide(upheld, c.User, c.Value, now)
		case commands.OverturnCase:
			d.alerts.undo(of.said.Findings, done, order, &wanted)
			of.decide(overturned, c.User, c.Value, now)
			d.alerts.protectors.follows.cases.undo(of.Number)
			of.said.Undone = by.command
		}
		of.keep(d.alerts.commits.Next())
	}); err != nil {
		return err
	}
	if err := d.alerts.want(ctx, wanted); err != nil { // of what only a case says, nothing, which a dry run need not stop
		return err
	}
	if err := d.alerts.commits.Put(ctx, store.Commit{}); err != nil {
		return err
	}
	d.loop.See(func() {
		d.alerts.undone(wanted)
		d.alerts.protectors.erred(of.said.Findings, wanted.Offences)
		if c.Kind != commands.NoteCase && c.Kind != commands.ReasonCase && of.said.Appeal != nil {
			d.alerts.appeals.answer(of, by.command)
		}
	})
	return nil
}

const (
	haltLook  = 50 * time.Millisecond
	haltLasts = 30 * time.Second // how long it is waited for what was under way
)

// halt has nothing more be begun of what a command asked for, and waits until it is known what came of what was under way.
func (d caseDesk) halt(ctx context.Context, command id.EventID) error {
	if err := d.loop.Do(ctx, func() { enforce.Halt(d.alerts.appeals.runner, command, "it was undone", time.Now()) }); err != nil {
		return err
	}
	look := time.NewTicker(haltLook)
	defer look.Stop()
	for until := time.Now().Add(haltLasts); time.Now().Before(until); {
		entries, err := d.store.Journal.SetOffBy(ctx, command)
		if err != nil {
			return d.unread(err)
		}
		if !slices.ContainsFunc(entries, func(e store.Entry) bool {
			return e.State == store.EntryOpen && e.Action.Cause.Kind == action.ByModerator
		}) {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// note adds a note, once.
func (c *caseFile) note(n caseNote) {
	if slices.ContainsFunc(c.said.Notes, func(other caseNote) bool { return other.By == n.By && other.Text == n.Text }) {
		return
	}
	c.said.Notes = append(c.said.Notes, n)
	if more := len(c.said.Notes) - mostCaseNotes; more > 0 {
		c.said.Notes = c.said.Notes[more:]
	}
}

// decide ends a case.
func (c *caseFile) decide(how string, by id.UserID, answer string, now time.Time) {
	c.Decision, c.DecidedBy, c.Decided, c.said.Answer = how, by, now, answer
}

// answered are the words of an answer to who appealed.
func (c *caseFile) answered() string {
	said := fmt.Sprintf("The moderators have looked at case %d again, and it stays as it is.", c.Number)
	if c.Decision == overturned {
		said = fmt.Sprintf("The moderators have looked at case %d again, and took back what was done. Sorry for the trouble!", c.Number)
	}
	if c.said.Answer != "" {
		said += " They say: " + text.Escape(c.said.Answer, text.MostReason)
	}
	return said
}

// sayIn says something in a direct chat.
func sayIn(room id.RoomID, name, said string) action.Action {
	return action.Action{ID: name, Verb: action.Say, Room: room, Message: &action.Message{Markdown: said}, Cause: action.Cause{Kind: action.ByForseti}}
}
