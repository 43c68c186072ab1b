package community

import (
	"context"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

// manners are how users are told of what was done to them.
type manners struct {
	wording sanction.Wording
	tact    sanction.Tact                // towards users
	here    map[id.RoomID]*sanction.Tact // towards all others who read in a room what one is told
}

// templateKey is where what users are told is kept, among what moderators set about the
// whole bot, hereKey what they are told in rooms, and appealKey how they can appeal.
const (
	templateKey = "notice"
	hereKey     = "notice_here"
	appealKey   = "appeal"
)

// note takes in that a user is told something.
func (m *manners) note(a action.Action, at time.Time) {
	m.tact.Told(a.User, at)
	if a.Verb.Row().Open {
		m.in(a.Room).Told(a.User, at)
	}
}

// in is how much is said in a room.
func (m *manners) in(room id.RoomID) *sanction.Tact {
	if m.here[room] == nil {
		m.here[room] = &sanction.Tact{Most: sanction.MostHere}
	}
	return m.here[room]
}

// loadWords takes up what users are told, and who was told something lately.
func (c *consequences) loadWords(ctx context.Context, kept *store.Store, now time.Time) error {
	c.wording = sanction.Wording{}
	for _, w := range []struct {
		key   string
		into  *string
		check func(string) error
	}{
		{templateKey, &c.wording.Template, sanction.CheckTemplate}, {hereKey, &c.wording.Here, sanction.CheckHere}, {appealKey, &c.wording.Appeal, sanction.CheckAppeal},
	} {
		var words string
		if _, err := kept.Settings.Read(ctx, modeNamespace, w.key, &words); err != nil {
			return err
		}
		if w.check(words) == nil {
			*w.into = words
		}
	}
	if err := c.cases.load(ctx, kept.Cases, now); err != nil {
		return err
	}
	told, err := kept.Journal.Told(ctx, sanction.TactSince(now))
	if err != nil {
		return err
	}
	for _, e := range told {
		c.note(e.Action, e.Created)
	}
	return nil
}

// setNotice changes what users are told, where, or how they can appeal; "" brings back our own
// words.
func (c *consequences) setNotice(key, words string) {
	var kept any
	if words != "" {
		kept = words
	}
	switch key {
	case appealKey:
		c.wording.Appeal = words
		c.commits.Setting(modeNamespace, appealKey, kept)
	case hereKey:
		c.wording.Here = words
		c.commits.Setting(modeNamespace, hereKey, kept)
	default:
		c.wording.Template = words
		c.commits.Setting(modeNamespace, templateKey, kept)
	}
}

// words are what the user is told of a step, in a direct chat or in the room; "" if they are not.
// Who came for spam or an attack would only learn from it.
func (c *consequences) words(f kit.Finding, v sanction.Verdict, at time.Time) (chat, here string) {
	if f.Weight >= kit.Spam || !c.tact.May(f.User, at) {
		return "", ""
	}
	name := c.names.Room(f.Room)
	if f.Here.Has(v.Step) {
		if who, can := c.present(f); can && c.in(f.Room).May(f.User, at) {
			return "", c.wording.HereWords(who, name, v, f.Reason, at)
		}
	}
	if f.Tell.Has(v.Step) {
		chat = c.wording.Words(name, v, f.Reason, at)
	}
	return chat, ""
}

// present is how somebody is addressed in a room in which they are, if we can write there. A
// name that is what was found is not repeated.
func (c *consequences) present(f kit.Finding) (who string, can bool) {
	room := c.world.Room(f.Room)
	if room == nil {
		return "", false
	}
	kind := event.EventMessage.Type
	if room.Encrypted() {
		kind = event.EventEncrypted.Type
	}
	if !room.CanSend(c.world.Self(), kind).OK() {
		return "", false
	}
	m, _ := room.Member(f.User)
	if f.Of == action.ToProfile {
		m.DisplayName = ""
	}
	return sanction.Called(f.User, m.DisplayName), m.Membership == event.MembershipJoin
}
