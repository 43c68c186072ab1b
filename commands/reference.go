package commands

import (
	"fmt"
	"strings"
)

// Reference is the reference of all commands in Markdown, for docs/commands.md.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Commands

Moderators write these in the management room. Everyone who is in that room may use all of them, unless roles are on: ` + "`!forseti roles`" + ` says what each takes.

A command begins with ` + "`!forseti` or `!mod`" + `, with the bot's name and a colon, or with a mention of the bot. While no other bot is in the room, ` + "`!mjolnir`, `!draupnir` and a mere `!help`" + ` will do; ` + "`commands.prefixes` and `commands.bare`" + ` in the [configuration](configuration.md) say otherwise. Several commands may stand in one message, up to 20, each on a line of its own that begins so: they are carried out one after another, a question in between waits for its answer, and one reply tells of all. If one is not understood, none is carried out; if one fails, those after it are not. If a line begins otherwise, the message is one command, and what stands after its first line is not read, unless a quoted text goes on, or the command takes a text from there, best in a code block.

- Users, rooms and messages may be written as they are, mentioned, or pasted as links (` + "`https://matrix.to/…`, `matrix:…`" + `, or the address that Element, Cinny and other web clients show). A mention counts by its link, whatever name it shows. Where text and link disagree, or a client mentions somebody of whom its text says nothing, nothing is done, and I ask which you mean.
- ` + "`<entity>…`" + ` may be several, with spaces between, up to 50: ` + "`!forseti ban @one:example.org @two:example.org evil.example.org coc spam`" + `. They end where a word is written as none; what is in quotes, and what stands behind ` + "`--`" + `, is none. A mistake in one of them is a mistake in the command: nothing is done. What all of them would hit counts together.
- Where a command is about a message, a reply says which: to an alert of mine, to a message with links to others, or, in a thread, to what the thread is about. ` + "`ban`, `takedown`, `unban`, `exempt`, `kick`, `mute`, `unmute`, `warn`, `pardon`, `note`, `why` and `strikes`" + ` in a reply are about who wrote that message, or whom the alert is about, if they name nobody: ` + "`!forseti ban spam`" + `. What I quote of strangers points at nothing.
- A command may be the caption of a picture, video or file. Those that take one are about it then: ` + "`ban-image`, `avatar`" + ` and what imports a text. The name of a file is no command, whatever it looks like.
- In protected rooms moderators may write ` + "`ban`, `takedown`, `kick`, `mute`, `warn`, `redact`, `spam` and `not spam`" + ` in reply to the message in question. I remove that at once and answer in the management room; nobody else's words are a command there. If the management room is encrypted, I take it in encrypted rooms only, unless ` + "`commands.in_rooms`" + ` says otherwise.
- A command that stands in a code block or a quotation is not carried out. An edit is, of a command of yours that was not understood.
- Text with spaces may be put in quotes, IDs of old users too. A reason needs none: it is the rest of the line. If it begins with what an option takes (` + "`7d` for `--for 7d`, a room for `--room`" + `), I ask which is meant.
- Times are written as ` + "`90m`, `3d`, `2w` or `1d12h`, dates as `2026-01-31` or `2026-01-31T18:00`" + `, by the clocks of your time zone (` + "`time zone`" + `).
- Options may stand anywhere. ` + "`--`" + ` ends them, for a reason that begins with hyphens.
- ` + "`<must>` be written, `[may]` be left out, `[reason…]` is the rest of the line." + `
- Where a command asks, it waits for ✅ or ❌ on its question, or for a reply to it that is just yes or no.
`)
	commands := all(Desks{})
	b.WriteString(contents(commands))
	family := ""
	for _, c := range commands {
		if c.family != family {
			family = c.family
			fmt.Fprintf(&b, "\n## %s\n", family)
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n%s\n", c.name, effects[c.effect], c.help())
	}
	return b.String()
}

// contents lead to the commands of each family, by the anchors that GitHub and others make of headings.
func contents(commands []*command) string {
	var b strings.Builder
	seen := map[string]int{}
	link := func(heading string) string {
		anchor := strings.ReplaceAll(strings.ToLower(heading), " ", "-")
		seen[anchor]++
		if n := seen[anchor]; n > 1 {
			anchor += fmt.Sprintf("-%d", n-1)
		}
		return fmt.Sprintf("[%s](#%s)", heading, anchor)
	}
	seen["commands"] = 1 // the heading of the page
	family := ""
	for _, c := range commands {
		if c.family != family {
			family = c.family
			fmt.Fprintf(&b, "\n- %s: ", link(family))
		} else {
			b.WriteString(", ")
		}
		b.WriteString(link(c.name))
	}
	return b.String() + "\n"
}

var effects = map[effect]string{
	looks:     "Changes nothing.",
	moderates: "Acts on users, messages or rules.",
	sets:      "Changes how the bot works.",
}
