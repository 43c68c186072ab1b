package community

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/report"
	"forseti/content"
	"forseti/protections/kit"
	"forseti/protections/learning"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

const (
	// learnedName is the protection that finds what is like what was marked.
	learnedName = "learned"
	// secretKind is the kind of the one stored row that is no sample: what tokens are hashed with.
	secretKind = "secret"
)

// loadSamples takes up what was learned.
func (p *protectors) loadSamples(ctx context.Context, stored *store.Samples) error {
	all, err := stored.All(ctx)
	if err != nil {
		return err
	}
	var secret []byte
	var rows []learning.Row
	unread := 0
	for _, row := range all {
		switch {
		case row.Kind == secretKind && row.Body != nil:
			secret = row.Body
		case row.Kind == secretKind:
		case row.Body == nil:
			unread++
		default:
			rows = append(rows, learning.Row(row))
		}
	}
	if secret == nil {
		secret = make([]byte, learning.SecretSize)
		_, _ = rand.Read(secret) // it never fails
		next := p.commits.Next()
		next.Known.Samples = append(next.Known.Samples, store.Sample{ID: secretKind + rand.Text(), Kind: secretKind, At: time.Now(), Body: secret}) // beside one that cannot be read
	}
	p.set.Samples = learning.New(secret)
	if unread += p.set.Samples.Load(rows); unread > 0 {
		p.log.Warn().Int("samples", unread).Msg("Samples cannot be read: they were stored with another encryption.key, or the database is damaged")
		p.speaker.problem(samplesUnread(), fmt.Sprintf("Of what I learned from marked messages I cannot read %s, and do without. Was encryption.key changed in my configuration?", text.Count(unread, "sample")))
	} else {
		p.speaker.report.Problems.Solved(samplesUnread())
	}
	return nil
}

func samplesUnread() report.Key { return report.Key{Kind: report.Protection, Subject: "samples"} }

// keepSamples has stored what has changed of them.
func (p *protectors) keepSamples() {
	if p.set.Samples == nil {
		return
	}
	next := p.commits.Next()
	for _, row := range p.set.Samples.Changed() {
		next.Known.Samples = append(next.Known.Samples, store.Sample(row))
	}
}

// mistook takes in that a protection found what it should not have: what it learned that from
// counts no more, and what it found is innocent.
func (p *protectors) mistook(of []finding, by id.UserID) {
	for _, c := range of {
		if c.Protection != learnedName {
			continue
		}
		if p.set.Samples.Forget(string(c.Event)) {
			continue // it was marked, and that was the mistake
		}
		if evt := p.evidence.latest.events[c.Event]; evt != nil {
			_, _ = p.set.Samples.Mark(learning.Ham, markingOf(evt, by))
		}
	}
	p.keepSamples()
}

func markingOf(evt *event.Event, by id.UserID) learning.Marking {
	return learning.Marking{
		By: by, Event: evt.ID, Said: content.Read(evt.Type.Type, evt.Content.VeryRaw), At: time.Now(), Secret: evt.Mautrix.WasEncrypted,
	}
}

// samples are the messages that moderators mark.
type samples struct {
	cited      *cited
	protectors *protectors
	alerts     *alerts
}

// message gives a message that can be learned from. An error is a sentence.
func (s *samples) message(ctx context.Context, room id.RoomID, of id.EventID) (*event.Event, error) {
	evt, err := s.cited.message(ctx, room, of)
	if err == nil && evt.StateKey != nil {
		return nil, desk.Sentence("That is no message, but a piece of the room's state")
	}
	return evt, err
}

// change makes a change that a command asks for.
func (s *samples) change(ctx context.Context, by run, c commands.Change) error {
	p := s.protectors
	switch c.Kind {
	case commands.MarkSpam:
		return s.spam(ctx, c)
	case commands.MarkHam:
		return s.ham(ctx, by, c)
	case commands.ForgetSample:
		return s.owned(func() error {
			p.set.Samples.Forget(c.Name) // if it is gone already, that is as it is to be
			return nil
		})
	default:
		lines, err := learning.ReadLines(c.Value)
		if err != nil {
			return refuse("Nothing of it was taken: %s", text.Escape(err.Error(), text.MostReason))
		}
		return s.owned(func() error {
			_, err := p.set.Samples.Import(c.User, lines, time.Now())
			s.begin()
			return err
		})
	}
}

// owned does something with what is learned, and has it stored.
func (s *samples) owned(f func() error) error {
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	s.protectors.loop.See(func() {
		err = f()
		s.protectors.keepSamples()
	})
	return err
}

// begin has the protection look for what is like the marked, in shadow, unless moderators said how
// it is to be.
func (s *samples) begin() {
	stand := s.protectors.stand
	if _, said := stand.of[learnedName]; said || s.protectors.set.Samples.Standing().Spam == 0 {
		return
	}
	if kind, known := stand.rules.find(learnedName); known {
		stand.unasked(kind, kit.Standing{Mode: kit.Shadow}, "itself, as there is something to be like")
	}
}

// spam remembers a message, and has follow what follows from spam.
func (s *samples) spam(ctx context.Context, c commands.Change) error {
	p, of := s.protectors, id.EventID(c.Name)
	evt, unread := s.message(ctx, c.Room, of)
	removed := errors.Is(unread, errGone)
	entries, err := p.evidence.store.Journal.SetOffBy(ctx, of)
	if err != nil {
		return fmt.Errorf("what was done about %s: %w", of, err)
	}
	for _, e := range entries {
		removed = removed || e.Action.Event == of && e.State == store.EntryDone
	}
	f := kit.Finding{
		Protection: learnedName, Room: c.Room, User: id.UserID(c.Key), Offence: of, Weight: kit.Spam, Points: kit.Spam.Weight(),
		Reason: "spam", Why: "was marked as spam by " + text.Code(string(c.User)),
	}
	if !removed {
		f.Events = []id.EventID{of}
	}
	return s.owned(func() error {
		if unread == nil {
			if p.evidence.keepFor > 0 {
				p.evidence.latest.keep(evt)
			}
			_, _ = p.set.Samples.Mark(learning.Spam, markingOf(evt, c.User)) // why it may not be was told before
			s.begin()
		}
		p.carryOut(p.consequences([]kit.Finding{f}, time.Now()))
		return nil
	})
}

// ham takes back what was done about a message, and remembers that it is none.
func (s *samples) ham(ctx context.Context, by run, c commands.Change) error {
	p, of := s.protectors, id.EventID(c.Name)
	evt, unread := s.message(ctx, c.Room, of)
	entries, err := p.evidence.store.Journal.SetOffBy(ctx, of)
	if err != nil {
		return fmt.Errorf("what was done about %s: %w", of, err)
	}
	wanted := store.Commit{}
	var found []finding
	err = s.owned(func() error {
		if p.set.Samples.Forget(c.Name); unread == nil {
			_, _ = p.set.Samples.Mark(learning.Ham, markingOf(evt, c.User))
		}
		var done map[string][]store.Entry
		found, done = s.foundOf(of, entries)
		s.alerts.undo(found, done, store.Command{Event: by.command, Sender: c.User}, &wanted)
		return nil
	})
	if err != nil || len(wanted.Open)+len(wanted.Offences) == 0 {
		return err
	}
	if err := p.want(ctx, wanted); err != nil {
		return err
	}
	p.loop.See(func() {
		for _, o := range wanted.Offences {
			p.follows.take(o)
		}
		p.erred(found, wanted.Offences)
	})
	return nil
}

// foundOf are the findings that a message was the offence of, and what was done for each.
func (s *samples) foundOf(of id.EventID, entries []store.Entry) (found []finding, done map[string][]store.Entry) {
	done = map[string][]store.Entry{}
	add := func(c finding) {
		if !slices.Contains(found, c) {
			found = append(found, c)
		}
	}
	for _, a := range s.alerts.at {
		for _, c := range a.Cases {
			if c.Event == of && c.Offence != "" {
				add(c)
			}
		}
	}
	for _, e := range entries {
		cause := e.Action.Cause
		if cause.Kind != action.ByProtection || e.Action.User == "" {
			continue
		}
		c := finding{Offence: sanction.EntryID(cause, e.Action.Room), Event: of, Room: e.Action.Room, User: e.Action.User, Protection: cause.Protection}
		if entered, known := s.protectors.follows.ledger.Find(c.Offence); known {
			c.Case = entered.Case
			add(c)
		}
	}
	for _, c := range found {
		done[c.Offence] = entries // undo takes of them what is of the finding
	}
	return found, done
}
