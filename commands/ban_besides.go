package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// banning is what ban asks: of rules, of messages, and of who was here before.
type banning struct {
	BanDesk
	messages MessageDesk
	members  MemberDesk
	arrivals ArrivalDesk
}

var (
	// withMessages has what those wrote lately removed as well who are banned.
	withMessages = flag{name: "redact", doc: "remove what they wrote lately as well, as `redact` does, and take back invitations of theirs that nobody has answered"}
	// sparing leaves somebody out whom a rule matches.
	sparing = flag{name: "spare", value: &userValue, several: true, doc: "leave this user out: an exemption is written for them, into the same list; may be given several times"}
)

// onlyWithRules refuses what goes with rules alone.
func onlyWithRules(c *call) error {
	if len(options[entity](c, sparing.name)) > 0 || option[bool](c, withMessages.name) {
		return refuse("`--redact` and `--spare` go with a rule. For one room write the ban without them, and `!forseti redact` with `--room` for what was written there.")
	}
	return nil
}

// spared are those whom a ban leaves out.
type spared struct {
	users []id.UserID
	rules []policy.Rule
	plans []Plan
}

const mostReason = 200

// spares plans an exemption for each of those who are to be left out.
func (d banning) spares(c *call, list List, es []entity) (s spared, err error) {
	reason := text.Clip("spared from the ban of "+text.And(namesOf(es)), mostReason)
	for _, e := range options[entity](c, sparing.name) {
		switch {
		case slices.ContainsFunc(es, func(other entity) bool { return other.kind == e.kind && sameEntity(other.rule(), e) }):
			return s, refuse("%s is whom the ban is about, and cannot be left out of it.", text.Code(e.name))
		case e.glob:
			return s, refuse("%s is a pattern. Write the users to spare by their IDs.", text.Code(e.name))
		case !list.Exempts:
			return s, refuse("The exemptions of %s are not followed here, so I cannot spare anybody by it. Write `!forseti list exempt` with its name and `on` first.", c.listName(list))
		}
		rule, p, err := exemptOne(c, d, list, e, reason)
		if err != nil {
			return s, err
		}
		s.users = append(s.users, id.UserID(e.name))
		if len(p.Steps) > 0 {
			s.rules, s.plans = append(s.rules, rule), append(s.plans, p)
		}
	}
	return s, nil
}

// into has the exemptions written before the rules that they are exemptions from.
func (s spared) into(p *Plan) {
	if len(s.users) == 0 {
		return
	}
	var steps []Step
	for _, of := range s.plans {
		steps = append(steps, of.Steps...)
	}
	p.Steps = append(steps, p.Steps...)
	p.Effect = text.Paragraphs(p.Effect, fmt.Sprintf("I would exempt %s.", text.Named(s.users, mostNames)))
	p.Answer = text.Paragraphs(p.Answer, fmt.Sprintf("%s %s exempt now: no list bans them here.", text.Named(s.users, mostNames), text.Pick(len(s.users), "is", "are")))
}

// aWhile is how long somebody has been here who is no part of what just came.
const aWhile = 24 * time.Hour

// longHere names those whom a pattern or a server's name would hit beside many who came within
// a day: an innocent with a name like theirs. "" if there are none, or if nobody came.
func (d banning) longHere(ctx context.Context, c *call, es []entity, effect Effect) (string, error) {
	if effect.Hit < crowd || !slices.ContainsFunc(es, func(e entity) bool { return e.glob || e.kind == policy.Server }) {
		return "", nil
	}
	moves, err := d.arrivals.Since(ctx, d.arrivals.Now().Add(-aWhile), nil)
	if err != nil {
		return "", err
	}
	came := map[id.UserID]bool{}
	for _, s := range moves.Servers {
		for _, a := range s.Came {
			came[a.User] = true
		}
	}
	hit := slices.Concat(effect.Banned, effect.Shut)
	long := slices.DeleteFunc(slices.Clone(hit), func(u id.UserID) bool { return came[u] })
	if len(long) == 0 || 2*len(long) > len(hit) {
		return "", nil
	}
	how := "`--spare` with a name leaves one out."
	if len(long) == 1 {
		how = fmt.Sprintf("%s leaves them out.", text.Code("--spare "+string(long[0])))
	}
	return fmt.Sprintf("**%s came long before the others**: %s. %s", text.Pick(len(long), "One of them", fmt.Sprintf("%d of them", len(long))), names(long), how), nil
}

// whose are those whose messages go with a ban.
func whose(es []entity, but []id.UserID) Search {
	s := Search{Limit: usualLimit, But: but}
	for _, e := range es {
		switch e.kind {
		case policy.User:
			s.Users = append(s.Users, Whose{User: id.UserID(e.name), Glob: e.glob})
		case policy.Server:
			s.Users = append(s.Users, Whose{User: id.UserID("@*:" + e.name), Glob: true})
		}
	}
	return s
}

// Lately seeks what users wrote within a day in rooms.
func Lately(users []id.UserID, rooms []id.RoomID, now time.Time) Search {
	s := Search{Rooms: rooms, Limit: usualLimit, Since: now.Add(-aWhile)}
	for _, u := range users {
		s.Users = append(s.Users, Whose{User: u})
	}
	return s
}

// removes tells whether what those wrote lately goes who are banned, and by which reason if nobody
// says so.
func removes(c *call) (is bool, by string) {
	if option[bool](c, withMessages.name) {
		return true, ""
	}
	if c.set.reasons == nil {
		return false, ""
	}
	by, is = removedFor(c.set.reasons.Reasons(), arg[string](c, "reason"))
	return is, by
}

// remove has what those wrote lately removed who are banned. It reports whether there is any. If it
// is to stay, but need not, it says so.
func (d banning) remove(ctx context.Context, c *call, es []entity, effect Effect, spared []id.UserID, p *Plan) (bool, error) {
	s := whose(es, slices.Concat(spared, effect.Guarded, effect.Exempt))
	switch is, by := removes(c); {
	case !is:
		if len(p.Steps) > 0 {
			d.stays(ctx, c, es, s.But, p)
		}
		return false, nil
	case by == "" && len(s.Users) == 0:
		return false, refuse("A rule about a room removes nothing of anybody.")
	case len(s.Users) == 0:
		return false, nil
	case by != "":
		said := fmt.Sprintf("The reason is one for which what they wrote goes too (`reasons remove`: %s).", text.Code(by))
		p.Effect, p.Answer = text.Paragraphs(p.Effect, said), text.Paragraphs(p.Answer, said)
	}
	found, err := d.members.Messages(ctx, s, c.Progress)
	if err != nil {
		return false, err
	}
	by, in := map[id.UserID]bool{}, map[id.RoomID]bool{}
	n := 0
	for _, said := range found.Messages {
		if d.exempt(c, said.By) {
			continue
		}
		n++
		by[said.By], in[said.Room] = true, true
		p.want(action.Action{Verb: action.Redact, Room: said.Room, Event: said.Event, Reason: arg[string](c, "reason"), By: said.By})
	}
	unread := ""
	if found.Unread != nil {
		unread = "Not all could be read: " + c.explain(found.Unread)
	}
	if n == 0 {
		const none = "I found no message of theirs among the last of each room."
		p.Effect, p.Answer = text.Paragraphs(p.Effect, none, unread), text.Paragraphs(p.Answer, none, unread)
		return d.uninvite(c, s, effect, p), nil
	}
	p.Exhibits = append(p.Exhibits, found.Left...)
	p.Fresh = true
	authors := codes(slices.Sorted(maps.Keys(by)))
	theirs := text.Noted(text.Count(len(by), "user"), authors)
	if len(by) == 1 {
		theirs = authors[0]
	}
	removing := fmt.Sprintf("%s of %s in %s.", text.Count(n, "message"), theirs, inSome(c, in))
	p.Effect = text.Paragraphs(p.Effect, "I would remove "+removing, unread)
	p.Answer = text.Paragraphs(p.Answer, "Removing "+removing, unread)
	d.uninvite(c, s, effect, p)
	return true, nil
}

// stays says that what those wrote stays who are banned, and by which command it goes, if anything of it stands.
// A sign below the answer gives that command.
func (d banning) stays(ctx context.Context, c *call, es []entity, spared []id.UserID, p *Plan) {
	s := whose(es, spared)
	if len(s.Users) == 0 || !d.members.Wrote(ctx, s) {
		return
	}
	if len(p.Steps) > 0 {
		p.Effect = text.Paragraphs(p.Effect, "What they wrote stays; with `--redact` it goes too.")
	}
	// Who is exempt by then, and moderators, are left out of a pattern anyway.
	but := slices.DeleteFunc(slices.Clone(s.But), func(u id.UserID) bool {
		return d.exempt(c, u) || slices.Contains(d.members.Spared(string(u)), u)
	})
	line := redactLine(s.Users, but, arg[string](c, "reason"))
	p.Answer = text.Paragraphs(p.Answer, fmt.Sprintf("What they wrote stays: %s removes it.", text.LongCode("!forseti "+line, mostRule)))
	if !c.Plain && len(line) <= grammar.MaxLine {
		p.Choices = []Choice{{"remove what they wrote", line}}
	}
}

// redactLine is the command that removes what somebody wrote, and nothing of others who were spared.
func redactLine(of []Whose, but []id.UserID, reason string) string {
	words := []string{"redact"}
	for _, w := range of {
		words = append(words, grammar.Quote(string(w.User)))
	}
	for _, u := range but {
		words = append(words, "--spare", grammar.Quote(string(u)))
	}
	if reason != "" {
		words = append(words, quoted(reason))
	}
	return strings.Join(words, " ")
}

// uninvite takes back what invitations of those wait who are banned.
func (d banning) uninvite(c *call, s Search, effect Effect, p *Plan) bool {
	theirs := slices.DeleteFunc(d.members.Traces(s), func(t Trace) bool { return d.exempt(c, t.User) })
	return uninvite(c, theirs, slices.Concat(effect.Banned, effect.Shut), p)
}

// exempt tells whether an exemption that is followed frees somebody from all rules.
func (d banning) exempt(c *call, u id.UserID) bool {
	_, exempt := c.exemption(d, entity{kind: policy.User, name: string(u)})
	return exempt
}
