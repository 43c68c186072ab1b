package community

import (
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/protections"
	"forseti/rooms"
)

// protectionNamespace holds, per protection, how moderators set it.
const protectionNamespace = "protection"

// protectors are the protections as moderators set them.
type protectors struct {
	c     *Community
	set   *protections.Set
	stand map[string]standing
}

// standing is how one protection is set.
type standing struct {
	Enabled bool              `json:"enabled"`
	Values  map[string]string `json:"values,omitempty"`
}

func newProtectors(c *Community) *protectors {
	p := &protectors{c: c, stand: map[string]standing{}}
	p.set = protections.NewSet(c.self, judge{c})
	p.set.Report = p.broken
	return p
}

// broken tells of a protection that failed, once; the log has the rest.
func (p *protectors) broken(name string, err error) {
	p.c.log.Error().Err(err).Str("protection", name).Msg("Protection failed on an event")
	p.c.problem("protection "+name, fmt.Sprintf("The protection %s failed on an event. The others go on; my log says more.", escape(name)))
}

// judge tells protections whom to leave alone.
type judge struct{ c *Community }

var _ protections.View = judge{}

func (j judge) Moderator(u id.UserID) bool { return j.c.world.Moderator(u) }

func (j judge) MayBan(room id.RoomID, u id.UserID) bool {
	r := j.c.world.Room(room)
	return r != nil && r.CanBan(j.c.self, u).OK()
}

// check asks the protections about one event. Late says that it comes from before
// we looked, so that its time of arrival says nothing.
func (p *protectors) check(evt *event.Event, at time.Time, late bool) []action.Action {
	return p.set.Check(protections.Incoming{Event: evt, Arrived: at, Backlog: late})
}

// checkLate asks about a message that can be read only now.
func (p *protectors) checkLate(evt *event.Event) []action.Action {
	return p.set.Check(protections.Incoming{Event: evt, Arrived: evt.Mautrix.ReceivedAt, Backlog: true, Late: true})
}

// follow pardons whoever is no longer banned, so that nothing goes on against a user
// whom somebody let off.
func (p *protectors) follow(room id.RoomID, change rooms.Change) {
	if change.Kind == rooms.Membership && change.Before.Membership == event.MembershipBan && change.After.Membership != event.MembershipBan {
		p.set.Pardon(room, change.User)
	}
}

// ended tells what came of an action that was wanted. A verdict that was not carried
// out, as in a dry run, must not count as if it had been: nothing would be done
// about the next offence.
func (p *protectors) ended(a action.Action, f action.Fate) {
	if a.Verb != action.Ban || a.Cause.Kind != action.ByProtection || f == action.Done {
		return
	}
	if room := p.c.world.Room(a.Room); room != nil {
		if m, _ := room.Member(a.User); m.Membership == event.MembershipBan {
			return // as it was wanted, whoever did it
		}
	}
	p.set.Pardon(a.Room, a.User)
}

// load sets the protections as they are stored.
func (p *protectors) load(stored map[string]json.RawMessage) {
	for name, raw := range stored {
		var s standing
		if json.Unmarshal(raw, &s) != nil {
			continue
		}
		p.stand[name] = s
	}
	for _, kind := range protections.Kinds() {
		if err := p.apply(kind); err != nil {
			// Protected by its defaults is better than not at all.
			if made, err := kind.New(nil); err == nil {
				p.set.Enable(made)
			}
			p.c.problem("protection "+kind.Name, fmt.Sprintf("The protection %s runs with its defaults, for its stored settings do not work: %s.", kind.Name, escape(err.Error())))
		}
	}
}

// apply brings the running set in step with how a protection stands.
func (p *protectors) apply(kind protections.Kind) error {
	s := p.stand[kind.Name]
	if !s.Enabled {
		p.set.Disable(kind.Name)
		return nil
	}
	made, err := kind.New(s.Values)
	if made != nil {
		p.set.Enable(made)
	}
	return err
}

// change sets how a protection stands, or leaves it as it was.
func (p *protectors) change(kind protections.Kind, to standing) error {
	before := p.stand[kind.Name]
	p.stand[kind.Name] = to
	if err := p.apply(kind); err != nil {
		p.stand[kind.Name] = before
		return err
	}
	p.c.saveSetting(protectionNamespace, kind.Name, to)
	return nil
}

func (p *protectors) infos() []commands.ProtectionInfo {
	var infos []commands.ProtectionInfo
	for _, kind := range protections.Kinds() {
		s := p.stand[kind.Name]
		infos = append(infos, commands.ProtectionInfo{
			Name: kind.Name, Summary: kind.Summary, Enabled: s.Enabled, Settings: kind.Settings(s.Values),
		})
	}
	return infos
}

func (p *protectors) enabled() []string {
	var names []string
	for _, kind := range protections.Kinds() {
		if p.stand[kind.Name].Enabled {
			names = append(names, kind.Name)
		}
	}
	return names
}
