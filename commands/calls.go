package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/sanction"
	"forseti/text"
)

// CallDesk gives who is called when something is found.
type CallDesk interface {
	Calls() sanction.Calls
	Moderator(u id.UserID) bool
	// Zone says what is wrong with a time zone.
	Zone(name string) error
	// LogRoom says what is wrong with a room that only moderators are to read, as the end of a
	// sentence; "" if nothing is.
	LogRoom(ctx context.Context, room id.RoomID) (wrong string, err error)
}

func callCommands(d CallDesk) []*command {
	severity := param{name: "severity", doc: "how bad it is: `" + strings.Join(sanction.ClassNames(), "`, `") + "`", value: severityValue}
	return []*command{{
		name: "alerts", family: "Protections", effect: looks,
		summary:  "show who is called when something is found, and in which room",
		details:  "What protections find is told here, and rings no phone. For what is as bad as you say I also write a short message that mentions somebody, or that stands in another room; for the same severity once in five minutes.",
		examples: []string{"alerts"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return says("%s", callWords(c, d.Calls())), nil },
	}, {
		name: "alerts ping", family: "Protections", effect: sets,
		summary:  "have somebody called for what is of a severity",
		params:   []param{severity, {name: "who", doc: "a moderator, `@room`, or `none`", value: wordValue}},
		examples: []string{"alerts ping attack @room", "alerts ping spam @mod:example.org", "alerts ping attack none"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return pingFor(c, d) },
	}, {
		name: "alerts room", family: "Protections", effect: sets,
		summary:  "have a short message about what is of a severity in another room",
		details:  "I say a word there to see that I can. The alert itself, with all that can be done about it, stays here.",
		params:   []param{severity, {name: "room", doc: "a room that I am in, or `here`", value: wordValue}},
		examples: []string{"alerts room attack !lounge:example.org", "alerts room attack here"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return roomFor(c, d) },
	}, {
		name: "alerts log", family: "Protections", effect: sets,
		summary:  "have said in a room of its own what asks nothing of you",
		details:  "That is what lists have done, what is but a `note`, what protections in shadow would have done, and the like. The reactions beneath a note count there too, of those who hold the role here; what comes of it is told here. Commands, answers, questions, problems and all that is worse stay here. It has to be a room that I am in, that only moderators can read, and that is encrypted if this one is. I look once an hour whether that is still so; when it is not, or I cannot write there, I say so and say all here.",
		params:   []param{{name: "room", doc: "a room that I am in, or `here`", value: wordValue}},
		examples: []string{"alerts log !log:example.org", "alerts log here"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return logRoom(ctx, c, d) },
	}, {
		name: "alerts words", family: "Protections", effect: sets,
		summary:  "set what a message about what is of a severity begins with",
		details:  "Both the alert and the short message that calls somebody begin with it. `{severity}` stands for the name of the severity; `none` brings back what it is by itself.",
		params:   []param{severity, {name: "words", doc: fmt.Sprintf("up to %d letters, or `none`", sanction.MostWords), value: textValue}},
		examples: []string{"alerts words attack Everybody: {severity}!", "alerts words attack none"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return ownWords(c, d) },
	}, {
		name: "alerts quiet", family: "Protections", effect: sets,
		summary:  "set the hours in which nobody is called",
		details:  "All is told and said as ever then, and mentions nobody, but for the severities behind `except`. They are by the clocks of your time zone (`time zone`), unless you give another one, such as `Europe/Berlin` or `+02:00`.",
		params:   []param{{name: "hours", doc: "such as `22:00-07:00 Europe/Berlin except attack`, or `off`", value: textValue}},
		examples: []string{"alerts quiet 22:00-07:00 Europe/Berlin", "alerts quiet 22:00-07:00 +02:00 except attack", "alerts quiet off"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return quietHours(c, d) },
	}}
}

var severityValue = value{hint: "severity", parse: func(_ *call, w grammar.Word) (any, error) { return severityOf(w.Text) }}

func severityOf(word string) (string, error) {
	name, err := sanction.ParseSeverity(word)
	if err != nil {
		return "", refuse("T%s", strings.TrimPrefix(err.Error(), "t"))
	}
	return name, nil
}

// calledName is what the setting of who is called is called.
const calledName = "alerts"

// greeting is what is said in a room when something is to be said there from then on.
func greeting(severity string, room id.RoomID) action.Action {
	return action.Action{Verb: action.Say, Room: room, Message: &action.Message{Markdown: fmt.Sprintf("What protections find and is as bad as `%s` is said here from now on.", severity)}}
}

// callWords say who is called.
func callWords(c *call, set sanction.Calls) string {
	var lines []string
	for _, name := range sanction.ClassNames() {
		who, where := set.Ping[name], set.Room[name]
		if who == "" && where == "" {
			continue
		}
		line := fmt.Sprintf("`%s`: nobody is called", name)
		if who != "" {
			line = fmt.Sprintf("`%s`: %s is called", name, text.Code(who))
		}
		lines = append(lines, line+pick(where == "", " here", " in "+c.room(where)))
	}
	said := "Alerts call nobody. `!forseti alerts ping attack <user>` changes that."
	if len(lines) > 0 {
		said = "Besides the alert itself:" + listing(lines, "")
	}
	var own []string
	for _, name := range sanction.ClassNames() {
		if set.Words[name] != "" {
			own = append(own, fmt.Sprintf("`%s` begins with “%s”", name, text.Escape(set.Words[name], sanction.MostWords)))
		}
	}
	if len(own) > 0 {
		said += "\n\nWhat is of the severity " + text.And(own) + "."
	}
	if set.Log != "" {
		said += "\n\nWhat asks nothing of you is said in " + c.room(set.Log) + "."
	}
	if set.Quiet != (sanction.Hours{}) {
		said += fmt.Sprintf("\n\nFrom %s %s nobody is called", strings.Replace(set.Quiet.String(), "-", " to ", 1), pick(set.Zone == "", c.zoneName(), text.Escape(set.Zone, text.MostName)))
		if len(set.Loud) > 0 {
			said += ", but for `" + strings.Join(set.Loud, "`, `") + "`"
		}
		said += "."
	}
	return said
}

// called is the plan of a change.
func called(c *call, set sanction.Calls) Plan {
	raw, _ := json.Marshal(set) // of plain values, which always works
	said := callWords(c, set)
	p := Plan{Effect: "Then it would be so: " + said, Answer: said}
	p.change(Change{Kind: SetCalls, Value: string(raw)}, "")
	p.harmless = true
	return p
}

func pingFor(c *call, d CallDesk) (Plan, error) {
	of, who, set := arg[string](c, "severity"), arg[string](c, "who"), d.Calls()
	ping := maps.Clone(set.Ping)
	if ping == nil {
		ping = map[string]string{}
	}
	switch {
	case strings.EqualFold(who, "none"):
		delete(ping, of)
	case strings.EqualFold(who, sanction.Everybody):
		ping[of] = sanction.Everybody
	default:
		u, err := parseUser(grammar.Word{Text: who})
		if err != nil {
			return Plan{}, err
		}
		if !d.Moderator(id.UserID(u.name)) {
			return Plan{}, refuse("%s is not in this room, and I call only who is. Name a moderator, `@room`, or `none`.", text.Code(u.name))
		}
		ping[of] = u.name
	}
	set.Ping = ping
	return called(c, set), nil
}

func roomFor(c *call, d CallDesk) (Plan, error) {
	of, written, set := arg[string](c, "severity"), arg[string](c, "room"), d.Calls()
	where := maps.Clone(set.Room)
	if where == nil {
		where = map[string]id.RoomID{}
	}
	if strings.EqualFold(written, "here") {
		delete(where, of)
		set.Room = where
		return called(c, set), nil
	}
	room, err := notHere(c, written)
	if err != nil {
		return Plan{}, err
	}
	where[of] = room
	set.Room = where
	change := called(c, set)
	p := Plan{Effect: change.Effect, Answer: change.Answer, harmless: true}
	p.do(greeting(of, room), "said so there")
	p.Steps = append(p.Steps, change.Steps...)
	return p, nil
}

// notHere reads a room that is not this one.
func notHere(c *call, written string) (id.RoomID, error) {
	ref, err := parseRoom(written)
	if err != nil {
		return "", err
	}
	room := ref.Room
	if room == "" {
		known, err := c.protected(ref)
		if err != nil {
			return "", refuse("I know %s by no address. Give me its ID or a link to it.", text.Code(written))
		}
		room = known.ID
	}
	if room == c.Room {
		return "", refuse("That is this room: write `here`.")
	}
	return room, nil
}

func logRoom(ctx context.Context, c *call, d CallDesk) (Plan, error) {
	written, set := arg[string](c, "room"), d.Calls()
	if strings.EqualFold(written, "here") {
		set.Log = ""
		return called(c, set), nil
	}
	room, err := notHere(c, written)
	if err != nil {
		return Plan{}, err
	}
	switch wrong, err := d.LogRoom(ctx, room); {
	case err != nil:
		return Plan{}, err
	case wrong != "":
		return Plan{}, refuse("%s cannot be that room: %s.", c.room(room), wrong)
	}
	set.Log = room
	change := called(c, set)
	p := Plan{Effect: change.Effect, Answer: change.Answer, harmless: true}
	p.do(action.Action{Verb: action.Say, Room: room, Message: &action.Message{Markdown: "What asks nothing of moderators is said here from now on."}}, "said so there")
	p.Steps = append(p.Steps, change.Steps...)
	return p, nil
}

func ownWords(c *call, d CallDesk) (Plan, error) {
	of, words, set := arg[string](c, "severity"), arg[string](c, "words"), d.Calls()
	own := maps.Clone(set.Words)
	if own == nil {
		own = map[string]string{}
	}
	if strings.EqualFold(words, "none") {
		delete(own, of)
	} else if err := sanction.FitsWords(words); err != nil {
		return Plan{}, refuse("Those words do not fit: %s.", err)
	} else {
		own[of] = words
	}
	set.Words = own
	return called(c, set), nil
}

func quietHours(c *call, d CallDesk) (Plan, error) {
	set, err := d.Calls().Hush(arg[string](c, "hours"), d)
	if err != nil {
		return Plan{}, refuse("%s cannot be the hours: %s.", text.Code(text.Clip(arg[string](c, "hours"), 100)), err)
	}
	return called(c, set), nil
}
