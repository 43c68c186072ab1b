package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/text"
)

// DeviceDesk is what the commands about encryption ask.
type DeviceDesk interface {
	Devices(ctx context.Context, user id.UserID) ([]Device, error)
	// MayVerify says why a user cannot be verified, nil if they can.
	MayVerify(user id.UserID) error
	// Logins are the logins of the bot's account besides its own.
	Logins(ctx context.Context) ([]Device, error)
	// MayEnd says why they cannot be ended, nil if they can.
	MayEnd() error
}

func deviceCommands(d DeviceDesk) []*command {
	whom := param{name: "user", optional: true, doc: "whose; left out, your own", value: personValue}
	must := param{name: "user", doc: "whose", value: personValue}
	device := param{name: "device", doc: "its ID, as devices shows it", value: textValue}
	return []*command{{
		name: "verify", family: "Encryption", effect: sets,
		summary:  "verify a moderator with me, by emoji or a code to scan",
		details:  "Their client asks them; if none of their devices takes it up, I ask in this room. You can also start it in your client, at my name. Compare the emoji with those in their client by another way than this room, best face to face.",
		params:   []param{{name: "user", optional: true, acts: true, doc: "whom; left out, you", value: personValue}}, // who is new may do it themselves
		examples: []string{"verify", "verify @moderator:example.org"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return verifyUser(c, d) },
	}, {
		name: "devices block", family: "Encryption", effect: sets,
		summary:  "keep what I say from a device, and obey no command of it",
		params:   []param{must, device},
		examples: []string{"devices block @moderator:example.org ABCDEFGHIJ"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return block(ctx, c, d, BlockDevice) },
	}, {
		name: "devices unblock", family: "Encryption", effect: sets,
		summary:  "undo devices block",
		params:   []param{must, device},
		examples: []string{"devices unblock @moderator:example.org ABCDEFGHIJ"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return block(ctx, c, d, TrustDevice) },
	}, {
		name: "devices end", family: "Encryption", effect: sets,
		summary:  "log out another device of my own account",
		details:  "Somebody who is logged in as me can do all that I can. Homeservers want my account's password for this: it works if I log in with one, and else I say what does. Change the password too.",
		asks:     "always: nothing but the password brings it back",
		params:   []param{{name: "device", doc: "its ID, as `status` shows it, or `all`", value: textValue}},
		examples: []string{"devices end ABCDEFGHIJ", "devices end all"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return endLogin(ctx, c, d) },
	}, {
		name: "devices", family: "Encryption", effect: looks,
		summary:  "show the devices of a user, and how far I trust them",
		params:   []param{whom},
		examples: []string{"devices", "devices @moderator:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return devices(ctx, c, d) },
	}}
}

// personValue is one user, without wildcards.
var personValue = value{hint: "user", of: aboutUsers, parse: func(_ *call, w grammar.Word) (any, error) {
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

func verifyUser(c *call, d DeviceDesk) (Plan, error) {
	user := c.person()
	if err := d.MayVerify(user); err != nil {
		return Plan{}, err
	}
	p := Plan{
		Effect: fmt.Sprintf("I would ask the devices of %s to verify me.", text.Code(string(user))),
		Answer: fmt.Sprintf("I asked the devices of %s to verify me: a request appears in their client. If none takes it up within a minute, I ask again in this room.", text.Code(string(user))),
	}
	p.change(Change{Kind: Verify, User: user}, "")
	p.harmless = true
	return p, nil
}

func devices(ctx context.Context, c *call, d DeviceDesk) (Plan, error) {
	user := c.person()
	found, err := d.Devices(ctx, user)
	if err != nil {
		return Plan{}, err
	}
	if len(found) == 0 {
		return says("%s has no device that encrypts.", text.Code(string(user))), nil
	}
	var lines, keys []string
	for _, one := range found {
		name := "without a name"
		if one.Name != "" {
			name = text.Escape(one.Name, text.MostName)
		}
		line := fmt.Sprintf("%s %s, %s: **%s**", deviceSign(one), text.Code(string(one.ID)), name, one.Standing)
		if one.This {
			line += ". This is me"
		}
		lines, keys = append(lines, line), append(keys, fmt.Sprintf("%s: %s", text.Code(string(one.ID)), text.Code(one.Fingerprint)))
	}
	return says("%s", text.Paragraphs(fmt.Sprintf("%s has %s:\n%s", text.Code(string(user)), text.Count(len(found), "device"), listing(lines, "")),
		text.Fold("Their keys, to compare by hand", listing(keys, "")))), nil
}

// deviceSign is how a device stands, in a sign.
func deviceSign(d Device) string {
	switch d.Standing {
	case verifiedDevice:
		return allVerified
	case blockedDevice:
		return noneVerified
	}
	return someVerified
}

// endLogin logs out one other device of the bot's account, or all.
func endLogin(ctx context.Context, c *call, d DeviceDesk) (Plan, error) {
	which := arg[string](c, "device")
	others, err := d.Logins(ctx)
	if err != nil {
		return Plan{}, err
	}
	if len(others) == 0 {
		return says("Nobody is logged in as me but myself."), nil
	}
	var ended []Device
	var names, known []string
	for _, one := range others {
		known = append(known, string(one.ID))
		if strings.EqualFold(which, "all") || string(one.ID) == which {
			ended, names = append(ended, one), append(names, string(one.ID))
		}
	}
	if len(ended) == 0 {
		return Plan{}, refuse("My account has no other device %s. It has %s.", text.Code(text.Clip(which, 60)), text.Named(known, mostNames))
	}
	if err := d.MayEnd(); err != nil {
		return Plan{}, err
	}
	shown := text.Named(names, mostNames)
	if len(ended) == 1 && ended[0].Name != "" {
		shown += " (" + text.Escape(ended[0].Name, text.MostName) + ")"
	}
	p := Plan{
		Effect: fmt.Sprintf("I would log out %s of my account. Whoever uses it has to log in again, with my account's password.", shown),
		Ask:    "Log it out?",
		Answer: fmt.Sprintf("Logged out %s of my account. If you do not know whose it was, change my account's password as well.", shown),
	}
	if len(ended) > 1 {
		p.Ask = "Log them out?"
	}
	for _, one := range ended {
		p.do(action.Action{Verb: action.EndLogin, Device: one.ID}, "")
	}
	return p, nil
}

func block(ctx context.Context, c *call, d DeviceDesk, kind ChangeKind) (Plan, error) {
	user, device := c.person(), id.DeviceID(arg[string](c, "device"))
	all, err := d.Devices(ctx, user)
	if err != nil {
		return Plan{}, err
	}
	if !slices.ContainsFunc(all, func(one Device) bool { return one.ID == device }) {
		return Plan{}, refuse("%s has no device %s. `!forseti devices` with their name lists those they have.", text.Code(string(user)), text.Code(string(device)))
	}
	whose := fmt.Sprintf("%s of %s", text.Code(string(device)), text.Code(string(user)))
	p := Plan{Effect: "I would block " + whose + ".", Answer: "Blocked " + whose + ": it reads nothing more that I say, and I obey nothing that comes from it."}
	if kind == TrustDevice {
		p = Plan{Effect: "I would no longer block " + whose + ".", Answer: whose + " is no longer blocked."}
	}
	p.change(Change{Kind: kind, User: user, Device: device}, "")
	p.harmless = true
	return p, nil
}
