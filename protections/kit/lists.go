package kit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/glob"
	"forseti/sanction/trust"
	"forseti/servername"
)

const (
	// none is how a setting is written that says nothing.
	none = "none"
	// mostListed is how many entries such a setting may have, and longestListed how long
	// each may be: as long as an ID.
	mostListed    = 50
	longestListed = 255
)

// listed declares an option that is a list of words, each of which an entry is made of.
func listed[T any](name, doc, like string, entry func(word string) (T, bool)) Typed[[]T] {
	return longList(name, mostListed, doc, like, entry)
}

// longList is listed with a bound of its own.
func longList[T any](name string, mostListed int, doc, like string, entry func(word string) (T, bool)) Typed[[]T] {
	return Typed[[]T]{option{
		name: name, initial: none,
		doc:   fmt.Sprintf("%s Up to %d, with spaces between them, or `%s`.", doc, mostListed, none),
		parts: entries{words, " "},
		parse: func(text string) (any, string, error) {
			words := words(text)
			if len(words) == 0 || len(words) == 1 && strings.EqualFold(words[0], none) {
				return []T(nil), none, nil
			}
			slices.Sort(words)
			words = slices.Compact(words)
			if len(words) > mostListed {
				return nil, "", fmt.Errorf("%s takes %d at most, and this is %d", name, mostListed, len(words))
			}
			entries := make([]T, 0, len(words))
			for _, word := range words {
				e, ok := entry(word)
				if !ok || len(word) > longestListed {
					return nil, "", fmt.Errorf("%s takes %s, or `%s`; %s is nothing of that", name, like, none, Quote(word))
				}
				entries = append(entries, e)
			}
			return entries, strings.Join(words, " "), nil
		},
	}}
}

// Users declares an option that is users, or patterns of their names. One that matches
// everybody is refused: what it means is to switch the protection off.
func Users(name, doc string) Typed[[]glob.Pattern] {
	return listed(name, doc, "users as `@name:example.org` or patterns as `@*:example.org`", func(word string) (glob.Pattern, bool) {
		local, server, ok := strings.Cut(word, ":")
		all := strings.Trim(local, "@*?") == "" && strings.Trim(server, "*?.:") == ""
		if !ok || !strings.HasPrefix(word, "@") || server == "" || all {
			return glob.Pattern{}, false
		}
		return glob.New(glob.Fold(word)), true
	})
}

// Servers declares an option that is servers, or patterns of their names. One that matches
// all of them is refused.
func Servers(name, doc string) Typed[[]glob.Pattern] {
	return listed(name, doc, "servers as `example.org` or patterns as `*.example.org`, without ports", func(word string) (glob.Pattern, bool) {
		if servername.OfPattern(word) != servername.None || strings.Trim(word, "*?.") == "" {
			return glob.Pattern{}, false
		}
		return glob.New(glob.Fold(word)), true
	})
}

// Rooms declares an option that is rooms, by their IDs.
func Rooms(name, doc string) Typed[[]id.RoomID] {
	t := listed(name, doc, "rooms as `!id:example.org`", func(word string) (id.RoomID, bool) {
		return id.RoomID(word), len(word) > 1 && word[0] == '!'
	})
	t.ofRooms = true
	return t
}

// Level declares an option that is a power level, or none: then it is 0.
func Level(name, doc string) Typed[int] { return orNone(name, 0, 1, 100, doc) }

// orNone declares an option that is a whole number, or none: then it is 0.
func orNone(name string, initial, low, high int, doc string) Typed[int] {
	written := func(n int) string {
		if n == 0 {
			return none
		}
		return strconv.Itoa(n)
	}
	return Typed[int]{option{
		name: name, initial: written(initial), way: More,
		doc: fmt.Sprintf("%s From %d to %d, or `%s`.", doc, low, high, none),
		parse: func(text string) (any, string, error) {
			text = strings.TrimSpace(text)
			if strings.EqualFold(text, none) {
				return 0, none, nil
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < low || n > high {
				return nil, "", fmt.Errorf("%s takes a whole number from %d to %d, or `%s`", name, low, high, none)
			}
			return n, written(n), nil
		},
	}}
}

// Trust declares an option that is a level of trust, or none: then it is trust.New, which
// everybody has.
func Trust(name string, initial trust.Level, doc string) Typed[trust.Level] {
	written := func(l trust.Level) string {
		if l == trust.New {
			return none
		}
		return l.String()
	}
	levels := make([]string, 0, len(trust.Levels()))
	for _, l := range trust.Levels()[1:] {
		levels = append(levels, "`"+written(l)+"`")
	}
	like := strings.Join(levels, ", ") + " or `" + none + "`"
	return Typed[trust.Level]{option{
		name: name, initial: written(initial), doc: doc + " One of " + like + ".",
		parse: func(text string) (any, string, error) {
			text = strings.ToLower(strings.TrimSpace(text))
			i := slices.IndexFunc(trust.Levels(), func(l trust.Level) bool { return written(l) == text })
			if i < 0 {
				return nil, "", fmt.Errorf("%s takes %s", name, like)
			}
			return trust.Levels()[i], text, nil
		},
	}}
}

// Choice declares an option that is one of some words, the first unless moderators say
// otherwise.
func Choice(name, doc string, words ...string) Typed[string] {
	all := "`" + strings.Join(words, "`, `") + "`"
	return Typed[string]{option{
		name: name, initial: words[0], doc: fmt.Sprintf("%s One of %s.", doc, all),
		parse: func(text string) (any, string, error) {
			for _, word := range words {
				if strings.EqualFold(strings.TrimSpace(text), word) {
					return word, word, nil
				}
			}
			return nil, "", fmt.Errorf("%s takes one of %s", name, all)
		},
	}}
}

// Prose declares an option that is what moderators write in their own words, on one line.
func Prose(name, initial string, most int, doc string) Typed[string] {
	return Typed[string]{option{
		name: name, initial: initial, doc: fmt.Sprintf("%s Up to %d letters.", doc, most),
		parse: func(text string) (any, string, error) {
			text = strings.Join(strings.Fields(text), " ")
			if n := utf8.RuneCountInString(text); n == 0 || n > most {
				return nil, "", fmt.Errorf("%s takes up to %d letters in your own words", name, most)
			}
			return text, text, nil
		},
	}}
}

// Choices declares an option that is any of some words.
func Choices(name, initial, doc string, words ...string) Typed[[]string] {
	all := "`" + strings.Join(words, "`, `") + "`"
	t := listed(name, fmt.Sprintf("%s Any of %s.", doc, all), "any of "+all, func(word string) (string, bool) {
		return word, slices.Contains(words, word)
	})
	parse := t.parse
	t.initial, t.parse = initial, func(text string) (any, string, error) { return parse(strings.ToLower(text)) }
	return t
}

// Words declares an option that is words without spaces, or patterns of such.
func Words(name, initial, doc string) Typed[[]glob.Pattern] {
	t := listed(name, doc, "words or patterns as `a*`", func(word string) (glob.Pattern, bool) {
		return glob.New(strings.ToLower(word)), strings.Trim(word, "*?.") != ""
	})
	t.initial = initial
	return t
}

// Avatars declares an option that is addresses of pictures.
func Avatars(name, doc string) Typed[[]string] {
	return listed(name, doc, "addresses as `mxc://example.org/abc`", func(word string) (string, bool) {
		server, file, _ := strings.Cut(strings.TrimPrefix(word, "mxc://"), "/")
		return word, strings.HasPrefix(word, "mxc://") && server != "" && file != ""
	})
}
