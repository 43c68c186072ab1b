package commands

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/text"
)

// Setting is one thing that moderators may set, and how it stands.
type Setting struct {
	Group   string
	Name    string // mostly how the command begins that changes it
	Value   string
	Default string // "" if nobody can say
	Doc     string
	Set     string // that command, with valueMark where the value goes
}

// valueMark stands for the value in the command that changes a setting. A command that begins
// with it is one of the three that switch a protection.
const valueMark = "…"

// SettingChange is a change of a setting, as it is remembered.
type SettingChange struct {
	At   time.Time `json:"at"`
	By   id.UserID `json:"by,omitempty"`  // "" if nobody did it, or nobody can say
	Why  string    `json:"why,omitempty"` // what did it, if it was nobody
	Name string    `json:"name"`
	Set  string    `json:"set"`
	From string    `json:"from,omitempty"` // "" where it was not set
	To   string    `json:"to,omitempty"`
	Of   []string  `json:"of,omitempty"` // of a posture: the settings besides which it has something else hold
}

// PostureSet is under which name it is remembered that another posture came.
const PostureSet = "posture"

// about tells whether a change is one of a setting, or has something else hold in its place.
func (p SettingChange) about(name string) bool {
	same := func(other string) bool { return strings.EqualFold(name, other) }
	return same(p.Name) || slices.ContainsFunc(p.Of, same)
}

// Moved are the changes from how a protection stands to how it stands after them.
func (p ProtectionInfo) Moved(to ProtectionInfo) (all []SettingChange) {
	was := map[string]Setting{}
	for _, s := range p.all() {
		was[s.Name] = s
	}
	for _, s := range to.all() {
		if was[s.Name].Value != s.Value {
			all = append(all, SettingChange{Name: s.Name, Set: s.Set, From: text.Clip(was[s.Name].Value, MostSetTo), To: text.Clip(s.Value, MostSetTo)})
		}
		delete(was, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(was)) { // is not set any more
		all = append(all, SettingChange{Name: name, Set: was[name].Set, From: text.Clip(was[name].Value, MostSetTo)})
	}
	return all
}

// SettingDesk remembers what was set.
type SettingDesk interface {
	// Past is what was set, the latest first.
	Past() []SettingChange
	// Copy is how the copy of the settings stands.
	Copy() SettingCopy
}

// SettingCopy is how the copy of all settings stands that is kept in the bot's account.
type SettingCopy struct {
	Kept   bool   // there is one
	Same   bool   // it says how all is set
	Unread string // why it cannot be read, and so is left as it is; "" if it can
}

// protectionGroup is that of protections.
const protectionGroup = "Protections"

// MostSetTo is how much of a value is remembered.
const MostSetTo = 2000

// Settings are all that moderators can set, and how it stands.
func (d Desks) Settings() (all []Setting) {
	const whole = "Whole bot"
	all = append(all, Setting{whole, "dry-run", pick(d.Names.DryRun(), "on", "off"), "off", "whether I only say what I would do", "dry-run " + valueMark})
	now, usual := d.Limits.Limits()
	for _, l := range []struct {
		name       string
		now, usual int
		doc        string
	}{
		{"members", now.Members, usual.Members, "how many present members one change may hit without asking"},
		{"percent", now.Percent, usual.Percent, "how much of a room"},
		{"within", int(now.Within.Minutes()), int(usual.Within.Minutes()), "in how many minutes the changes of one list count together"},
	} {
		all = append(all, Setting{"Limits", "limits " + l.name, fmt.Sprint(l.now), fmt.Sprint(l.usual), l.doc, "limits set " + l.name + " " + valueMark})
	}
	roles, levels := d.Roles.Roles(), UsualRoles().Levels
	all = append(all, Setting{"Roles", "roles", pick(roles.On, "on", "off"), "", "whether power levels in this room decide who may do what", "roles set " + valueMark})
	for role := range roleCount {
		all = append(all, Setting{"Roles", "roles " + role.String(), fmt.Sprint(roles.Levels[role]), fmt.Sprint(levels[role]), "from which level on one may do that", "roles set " + role.String() + " " + valueMark})
	}
	for _, name := range slices.Sorted(maps.Keys(roles.Own)) {
		all = append(all, Setting{"Roles", "roles " + name, fmt.Sprint(roles.Own[name]), usualLevel, "from which level on one may use that command", "roles set " + grammar.Quote(name) + " " + valueMark})
	}
	all = append(all, Setting{whole, "by-hand", string(d.ByHand.ByHand()), string(ByHandModes()[0]), "what becomes of bans that moderators make by hand", "by-hand " + valueMark})
	all = append(all, reasonSettings(d.Reasons.Reasons())...)
	all = append(all, listSettings(d.Names.Lists())...)
	for _, s := range d.Calls.Calls().Settings() {
		name := "alerts " + strings.Replace(s.Name, ".", " ", 1)
		all = append(all, Setting{"Alerts", name, s.Value, s.Default, s.Doc, name + " " + valueMark})
	}
	clock := sanction.Clock{Zone: d.Names.Zone().String(), Digest: d.Digest.Rhythm()}
	for _, s := range clock.Settings() {
		name := pick(s.Name == "zone", "time zone", s.Name)
		all = append(all, Setting{"Time", name, s.Value, s.Default, s.Doc, name + " " + valueMark})
	}
	watch := d.Postures.Posture()
	for _, s := range watch.Routine().Settings() {
		all = append(all, Setting{"Posture", "posture " + s.Name, s.Value, s.Default, s.Doc, "posture " + s.Name + " " + valueMark})
	}
	all = append(all, wordSettings(d.Protections)...)
	for _, s := range d.Ladder.Ladder().Settings() {
		all = append(all, Setting{"Ladder", "ladder " + s.Name, s.Value, s.Default, s.Doc, "ladder set " + s.Name + " " + valueMark})
	}
	return append(all, ProtectionSettings(d.Protections.Protections())...)
}

// listSettings are how lists are watched, and which is the default list.
func listSettings(lists []List) (all []Setting) {
	const group = "Lists"
	called := map[string]int{}
	for _, l := range lists {
		called[strings.ToLower(l.Shortcode)]++
	}
	name := func(l List) string {
		if s := l.Shortcode; s != "" && called[strings.ToLower(s)] == 1 && s == text.OneLine(s) && !strings.ContainsAny(s, " \"\\") {
			return s
		}
		return string(l.ID)
	}
	byDefault := noList
	for _, l := range lists {
		if l.Default {
			byDefault = name(l)
		}
		all = append(all, Setting{group, "watch " + name(l), l.How.flags(), HowWatched{}.flags(), "how the list is watched", "watch " + name(l) + " " + valueMark},
			Setting{group, "list exempt " + name(l), pick(l.Exempts, "on", "off"), "", "whether its exemptions are followed", "list exempt " + name(l) + " " + valueMark})
	}
	for _, l := range lists {
		if len(l.Spares) > 0 {
			var names []string
			for _, u := range l.Spares {
				names = append(names, string(u))
			}
			all = append(all, Setting{group, "exempt --from " + name(l), strings.Join(names, " "), "", "for whom the list does not count", "exempt " + valueMark + " --from " + name(l)})
		}
	}
	return append([]Setting{{group, "list default", byDefault, noList, "to which list rules are written if none is named", "list default " + valueMark}}, all...)
}

// flags are the options of the command that has a list watched so.
func (h HowWatched) flags() string {
	var said []string
	for _, f := range []struct {
		name string
		on   bool
	}{{"--no-acl", h.NoACL}, {"--no-bans", h.NoBans}, {"--quiet", h.Quiet}, {"--review", h.Review}, {"--redact", h.Redact}} {
		if f.on {
			said = append(said, f.name)
		}
	}
	if len(said) == 0 {
		return "--all"
	}
	return strings.Join(said, " ")
}

// wordSettings are what users are told.
func wordSettings(d ProtectionDesk) (all []Setting) {
	for _, of := range []struct {
		name, doc, set string
		stands         func() (now, byDefault string)
	}{
		{"notice", "what users are told of what was done to them", "notice set ", d.Notice},
		{"notice here", "what they are told in the room itself", "notice here ", d.NoticeHere},
		{"notice appeal", "how they are told to appeal", "notice appeal ", d.Appeal},
	} {
		now, usual := of.stands()
		all = append(all, Setting{"Words to users", of.name, now, usual, of.doc, of.set + valueMark})
	}
	return all
}

// ProtectionSettings are the settings of protections.
func ProtectionSettings(infos []ProtectionInfo) (all []Setting) {
	for _, p := range infos {
		all = append(all, p.all()...)
	}
	return all
}

// all are the settings of a protection: its mode, what it can be set to, and what is otherwise in
// some rooms. Of a rule of the moderators' own its text is one.
func (p ProtectionInfo) all() (all []Setting) {
	group := protectionGroup
	mode := func(m kit.Mode, room id.RoomID, usual string) Setting {
		return Setting{group, p.called() + inThe(room), m.String(), usual, pick(p.Rule == "", p.Summary, "whether your rule is on"), valueMark + " " + p.called() + inFlag(room)}
	}
	if p.Rule != "" {
		group = "Own rules"
		all = append(all, Setting{group, "rule " + p.ownName(), p.Rule, "", "a rule of your own", "rule edit " + p.ownName() + " " + valueMark})
	}
	all = append(all, mode(p.Mode, "", pick(p.Rule == "", kit.Off.String(), "")))
	one := func(s kit.Setting, room id.RoomID) Setting {
		return Setting{group, p.called() + " " + s.Name + inThe(room), s.Value, s.Default, s.Doc, "protections config set " + p.Name + " " + s.Name + inFlag(room) + " " + valueMark}
	}
	for _, s := range p.Settings {
		all = append(all, one(s, ""))
	}
	for _, r := range p.Rooms {
		if r.Switched {
			all = append(all, mode(r.Mode, r.Room, ""))
		}
		for _, s := range r.Settings {
			s.Default = "" // what holds elsewhere
			all = append(all, one(s, r.Room))
		}
	}
	return all
}

func inThe(room id.RoomID) string {
	if room == "" {
		return ""
	}
	return " in " + string(room)
}

func inFlag(room id.RoomID) string {
	if room == "" {
		return ""
	}
	return " --room " + string(room)
}

// Sets tells whether a change is one of how the bot is set.
func (c Change) Sets() bool {
	switch c.Kind {
	case Enable, Shadow, Disable, Configure, SetRule, DropRule, Arrange, Notice, SetCalls, SetLadder, PostureSilence, PostureHours,
		SetRoles, SetByHand, SetReason, SetClock, LimitMembers, LimitPercent, LimitWithin, DryRunOn, DryRunOff, DefaultList, SetHow, Exempt, Ignore:
		return true
	default:
		return false
	}
}

// setTo is the command that sets something to a value; "" if none does.
func setTo(set, value string) string {
	switched, isSwitch := strings.CutPrefix(set, valueMark+" ")
	switch {
	case isSwitch:
		for _, m := range []kit.Mode{kit.Off, kit.Shadow, kit.On} {
			if m.String() == value {
				return string(switches(m)) + " " + switched
			}
		}
		return ""
	case set == "digest "+valueMark && strings.HasPrefix(value, "daily "):
		value = strings.Replace(value, "daily", "at", 1)
	case value == "" && strings.HasPrefix(set, "protections config set "):
		value = "default"
	case value == "" || strings.Contains(value, "\n") || len(value) >= MostSetTo:
		return ""
	}
	return strings.Replace(set, valueMark, value, 1)
}
