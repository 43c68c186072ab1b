package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// prefixes are the names after "!" besides our own.
var prefixes = []string{"forseti", "mod"}

// Borrowed is what the bot also answers to, which may be meant for another bot.
type Borrowed struct {
	// Prefixes are names after "!" that other bots have.
	Prefixes []string
	// Sure is set if the prefixes are ours whoever else is in the room.
	Sure bool
	// Bare has "!ban" heard, without any name.
	Bare bool
	// Alone tells whether no other bot is in the room; nil for always.
	Alone func() bool
}

func (b Borrowed) alone() bool { return b.Alone == nil || b.Alone() }

// borrowed hears what begins with "!" and another name than ours, or none. "!help" is what
// anybody tries first: it is answered where nobody else would.
func (h Hearer) borrowed(named string) (line string, ok bool) {
	if rest, found := cutAny(named, h.Prefixes); found && (h.Sure || h.alone()) {
		line, _ = afterName(rest)
		return line, true
	}
	word := strings.ToLower(strings.TrimFunc(firstWord(named), faint))
	known, nearly := false, false
	if first, _ := utf8.DecodeRuneInString(word); h.Bare && h.Knows != nil && unicode.IsLetter(first) {
		known, nearly = h.Knows(word)
	}
	if !known && (!nearly && word != "help" || !h.alone()) {
		return "", false
	}
	return strings.TrimFunc(named, IsSpace), true
}

// addressed strips the prefix from a message; ok only if the message is meant for
// us. mentioned says whether it mentions us: then our bare name will do, which may
// otherwise just begin a sentence about us.
func (h Hearer) addressed(body string, mentioned bool) (line string, ok bool) {
	body = strings.TrimLeftFunc(body, IsSpace)
	named, bang := strings.CutPrefix(body, "!")
	if !bang {
		named, bang = strings.CutPrefix(body, "！") // as keyboards for Chinese and Japanese have it
	}
	if bang {
		rest, ok := cutAny(named, append(h.names(), prefixes...))
		if !ok {
			return h.borrowed(named)
		}
		line, _ = afterName(rest)
		return line, true
	}
	if rest, ok := h.cutLink(body); ok {
		line, _ = afterName(rest)
		return line, true
	}
	if rest, ok := cutName(body, string(h.Self)); ok {
		line, _ = afterName(rest)
		return line, true
	}
	named, at := strings.CutPrefix(body, "@")
	rest, ok := cutAny(named, h.names())
	if !ok {
		return "", false
	}
	rest, linked := h.cutAddress(rest)
	line, called := afterName(rest)
	if at && called && len(rest) > 1 && rest[0] == ':' {
		// Not the beginning of somebody else's user ID?
		if next, _ := utf8.DecodeRuneInString(rest[1:]); !IsSpace(next) {
			return "", false
		}
	}
	if !called && !linked && !mentioned {
		return "", false
	}
	return line, true
}

// names are what people call us.
func (h Hearer) names() []string {
	names := []string{h.Self.Localpart()}
	if name := strings.TrimFunc(h.DisplayName(), IsSpace); name != "" {
		names = append(names, name)
	}
	return names
}

// cutLink takes off a link to ourselves, as a pill may be written.
func (h Hearer) cutLink(body string) (rest string, ok bool) {
	end := strings.IndexFunc(body, IsSpace)
	if end < 0 {
		end = len(body)
	}
	target, ok := ParseLink(Unwrap(strings.TrimRight(body[:end], ":,")))
	return body[end:], ok && target.Target == string(h.Self)
}

// cutAddress takes off the link that stands after our name where there is no HTML.
func (h Hearer) cutAddress(body string) (rest string, ok bool) {
	rest = skipAddress(body, Link{Target: string(h.Self)})
	return rest, len(rest) < len(body)
}

// cutAny takes off the longest of some names.
func cutAny(body string, names []string) (rest string, ok bool) {
	for _, name := range names {
		if after, found := cutName(body, name); found && (!ok || len(after) < len(rest)) {
			rest, ok = after, true
		}
	}
	return rest, ok
}

// cutName takes a name off the front, in whatever case, if it ends there. What
// cannot be seen of a name, nobody types.
func cutName(body, name string) (rest string, ok bool) {
	started := false
	for _, want := range name {
		if faint(want) {
			continue
		}
		var have rune
		for {
			var size int
			have, size = utf8.DecodeRuneInString(body)
			body = body[size:]
			if size == 0 {
				return "", false
			}
			if !faint(have) {
				break
			}
		}
		if !(IsSpace(have) && IsSpace(want)) && !strings.EqualFold(string(have), string(want)) {
			return "", false
		}
		started = true
	}
	body = strings.TrimLeftFunc(body, faint)
	next, size := utf8.DecodeRuneInString(body)
	return body, started && (size == 0 || IsSpace(next) || isCall(next))
}

// faint characters only change how another one looks, or where a line may break.
func faint(r rune) bool {
	return r == '\ufe0e' || r == '\ufe0f' || unicode.Is(unicode.Cf, r)
}

// isCall tells what may stand after the name of somebody who is spoken to.
func isCall(r rune) bool { return strings.ContainsRune(":,：，", r) }

// afterName gives what follows a name; called if a colon or comma stood between,
// which some languages put a space before.
func afterName(rest string) (line string, called bool) {
	rest = strings.TrimLeftFunc(rest, IsSpace)
	if r, size := utf8.DecodeRuneInString(rest); size > 0 && isCall(r) {
		rest, called = rest[size:], true
	}
	return strings.TrimFunc(rest, IsSpace), called
}
