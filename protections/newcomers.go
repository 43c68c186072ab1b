package protections

import (
	"slices"

	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/sanction/trust"
)

func newcomers() kit.Kind {
	n := &Newcomers{refuse: kit.Choices("refuse", "file forward inline link picture sound sticker video voice", "What newcomers may not send.",
		"picture", "video", "sound", "voice", "file", "sticker", "inline", "link", "mention", "forward").Stricter(kit.Longer)}
	return kit.Kind{
		Name:    "newcomers",
		Summary: "Has newcomers write text only, for as long as a posture asks for that.",
		Details: "In the postures `unattended` and `attack` it is on, and off again when they end, unless you switch it on for good. It removes what `refuse` says of everybody who is not known yet: kinds of files as in `media`, `inline` (a picture within a text), `link`, `mention`, `forward`; also in an edit. " +
			"Nobody's level in a room is changed by it, so that nothing has to be given back. A room in which it is switched off by itself is left alone.\n\n" +
			"What is removed is held against nobody by default (`consequence redact`): who comes in a bad hour has done nothing wrong.",
		Options:  []kit.Option{n.refuse},
		Defaults: map[string]string{"consequence": sanction.Redact.String(), "points": "0"},
		Spares:   trust.Known,
		From:     sanction.Unattended,
		New:      func(*kit.Given) kit.Protection { return n },
	}
}

// Newcomers finds what newcomers may not send while a posture holds.
type Newcomers struct{ refuse kit.Typed[[]string] }

// Check looks at each message and edit.
func (n *Newcomers) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Said || in.Sealed {
		return nil
	}
	refuse, m := n.refuse.In(room), in.Message
	if shown := notWords(m, refuse); shown != "" {
		return in.Found(kit.Light, "sent %s, as a newcomer", shown)
	}
	if link := leadsTo(m); link != "" && slices.Contains(refuse, "link") {
		return in.Found(kit.Light, "sent %s, as a newcomer", link)
	}
	if slices.Contains(refuse, "mention") && m.Mentions().Called > 0 && m.ReplyTo() == "" {
		return in.Found(kit.Light, "mentioned somebody, as a newcomer")
	}
	return nil
}
