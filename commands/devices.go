package commands

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/text"
)

func deviceCommands() []*command {
	whom := param{name: "user", optional: true, doc: "whose; left out, your own", value: personValue}
	must := param{name: "user", doc: "whose", value: personValue}
	device := param{name: "device", doc: "its ID, as devices shows it", value: textValue}
	return []*command{{
		name: "verify", family: "Encryption", effect: sets,
		summary:  "verify a moderator with me, by emoji or a code to scan",
		details:  "Their client asks them; if none of their devices takes it up, I ask in this room. You can also start it in your client, at my name. Compare the emoji with those in their client by another way than this room, best face to face.",
		params:   []param{{name: "user", optional: true, doc: "whom; left out, you", value: personValue}},
		examples: []string{"verify", "verify @moderator:example.org"},
		run:      verifyUser,
	}, {
		name: "devices block", family: "Encryption", effect: sets,
		summary:  "keep what I say from a device, and obey no command of it",
		params:   []param{must, device},
		examples: []string{"devices block @moderator:example.org ABCDEFGHIJ"},
		run:      func(ctx context.Context, c *call) (Answer, error) { return block(ctx, c, true) },
	}, {
		name: "devices unblock", family: "Encryption", effect: sets,
		summary:  "undo devices block",
		params:   []param{must, device},
		examples: []string{"devices unblock @moderator:example.org ABCDEFGHIJ"},
		run:      func(ctx context.Context, c *call) (Answer, error) { return block(ctx, c, false) },
	}, {
		name: "devices", family: "Encryption", effect: looks,
		summary:  "show the devices of a user, and how far I trust them",
		params:   []param{whom},
		examples: []string{"devices", "devices @moderator:example.org"},
		run:      devices,
	}}
}

// personValue is one user, without wildcards.
var personValue = value{hint: "user", parse: func(_ *call, w grammar.Word) (any, error) {
	e, err := parseUser(w)
	if err == nil && e.glob {
		err = refuse("%s is a pattern. Write one user, as `@name:example.org`.", text.Code(w.Text))
	}
	return id.UserID(e.name), err
}}

// person is the user that a line names, or who wrote it.
func (c *call) person() id.UserID {
	if u := arg[id.UserID](c, "user"); u != "" {
		return u
	}
	return c.Sender
}

func verifyUser(ctx context.Context, c *call) (Answer, error) {
	user := c.person()
	if err := c.Bot.Verify(ctx, user); err != nil {
		return Answer{}, err
	}
	return Answer{Markdown: fmt.Sprintf("I asked the devices of %s to verify me: a request appears in their client. If none takes it up within a minute, I ask again in this room.", text.Code(string(user)))}, nil
}

func devices(ctx context.Context, c *call) (Answer, error) {
	user := c.person()
	found, err := c.Bot.Devices(ctx, user)
	if err != nil {
		return Answer{}, err
	}
	if len(found) == 0 {
		return Answer{Markdown: fmt.Sprintf("%s has no device that encrypts.", text.Code(string(user)))}, nil
	}
	var lines []string
	for _, d := range found {
		name := "without a name"
		if d.Name != "" {
			name = text.Escape(d.Name, text.MostName)
		}
		line := fmt.Sprintf("%s, %s: **%s**. Its key is %s", text.Code(string(d.ID)), name, d.Standing, text.Code(d.Fingerprint))
		if d.This {
			line += ". This is me"
		}
		lines = append(lines, line)
	}
	return Answer{Markdown: fmt.Sprintf("%s has %s:\n%s", text.Code(string(user)), text.Count(len(found), "device"), listing(lines, ""))}, nil
}

func block(ctx context.Context, c *call, on bool) (Answer, error) {
	user, device := c.person(), id.DeviceID(arg[string](c, "device"))
	if err := c.Bot.Block(ctx, user, device, on); err != nil {
		return Answer{}, err
	}
	if on {
		return Answer{Markdown: fmt.Sprintf("Blocked %s of %s: it reads nothing more that I say, and I obey nothing that comes from it.", text.Code(string(device)), text.Code(string(user)))}, nil
	}
	return Answer{Markdown: fmt.Sprintf("%s of %s is no longer blocked.", text.Code(string(device)), text.Code(string(user)))}, nil
}
