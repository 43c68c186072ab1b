package community

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

// cases are the numbers under which moderators refer to what happened to one user: a burst
// of offences is one.
type cases struct {
	last int64               // the highest number that was given
	open map[int64]*caseFile // of bursts that may go on, and those that were changed just now
	// undone are those that were of late, so that nobody is asked about them any more.
	undone map[int64]bool
}

// caseFile is a case, and what of it moderators want to see.
type caseFile struct {
	store.Case
	said    caseDetails
	touched time.Time // when it was taken to be changed
}

// caseDetails are what is kept of a case besides what its offences and the journal say.
// Nothing in them is what somebody wrote in a room: that is evidence, which is kept under a
// key of its own.
type caseDetails struct {
	Protection string `json:"protection"`
	// Command is the message that gave the command which it is about, Did that command's name, and
	// About whom it acted on. Undone is the message that had it undone.
	Command id.EventID `json:"command,omitempty"`
	Did     string     `json:"did,omitempty"`
	About   []string   `json:"about,omitempty"`
	Undone  id.EventID `json:"undone,omitempty"`
	// Changed is what the command changed besides what it did.
	Changed  []commands.Change `json:"changed,omitempty"`
	Findings []finding         `json:"findings,omitempty"`
	Notes    []caseNote        `json:"notes,omitempty"`
	Appeal   *appeal           `json:"appeal,omitempty"`
	Answer   string            `json:"answer,omitempty"` // of a moderator, to the user
	ofList
}

// caseNote is what a moderator wrote down about a case.
type caseNote struct {
	By   id.UserID `json:"by"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// appeal is what a user has to say against what was done.
type appeal struct {
	Room id.RoomID `json:"room"` // where they said it
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

const (
	// mostFindings bounds what is noted of a burst, and mostCaseNotes what moderators write.
	mostFindings  = 50
	mostCaseNotes = 50

	// How cases end. What we did by ourselves is decided at once, until somebody appeals.
	decidedByUs = "automatic"
	upheld      = "upheld"
	overturned  = "overturned"
)

// load takes up which numbers were given, and the cases of bursts that may go on.
func (cs *cases) load(ctx context.Context, stored *store.Cases, now time.Time) (err error) {
	if cs.last, err = stored.Last(ctx); err != nil {
		return err
	}
	lately, err := stored.Since(ctx, now.Add(-sanction.Burst))
	for _, c := range lately {
		f := &caseFile{Case: c}
		if json.Unmarshal(c.Details, &f.said) == nil {
			cs.open[c.Number] = f
		}
	}
	return err
}

// number gives the case that a verdict belongs to, a new one if there is none yet.
func (cs *cases) number(v sanction.Verdict, f kit.Finding, at time.Time) int64 {
	if of := v.Entry.Case; of != 0 && cs.open[of] != nil {
		return of
	}
	return cs.begin(store.Case{User: f.User, Reason: f.Reason}, caseDetails{Protection: f.Protection}, at).Number
}

// begin opens a case, which is decided by who opens it.
func (cs *cases) begin(of store.Case, said caseDetails, at time.Time) *caseFile {
	for n, c := range cs.open {
		over := func(since time.Time) bool {
			age := at.Sub(since)
			return age > 2*sanction.Burst || age < -sanction.Burst
		}
		if over(c.Opened) && over(c.touched) {
			delete(cs.open, n)
		}
	}
	cs.last++
	of.Number, of.Opened, of.Decision, of.Decided = cs.last, at, decidedByUs, at
	c := &caseFile{Case: of, said: said}
	cs.open[of.Number] = c
	return c
}

// ofList is the latest case of what the rules of a list do, or of what follows from their end; 0 if it is over.
func (cs *cases) ofList(list id.RoomID, lifted bool) (number int64) {
	for n, c := range cs.open {
		if c.said.List == list && c.said.Lifted == lifted {
			number = max(number, n)
		}
	}
	return number
}

// take gives a case that is to be changed, as it was read or, if more is known by now, as it is:
// of changes at the same time all are kept.
func (cs *cases) take(row store.Case, now time.Time) *caseFile {
	c := cs.open[row.Number]
	if c == nil {
		c = readCase(row)
		cs.open[row.Number] = c
	}
	c.touched = now
	return c
}

// keep has a case stored that was taken: with the next commit, so that of two changes the later one is
// the last.
func (c *caseFile) keep(next *store.Commit) {
	next.Known.Cases = append(next.Known.Cases, c.row())
}

// again has cases stored once more that somebody changed while they were stored as they had been
// before.
func (cs *cases) again(stored []store.Case, next *store.Commit) {
	for _, row := range stored {
		if c := cs.open[row.Number]; c != nil && !c.touched.IsZero() {
			c.keep(next)
		}
	}
}

// enter notes a finding in its case, and gives the case as it is to be stored.
func (cs *cases) enter(found finding) (row store.Case, ok bool) {
	c := cs.open[found.Case]
	if c == nil || len(c.said.Findings) >= mostFindings {
		return store.Case{}, false
	}
	c.said.Findings = append(c.said.Findings, found)
	return c.row(), true
}

// overturned notes that what happened in a case counts no more, by a moderator's word.
func (cs *cases) overturned(e sanction.Entry, by id.UserID, now time.Time, into *store.Commit) {
	if e.Case == 0 || slices.ContainsFunc(into.Known.Cases, func(c store.Case) bool { return c.Number == e.Case }) {
		return
	}
	cs.undo(e.Case)
	if c := cs.open[e.Case]; c != nil {
		c.decide(overturned, by, "", now)
	}
	into.Known.Cases = append(into.Known.Cases, store.Case{Number: e.Case, User: e.User, Opened: e.At, Decision: overturned, DecidedBy: by, Decided: now})
}

// mostUndone bounds what is remembered of cases that were undone.
const mostUndone = 1000

func (cs *cases) undo(number int64) {
	if len(cs.undone) >= mostUndone {
		clear(cs.undone)
	}
	cs.undone[number] = true
}

// row is a case as it is stored.
func (c *caseFile) row() store.Case {
	row := c.Case
	row.Details, _ = json.Marshal(c.said) // of plain values, which always works
	return row
}

// readCase reads a case as it is stored.
func readCase(of store.Case) *caseFile {
	c := &caseFile{Case: of}
	_ = json.Unmarshal(of.Details, &c.said) // of another version nothing but the rest of the row is known
	return c
}
