package community

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/report"
	"forseti/content"
	"forseti/enforce"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// consequences are what follows from findings: what everybody did is kept in a ledger, and
// stored together with what is done about it.
type consequences struct {
	world   *enforce.World
	commits *commits.Writer
	speaker *speaker
	names   names
	dry     func() bool
	list    func() (id.RoomID, bool) // of our own, to which rules can be written
	ledger  *sanction.Ledger
	invited invitations
	told    func(action.Ending, time.Time) // hears what became of what users were to be told
	untold  map[string][]finding           // by protection: what no message to moderators tells yet
	sight   sight
	// waved tells of many who came together.
	waved func(f kit.Finding, said report.Part)

	cases cases
	calls *calls
	manners
}

// outcome is what follows from findings, to be stored together.
type outcome struct {
	actions  []action.Action
	offences []store.Offence
	cases    []store.Case
}

func (o *outcome) add(more outcome) {
	o.actions, o.offences = append(o.actions, more.actions...), append(o.offences, more.offences...)
	o.cases = append(o.cases, more.cases...)
}

// mostOffences bounds what is read at a start: what is older than that weighs little, and
// there may be any number of accounts.
const mostOffences = 100_000

// load takes up what everybody did, as far as it still weighs something.
func (c *consequences) load(ctx context.Context, offences *store.Offences, now time.Time) error {
	stored, err := offences.Latest(ctx, now.Add(-c.ledger.Ladder.Remembered()), mostOffences)
	if err != nil {
		return err
	}
	entries := make([]sanction.Entry, 0, len(stored))
	for _, o := range stored {
		entries = append(entries, sanction.Entry{
			ID: o.ID, User: o.User, Room: o.Room, Protection: o.Protection, Event: o.Event, Class: sanction.ParseClass(o.Class),
			Weight: int(o.Weight), At: o.At, Step: sanction.ParseStep(o.Step), Undone: !o.Undone.IsZero(), Case: o.Case,
		})
	}
	c.ledger.Load(entries, now)
	return nil
}

// offenceRow is an offence as it is stored.
func offenceRow(e sanction.Entry, now time.Time) store.Offence {
	row := store.Offence{
		ID: e.ID, User: e.User, Room: e.Room, Protection: e.Protection, Event: e.Event, Class: e.Class.String(),
		Weight: int64(e.Weight), At: e.At, Step: e.Step.String(), Case: e.Case,
	}
	if e.Undone {
		row.Undone = now
	}
	return row
}

// of says what follows from a finding, and what would if it could be done. In a dry run
// nothing is held against anybody: nothing was done either.
func (c *consequences) of(f kit.Finding, able sanction.Able, at time.Time) (todo outcome, not []sanction.Hindered) {
	if f.Alert {
		c.call(f, 0, at)
		c.tell(f)
		return outcome{}, nil
	}
	o := c.offence(f)
	v := c.ledger.Judge(o, at)
	if v.Fresh && !f.Trailing && !c.dry() {
		v.Entry.Case = c.cases.number(v, f, at)
	}
	o.Words, o.Here = c.words(f, v, at)
	do, not, taken := sanction.Carry(o, v, able)
	todo.actions = do
	for _, a := range do {
		if a.Message != nil && !c.dry() {
			c.note(a, at)
		}
	}
	if v.Fresh && taken >= sanction.Mute {
		left, stays := c.wake(f, able, at)
		todo.actions, not = append(todo.actions, left...), append(not, stays...)
	}
	if v.Fresh && !f.Trailing {
		c.call(f, v.Entry.Case, at)
		c.found(f, v, len(todo.actions) == 0 && len(not) == 0, at)
	}
	if f.Trailing || c.dry() {
		return todo, not
	}
	before := v.Entry
	v.Entry.Step = taken
	if v.Fresh || taken > before.Step {
		c.ledger.Enter(v.Entry)
		if found := (finding{v.Entry.ID, f.Offence, f.Room, f.User, f.Protection, v.Entry.Case}); v.Fresh {
			c.owe(found)
			if row, ok := c.cases.enter(found); ok {
				todo.cases = append(todo.cases, row)
			}
		}
		todo.offences = append(todo.offences, offenceRow(v.Entry, at))
	}
	return todo, not
}

// would is what would follow from a finding now, and is not to.
func (c *consequences) would(f kit.Finding, able sanction.Able, at time.Time) []action.Action {
	o := c.offence(f)
	do, _, _ := sanction.Carry(o, c.ledger.Judge(o, at), able)
	return do
}

func (c *consequences) offence(f kit.Finding) sanction.Offence {
	o := sanction.Offence{
		Room: f.Room, User: f.User, Events: f.Events, Of: f.Of, Class: f.Weight, Weight: f.Points, Set: f.Set,
		Reason: f.Reason, Cause: f.Cause(), Trailing: f.Trailing,
	}
	if list, own := c.list(); own {
		o.Rule = func(takedown bool) action.Action {
			a := commands.UserRule(list, f.User, f.Reason, takedown)
			a.Cause = o.Cause
			return a
		}
	}
	return o
}

// call calls moderators for a finding, where they want that. What was said is told by the
// alert alone.
func (c *consequences) call(f kit.Finding, number int64, at time.Time) {
	who, of := "", ""
	if f.User != "" {
		who = text.Code(string(f.User)) + " "
	}
	if number > 0 {
		of = fmt.Sprintf(" (case %d)", number)
	}
	c.calls.found(f.Weight, fmt.Sprintf("%sin %s, found by %s%s.", who, c.names.Room(f.Room), text.Code(f.Protection), of), at)
}

// tell says what was found about a room. What others wrote is quoted in it already.
func (c *consequences) tell(f kit.Finding) {
	const most, few = 50, 3
	who, some, one, what := "", "", "", c.openly(f)
	if len(what) > text.MostReason {
		what = "something was found"
	}
	if len(f.Users) > 0 {
		who, some, one = ": "+text.Names(f.Users, most), ": "+text.Names(f.Users, few), ": "+text.Names(f.Users, 1)
	}
	ends := fmt.Sprintf("I did nothing about it. (Protection %s.)", text.Escape(f.Protection, text.MostName))
	said := report.Part{
		fmt.Sprintf("In %s %s%s. %s", c.names.Room(f.Room), c.openly(f), who, ends),
		fmt.Sprintf("In %s %s%s. %s", c.names.Room(f.Room), c.openly(f), some, ends),
		fmt.Sprintf("In %s %s%s. %s", c.names.Room(f.Room), what, one, ends),
	}
	if f.Wave && len(f.Users) > 0 {
		c.waved(f, said)
		return
	}
	c.speaker.report.TellShort(said[0], said[2])
}

// found tells moderators what was found: who, where, what, and what it looked like. What is
// done about it is told with it, unless nothing is.
func (c *consequences) found(f kit.Finding, v sanction.Verdict, alone bool, at time.Time) {
	of, why := "", c.openly(f)
	if v.Entry.Case > 0 {
		of = fmt.Sprintf("Case %d: ", v.Entry.Case)
	}
	if heading := c.calls.set.Heading(f.Weight); heading != "" {
		of = fmt.Sprintf("**%s** ", heading) + of
	}
	if v.By != "" {
		why += fmt.Sprintf(" (%s is set to follow; what follows from %s stands for it)", text.Code(f.Set.String()), text.Code(v.By))
	}
	c.speaker.report.Found(f.Cause(), report.Finding{
		Who: fmt.Sprintf("%s%s in %s", of, text.Code(string(f.User)), c.names.Room(f.Room)), Why: why, As: c.exhibit(f.Events), Note: f.Weight == sanction.Note,
	}, alone, at)
}

// severestFirst has of what several protections found in one message the one go first from which most follows,
// where moderators set what does: that is done then, and stands for the others.
func (c *consequences) severestFirst(found []kit.Finding, at time.Time) []kit.Finding {
	type message struct {
		of id.EventID
		by kit.Place
	}
	groups := map[message][]int{}
	for i, f := range found {
		if of := (message{f.Offence, kit.Place{Room: f.Room, User: f.User}}); f.Offence != "" && !f.Alert && f.Gate == nil && !f.Trailing {
			groups[of] = append(groups[of], i)
		}
	}
	sorted := found
	for _, group := range groups {
		if len(group) < 2 || !slices.ContainsFunc(group, func(i int) bool { return found[i].Set.Step != sanction.None }) {
			continue
		}
		if &sorted[0] == &found[0] {
			sorted = slices.Clone(found)
		}
		order := slices.Clone(group)
		verdicts := map[int]sanction.Verdict{}
		for _, i := range group {
			verdicts[i] = c.ledger.Judge(c.offence(found[i]), at)
		}
		slices.SortStableFunc(order, func(a, b int) int { return verdicts[b].Compare(verdicts[a]) })
		for to, from := range order {
			sorted[group[to]] = found[from]
		}
	}
	return sorted
}

// sight is what of messages moderators may be shown.
type sight interface {
	visible(id.EventID) *event.Event
	hidden(id.EventID) bool
}

// notShown stands for what was said in secret, where others may read what moderators are told.
const notShown = "(not shown: it was encrypted, and this room is not)"

// openly is why something was found, without what is quoted there if that was said in secret and moderators are not.
func (c *consequences) openly(f kit.Finding) string {
	before, _, quotes := strings.Cut(f.Why, "`")
	if !quotes || !slices.ContainsFunc(f.Events, c.sight.hidden) && !c.sight.hidden(f.Offence) {
		return f.Why
	}
	return strings.TrimRight(before, " :,") + " … " + notShown
}

// exhibit is the evidence of a finding, folded: nobody has to read it who does not want to.
func (c *consequences) exhibit(events []id.EventID) string {
	const most = 200
	for _, of := range slices.Backward(events) {
		evt := c.sight.visible(of)
		if evt == nil {
			continue
		}
		seen := content.Read(evt.Type.Type, evt.Content.VeryRaw).Seen()
		said := text.OneLine(seen.String())
		if said == "" && len(seen.Files) > 0 {
			said = text.OneLine(carried(seen.Files))
		}
		if said != "" {
			return "||" + text.Code(text.Clip(said, most)) + "||"
		}
	}
	return ""
}

// carried says what files without a word are: the first of them, and how many more there are.
func carried(files []content.File) string {
	const shortHash = 8 // as begins what the evidence of it shows
	f := files[0]
	facts := []string{strings.TrimSpace("a " + f.Kind + " " + f.Name)}
	if f.Type != "" {
		facts = append(facts, f.Type)
	}
	if f.Size > 0 {
		facts = append(facts, text.Count(int(f.Size), "byte"))
	}
	if f.SHA256 != "" {
		facts = append(facts, "SHA-256 "+text.Clip(f.SHA256, shortHash))
	}
	if more := len(files) - 1; more > 0 {
		facts = append(facts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(facts, ", ")
}

// attached are the findings that a message tells which is about to be sent. They are no
// news after it.
func (c *consequences) attached(protections []string) (cases []finding) {
	for _, name := range protections {
		cases = append(cases, c.untold[name]...)
		delete(c.untold, name)
	}
	return cases
}

// take takes in that an offence is stored otherwise.
func (c *consequences) take(o store.Offence) {
	if !o.Undone.IsZero() {
		c.ledger.Undo(o.ID)
		return
	}
	c.ledger.Enter(sanction.Entry{ID: o.ID, Step: sanction.ParseStep(o.Step)})
}

// ended takes in what came of an action: a verdict that was not carried out is no step
// that was taken.
func (c *consequences) ended(e action.Ending) {
	a := e.Action
	c.told(e, time.Now())
	if a.Cause.Kind != action.ByProtection || c.stands(e) {
		return
	}
	// A rule that was not written is in no room, and so of no entry: the ban where it
	// happened stands.
	if offence := sanction.EntryID(a.Cause, a.Room); c.ledger.NotTaken(offence, a.Verb) {
		c.keep(offence)
	}
}

// stands reports whether it is as an action wanted it, whoever did that.
func (c *consequences) stands(e action.Ending) bool {
	switch {
	case e.Fate == action.Done:
		return true
	case e.Fate != action.Dropped && e.Fate != action.Superseded:
		return false
	case e.Action.Verb.Row().Leads != event.MembershipBan:
		return true // they are muted, or gone, already
	}
	room := c.world.Room(e.Action.Room)
	if room == nil {
		return false
	}
	m, _ := room.Member(e.Action.User)
	return m.Membership == event.MembershipBan
}

// pardoned takes in that a moderator let somebody off in a room: what they did there counts
// no more.
func (c *consequences) pardoned(p kit.Place) {
	for _, offence := range c.ledger.UndoIn(p.User, p.Room) {
		c.keep(offence)
	}
}

// forgiven has those offences count no more; false if all of them were
// undone before.
func (c *consequences) forgiven(offences []string) (undone bool) {
	for _, offence := range offences {
		if c.ledger.Undo(offence) {
			c.keep(offence)
			undone = true
		}
	}
	return undone
}

// keep stores an offence as it is now.
func (c *consequences) keep(offence string) {
	if e, known := c.ledger.Find(offence); known {
		next := c.commits.Next()
		next.Offences = append(next.Offences, offenceRow(e, time.Now()))
	}
}
