package community

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/store"
	"forseti/text"
)

const (
	// pastNamespace keeps what was set, by its number.
	pastNamespace = "setting_past"
	// changingNamespace keeps, under changingKey, a change that is under way.
	changingNamespace = "setting_changing"
	changingKey       = "change"
	// mostSet bounds what is remembered.
	mostSet = 500
)

// settingPast remembers who set what: how all settings stood before a change of a moderator is
// compared with how they stand after it, so that nothing that can be set is forgotten, however it
// was set.
type settingPast struct {
	loop    *loop.Loop
	log     zerolog.Logger
	commits *commits.Writer
	stand   func() []commands.Setting // how all stands; the owner must not call it
	kept    func()                    // hears that more was set
	copied  func() commands.SettingCopy
	renew   func(ctx context.Context, by run) error // writes the copy
	turn    chan struct{}                           // a slot: what two change at once could not be told apart

	all      []commands.SettingChange // the oldest first
	first    int                      // the number of the oldest
	changing changing                 // the zero time if there is none
	ours     string                   // which copy of the settings we wrote last
	copyType string                   // where it is kept; "" if nowhere yet
	more     bool                     // something was changed by no command, and is not in the copy yet
}

// changing is a change that is under way: after a crash it is known by it who made it.
type changing struct {
	By  id.UserID        `json:"by"`
	At  time.Time        `json:"at"`
	Was map[string]stood `json:"was"`
}

// stood is how a setting stood, and by what it is changed.
type stood struct {
	Value string `json:"value"`
	Set   string `json:"set"`
}

// load takes up what was set.
func (s *settingPast) load(ctx context.Context, settings *store.Settings) error {
	stored, err := settings.All(ctx, pastNamespace)
	if err != nil {
		return err
	}
	of := map[int]commands.SettingChange{}
	for key, raw := range stored {
		var one commands.SettingChange
		if n, err := strconv.Atoi(key); err == nil && json.Unmarshal(raw, &one) == nil {
			of[n] = one
		}
	}
	for i, n := range slices.Sorted(maps.Keys(of)) {
		if i == 0 {
			s.first = n
		}
		s.all = append(s.all, of[n])
	}
	for key, into := range map[string]*string{copyKey: &s.ours, copyTypeKey: &s.copyType} {
		if _, err := settings.Read(ctx, modeNamespace, key, into); err != nil {
			return err
		}
	}
	_, err = settings.Read(ctx, changingNamespace, changingKey, &s.changing)
	return err
}

// change makes a change of a command, and remembers what it set.
func (s *settingPast) change(ctx context.Context, by id.UserID, c commands.Change, change func() error) error {
	if !c.Sets() {
		return change()
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s.settle() // what a crash left
	was := s.stand()
	s.loop.See(func() { s.begin(by, was, time.Now()) })
	if err := s.commits.Flush(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn().Err(err).Msg("That a setting is about to be changed is not stored yet")
	}
	err := change()
	s.settle()
	return err
}

// settle remembers what has changed since a change began.
func (s *settingPast) settle() {
	pending := false
	s.loop.See(func() { pending = !s.changing.At.IsZero() })
	if !pending {
		return
	}
	is := s.stand()
	s.loop.See(func() {
		s.ended(is)
		s.kept()
	})
}

// begin writes down how all stands before a change.
func (s *settingPast) begin(by id.UserID, all []commands.Setting, at time.Time) {
	s.changing = changing{By: by, At: at, Was: map[string]stood{}}
	for _, one := range all {
		s.changing.Was[one.Name] = stood{text.Clip(one.Value, commands.MostSetTo), one.Set}
	}
	s.commits.Setting(changingNamespace, changingKey, s.changing)
}

// ended takes in how all stands after it.
func (s *settingPast) ended(all []commands.Setting) {
	of := s.changing
	if of.At.IsZero() {
		return
	}
	s.changing = changing{Was: map[string]stood{}}
	s.commits.Setting(changingNamespace, changingKey, nil)
	for _, one := range all {
		is := stood{text.Clip(one.Value, commands.MostSetTo), one.Set}
		if was := of.Was[one.Name]; was.Value != is.Value {
			s.remember(commands.SettingChange{At: of.At, By: of.By, Name: one.Name, Set: one.Set, From: was.Value, To: is.Value})
		}
		delete(of.Was, one.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(of.Was)) { // is not set any more
		s.remember(commands.SettingChange{At: of.At, By: of.By, Name: name, Set: of.Was[name].Set, From: of.Was[name].Value})
	}
}

// happened remembers what was changed though no command asked for it: by whom, or by what. Of a
// change that is under way just now it is no part.
func (s *settingPast) happened(all []commands.SettingChange, by id.UserID, why string, at time.Time) {
	for _, one := range all {
		one.At, one.By, one.Why = at.Round(0).UTC(), by, why
		s.remember(one)
		if s.changing.At.IsZero() || len(one.Of) > 0 {
			continue
		}
		if delete(s.changing.Was, one.Name); one.To != "" {
			s.changing.Was[one.Name] = stood{one.To, one.Set}
		}
		s.commits.Setting(changingNamespace, changingKey, s.changing)
	}
	s.more = s.more || len(all) > 0
}

// keepDue has the copy of the settings written if there is more that no command set.
func (s *settingPast) keepDue() {
	if s.more {
		s.more = false
		s.kept()
	}
}

// remember keeps a change, and forgets the oldest if they are too many.
func (s *settingPast) remember(one commands.SettingChange) {
	s.commits.Setting(pastNamespace, pastKey(s.first+len(s.all)), one)
	s.all = append(s.all, one)
	for len(s.all) > mostSet {
		s.commits.Setting(pastNamespace, pastKey(s.first), nil)
		s.all, s.first = s.all[1:], s.first+1
	}
}

func pastKey(n int) string { return fmt.Sprintf("%09d", n) }

// Past is part of commands.SettingDesk.
func (s *settingPast) Past() (past []commands.SettingChange) {
	s.loop.See(func() { past = slices.Clone(s.all) })
	slices.Reverse(past)
	return past
}

// Copy is part of commands.SettingDesk.
func (s *settingPast) Copy() (is commands.SettingCopy) {
	s.loop.See(func() { is = s.copied() })
	return is
}

var _ commands.SettingDesk = (*settingPast)(nil)
