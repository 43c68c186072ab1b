package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// evasion is a way to say a text so that it is read by people and not by programs.
type evasion struct {
	name string
	of   func(r *rand.Rand, text string) map[string]any
	// sealed says that the homeserver cannot read it.
	sealed bool
}

// evasions are all of them. What a way does to letters that a text does not have, leaves it
// as it is.
func evasions() []evasion {
	letters := func(change func(r *rand.Rand, text string) string) func(*rand.Rand, string) map[string]any {
		return func(r *rand.Rand, text string) map[string]any { return plain(change(r, text)) }
	}
	return []evasion{
		{"plain", letters(func(_ *rand.Rand, text string) string { return text }), false},
		{"zero width", letters(zeroWidth), false},
		{"homoglyphs", letters(homoglyphs), false},
		{"spacing", letters(spacing), false},
		{"leet", letters(leet), false},
		{"capitals", letters(func(_ *rand.Rand, text string) string { return outsideLinks(text, strings.ToUpper) }), false},
		{"fancy letters", letters(fancy), false},
		{"edit", func(r *rand.Rand, text string) map[string]any {
			return editTo(fmt.Sprint("$earlier", r.IntN(1e9)), text)
		}, false},
		{"caption", func(_ *rand.Rand, text string) map[string]any { return caption(text) }, false},
		{"reply fallback", func(_ *rand.Rand, text string) map[string]any { return replying(text) }, false},
		{"formatted", func(_ *rand.Rand, text string) map[string]any { return formatted(text) }, false},
		{"entities", func(r *rand.Rand, text string) map[string]any { return entities(r, text) }, false},
		{"empty links", func(_ *rand.Rand, text string) map[string]any { return emptyLinks(text) }, false},
		{"hard letters", letters(hard), false},
		{"command", letters(command), false},
		{"encrypted", letters(func(_ *rand.Rand, text string) string { return text }), true},
	}
}

// outsideLinks changes the words of a text that are no links and no handles: those have to
// work.
func outsideLinks(text string, change func(string) string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		if !strings.Contains(word, "://") && !strings.HasPrefix(word, "@") && !strings.HasPrefix(word, "+") {
			words[i] = change(word)
		}
	}
	return strings.Join(words, " ")
}

// each changes one letter in so many.
func each(r *rand.Rand, text string, in int, change func(rune) string) string {
	return outsideLinks(text, func(word string) string {
		var b strings.Builder
		for _, c := range word {
			if changed := change(c); changed != "" && r.IntN(in) == 0 {
				b.WriteString(changed)
				continue
			}
			b.WriteRune(c)
		}
		return b.String()
	})
}

func zeroWidth(r *rand.Rand, text string) string {
	hidden := []string{"\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad"}
	return each(r, text, 3, func(c rune) string {
		if !unicode.IsLetter(c) || c > 0x52f {
			return ""
		}
		return string(c) + hidden[r.IntN(len(hidden))]
	})
}

// alike are letters and those of another alphabet that look the same.
var alike = pairs("aаeеoоpрcсyуxхiіjјsѕkкmмtтhһ", "AАBВCСEЕHНKКMМOОPРTТXХ")

func pairs(all ...string) map[rune]string {
	made := map[rune]string{}
	for _, s := range all {
		rs := []rune(s)
		for i := 0; i+1 < len(rs); i += 2 {
			made[rs[i]], made[rs[i+1]] = string(rs[i+1]), string(rs[i])
		}
	}
	return made
}

func homoglyphs(r *rand.Rand, text string) string {
	return each(r, text, 2, func(c rune) string { return alike[c] })
}

// spacing puts spaces, or other signs, between the letters of some words.
func spacing(r *rand.Rand, text string) string {
	between := []string{" ", ".", "-", "_", " "}[r.IntN(5)]
	return outsideLinks(text, func(word string) string {
		if utf8.RuneCountInString(word) < 4 || r.IntN(2) > 0 {
			return word
		}
		return strings.Join(strings.Split(word, ""), between)
	})
}

var digits = map[rune]string{'a': "4", 'e': "3", 'i': "1", 'o': "0", 's': "5", 't': "7", 'b': "8", 'о': "0", 'з': "3", 'б': "6", 'ч': "4", 'А': "4", 'E': "3", 'O': "0"}

func leet(r *rand.Rand, text string) string {
	return each(r, text, 3, func(c rune) string { return digits[c] })
}

// fancy writes Latin letters as mathematical ones.
func fancy(_ *rand.Rand, text string) string {
	return outsideLinks(text, func(word string) string {
		return strings.Map(func(c rune) rune {
			switch {
			case 'a' <= c && c <= 'z':
				return 0x1d41a + c - 'a'
			case 'A' <= c && c <= 'Z':
				return 0x1d400 + c - 'A'
			}
			return c
		}, word)
	})
}

func editTo(earlier, text string) map[string]any {
	return map[string]any{
		"msgtype": "m.text", "body": "* hello", "m.new_content": plain(text),
		"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": earlier},
	}
}

func caption(text string) map[string]any {
	return map[string]any{
		"msgtype": "m.image", "body": text, "filename": "photo.jpg", "url": "mxc://example.org/abc",
		"info": map[string]any{"mimetype": "image/jpeg", "w": 800, "h": 600, "size": 100_000},
	}
}

func replying(text string) map[string]any {
	const above = "> <@somebody:example.org> good morning everybody\n\n"
	return map[string]any{
		"msgtype": "m.text", "body": above + text, "format": "org.matrix.custom.html",
		"formatted_body": "<mx-reply><blockquote>good morning everybody</blockquote></mx-reply>" + escaped(text),
		"m.relates_to":   map[string]any{"m.in_reply_to": map[string]any{"event_id": "$morning"}},
	}
}

// formatted shows a text to whoever sees HTML, letters of it apart, and to others something
// else.
func formatted(text string) map[string]any {
	var b strings.Builder
	for i, word := range strings.Split(text, " ") {
		if i > 0 {
			b.WriteString(" ")
		}
		if half := len([]rune(word)) / 2; half > 1 && !strings.Contains(word, "://") {
			rs := []rune(word)
			b.WriteString(escaped(string(rs[:half])) + "<b></b>" + escaped(string(rs[half:])))
			continue
		}
		b.WriteString(escaped(word))
	}
	return map[string]any{"msgtype": "m.text", "body": "good morning", "format": "org.matrix.custom.html", "formatted_body": "<p>" + b.String() + "</p>"}
}

// command has a text begin as a message to a bot does.
func command(r *rand.Rand, text string) string {
	if first, size := utf8.DecodeRuneInString(text); r.IntN(2) == 0 {
		text = string(unicode.ToLower(first)) + text[size:]
	}
	return []string{"!", "/"}[r.IntN(2)] + text
}

// entities writes every sign of a text as HTML names it, by name or by number, behind a thousand that nobody sees.
func entities(r *rand.Rand, text string) map[string]any {
	names := map[rune]string{'.': "period", ',': "comma", ':': "colon", '/': "sol", '@': "commat", '!': "excl", '?': "quest", '$': "dollar", '%': "percnt", '+': "plus", '&': "amp", '<': "lt", '>': "gt"}
	var b strings.Builder
	for _, c := range text {
		switch name, named := names[c], r.IntN(3); {
		case c == '\n':
			b.WriteString("<br>")
		case name != "" && named == 0:
			b.WriteString("&" + name + ";")
		case named == 1:
			fmt.Fprintf(&b, "&#x%x;", c)
		default:
			fmt.Fprintf(&b, "&#%d;", c)
		}
	}
	const many = 1001
	return map[string]any{
		"msgtype": "m.text", "body": "good morning", "format": "org.matrix.custom.html",
		"formatted_body": "<mx-reply>" + strings.Repeat("&amp;", many) + "</mx-reply>" + b.String(),
	}
}

// emptyLinks has a hundred links and one before a text, of which nobody sees anything, and its own ones behind words.
func emptyLinks(text string) map[string]any {
	words := strings.Split(text, " ")
	for i, word := range words {
		if strings.Contains(word, "://") {
			words[i] = fmt.Sprintf(`<a href="%s">here</a>`, escaped(word))
		} else {
			words[i] = escaped(word)
		}
	}
	const many = 101
	return map[string]any{
		"msgtype": "m.text", "body": "good morning", "format": "org.matrix.custom.html",
		"formatted_body": strings.Repeat(`<a href="/"></a>`, many) + strings.Join(words, " "),
	}
}

// hard puts a text behind hundreds of signs that cost work to make sense of, some of which show nothing.
func hard(r *rand.Rand, text string) string {
	const many = 600
	return strings.Repeat([]string{"\u00a0", "\uff41", "\U0001d41a", "\ufdfa"}[r.IntN(4)], many) + "\n" + text
}

func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", "<br>").Replace(s)
}
