package community

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/protections"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

const (
	// typePreset is account data in which init keeps the preset that was chosen: until there
	// is a database with settings, and should there be none any more.
	typePreset = "org.forseti.preset"
	// What Mjolnir and Draupnir store: which protections are on, in account data; and how
	// each is set, and with what consequences, in the state of the management room.
	typeEnabledProtections = "org.matrix.mjolnir.enabled_protections"
	typeProtectionSetting  = "org.matrix.mjolnir.setting"
	typeProviders          = "me.marewolf.draupnir.set_capability_provider"
)

// adopting sets the protections on the first start, and never after: as was chosen at the
// set-up, and as they were in the bot before us.
type adopting struct {
	commits *commits.Writer
	speaker *speaker
	stand   *standings

	pending bool
	kept    bool // that it is pending is stored
	preset  string
	copies  copies // of what was set before the database was lost
	restore func(all copies, now time.Time) string
	former  protections.Former
}

// adoptingKey is where it is stored that it has yet to be done, among what is set about the
// whole bot.
const adoptingKey = "adopting"

// load finds out whether anything is to be adopted: once, if nothing was set yet.
func (a *adopting) load(ctx context.Context, settings *store.Settings, first bool) error {
	if _, err := settings.Read(ctx, modeNamespace, adoptingKey, &a.kept); err != nil {
		return err
	}
	a.pending = a.kept || first && len(a.stand.of)+len(a.stand.rules.rules) == 0
	return nil
}

// accountData takes in what matters of it.
func (a *adopting) accountData(kind string, content json.RawMessage) {
	switch {
	case kind == typePreset:
		a.preset = wire.Read(content).Short("preset", 60)
	case kind == typeEnabledProtections:
		a.former.Enabled(content)
	case isCopy(kind) && a.pending:
		a.copies[kind] = content
	}
}

// view takes in what matters of the state of the management room.
func (a *adopting) view(state []*event.Event) {
	if !a.pending {
		return
	}
	for _, evt := range state {
		switch {
		case evt.StateKey == nil:
		case evt.Type.Type == typeProtectionSetting:
			a.former.Set(*evt.StateKey, evt.Content.VeryRaw)
		case evt.Type.Type == typeProviders:
			a.former.Provided(*evt.StateKey, evt.Content.VeryRaw)
		}
	}
}

// adopt does it, once the management room was read, and says what came of it; "" for
// nothing.
func (a *adopting) adopt(read bool) (said string) {
	switch {
	case !a.pending:
		return ""
	case !read:
		if !a.kept {
			a.kept = true
			a.commits.Setting(modeNamespace, adoptingKey, true)
		}
		return ""
	}
	a.pending = false
	if a.kept {
		a.commits.Setting(modeNamespace, adoptingKey, nil)
	}
	said = a.restore(a.copies, time.Now())
	if clear(a.copies); said != "" {
		return said
	}
	chosen := a.choose()
	adopted := a.former.Over(a.stand.arranged())
	a.note(adopted.To, "the first start, as in the bot before me")
	if err := a.stand.arrange(adopted.To); err != nil {
		return chosen // cannot be: there are no rules in it
	}
	a.former = protections.Former{}
	came, missing := "", ""
	if len(adopted.Came) > 0 {
		came = "From the bot that used this account before:" + lines(adopted.Came)
	}
	if len(adopted.Missing) > 0 {
		missing = "What it had set and what I have nothing for:" + lines(adopted.Missing)
	}
	return text.Paragraphs(chosen, came, missing)
}

// later is adopt when it could not be done with the very first words, and says what came of it.
func (a *adopting) later(read bool) {
	if said := a.adopt(read); said != "" {
		a.speaker.say(text.Paragraphs(said, commands.WatchWords(a.stand.infos())), "", nil)
	}
}

// choose lays the preset over what is set.
func (a *adopting) choose() string {
	p, known := protections.FindPreset(a.preset)
	switch {
	case a.preset == "" || a.preset == noPreset:
		return ""
	case !known:
		return fmt.Sprintf("At the set-up a preset %s was chosen, and there is none of that name: `!forseti preset list` shows them.", text.Code(a.preset))
	}
	var to protections.Arrangement
	for _, one := range a.stand.arranged() {
		if s, says := p.Over(one.Kind, one.Standing); says {
			one.Standing = s
			to = append(to, one)
		}
	}
	a.note(to, "the first start, as chosen at the set-up")
	if err := a.stand.arrange(to); err != nil {
		return "" // cannot be: there are no rules in it
	}
	return fmt.Sprintf("Protections are set as the preset %s says, which was chosen at the set-up.", text.Code(p.Name))
}

// note remembers how protections come to stand.
func (a *adopting) note(all protections.Arrangement, why string) {
	for _, one := range all {
		if kind, known := a.stand.rules.find(one.Kind.Name); known {
			a.stand.note(kind, one.Standing, "", why)
		}
	}
}

// noPreset is what init keeps if none is wanted.
const noPreset = "none"

// mostAdopted is how many lines are shown.
const mostAdopted = 30

func lines(all []string) string {
	more := ""
	if n := len(all) - mostAdopted; n > 0 {
		all, more = all[:mostAdopted], fmt.Sprintf("\n- … and %d more", n)
	}
	return "\n- " + strings.Join(all, "\n- ") + more
}

// welcome speaks for the first time, ever. Later starts are silent unless there is
// something to mend, or to adopt.
func (c *Community) welcome(first bool) {
	c.hearing.direct.succession.arrived(c.opts.Configured, c.places.any)
	c.hearing.direct.succession.look()
	if !first {
		c.hearing.adopting.later(c.places.management.room.loaded)
		return
	}
	adopted := c.hearing.adopting.adopt(c.places.management.room.loaded)
	rooms, lists := text.Count(len(c.places.protecting.rooms), "room"), text.Count(len(c.places.following.lists), "list")
	c.speaker.say(text.Paragraphs(fmt.Sprintf("Hello, I am Forseti. I look after %s and follow %s. Write `!forseti help` to see what I can do, and `!forseti rooms add <room>` to give me a room.",
		pick(len(c.places.protecting.rooms) == 0, "no room yet", rooms), pick(len(c.places.following.lists) == 0, "no list yet", lists)),
		adopted, commands.WatchWords(c.protectors.stand.infos())), "", nil)
}
