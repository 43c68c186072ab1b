package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/text"
)

// Role is what somebody may do here.
type Role int

// The roles, each with all that the one before it may do.
const (
	Look       Role = iota // see how things are
	Moderate               // act on users, rooms' members and rules
	Administer             // change how the bot works
	roleCount
)

var roleNames = [roleCount]string{"look", "moderate", "administer"}

// String is its name, as moderators write it.
func (r Role) String() string { return roleNames[r] }

// role is what it takes to use commands that reach so far.
func (e effect) role() Role {
	switch e {
	case moderates:
		return Moderate
	case sets:
		return Administer
	default:
		return Look
	}
}

// Need is what it takes to have something done: a role, and the level that its command has of its own.
type Need struct {
	Role    Role
	Command string // "" for none, and for a command that is only to show something
}

// Needs are what it takes to have lines carried out, all of it. One that is not understood is only answered.
func (s *Set) Needs(written string) (all []Need) {
	for _, line := range Lines(written) {
		l, fits := s.read(line)
		if !fits || l.command == nil {
			all = append(all, Need{})
			continue
		}
		of := Need{Role: l.effect().role(), Command: l.command.name}
		if l.effect() != l.command.effect {
			of.Command = ""
		}
		all = append(all, of)
	}
	return all
}

// Roles are which power level in this room each role takes, if that is asked for at all, and which
// of the commands take another one.
type Roles struct {
	On     bool             `json:"on"`
	Levels [roleCount]int64 `json:"levels"`
	Own    map[string]int64 `json:"own,omitempty"` // by the command's name
}

// ownRoles is the command that changes them.
const ownRoles = "roles set"

// Same tells whether they are alike.
func (r Roles) Same(other Roles) bool {
	return r.On == other.On && r.Levels == other.Levels && maps.Equal(r.Own, other.Own)
}

// Level is the power level that all of something takes.
func (r Roles) Level(all ...Need) int64 {
	level := r.Levels[Look]
	for i, of := range all {
		takes := r.Levels[of.Role]
		if own, is := r.Own[of.Command]; is && of.Command != "" {
			takes = own
		}
		if i == 0 || takes > level {
			level = takes
		}
	}
	return level
}

// changed is the level that it takes to change them.
func (r Roles) changed() int64 { return r.Level(Need{Administer, ownRoles}) }

// with is how they are if a command has a level of its own.
func (r Roles) with(command string, level int64) Roles {
	own := map[string]int64{command: level}
	for name, of := range r.Own {
		if name != command {
			own[name] = of
		}
	}
	r.Own = own
	return r
}

// without is how they are if it has none.
func (r Roles) without(command string) Roles {
	r.Own = maps.Clone(r.Own)
	delete(r.Own, command)
	return r
}

// UsualRoles are the levels that other clients call default, moderator and admin.
func UsualRoles() Roles { return Roles{Levels: [roleCount]int64{0, 50, 100}} }

// Of is the highest role of a power level; false for none.
func (r Roles) Of(level int64) (role Role, some bool) {
	for role := Administer; role >= Look; role-- {
		if level >= r.Levels[role] {
			return role, true
		}
	}
	return Look, false
}

// Colleague is somebody in the management room.
type Colleague struct {
	User  id.UserID
	Name  string
	Level int64
	Until time.Time // on duty until then
}

// RoleDesk is what the commands about roles ask.
type RoleDesk interface {
	Roles() Roles
	// Team is who is in this room, besides us.
	Team() []Colleague
}

const (
	leastLevel = -1000
	mostLevel  = 10_000
)

func roleCommands(d RoleDesk, devices DeviceDesk) []*command {
	return []*command{{
		name: "roles", family: "Upkeep", effect: looks,
		summary:  "show what it takes to use my commands",
		details:  "By itself, all who are in this room may do everything, unless `forseti init` made it: there roles are on. Once they are, a power level in this room decides: from 0 on one may look, from 50 on moderate, from 100 on administer. Single commands may take another level. It holds for commands and for reactions: whoever says yes to a question needs the role of the command that asked.",
		examples: []string{"roles"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return showRoles(c, d), nil },
	}, {
		name: "roles set", family: "Upkeep", effect: sets,
		summary: "have power levels in this room decide who may do what, and which",
		details: "I refuse what would leave you yourself without the role to change it back. If nobody is left in this room who may administer, all who are here may do everything again: else nobody could ever change it.",
		params: []param{
			{name: "what", doc: "`on`, `off`, a role (`look`, `moderate` or `administer`), or a command by its name, one of several words in quotes", value: roleValue},
			{name: "level", optional: true, doc: "of a role or command: from which power level on; `usual` for a command to take the level of its role again", value: levelValue},
		},
		asks:     "before roles are switched on or off, or a level is changed while they are on",
		examples: []string{"roles set on", "roles set moderate 25", "roles set takedown 75", `roles set "list import" usual`, "roles set off"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return setRoles(c, d) },
	}, {
		name: "moderators", family: "Upkeep", effect: looks, long: always,
		summary:  "show who is in this room, whether their devices are verified, and what they may do",
		examples: []string{"moderators"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return moderators(ctx, c, d, devices) },
	}}
}

// roleValue is `on`, `off`, a role or a command; what several commands begin with is none.
var roleValue = value{hint: "on, off, a role or a command", parse: func(c *call, w grammar.Word) (any, error) {
	what := strings.Join(strings.Fields(strings.ToLower(w.Text)), " ")
	if what == "on" || what == "off" || slices.Contains(roleNames[:], what) {
		return what, nil
	}
	words, _ := grammar.Split(what)
	found, left := c.set.find(words)
	if found != nil && len(left) == 0 && what != "" {
		return found.name, nil
	}
	names := append([]string{"on", "off"}, roleNames[:]...)
	for _, one := range c.set.commands {
		names = append(names, one.name)
	}
	if best := text.Nearest(what, names); best != "" {
		return nil, refuse("%s is neither a role nor a command. Did you mean %s?", text.Code(w.Text), text.Code(best))
	}
	return nil, refuse("%s is neither a role nor a command. Write `on`, `off`, `look`, `moderate` or `administer`, or the name of a command, such as `ban` or `\"list import\"`.", text.Code(w.Text))
}}

// usualLevel has a command take the level of its role.
const usualLevel = "usual"

var levelValue = value{hint: "level", parse: func(c *call, w grammar.Word) (any, error) {
	if strings.EqualFold(w.Text, usualLevel) || strings.EqualFold(w.Text, "default") { // as other settings have it
		return usualLevel, nil
	}
	return number(leastLevel, mostLevel).parse(c, w)
}}

// own says which commands take another level than that of their role; "" if none does.
func (r Roles) own() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(r.Own)) {
		lines = append(lines, fmt.Sprintf("%s takes level %d", text.Code(name), r.Own[name]))
	}
	if len(lines) == 0 {
		return ""
	}
	return "Of their own:" + listing(lines, "")
}

func (r Roles) levels() string {
	return fmt.Sprintf("looks from level %d on, moderates from %d, administers from %d", r.Levels[Look], r.Levels[Moderate], r.Levels[Administer])
}

// held are the members of the team in words, by what they may do.
func (r Roles) held(team []Colleague) string {
	var lines []string
	for role := Administer; role >= Look; role-- {
		var who []string
		for _, m := range team {
			if of, some := r.Of(m.Level); some && of == role {
				who = append(who, text.Code(string(m.User)))
			}
		}
		if len(who) > 0 {
			lines = append(lines, fmt.Sprintf("**%s**: %s", role, text.NamedSome(who, mostNames)))
		}
	}
	return listing(lines, "")
}

func showRoles(c *call, d RoleDesk) Plan {
	r, team := d.Roles(), d.Team()
	if !r.On {
		return says("Roles are off: all who are in this room may do everything. `!forseti roles set on` has power levels here decide: who %s. It would be:%s", r.levels(), text.Paragraphs(r.held(team), r.own()))
	}
	if !r.holds(team) {
		return says("Roles are on, but nobody here could administer, so that all who are in this room may do everything. Give somebody level %d here.", r.changed())
	}
	return says("Roles are on: by the power level in this room, one %s.%s", r.levels(), text.Paragraphs(r.held(team), r.own()))
}

// holds tells whether roles decide: not if nobody is there who could change them.
func (r Roles) holds(team []Colleague) bool {
	return r.On && slices.ContainsFunc(team, func(m Colleague) bool { return m.Level >= r.changed() })
}

// May tells whether somebody of a team has what something takes.
func (r Roles) May(team []Colleague, user id.UserID, need ...Need) bool {
	i := slices.IndexFunc(team, func(m Colleague) bool { return m.User == user })
	return i >= 0 && (!r.holds(team) || team[i].Level >= r.Level(need...))
}

// Able names some of a team who have a level, in words.
func (r Roles) Able(team []Colleague, level int64) string {
	var who []string
	for _, m := range team {
		if m.Level >= level {
			who = append(who, text.Code(string(m.User)))
		}
	}
	return text.Some(who, mostAdmins)
}

func setRoles(c *call, d RoleDesk) (Plan, error) {
	what, team := arg[string](c, "what"), d.Team()
	level, given := c.args["level"]
	number, isNumber := level.(int)
	role := slices.Index(roleNames[:], what)
	now := d.Roles()
	to := now
	switch {
	case what == "on" || what == "off":
		if given {
			return Plan{}, refuse("A level belongs to a role or a command: `!forseti roles set moderate %v`.", level)
		}
		to.On = what == "on"
	case !given:
		return Plan{}, refuse("Write from which level on: %s.", text.Code("!forseti roles set "+grammar.Quote(what)+" 50"))
	case role >= 0 && !isNumber:
		return Plan{}, refuse("A role takes a level, such as %s.", text.Code(fmt.Sprintf("!forseti roles set %s %d", what, UsualRoles().Levels[role])))
	case role >= 0:
		to.Levels[role] = int64(number)
	case isNumber:
		to = now.with(what, int64(number))
	default:
		to = now.without(what)
	}
	if !slices.IsSorted(to.Levels[:]) {
		return Plan{}, refuse("A role that may do more cannot take less: %s.", to.levels())
	}
	switch {
	case to.Same(now):
		return says("It is so already."), nil
	case to.On && (!to.holds(team) || !to.May(team, c.Sender, Need{Administer, ownRoles})):
		return Plan{}, refuse("Then you could not change it back: it would take level %d in this room, and you have less. Have somebody give you that level, or write a lower one: %s.",
			to.changed(), text.Code("!forseti roles set "+pick(what == ownRoles, grammar.Quote(ownRoles), "administer")+" "+strconv.FormatInt(level0(team, c.Sender), 10)))
	}
	said := fmt.Sprintf("By the power level in this room, one %s.%s", to.levels(), text.Paragraphs(to.held(team), to.own()))
	if !to.On {
		said = "All who are in this room may do everything."
	}
	p := Plan{Effect: said, Answer: pick(to.On != now.On, pick(to.On, "Roles are on. ", "Roles are off. "), "") + said}
	if to.On || now.On {
		p.Ask = "Is that right?"
	}
	on := 0
	if to.On {
		on = 1
	}
	own, _ := json.Marshal(to.Own) // of plain values, which always works
	p.change(Change{Kind: SetRoles, Number: on, Value: fmt.Sprintf("%d %d %d", to.Levels[Look], to.Levels[Moderate], to.Levels[Administer]), Key: string(own)}, "")
	p.harmless = true
	return p, nil
}

func level0(team []Colleague, user id.UserID) int64 {
	for _, m := range team {
		if m.User == user {
			return m.Level
		}
	}
	return 0
}

// ReadRoles reads what setting roles kept.
func ReadRoles(c Change) (r Roles, err error) {
	r.On = c.Number == 1
	_, err = fmt.Sscanf(c.Value, "%d %d %d", &r.Levels[Look], &r.Levels[Moderate], &r.Levels[Administer])
	if err == nil && c.Key != "" {
		err = json.Unmarshal([]byte(c.Key), &r.Own)
	}
	return r, err
}

// How the devices of somebody stand, in a sign.
const (
	allVerified  = "✓"
	someVerified = "⚠"
	noneVerified = "✗"
)

// The standing of a device that a moderator compared emoji with, and of one that a moderator blocked.
const (
	verifiedDevice = "verified"
	blockedDevice  = "blocked"
)

func moderators(ctx context.Context, c *call, d RoleDesk, devices DeviceDesk) (Plan, error) {
	r, team := d.Roles(), d.Team()
	slices.SortFunc(team, func(a, b Colleague) int { return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.User, b.User)) })
	var lines []string
	missing, unread := false, ""
	for _, m := range team[:min(len(team), mostNames)] {
		line := text.Code(string(m.User))
		if found, err := devices.Devices(ctx, m.User); err != nil {
			unread = c.explain(err)
		} else {
			sign := verifiedSign(found)
			missing = missing || sign != allVerified
			line = sign + " " + line
		}
		may := "may do everything"
		if role, some := r.Of(m.Level); r.holds(team) {
			may = "may " + role.String()
			if !some {
				may = "may do nothing here"
			}
		}
		if !m.Until.IsZero() {
			may += ", **on duty** until " + c.stamp(m.Until)
		}
		lines = append(lines, fmt.Sprintf("%s, level %d: %s", line, m.Level, may))
	}
	if more := len(team) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	todo := ""
	if missing {
		todo = someVerified + " has devices that are not verified, " + noneVerified + " has none that is: `!forseti verify <user>` verifies somebody, and `!forseti devices <user>` shows which they are."
	}
	return says("%s", text.Paragraphs(fmt.Sprintf("%s here:%s", text.Pick(len(team), "1 moderator is", fmt.Sprintf("%d moderators are", len(team))), listing(lines, "")), todo, unread)), nil
}

func verifiedSign(devices []Device) string {
	verified := 0
	for _, one := range devices {
		if one.Standing == verifiedDevice {
			verified++
		}
	}
	switch {
	case verified == 0:
		return noneVerified
	case verified < len(devices):
		return someVerified
	}
	return allVerified
}
