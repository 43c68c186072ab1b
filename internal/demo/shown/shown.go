// Package shown is the part of the demo's conversation that the README shows, and the picture
// of it. The demo's test holds what the bot says in it against what it says.
package shown

import (
	"fmt"
	"html"
	"strings"
)

// Line is what somebody says.
type Line struct {
	By   string
	Text string
}

// Bot is what the bot is called there.
const Bot = "Forseti"

// Lines are the conversation. Numbers may differ from one time to another.
func Lines() []Line {
	const maria = "maria"
	return []Line{
		{maria, "!forseti ban @spammer:localhost rules advertising"},
		{Bot, "The list `rules` now bans the user `@spammer:localhost`. (Case 1.) Banned `@spammer:localhost` in 5 rooms."},
		{Bot, "The list The neighbours' rules has a new rule: `@*:localhost`. To follow that would ban 12 members (`@guest1:localhost`, `@guest2:localhost` and 10 more) (`@*:localhost` could match nearly anybody who comes).\nShall I go on? Until then I go by what was there before.\nReact with ✅ or ❌, or reply yes or no."},
		{maria, "❌"},
		{Bot, "`@maria:localhost` said no: I do not follow this rule of The neighbours' rules."},
		{Bot, "Banned `@flooder:localhost` in Lobby. Removed 16 messages in Lobby. (Protection flooding.)"},
		{maria, "!forseti unban @spammer:localhost"},
		{Bot, "Removed 1 rule:\n* ban user `@spammer:localhost` in `rules`: advertising\nLifting the ban of `@spammer:localhost` in 5 rooms.\n(Case 7.) Unbanned `@spammer:localhost` in 5 rooms."},
	}
}

// Wrap parts a text into lines, none too long. What is one word stays one.
func Wrap(text string, width int) (lines []string) {
	for paragraph := range strings.Lines(strings.TrimSpace(text)) {
		var b strings.Builder
		n := 0
		for word := range strings.FieldsSeq(paragraph) {
			size := len([]rune(word))
			if n > 0 && n+1+size > width {
				lines = append(lines, b.String())
				b.Reset()
				n = 0
			} else if n > 0 {
				b.WriteByte(' ')
				n++
			}
			b.WriteString(word)
			n += size
		}
		if n > 0 {
			lines = append(lines, b.String())
		}
	}
	return lines
}

// SVG is the picture. It brings its own background, so that it reads alike on light and dark
// pages, and its text is text.
func SVG() string {
	const (
		width, high, top = 860, 20, 34 // of the picture, a line, and what is above the first
		names, words     = 96, 112     // where they end, and begin
		letters          = 84          // in a line
	)
	var b, said strings.Builder
	y := top
	for _, l := range Lines() {
		colour := "#e3b341"
		if l.By == Bot {
			colour = "#56d4dd"
		}
		fmt.Fprintf(&said, "%s: %s\n", l.By, l.Text)
		for n, line := range Wrap(l.Text, letters) {
			if n == 0 {
				fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" font-weight="bold" fill="%s">%s</text>`+"\n", names, y, colour, html.EscapeString(l.By))
			}
			fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#e6edf3">%s</text>`+"\n", words, y, html.EscapeString(line))
			y += high
		}
		y += high / 2
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-labelledby="title words">
<title id="title">A moderator and Forseti, in the room Moderators</title>
<desc id="words">%[3]s</desc>
<rect width="%[1]d" height="%[2]d" rx="10" fill="#10161d"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">
%[4]s</g>
</svg>
`, width, y, html.EscapeString(strings.TrimSpace(said.String())), b.String())
}
