package community

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"forseti/action"
	"forseti/community/report"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// untoldNamespace holds what protections found and no message to moderators tells yet, by its offence: it is stored with
// that, and taken away with the alert. What was written is not kept for it.
const untoldNamespace = "untold"

// debt is a finding that is to be told, and the message that may tell it already: its name is stored before it is sent, so
// that it is no second message to send it once more.
type debt struct {
	finding

	As string `json:"as,omitempty"`
}

// owe notes that something is to be told.
func (c *consequences) owe(f finding) {
	if c.owes(f.Protection, f) {
		c.commits.Setting(untoldNamespace, f.Offence, debt{finding: f})
	}
}

// owes notes that an alert is to tell something; false if it has no place.
func (c *consequences) owes(alert string, f finding) bool {
	if len(c.untold[alert]) >= mostCases {
		return false
	}
	c.untold[alert] = append(c.untold[alert], f)
	return true
}

// sends notes which message is about to tell findings.
func (c *consequences) sends(all []finding, as string) {
	for _, f := range all {
		c.commits.Setting(untoldNamespace, f.Offence, debt{f, as})
	}
}

// paid notes that a message tells of findings, or that none can.
func (c *consequences) paid(all []finding) {
	for _, f := range all {
		c.commits.Setting(untoldNamespace, f.Offence, nil)
	}
}

// owed reads what was to be told when we ended, and what had been done about it; what is not done goes on, and is told with
// it. tell has it told.
func (c *consequences) owed(ctx context.Context, kept *store.Store) (tell func(now time.Time), err error) {
	stored, err := kept.Settings.All(ctx, untoldNamespace)
	if err != nil {
		return nil, err
	}
	did := map[string]bool{} // each once, though several findings may be of one event
	done := map[string][]action.Action{}
	var all []debt
	for _, key := range slices.Sorted(maps.Keys(stored)) {
		f := debt{finding: finding{Offence: key}}
		if json.Unmarshal(stored[key], &f) != nil || f.Offence != key {
			c.paid([]finding{{Offence: key}})
			continue
		}
		all = append(all, f)
	}
	for _, f := range all {
		entries, err := kept.Journal.SetOffBy(ctx, f.Event)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !did[e.Action.ID] && e.State == store.EntryDone && e.Action.Cause.Kind == action.ByProtection && e.Action.Cause.Protection == f.Protection {
				did[e.Action.ID] = true
				done[f.Offence] = append(done[f.Offence], e.Action)
			}
		}
	}
	return func(now time.Time) {
		for _, f := range all {
			c.tellLate(f, done[f.Offence], now)
		}
	}, nil
}

// tellLate tells what was found before we ended.
func (c *consequences) tellLate(f debt, done []action.Action, now time.Time) {
	e, known := c.ledger.Find(f.Offence)
	if !known || e.Undone {
		c.paid([]finding{f.finding})
		return
	}
	of := ""
	if f.Case > 0 {
		of = fmt.Sprintf("Case %d: ", f.Case)
	}
	cause := action.Cause{Kind: action.ByProtection, Protection: f.Protection, Event: f.Event}
	found := report.Finding{
		Who: fmt.Sprintf("%s%s in %s", of, text.Code(string(f.User)), c.names.Room(f.Room)), Why: "was found just before I was stopped", Note: e.Class == sanction.Note,
	}
	if f.As != "" {
		c.owes(f.As, f.finding)
		c.speaker.report.FoundBefore(f.As, cause, found, done, now)
		return
	}
	c.owe(f.finding)
	c.speaker.report.Found(cause, found, len(done) == 0, now)
	for _, a := range done {
		c.speaker.report.Ended(action.Ending{Action: a, Fate: action.Done}, now)
	}
}
