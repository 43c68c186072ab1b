package community

import (
	"context"
	"errors"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/protections/learning"
	"forseti/text"
)

// sampleDesk shows what was marked, and finds what is to be.
type sampleDesk struct{ *samples }

var _ commands.SampleDesk = sampleDesk{}

// Spared is part of commands.SampleDesk.
func (d sampleDesk) Spared(u id.UserID) (spared bool) {
	w := d.protectors.world
	d.protectors.loop.See(func() { spared = u == w.Self() || w.Moderator(u) })
	return spared
}

// CheckMark is part of commands.SampleDesk.
func (d sampleDesk) CheckMark(ctx context.Context, c learning.Class, by id.UserID, said commands.Said) (known bool, err error) {
	evt, err := d.message(ctx, said.Room, said.Event)
	if err != nil {
		return false, err
	}
	d.protectors.loop.See(func() {
		book := d.protectors.set.Samples
		if s := book.Find(string(said.Event)); s != nil && s.Class == c && s.By != "" {
			known = true
			return
		}
		err = sentenceOf(book.May(c, markingOf(evt, by)))
	})
	return known, err
}

// sentenceOf says in words for moderators why something is not learned.
func sentenceOf(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, learning.ErrPerDay):
		return refuse("One moderator can teach me %d messages in 24 hours, so that nobody decides alone what spam is. Another can mark it, or you tomorrow", learning.PerDay)
	case errors.Is(err, learning.ErrNothing):
		return desk.Sentence("There are no words in it, and nothing that it links to")
	case errors.Is(err, learning.ErrKnown):
		return desk.Sentence("I know enough that are nearly the same: it is found without it")
	default:
		return refuse("%s", text.Escape(err.Error(), text.MostReason))
	}
}

// Samples is part of commands.SampleDesk.
func (d sampleDesk) Samples() (info commands.SampleInfo) {
	p := d.protectors
	var all []commands.MarkedMessage
	named := map[string]string{}
	p.loop.See(func() {
		book, open := p.set.Samples, !d.cited.management.room.Encrypted()
		info.Standing, info.Kept = book.Standing(), p.evidence.store.Samples.Kept()
		info.Mode, _ = p.stand.of[learnedName].In("")
		for _, s := range book.Spam() {
			m := commands.MarkedMessage{ID: s.ID, By: s.By, At: s.At, Imported: s.Imported, Hidden: s.Secret && open}
			if !m.Hidden {
				m.Text, m.Hosts = s.Text, slices.Clone(s.Hosts)
			}
			all = append(all, m)
		}
	})
	info.Spam = all
	info.Found = func(name string) (commands.MarkedMessage, bool) {
		p.loop.See(func() {
			if s := p.set.Samples.Find(name); s != nil {
				named[name] = s.ID
			}
		})
		i := slices.IndexFunc(all, func(m commands.MarkedMessage) bool { return m.ID == named[name] })
		if i < 0 {
			return commands.MarkedMessage{}, false
		}
		return all[i], true
	}
	return info
}

// CheckImport is part of commands.SampleDesk. It takes them into a copy.
func (d sampleDesk) CheckImport(written string) (n int, err error) {
	lines, err := learning.ReadLines(written)
	if err != nil {
		return 0, refuse("What is wrong: %s", text.Escape(err.Error(), text.MostReason))
	}
	err = desk.Sentence("I am stopping. Write that once more when I am back")
	d.protectors.loop.See(func() {
		var fits error
		if n, fits = d.protectors.set.Samples.Fits(lines); fits != nil {
			err = refuse("What is wrong: %s", text.Escape(fits.Error(), text.MostReason))
			return
		}
		err = nil
	})
	return n, err
}

// ExportSamples is part of commands.SampleDesk.
func (d sampleDesk) ExportSamples() (parts []string) {
	const most = commands.MostFile / 2
	d.protectors.loop.See(func() { parts = d.protectors.set.Samples.Export(most, d.cited.management.room.Encrypted()) })
	return parts
}
