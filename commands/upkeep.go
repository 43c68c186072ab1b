package commands

import (
	"context"
	"fmt"
	"strings"

	"forseti/text"
)

func upkeepCommands() []*command {
	return []*command{{
		name: "status", family: "Upkeep", effect: looks,
		summary:  "show how the bot is doing, and what moderators should mend",
		examples: []string{"status"},
		run:      status,
	}, {
		name: "sync", family: "Upkeep", effect: sets,
		summary:  "read all rooms and lists again, and do what is left to do",
		details:  "This happens by itself too, from time to time.",
		examples: []string{"sync"},
		run:      look,
	}, {
		name: "dry-run", family: "Upkeep", effect: sets,
		summary:  "say what would be done, and change nothing",
		params:   []param{{name: "on|off", optional: true, doc: "left out, it says how it is now", value: yesOrNo}},
		examples: []string{"dry-run on", "dry-run off"},
		run:      dryRun,
	}, {
		name: "encrypt", family: "Upkeep", effect: sets,
		summary:  "encrypt this room, for good",
		details:  "From then on the homeserver cannot read what is said here, and I obey commands from devices alone that their owners have verified, unless I am set otherwise. No room can be decrypted again.",
		asks:     "always, as it cannot be undone",
		flags:    []flag{noConfirm},
		examples: []string{"encrypt"},
		run:      encrypt,
	}, {
		name: "help", family: "Upkeep", effect: looks,
		summary:  "show all commands, or how to write one",
		params:   []param{{name: "command", optional: true, doc: "a command's name", value: textValue}},
		examples: []string{"help", "help ban"},
		run:      help,
	}}
}

func status(_ context.Context, c *call) (Answer, error) {
	s := c.Bot.Status()
	state := []string{
		fmt.Sprintf("Protecting %s with %s, by %s of %s", text.Count(s.Rooms, "room"), text.Count(s.Members, "member"), text.Count(s.Rules, "rule"), text.Count(s.Lists, "list")),
	}
	if len(s.Enabled) > 0 {
		state = append(state, "Protections on: "+text.Names(s.Enabled, 20))
	} else {
		state = append(state, "No protection is on")
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
		state = append(state, "Everything was last read at "+s.LastLook.UTC().Format("2006-01-02 15:04 UTC"))
	}
	said := fmt.Sprintf("Forseti %s, up for %s.", text.Escape(s.Version, 60), text.Duration(s.Up))
	if s.DryRun {
		said += "\n\n**This is a dry run:** I only say what I would do. `!forseti dry-run off` ends it."
	}
	said += "\n" + listing(state, "")
	if len(s.Problems) > 0 {
		var problems []string
		for _, p := range s.Problems {
			problems = append(problems, text.Markup(p))
		}
		said += "\n\n**To mend:**\n" + listing(problems, "")
	}
	return Answer{Markdown: said}, nil
}

func look(ctx context.Context, c *call) (Answer, error) {
	rooms, found, err := c.Bot.Look(ctx)
	if err != nil {
		return Answer{}, err
	}
	if problems := c.Bot.Status().Problems; len(problems) > 0 {
		shown := make([]string, len(problems))
		for i, p := range problems {
			shown[i] = text.Markup(p)
		}
		work := "Nothing new is to be done."
		if found > 0 {
			work = fmt.Sprintf("Found %s to do.", text.Count(found, "thing"))
		}
		return Answer{Markdown: fmt.Sprintf("Read %s again. %s\n\n**To mend:**\n%s", text.Count(rooms, "room"), work, listing(shown, ""))}, nil
	}
	if found == 0 {
		return Answer{Markdown: fmt.Sprintf("Read %s again: all is as it should be.", text.Count(rooms, "room"))}, nil
	}
	return Answer{Markdown: fmt.Sprintf("Read %s again and found %s to do.", text.Count(rooms, "room"), text.Count(found, "thing"))}, nil
}

func encrypt(ctx context.Context, c *call) (Answer, error) {
	if s := c.Bot.Status(); s.Encrypts && !s.Encrypted && !c.sure() {
		return Answer{Ask: true, Markdown: "Once this room is encrypted it stays so. I will not obey moderators whose client does not encrypt, or who have not verified their device. Shall I?"}, nil
	}
	if err := c.Bot.Encrypt(ctx); err != nil {
		return Answer{}, err
	}
	return Answer{Markdown: "This room is encrypted now."}, nil
}

func dryRun(ctx context.Context, c *call) (Answer, error) {
	now := c.Bot.Status().DryRun
	on, given := c.args["on|off"].(bool)
	switch {
	case !given:
		return Answer{Markdown: fmt.Sprintf("Dry run is %s. `!forseti dry-run %s` changes that.", onOff(now), onOff(!now))}, nil
	case on == now:
		return Answer{Markdown: fmt.Sprintf("Dry run is %s already.", onOff(on))}, nil
	}
	if err := c.Bot.SetDryRun(ctx, on); err != nil {
		return Answer{}, err
	}
	if on {
		return Answer{Markdown: "Dry run is on: from now on I only say what I would do."}, nil
	}
	return Answer{Markdown: "Dry run is off: I act again, and do now what is left to do."}, nil
}
