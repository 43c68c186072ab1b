package commands

import (
	"slices"
	"strings"

	"forseti/commands/grammar"
	"forseti/sanction"
	"forseti/text"
)

// asReason is what to say of a reason that begins, or ends, with what is an option here and stands without one in
// other bots, and in what people say: where, for how long, how many. As a reason it would be read by everybody, and
// what was meant by it would not hold. nil if there is nothing of that.
func asReason(c *call, p param, words []grammar.Word) error {
	if p.name != "reason" || words[0].Quoted {
		return nil
	}
	ask := func(what, meant, flag, value, otherwise string) error {
		return refuse("Is %s %s? Then write it as %s%s. If it is part of the reason, put the reason in quotes.", text.Code(text.Clip(what, 60)), meant, text.Code("--"+flag+" "+text.Clip(value, 60)), otherwise)
	}
	first := words[0].Text
	if c.command.flag(inRoom.name) != nil && atRoom(words[0]) {
		return ask(first, "where", inRoom.name, first, ": without that it is done in all rooms")
	}
	if lacks(c, "limit") && strings.Trim(first, "0123456789") == "" {
		return ask(first, "how many", "limit", first, "")
	}
	said, span := spoken(words)
	switch {
	case span == "":
		return nil
	case lacks(c, "for"):
		return ask(said, "for how long", "for", span, "")
	case lacks(c, "since") && said == first:
		return ask(said, "how far back", "since", span, "")
	}
	return nil
}

// lacks tells whether a command takes a flag that is not given.
func lacks(c *call, name string) bool {
	_, given := c.flags[name]
	return c.command.flag(name) != nil && !given
}

// strayTime is what to say of a time that stands without its option in a command that has no place for it; nil if none does.
func strayTime(c *call, words []grammar.Word) error {
	for _, p := range c.command.params {
		if p.value.rest || p.value.raw || p.value.hint == timeOrDate {
			return nil
		}
	}
	for i, w := range words {
		said, span := spoken(words[i:])
		switch {
		case w.Quoted || span == "":
		case lacks(c, "for"):
			return refuse("Is %s for how long? Then write it as %s.", text.Code(said), text.Code("--for "+span))
		case lacks(c, "since"):
			return refuse("Is %s how far back? Then write it as %s.", text.Code(said), text.Code("--since "+span))
		}
	}
	return nil
}

// atRoom tells whether a word is the ID or address of a room, or a link to one.
func atRoom(w grammar.Word) bool {
	written := grammar.Unwrap(w.Text)
	_, link := grammar.ParseLink(written)
	return writtenRoom(w) && (link || strings.ContainsRune(written, ':') && likeID(written))
}

// spoken finds a time that begins a text, as `7d`, `for 7d` or `7 days`, or that ends it with `for`, and gives how it is
// said there and how commands take it; "" for none.
func spoken(words []grammar.Word) (said, span string) {
	for i, w := range words {
		isFor := strings.EqualFold(w.Text, "for")
		if i > 0 && !isFor || w.Quoted {
			continue
		}
		of := words[i:]
		if isFor {
			of = of[1:]
		}
		n, written := timeOf(of)
		if n == 0 || i > 0 && n < len(of) {
			continue
		}
		return join(words[i : len(words)-len(of)+n]).Raw, written
	}
	return "", ""
}

// timeOf gives how many of the words are a time at their beginning, 0 for none, and how commands take it.
func timeOf(words []grammar.Word) (n int, written string) {
	if len(words) == 0 {
		return 0, ""
	}
	written = strings.ToLower(words[0].Text)
	if d, ok := sanction.ParseSpan(written); ok && d > 0 {
		return 1, written
	}
	unit := strings.TrimLeft(written, "0123456789")
	number := strings.TrimSuffix(written, unit)
	if n = 1; unit == "" && len(words) > 1 {
		n, unit = 2, strings.ToLower(words[1].Text)
	}
	unit = strings.TrimSuffix(strings.TrimRight(unit, ".,"), "s")
	if !slices.Contains([]string{"min", "minute", "h", "hour", "d", "day", "w", "week"}, unit) {
		return 0, ""
	}
	written = number + unit[:1]
	if d, ok := sanction.ParseSpan(written); !ok || d <= 0 {
		return 0, ""
	}
	return n, written
}
