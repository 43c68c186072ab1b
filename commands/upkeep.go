package commands

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"forseti/text"
)

// UpkeepDesk is what the commands about the bot itself ask.
type UpkeepDesk interface {
	Status() Status
	// Look reads everything again.
	Look(ctx context.Context) (Looked, error)
}

// Looked is what a look at everything found.
type Looked struct {
	Rooms    int
	Found    int      // how much work that made
	Problems []string // what moderators should mend, in words
}

func upkeepCommands(d UpkeepDesk) []*command {
	return []*command{{
		name: "status", family: "Upkeep", effect: looks,
		summary:  "show how the bot is doing, and what moderators should mend",
		examples: []string{"status"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return status(c, d), nil },
	}, {
		name: "sync", family: "Upkeep", effect: looks, long: always,
		summary:  "read all rooms and lists again, and do what is left to do",
		details:  "This happens by itself too, from time to time.",
		examples: []string{"sync"},
		plan:     func(ctx context.Context, _ *call) (Plan, error) { return look(ctx, d) },
	}, {
		name: "dry-run", family: "Upkeep", effect: sets,
		summary:  "say what would be done, and change nothing",
		params:   []param{{name: "on|off", optional: true, doc: "left out, it says how it is now", value: yesOrNo}},
		examples: []string{"dry-run on", "dry-run off"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return dryRun(c), nil },
	}, {
		name: "encrypt", family: "Upkeep", effect: sets,
		summary:  "encrypt this room, for good",
		details:  "From then on the homeserver cannot read what is said here, and I obey commands from devices alone that their owners have verified, unless I am set otherwise. No room can be decrypted again.",
		asks:     "always, as it cannot be undone",
		examples: []string{"encrypt"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return encrypt(d) },
	}, {
		name: "version", family: "Upkeep", effect: looks,
		summary:  "show which version of the bot this is",
		examples: []string{"version"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return says("Forseti %s, made with %s for %s/%s. `!forseti status` shows how it is doing.", text.Escape(d.Status().Version, 60), runtime.Version(), runtime.GOOS, runtime.GOARCH), nil
		},
	}, {
		name: "help", family: "Upkeep", effect: looks,
		summary:  "show the everyday commands, or how to write one",
		details:  "`help all` names all of them, `help alerts` says what reactions to an alert do.",
		params:   []param{{name: "command", optional: true, doc: "a command's name, that of a family of commands, `all` or `alerts`", value: textValue}},
		examples: []string{"help", "help all", "help bans", "help ban", "help alerts"},
		plan:     help,
	}}
}

func status(c *call, d UpkeepDesk) Plan {
	s := d.Status()
	state := []string{
		fmt.Sprintf("Protecting %s with %s, by %s of %s", text.Count(s.Rooms, "room"), text.Count(s.Members, "member"), text.Count(s.Rules, "rule"), text.Count(s.Lists, "list")),
	}
	if len(s.Enabled) > 0 {
		state = append(state, "Protections on: "+text.Named(s.Enabled, 20))
	} else {
		state = append(state, "No protection is on")
	}
	if s.Posture != "" {
		state = append(state, s.Posture)
	}
	if len(s.Duty) > 0 {
		state = append(state, strings.TrimSuffix(dutyWords(c, s.Duty, time.Time{}), "."))
	}
	if len(s.Shadow) > 0 {
		state = append(state, "In shadow: "+text.Named(s.Shadow, 20))
	}
	switch {
	case s.Waits != "":
		state = append(state, strings.ToUpper(s.Waits[:1])+s.Waits[1:])
	case s.Waiting > 0:
		state = append(state, fmt.Sprintf("Still to do: %s", text.Count(s.Waiting, "thing")))
	default:
		state = append(state, "Nothing is left to do")
	}
	if s.Questions > 0 {
		state = append(state, fmt.Sprintf("Waiting for you: %s", text.Count(s.Questions, "open question")))
	}
	switch {
	case s.Encrypted:
		state = append(state, "This room is encrypted")
	case s.Encrypts:
		state = append(state, "This room is not encrypted; `!forseti encrypt` changes that")
	}
	if s.Account != "" {
		state = append(state, text.Markup(s.Account))
	}
	if s.Backup != "" {
		state = append(state, text.Escape(s.Backup, text.MostReason))
	}
	if len(s.Unread) > 0 {
		var rooms []string
		for _, line := range s.Unread {
			rooms = append(rooms, text.Markup(line))
		}
		state = append(state, "Messages whose key I am missing: "+strings.Join(rooms, ", "))
	}
	if !s.LastLook.IsZero() {
		state = append(state, "Everything was last read at "+c.stamp(s.LastLook))
	}
	said := fmt.Sprintf("Forseti %s, up for %s.", text.Escape(s.Version, 60), text.Duration(s.Up))
	if s.DryRun {
		said += "\n\n**This is a dry run:** I only say what I would do. `!forseti dry-run off` ends it."
	}
	if wrong := toMend(s.Problems); wrong != "" { // before all else: a phone shows ten lines
		said += wrong + "\n\n**And now:**"
	}
	return Plan{Answer: said + "\n" + listing(state, "")}
}

// toMend lists what moderators should mend.
func toMend(all []string) string {
	if len(all) == 0 {
		return ""
	}
	problems := make([]string, len(all))
	for i, p := range all {
		problems[i] = text.Markup(p)
	}
	return "\n\n**To mend:**\n" + listing(problems, "")
}

func look(ctx context.Context, d UpkeepDesk) (Plan, error) {
	l, err := d.Look(ctx)
	if err != nil {
		return Plan{}, err
	}
	said := fmt.Sprintf("Read %s again", text.Count(l.Rooms, "room"))
	switch {
	case l.Found > 0:
		said += fmt.Sprintf(" and found %s to do.", text.Count(l.Found, "thing"))
	case len(l.Problems) > 0:
		said += ". Nothing new is to be done."
	default:
		said += ": all is as it should be."
	}
	return Plan{Answer: said + toMend(l.Problems)}, nil
}

func encrypt(d UpkeepDesk) (Plan, error) {
	switch s := d.Status(); {
	case s.Encrypted:
		return says("This room is encrypted already."), nil
	case !s.Encrypts:
		return Plan{}, refuse("I have no key to keep secrets with. Whoever runs me sets encryption.key in my configuration.")
	}
	p := Plan{
		Effect: "Once this room is encrypted it stays so. I will not obey moderators whose client does not encrypt, or who have not verified their device.",
		Ask:    "Shall I encrypt it?",
		Answer: "This room is encrypted now.",
	}
	p.change(Change{Kind: Encrypt}, "")
	return p, nil
}

func dryRun(c *call) Plan {
	now := c.names.DryRun()
	on, given := c.args["on|off"].(bool)
	switch {
	case !given:
		return says("Dry run is %s. `!forseti dry-run %s` changes that.", pick(now, "on", "off"), pick(now, "off", "on"))
	case on == now:
		return says("Dry run is %s already.", pick(on, "on", "off"))
	}
	p := Plan{Effect: "I would only say what I would do.", Answer: "Dry run is on: from now on I only say what I would do."}
	kind := DryRunOn
	if !on {
		p, kind = Plan{Effect: "I would act again.", Answer: "Dry run is off: I act again, and do now what is left to do."}, DryRunOff
	}
	p.change(Change{Kind: kind}, "")
	p.harmless = true
	return p
}
