package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/protections/kit"
	"forseti/text"
)

// ProtectionDesk is what the commands about protections ask.
type ProtectionDesk interface {
	Protections() []ProtectionInfo
	// CheckSetting gives a setting as it holds and as it would hold then, in a room or
	// in general; or says why the value does not fit.
	CheckSetting(name string, room id.RoomID, setting, value string) (old, kept string, err error)
	// Notice is what users are told of what was done to them, and CheckNotice says what
	// is wrong with other words.
	Notice() (now, byDefault string)
	CheckNotice(text string) error
	// NoticeHere is what they are told in the room itself, and CheckNoticeHere says what is
	// wrong with other words.
	NoticeHere() (now, byDefault string)
	CheckNoticeHere(text string) error
	// Appeal is how users are told to appeal, and CheckAppeal says what is wrong with another
	// way.
	Appeal() (now, byDefault string)
	CheckAppeal(text string) error
}

func protectionCommands(d ProtectionDesk) []*command {
	protectionValue := protectionOf(d)
	name := param{name: "protection", doc: "a protection's name", value: protectionValue}
	return []*command{{
		name: "protections", also: []string{"protections list"}, family: "Protections", effect: looks,
		summary:  "show all protections, and which are on",
		examples: []string{"protections"},
		plan:     func(_ context.Context, _ *call) (Plan, error) { return showProtections(d), nil },
	}, {
		name: "protections show", family: "Protections", effect: looks,
		summary:  "show what a protection does and how it is set",
		params:   []param{name},
		examples: []string{"protections show flooding"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return showProtection(c, arg[ProtectionInfo](c, "protection")), nil
		},
	}, {
		name: "enable", also: []string{"protections enable", "rule enable"}, family: "Protections", effect: sets,
		summary:  "switch a protection on",
		params:   []param{name},
		flags:    []flag{inRooms},
		examples: []string{"enable flooding", "enable flooding --room #lobby:example.org"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return switchTo(c, arg[ProtectionInfo](c, "protection"), kit.On)
		},
	}, {
		name: "shadow", also: []string{"protections shadow", "rule shadow"}, family: "Protections", effect: sets,
		summary:  "have a protection only say what it would do",
		params:   []param{name},
		flags:    []flag{inRooms},
		examples: []string{"shadow flooding", "shadow flooding --room #lobby:example.org"},
		details:  "Nothing is done then, and nothing of it is held against anybody later. What would have been done is told here, and then at most every ten minutes.",
		plan: func(_ context.Context, c *call) (Plan, error) {
			return switchTo(c, arg[ProtectionInfo](c, "protection"), kit.Shadow)
		},
	}, {
		name: "disable", also: []string{"protections disable", "rule disable"}, family: "Protections", effect: sets,
		summary:  "switch a protection off",
		params:   []param{name},
		flags:    []flag{inRooms},
		examples: []string{"disable flooding", "disable flooding --room #lobby:example.org"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return switchTo(c, arg[ProtectionInfo](c, "protection"), kit.Off)
		},
	}, {
		name: "protections config set", also: []string{"config set"}, family: "Protections", effect: sets,
		summary: "change a setting of a protection",
		params: []param{
			name,
			{name: "setting", doc: "the setting's name", value: wordValue},
			{name: "value", doc: "its new value", value: textValue},
		},
		flags:    []flag{inRooms},
		examples: []string{"protections config set flooding messages 20", "config set flooding messages default --room #lobby:example.org"},
		details:  "What is set for a room goes before what is set for all. The value `default` brings back what holds without it.",
		plan:     func(_ context.Context, c *call) (Plan, error) { return configure(c, d, "") },
	}, {
		name: "protections config add", also: []string{"config add"}, family: "Protections", effect: sets,
		summary: "put entries into a setting of a protection that is a list",
		params: []param{
			name,
			{name: "setting", doc: "the setting's name", value: wordValue},
			{name: "entries", doc: "what to put in", value: textValue},
		},
		flags:    []flag{inRooms},
		examples: []string{"config add flooding exempt-rooms #staff:example.org"},
		details:  "What is in it stays. In a room it begins with what holds there.",
		plan:     func(_ context.Context, c *call) (Plan, error) { return configure(c, d, kit.PutIn) },
	}, {
		name: "protections config remove", also: []string{"config remove"}, family: "Protections", effect: sets,
		summary: "take entries out of a setting of a protection that is a list",
		params: []param{
			name,
			{name: "setting", doc: "the setting's name", value: wordValue},
			{name: "entries", doc: "what to take out", value: textValue},
		},
		flags:    []flag{inRooms},
		examples: []string{"config remove flooding exempt-rooms #staff:example.org"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return configure(c, d, kit.TakeOut) },
	}}
}

// protectionOf finds a protection by name, in whatever case.
func protectionOf(d ProtectionDesk) value {
	return value{hint: "protection", parse: func(_ *call, w grammar.Word) (any, error) {
		var names []string
		for _, p := range d.Protections() {
			if strings.EqualFold(p.Name, w.Text) || strings.EqualFold(p.called(), w.Text) {
				return p, nil
			}
			names = append(names, p.called())
		}
		begins := func(name string) bool { return len(w.Text) > 1 && strings.HasPrefix(name, strings.ToLower(w.Text)) }
		if i := slices.IndexFunc(names, begins); i >= 0 && text.Nearest(w.Text, names) == "" {
			return nil, refuse("There is no protection %s. Did you mean %s?", text.Code(w.Text), text.Code(names[i]))
		}
		return nil, noSuch("protection", w.Text, names, "`!forseti protections` lists them.")
	}}
}

func showProtections(d ProtectionDesk) Plan {
	var shown []string
	all := d.Protections()
	for _, p := range all {
		if p.Rule != "" {
			continue
		}
		apart := ""
		if n := len(p.apart(p.Mode)); n > 0 {
			apart = fmt.Sprintf(", and not in %s", text.Count(n, "room"))
		}
		if p.Raised {
			apart += " (on for now, by the posture)"
		}
		shown = append(shown, fmt.Sprintf("%s is **%s**%s: %s", text.Code(p.Name), p.Mode, apart, text.Escape(p.Summary, text.MostReason)))
	}
	if len(shown) == 0 {
		return says("There are no protections.")
	}
	own := ""
	if n := len(ownRules(all)); n > 0 {
		own = fmt.Sprintf(" And %s of your own: `!forseti rule list`.", text.Count(n, "rule"))
	}
	return says("Protections:%s\n\n`!forseti protections show <protection>` shows the settings of one, `!forseti preset list` what sets all of them.%s", listing(shown, ""), own)
}

func showProtection(c *call, p ProtectionInfo) Plan {
	said := fmt.Sprintf("%s is **%s**: %s", text.Code(p.called()), p.Mode, text.Escape(p.Summary, text.MostReason))
	if p.Rule != "" {
		said = fmt.Sprintf("%s is **%s**: %s", text.Code(p.called()), p.Mode, text.LongCode(p.command(), mostRule))
	}
	var shown []string
	for _, s := range p.Settings {
		shown = append(shown, settingLine(s))
	}
	if len(shown) > 0 {
		said += "\n\nSettings:" + listing(shown, "")
	}
	var rooms []string
	for _, r := range p.Rooms {
		rooms = append(rooms, r.line(c))
	}
	if len(rooms) > 0 {
		said += "\n\nSet otherwise in:" + listing(rooms, "")
	}
	if len(p.Settings) == 0 {
		return Plan{Answer: said}
	}
	return says("%s\n\nChange one with %s; with %s in one room alone.", said,
		text.Code("!forseti protections config set "+p.Name+" "+p.Settings[0].Name+" <value>"), text.Code("--room <room>"))
}

// line says how a protection is set in a room.
func (r LocalProtection) line(c *call) string {
	words := []string{r.Mode.String()}
	for _, s := range r.Settings {
		words = append(words, fmt.Sprintf("%s is %s", text.Code(s.Name), text.Code(s.Value)))
	}
	return c.room(r.Room) + ": " + strings.Join(words, ", ")
}

func settingLine(s kit.Setting) string {
	said := fmt.Sprintf("%s is %s", text.Code(s.Name), text.Code(s.Value))
	if s.Value != s.Default {
		said += fmt.Sprintf(" (otherwise %s)", text.Code(s.Default))
	}
	return said + ": " + text.Escape(s.Doc, text.MostReason)
}

// switches are the changes that switch a protection to a mode.
func switches(m kit.Mode) ChangeKind {
	switch m {
	case kit.On:
		return Enable
	case kit.Shadow:
		return Shadow
	default:
		return Disable
	}
}

func switchTo(c *call, info ProtectionInfo, mode kit.Mode) (Plan, error) {
	return inEach(c, func(room id.RoomID) (Plan, error) { return switchIn(c, info, room, mode) })
}

// inEach plans for each room that is named, or for all of them at once if none is.
func inEach(c *call, one func(room id.RoomID) (Plan, error)) (Plan, error) {
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	if len(rooms) == 0 {
		return one("")
	}
	names := make([]string, len(rooms))
	for i, room := range rooms {
		names[i] = string(room)
	}
	p, err := each(names, "", func(i int) (Plan, error) { return one(rooms[i]) })
	p.harmless = err == nil && len(p.Steps) > 0
	return p, err
}

func switchIn(c *call, info ProtectionInfo, room id.RoomID, mode kit.Mode) (Plan, error) {
	where := c.where(room)
	if info.in(room) == mode {
		return says("%s is %s already%s.%s", text.Code(info.called()), mode, where, c.otherwise(info, room, mode)), nil
	}
	p := Plan{
		Effect: fmt.Sprintf("%s would be %s%s.", text.Code(info.called()), mode, where),
		Answer: fmt.Sprintf("%s is now **%s**%s.%s%s", text.Code(info.called()), mode, where,
			pick(mode == kit.Shadow, " I say here what it would do, and do none of it.", ""), c.otherwise(info, room, mode)),
	}
	p.change(Change{Kind: switches(mode), Name: info.Name, Room: room}, "")
	p.harmless = true
	return p, nil
}

// where says in which room something holds; nothing if it is in general.
func (k *known) where(room id.RoomID) string {
	if room == "" {
		return ""
	}
	return " in " + k.room(room)
}

// otherwise names the rooms where a protection stays as it is when it is switched in
// general, for they were switched themselves.
func (k *known) otherwise(p ProtectionInfo, room id.RoomID, mode kit.Mode) string {
	apart := p.apart(mode)
	if room != "" || len(apart) == 0 {
		return ""
	}
	const most = 3
	var where []string
	for _, r := range apart[:min(len(apart), most)] {
		where = append(where, fmt.Sprintf("%s in %s", r.Mode, k.room(r.Room)))
	}
	if more := len(apart) - most; more > 0 {
		where = append(where, fmt.Sprintf("otherwise in %s", text.Count(more, "more room")))
	}
	return fmt.Sprintf(" It stays %s, where it was switched apart.", text.And(where))
}

// apart are the rooms where a protection was switched to another mode.
func (p ProtectionInfo) apart(mode kit.Mode) (rooms []LocalProtection) {
	for _, r := range p.Rooms {
		if r.Switched && r.Mode != mode {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

// in is the mode of a protection in a room, or in general.
func (p ProtectionInfo) in(room id.RoomID) kit.Mode {
	for _, r := range p.Rooms {
		if r.Room == room {
			return r.Mode
		}
	}
	return p.Mode
}

// configure changes a setting. how is what goes before the value, if only some entries of
// it are meant.
func configure(c *call, d ProtectionDesk, how string) (Plan, error) {
	p, written := arg[ProtectionInfo](c, "protection"), arg[string](c, "setting")
	value := arg[string](c, pick(how == "", "value", "entries"))
	var names []string
	setting, ofRooms := "", false
	for _, s := range p.Settings {
		if s.Is(written) {
			setting, ofRooms = strings.ToLower(written), s.OfRooms
		}
		names = append(names, s.Name)
	}
	switch best := text.Nearest(written, names); {
	case len(names) == 0:
		return Plan{}, refuse("%s has no settings.", text.Code(p.Name))
	case setting == "" && best != "":
		return Plan{}, refuse("%s has no setting %s. Did you mean %s?", text.Code(p.Name), text.Code(written), text.Code(best))
	case setting == "":
		return Plan{}, refuse("%s has no setting %s. It has %s.", text.Code(p.Name), text.Code(written), text.Named(names, 20))
	}
	if ofRooms {
		var err error
		if value, err = c.roomIDs(value); err != nil {
			return Plan{}, err
		}
	}
	return inEach(c, func(room id.RoomID) (Plan, error) { return configureIn(c, d, p, room, setting, how, value) })
}

func configureIn(c *call, d ProtectionDesk, p ProtectionInfo, room id.RoomID, setting, how, value string) (Plan, error) {
	old, kept, err := d.CheckSetting(p.Name, room, setting, how+value)
	if err != nil {
		return Plan{}, err
	}
	where := c.where(room)
	if old == kept && room == "" { // in a room it may hold because it does in general
		return says("%s of %s%s is %s already.", text.Code(setting), text.Code(p.Name), where, text.Code(kept)), nil
	}
	said := fmt.Sprintf("%s of %s%s: %s → %s.", text.Code(setting), text.Code(p.Name), where, text.Code(old), text.Code(kept))
	switch how {
	case kit.PutIn:
		said = fmt.Sprintf("%s is in %s of %s%s now: %s.", text.Code(value), text.Code(setting), text.Code(p.Name), where, text.Code(kept))
	case kit.TakeOut:
		said = fmt.Sprintf("%s is in %s of %s%s no more: %s.", text.Code(value), text.Code(setting), text.Code(p.Name), where, text.Code(kept))
	}
	if p.in(room) == kit.Off {
		said += fmt.Sprintf(" The protection is off; %s switches it on.", text.Code(strings.TrimSpace("!forseti enable "+p.Name+" "+pick(room == "", "", "--room "+string(room)))))
	}
	plan := Plan{Effect: fmt.Sprintf("%s of %s%s would go from %s to %s.", text.Code(setting), text.Code(p.Name), where, text.Code(old), text.Code(kept)), Answer: said}
	plan.change(Change{Kind: Configure, Name: p.Name, Room: room, Key: setting, Value: how + value}, "")
	plan.harmless = true
	return plan, nil
}

// roomIDs gives a setting that is rooms as it is stored: aliases and links become IDs. Of
// other rooms than those that are protected nobody knows the members.
func (k *known) roomIDs(written string) (string, error) {
	words := strings.FieldsFunc(written, func(r rune) bool { return r == ' ' || r == ',' })
	for i, word := range words {
		ref, err := parseRoom(word)
		if err != nil {
			continue // a word such as none; or the setting itself refuses it
		}
		room, err := k.protected(ref)
		if err != nil {
			return "", err
		}
		words[i] = string(room.ID)
	}
	return strings.Join(words, " "), nil
}
