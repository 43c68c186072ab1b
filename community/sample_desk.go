package community

import (
	"context"
	"errors"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/content"
	"forseti/protections/learning"
	"forseti/text"
)

// sampleDesk shows what was marked, and finds what is to be.
type sampleDesk struct{ *samples }

var _ commands.SampleDesk = sampleDesk{}

// Meant is part of commands.SampleDesk.
func (d sampleDesk) Meant(ctx context.Context, room id.RoomID, of id.EventID) (meant []commands.Said, err error) {
	p := d.protectors
	var here id.RoomID
	p.loop.See(func() {
		here = d.management.room.ID()
		if a := d.alerts.at[of]; a != nil && a.About == "" {
			for _, c := range a.Cases {
				meant = append(meant, commands.Said{Room: c.Room, Event: c.Event, By: c.User})
			}
		}
		if evt := p.evidence.latest.events[of]; evt != nil && room == "" {
			room = evt.RoomID
		}
	})
	if len(meant) > 0 {
		return distinct(meant), nil
	}
	if kept, found, err := p.evidence.store.Evidence.Of(ctx, of); room == "" && err == nil && found {
		room = kept.Room
	}
	if room == "" || room == here {
		return d.linked(ctx, here, of)
	}
	evt, err := d.message(ctx, room, of)
	if evt == nil {
		return nil, err
	}
	return []commands.Said{{Room: room, Event: of, By: evt.Sender}}, nil
}

func distinct(all []commands.Said) (out []commands.Said) {
	for _, m := range all {
		if !slices.ContainsFunc(out, func(o commands.Said) bool { return o.Event == m.Event }) {
			out = append(out, m)
		}
	}
	return out
}

// linked are the messages of protected rooms that a message to moderators has links to.
func (d sampleDesk) linked(ctx context.Context, here id.RoomID, of id.EventID) (meant []commands.Said, err error) {
	evt, err := d.message(ctx, here, of)
	if err != nil {
		return nil, desk.Sentence("Which message? Write it as a reply to my alert, or paste the link to the message")
	}
	for _, l := range content.Read(evt.Type.Type, evt.Content.VeryRaw).Links() {
		room := id.RoomID(l.Room)
		protected := false
		d.protectors.loop.See(func() { protected = d.protectors.world.Room(room) != nil })
		if l.Event == "" || !protected || len(meant) == mostLinked {
			continue
		}
		if said, err := d.message(ctx, room, l.Event); said != nil && (err == nil || errors.Is(err, errMarkGone)) {
			meant = append(meant, commands.Said{Room: room, Event: l.Event, By: said.Sender})
		}
	}
	if len(meant) == 0 {
		return nil, desk.Sentence("That message is about none that I can find in a protected room. Paste the link to the one that you mean")
	}
	return distinct(meant), nil
}

// mostLinked is how many links of a message are followed.
const mostLinked = 20

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
		book, open := p.set.Samples, !d.management.room.Encrypted()
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
	const most = 12_000
	d.protectors.loop.See(func() { parts = d.protectors.set.Samples.Export(most, d.management.room.Encrypted()) })
	return parts
}
