package commands

import (
	"cmp"
	"context"
	"fmt"
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

// Role is what it takes to have a line carried out. One that is not understood is only answered.
func (s *Set) Role(written string) Role {
	l, fits := s.read(written)
	if !fits {
		return Look
	}
	return l.effect().role()
}

// Roles are which power level in this room each role takes, if that is asked for at all.
type Roles struct {
	On     bool             `json:"on"`
	Levels [roleCount]int64 `json:"levels"`
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
		details:  "By itself, all who are in this room may do everything, unless `forseti init` made it: there roles are on. Once they are, a power level in this room decides: from 0 on one may look, from 50 on moderate, from 100 on administer. It holds for commands and for reactions: whoever says yes to a question needs the role of the command that asked.",
		examples: []string{"roles"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return showRoles(c, d), nil },
	}, {
		name: "roles set", family: "Upkeep", effect: sets,
		summary: "have power levels in this room decide who may do what, and which",
		details: "I refuse what would leave you yourself without the role to change it back. If nobody is left in this room who may administer, all who are here may do everything again: else nobody could ever change it.",
		params: []param{
			{name: "what", doc: "`on`, `off`, or a role: `look`, `moderate` or `administer`", value: roleValue},
			{name: "level", optional: true, doc: "of a role: from which power level on", value: number(leastLevel, mostLevel)},
		},
		asks:     "before roles are switched on or off, or a level is changed while they are on",
		examples: []string{"roles set on", "roles set moderate 25", "roles set off"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return setRoles(c, d) },
	}, {
		name: "moderators", family: "Upkeep", effect: looks, long: always,
		summary:  "show who is in this room, whether their devices are verified, and what they may do",
		examples: []string{"moderators"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return moderators(ctx, c, d, devices) },
	}}
}

var roleValue = value{hint: "on, off, look, moderate or administer", parse: func(_ *call, w grammar.Word) (any, error) {
	what := strings.ToLower(w.Text)
	if what == "on" || what == "off" || slices.Contains(roleNames[:], what) {
		return what, nil
	}
	return nil, refuse("%s is no role. Write `on`, `off`, `look`, `moderate` or `administer`.", text.Code(w.Text))
}}

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
		return says("Roles are off: all who are in this room may do everything. `!forseti roles set on` has power levels here decide: who %s. It would be:%s", r.levels(), r.held(team))
	}
	if !r.holds(team) {
		return says("Roles are on, but nobody here could administer, so that all who are in this room may do everything. Give somebody level %d here.", r.Levels[Administer])
	}
	return says("Roles are on: by the power level in this room, one %s.%s", r.levels(), r.held(team))
}

// holds tells whether roles decide: not if nobody is there who could change them.
func (r Roles) holds(team []Colleague) bool {
	return r.On && slices.ContainsFunc(team, func(m Colleague) bool { return m.Level >= r.Levels[Administer] })
}

// May tells whether somebody of a team has a role.
func (r Roles) May(team []Colleague, user id.UserID, need Role) bool {
	i := slices.IndexFunc(team, func(m Colleague) bool { return m.User == user })
	return i >= 0 && (!r.holds(team) || team[i].Level >= r.Levels[need])
}

// Able names some of a team who have a role, in words.
func (r Roles) Able(team []Colleague, need Role) string {
	var who []string
	for _, m := range team {
		if m.Level >= r.Levels[need] {
			who = append(who, text.Code(string(m.User)))
		}
	}
	return text.Some(who, mostAdmins)
}

func setRoles(c *call, d RoleDesk) (Plan, error) {
	what, team := arg[string](c, "what"), d.Team()
	level, given := c.args["level"].(int)
	now := d.Roles()
	to := now
	switch what {
	case "on", "off":
		if given {
			return Plan{}, refuse("A level belongs to a role: `!forseti roles set moderate %d`.", level)
		}
		to.On = what == "on"
	default:
		if !given {
			return Plan{}, refuse("Write from which level on: `!forseti roles set %s 50`.", what)
		}
		to.Levels[slices.Index(roleNames[:], what)] = int64(level)
	}
	if !slices.IsSorted(to.Levels[:]) {
		return Plan{}, refuse("A role that may do more cannot take less: %s.", to.levels())
	}
	switch {
	case to == now:
		return says("It is so already."), nil
	case to.On && !to.May(team, c.Sender, Administer) || to.On && !to.holds(team):
		return Plan{}, refuse("Then you could not change it back: it would take level %d in this room, and you have less. Have somebody give you that level, or write a lower one: %s.",
			to.Levels[Administer], text.Code("!forseti roles set administer "+strconv.FormatInt(level0(team, c.Sender), 10)))
	}
	said := fmt.Sprintf("By the power level in this room, one %s.%s", to.levels(), to.held(team))
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
	p.change(Change{Kind: SetRoles, Number: on, Value: fmt.Sprintf("%d %d %d", to.Levels[Look], to.Levels[Moderate], to.Levels[Administer])}, "")
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
