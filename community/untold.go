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

// owe notes that something is to be told.
func (c *consequences) owe(f finding) {
	if len(c.untold[f.Protection]) < mostCases {
		c.untold[f.Protection] = append(c.untold[f.Protection], f)
		c.commits.Setting(untoldNamespace, f.Offence, f)
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
	did := map[string]store.Entry{} // each once, though several findings may be of one event
	done := map[string][]action.Action{}
	var all []finding
	for _, key := range slices.Sorted(maps.Keys(stored)) {
		f := finding{Offence: key}
		if json.Unmarshal(stored[key], &f) != nil || f.Offence != key {
			c.paid([]finding{{Offence: key}})
			continue
		}
		entries, err := kept.Journal.SetOffBy(ctx, f.Event)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
		for _, e := range entries {
			if _, counted := did[e.Action.ID]; !counted && e.State == store.EntryDone && e.Action.Cause.Kind == action.ByProtection && e.Action.Cause.Protection == f.Protection {
				did[e.Action.ID] = e
				done[key] = append(done[key], e.Action)
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
func (c *consequences) tellLate(f finding, done []action.Action, now time.Time) {
	e, known := c.ledger.Find(f.Offence)
	if !known || e.Undone {
		c.paid([]finding{f})
		return
	}
	c.owe(f)
	of := ""
	if f.Case > 0 {
		of = fmt.Sprintf("Case %d: ", f.Case)
	}
	cause := action.Cause{Kind: action.ByProtection, Protection: f.Protection, Event: f.Event}
	c.speaker.report.Found(cause, report.Finding{
		Who: fmt.Sprintf("%s%s in %s", of, text.Code(string(f.User)), c.names.Room(f.Room)), Why: "was found just before I was stopped", Note: e.Class == sanction.Note,
	}, len(done) == 0, now)
	for _, a := range done {
		c.speaker.report.Ended(action.Ending{Action: a, Fate: action.Done}, now)
	}
}
