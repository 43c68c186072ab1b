package commands

import (
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
	"forseti/sanction"
	"forseti/text"
)

// banLasts is how long a ban is meant for.
var banLasts = spanOrGood(leastMute, mostMute)

// hidden has a rule written with a hash in place of whom it is about.
var hidden = flag{name: "hash", doc: "write a hash in place of the name: who reads the list cannot tell whom it is about, unless they know them"}

// untilOf is when what a command does is to end, in ms; 0 for never.
func untilOf(c *call, d BanDesk) int64 {
	if lasts := option[time.Duration](c, "for"); lasts > 0 {
		return d.Now().Add(lasts).UnixMilli()
	}
	return 0
}

// untilStamp says when a rule ends.
func (k *known) untilStamp(r policy.Rule) string { return k.stamp(time.UnixMilli(r.Until)) }

// lasting says how long a ban is for, after it; "" of one for good.
func lasting(c *call, r policy.Rule) string {
	if r.Until == 0 {
		return ""
	}
	return fmt.Sprintf(" for %s, until %s", sanction.Span(option[time.Duration](c, "for")), c.untilStamp(r))
}

// ending says that a rule which is to be written ends by itself; "" of one for good.
func ending(c *call, r policy.Rule) string {
	if r.Until == 0 {
		return ""
	}
	return fmt.Sprintf(" It would end by itself on %s.", c.untilStamp(r))
}

func hiddenWords(r policy.Rule) string {
	return pick(r.Hash == "", "", ", and has only a hash of the name")
}

// changed says what of a rule is another than before.
func changed(c *call, before, now policy.Rule) string {
	var said []string
	if before.Reason != now.Reason {
		said = append(said, fmt.Sprintf("I changed the reason, which was: %s", pick(before.Reason == "", "none", text.Escape(before.Reason, text.MostReason))))
	}
	was := "it was for good"
	if before.Until > 0 {
		was = "it was until " + c.untilStamp(before)
	}
	switch {
	case before.Until == now.Until:
	case now.Until == 0:
		said = append(said, "it is for good now, and "+was[3:])
	default:
		said = append(said, fmt.Sprintf("it ends on %s now, and %s", c.untilStamp(now), was[3:]))
	}
	return text.And(said)
}

// hide is a rule with a hash in place of the name, if that is wanted.
func hide(c *call, r policy.Rule) (policy.Rule, error) {
	switch {
	case !option[bool](c, hidden.name):
		return r, nil
	case r.IsGlob():
		return r, refuse("A pattern has no hash that anybody could find out: %s. Leave out `--hash`, or name one user, server or room.", text.Code(r.Entity))
	default:
		exact := r.Entity
		if r.Kind == policy.Server {
			exact = policy.ServerName(exact)
		}
		r.Entity, r.Hash = "", policy.HashOf(exact)
		return r, nil
	}
}

// banIn bans users in some rooms, without a rule.
func banIn(c *call, d BanDesk, es []entity, rooms []id.RoomID, ask bool) (Plan, error) {
	var names []string
	for range rooms {
		names = append(names, namesOf(es)...)
	}
	p, err := each(names, "", func(i int) (Plan, error) { return banHere(c, d, es[i%len(es)], rooms[i/len(es)]) })
	hit := map[id.UserID]bool{}
	for _, s := range p.Steps {
		hit[s.Want.User] = true
	}
	if p.Weight.Hit = len(hit); ask {
		p.Ask = "Ban them?"
	}
	return p, err
}

// banHere bans a user in one room, without a rule.
func banHere(c *call, d BanDesk, e entity, room id.RoomID) (Plan, error) {
	switch _, listed := c.args["list"]; {
	case listed:
		return Plan{}, refuse("A ban in one room is no rule of a list. Leave out the list, or `--room`; if that word begins the reason, put the reason in quotes.")
	case option[bool](c, hidden.name):
		return Plan{}, refuse("A ban in one room is no rule, and shows whom it is about. Leave out `--hash` or `--room`.")
	case e.kind != policy.User || e.glob:
		return Plan{}, refuse("In one room I ban one user: %s is a %s. Without `--room` I write a rule, which holds in all rooms.", text.Code(e.name), pick(e.glob, "pattern", e.kind.String()))
	case e.name == string(c.self):
		return Plan{}, refuse("That is me. I cannot ban myself.")
	}
	u := id.UserID(e.name)
	rule := e.rule()
	rule.Recommendation = policy.Ban
	switch effect := d.Preview([]policy.Rule{rule}, nil); {
	case slices.Contains(effect.Guarded, u):
		return Plan{}, refuse("%s is a moderator here, and I do not ban moderators.", text.Code(e.name))
	case slices.Contains(d.BannedIn(u), room):
		return says("%s is banned in %s already.", text.Code(e.name), c.room(room)), nil
	}
	rule.Until = untilOf(c, d)
	whom := fmt.Sprintf("%s in %s%s", text.Code(e.name), c.room(room), pick(rule.Until == 0, " alone", " alone"+lasting(c, rule)))
	p := Plan{Effect: "I would ban " + whom + ".", Answer: text.Paragraphs("Banning "+whom+".", e.note), Weight: Weight{Hit: 1}}
	a := action.Action{Verb: action.Ban, Room: room, User: u, Reason: arg[string](c, "reason")}
	if rule.Until > 0 {
		a.Expires = time.UnixMilli(rule.Until)
	}
	p.want(a)
	return p, nil
}
