package community

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"forseti/acl"
	"forseti/community/approval"
	"forseti/enforce"
	"forseti/store"
)

// load reads the questions that were open. take takes them up, once all rooms are there,
// and has everything that waits looked at: a crash may have come between holding something
// back and asking about it.
func (qs *questions) load(ctx context.Context) (take func(now time.Time), err error) {
	shown := map[string][]approval.Shown{}
	stored, err := qs.store.Settings.All(ctx, shownTexts)
	if err != nil {
		return nil, err
	}
	for question, raw := range stored {
		var texts []approval.Shown
		var turn int64
		switch {
		case json.Unmarshal(raw, &turn) == nil:
			shown[question] = []approval.Shown{{UpTo: turn}}
		case json.Unmarshal(raw, &texts) == nil:
			shown[question] = texts
		}
	}
	if stored, err = qs.store.Settings.All(ctx, alertNamespace); err != nil {
		return nil, err
	}
	qs.alerts.load(stored)
	open, err := qs.store.Questions.Open(ctx)
	if err != nil {
		return nil, err
	}
	return func(now time.Time) { qs.take(open, shown, now) }, nil
}

// take takes up the questions that were open.
func (qs *questions) take(open []store.Question, shown map[string][]approval.Shown, now time.Time) {
	for _, q := range open {
		var d questionDetails
		if err := json.Unmarshal(q.Details, &d); err != nil {
			qs.log.Warn().Err(err).Str("question", q.ID).Msg("Question cannot be read")
			continue
		}
		known := approval.Question{Topic: d.topic(), ID: q.ID, Event: q.Event, UpTo: d.UpTo}
		if before, two := qs.board.Of(known.Topic); two {
			qs.loop.Later("close a question", func(ctx context.Context) { qs.closeStored(ctx, before.ID, "withdrawn", qs.world.Self()) }, nil)
		}
		qs.board.Load(known, shown[q.ID])
		if loaded, ok := qs.board.Of(known.Topic); ok {
			qs.world.Book.TurnsFrom(loaded.UpTo)
		}
		qs.details[q.ID] = d
		if len(d.Rules) > 0 {
			// Of version 3, which asked about each rule: all of a list are asked about at once.
			qs.withdraw(known, "(Asked anew below.)", now)
			continue
		}
		if q.Event == "" {
			qs.pose(q.ID, d)
			continue
		}
	}
	for h := range qs.world.Book.Held("") {
		qs.topics.weigher.ask(h.List, enforce.OnlyReviewed(qs.world, h), now)
	}
	for list := range qs.topics.following.leaving {
		qs.board.Touch(approval.Topic{Kind: approval.Unwatch, About: string(list)}, now)
	}
	if qs.topics.settings != nil {
		qs.board.Touch(approval.Topic{Kind: approval.Settings}, now)
	}
	for room, w := range qs.topics.protecting.rooms {
		if w.asked {
			w.would = qs.world.Scales.SweepAtOnce(room)
			qs.board.Touch(approval.Topic{Kind: approval.Room, About: string(room)}, now)
		}
	}
	qs.speaker.resumeSigns(true)
}

// enforced is the settings namespace key of what of the configuration is followed.
const enforcedKey = "enforced" // in modeNamespace

// enforced is what of the configuration says whom rules hit.
type enforced struct {
	ServerMembers bool          `json:"server_members"`
	RecentLeavers time.Duration `json:"recent_leavers"`
	IPLiterals    acl.IPPolicy  `json:"ip_literals"`
	// No is set if a moderator said no to what the configuration says, to this:
	No *enforced `json:"no,omitempty"`
}

func enforcedOf(s enforce.Settings) enforced {
	return enforced{ServerMembers: s.ServerMembers, RecentLeavers: s.RecentLeavers, IPLiterals: s.IPLiterals}
}

func (e enforced) in(s enforce.Settings) enforce.Settings {
	s.ServerMembers, s.RecentLeavers, s.IPLiterals = e.ServerMembers, e.RecentLeavers, e.IPLiterals
	return s
}

// load follows the configuration, unless it was changed: then it goes on as before until
// all rooms are there, and weigh has found out what it would do.
func (t *topics) load(ctx context.Context) (weigh func(now time.Time), err error) {
	var before enforced
	found, err := t.store.Read(ctx, modeNamespace, enforcedKey, &before)
	if err != nil {
		return nil, err
	}
	to := enforcedOf(t.world.Settings)
	no := before.No
	before.No = nil
	if !found || before == to {
		if !found || no != nil {
			t.commits.Setting(modeNamespace, enforcedKey, to)
		}
		return func(time.Time) {}, nil
	}
	changed := t.world.Settings
	t.world.SetSettings(before.in(changed))
	return func(time.Time) { t.weighChanged(changed, no) }, nil
}

// weighChanged follows a configuration that was changed, unless it would now hit or free
// many: then it goes on as before until a moderator agrees. no is to what one said no.
func (t *topics) weighChanged(changed enforce.Settings, no *enforced) {
	to := enforcedOf(changed)
	e := t.world.Scales.WeighSettings(changed)
	switch {
	case no != nil && *no == to:
	case t.world.Settings.Limits.Wide(e):
		t.settings = &waitingSettings{to: changed, would: e}
	default:
		t.world.SetSettings(changed)
		t.commits.Setting(modeNamespace, enforcedKey, to)
	}
}

// waitingSettings are settings that wait for a yes.
type waitingSettings struct {
	to      enforce.Settings
	would   enforce.Effect // what they would do
	unswept bool           // they may do something else by now
}

// sweepSettings goes on finding out what the settings that wait would do; false if that is
// known.
func (t *topics) sweepSettings(now time.Time) bool {
	w := t.settings
	if w == nil || !w.unswept {
		return false
	}
	if e, done := t.world.Scales.SweepSettings(w.to, crowd); done {
		w.would, w.unswept = e, false
		t.weigher.board.Touch(approval.Topic{Kind: approval.Settings}, now)
	}
	return true
}

// decideSettings follows the configuration after all, or not.
func (t *topics) decideSettings(agreed bool, who string, now time.Time) {
	if t.settings == nil {
		return
	}
	to := t.settings.to
	t.settings = nil
	kept := enforcedOf(t.world.Settings)
	if agreed {
		keys := t.world.SetSettings(enforcedOf(to).in(t.world.Settings))
		t.commits.Setting(modeNamespace, enforcedKey, enforcedOf(to))
		t.queue.enqueue(keys, now)
		return
	}
	no := enforcedOf(to)
	kept.No = &no
	t.commits.Setting(modeNamespace, enforcedKey, kept)
	t.speaker.say(fmt.Sprintf("%s said no: I go by what the configuration said before. To be rid of this, change it back.", who), "", nil)
}
