package community

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"forseti/community/approval"
	"forseti/enforce"
)

// loadQuestions takes up the questions that were open, and has everything that
// waits looked at: a crash may have come between holding something back and asking
// about it.
func (c *Community) loadQuestions(ctx context.Context, now time.Time) error {
	shown := map[string]int64{}
	stored, err := c.store.Settings.All(ctx, shownTurns)
	if err != nil {
		return err
	}
	for question, raw := range stored {
		var turn int64
		if json.Unmarshal(raw, &turn) == nil {
			shown[question] = turn
		}
	}
	open, err := c.store.Questions.Open(ctx)
	if err != nil {
		return err
	}
	for _, q := range open {
		var d questionDetails
		if err := json.Unmarshal(q.Details, &d); err != nil {
			c.log.Warn().Err(err).Str("question", q.ID).Msg("Question cannot be read")
			continue
		}
		known := approval.Question{Topic: d.topic(), ID: q.ID, Event: q.Event, UpTo: max(d.UpTo, shown[q.ID])}
		c.world.Book.TurnsFrom(known.UpTo)
		if before, two := c.approvals.board.Of(known.Topic); two {
			c.loop.Later("close a question", func(ctx context.Context) { c.closeStored(ctx, before.ID, "withdrawn", c.self) }, nil)
		}
		c.approvals.board.Load(known)
		c.approvals.details[q.ID] = d
		if len(d.Rules) > 0 {
			// Of version 3, which asked about each rule: all of a list are asked about at once.
			c.withdraw(known, "(Asked anew below.)", now)
			continue
		}
		if q.Event == "" {
			c.pose(q.ID, d)
			continue
		}
	}
	for h := range c.world.Book.Held("") {
		c.approvals.board.Touch(rulesOf(h.List), now)
	}
	for list := range c.approvals.leaving {
		c.approvals.board.Touch(approval.Topic{Kind: approval.Unwatch, About: string(list)}, now)
	}
	if c.approvals.settings != nil {
		c.approvals.board.Touch(approval.Topic{Kind: approval.Settings}, now)
	}
	for room, w := range c.wards {
		if w.asked {
			w.would = c.world.Scales.SweepAtOnce(room)
			c.approvals.board.Touch(approval.Topic{Kind: approval.Room, About: string(room)}, now)
		}
	}
	return nil
}

// enforced is the settings namespace key of what of the configuration is followed.
const enforcedKey = "enforced" // in modeNamespace

// enforced is what of the configuration says whom rules hit.
type enforced struct {
	ServerMembers bool          `json:"server_members"`
	RecentLeavers time.Duration `json:"recent_leavers"`
	// No is set if a moderator said no to what the configuration says, to this:
	No *enforced `json:"no,omitempty"`
}

func enforcedOf(s enforce.Settings) enforced {
	return enforced{ServerMembers: s.ServerMembers, RecentLeavers: s.RecentLeavers}
}

func (e enforced) in(s enforce.Settings) enforce.Settings {
	s.ServerMembers, s.RecentLeavers = e.ServerMembers, e.RecentLeavers
	return s
}

// loadEnforced follows the configuration, unless it was changed and would now hit
// or free many: then it goes on as before until a moderator agrees.
func (c *Community) loadEnforced(ctx context.Context, now time.Time) error {
	var before enforced
	found, err := c.store.Settings.Read(ctx, modeNamespace, enforcedKey, &before)
	if err != nil {
		return err
	}
	to := enforcedOf(c.world.Settings)
	no := before.No
	before.No = nil
	if !found || before == to {
		if !found || no != nil {
			c.commits.Setting(modeNamespace, enforcedKey, to)
		}
		return nil
	}
	changed := c.world.Settings
	c.world.SetSettings(before.in(changed))
	switch {
	case no != nil && *no == to:
	case c.world.Settings.Limits.Wide(c.world.Scales.WeighSettings(changed)):
		c.approvals.settings = &changed
	default:
		c.world.SetSettings(changed)
		c.commits.Setting(modeNamespace, enforcedKey, to)
	}
	return nil
}

// decideSettings follows the configuration after all, or not.
func (c *Community) decideSettings(agreed bool, who string, now time.Time) {
	to := c.approvals.settings
	if to == nil {
		return
	}
	c.approvals.settings = nil
	kept := enforcedOf(c.world.Settings)
	if agreed {
		keys := c.world.SetSettings(enforcedOf(*to).in(c.world.Settings))
		c.commits.Setting(modeNamespace, enforcedKey, enforcedOf(*to))
		c.enqueue(keys, now)
		return
	}
	no := enforcedOf(*to)
	kept.No = &no
	c.commits.Setting(modeNamespace, enforcedKey, kept)
	c.speaker.say(fmt.Sprintf("%s said no: I go by what the configuration said before. To be rid of this, change it back.", who), "", nil)
}
