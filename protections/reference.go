package protections

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction"
)

// introduction is what holds for all protections.
func introduction() string {
	return `# Protections

A protection looks at what is said and done in the protected rooms, and acts on it. ` + "`forseti init`" + ` offers to have the recommended ones on; else all of them are off until a moderator turns them on in the management room:

    !forseti protections
    !forseti enable NAME
    !forseti shadow NAME
    !forseti disable NAME
    !forseti protections config set NAME SETTING VALUE

or all of them at once by a [preset](#presets): ` + "`!forseti preset use public support`" + `.

In shadow a protection only says in the management room what it would have done: once, and then every ten minutes at most. Nothing is done, and nothing that it saw is held against anybody later, not even when it is switched on. So a new protection, or a changed setting, can be tried on what is really said.

Each of these commands takes ` + "`--room ROOM`" + `: then it is about that room alone, and what is said of one room goes before what is said of all. A changed setting holds from the next message on. The value ` + "`" + kit.ByDefault + "`" + ` brings a default back, or in one room what holds in all others.

No protection touches the bot, a moderator, who has rank in the room and stands as high as the bot, or whom the settings below exempt. What the bot has no power for in a room is left undone there, and all else is done: who may only remove messages still removes a flood.

Members earn trust, which protections can ask for: *new*, *known*, *regular* and *trusted* (` + "`!forseti why @user:example.org`" + ` shows it). It follows from messages that say something, stood, and that no protection had anything against, on how many days, and in how many rooms; short ones, and what is removed later, do not count. Of one day five messages count at the most and nobody is known after one day, so no burst buys it; where one has rank, or where fewer than two others talk, nothing is earned. To be known takes some four messages on two days, regular twenty on seven, trusted sixty on twenty; in several rooms less is enough for the last two. It fades: half of it in eight weeks, all in sixteen. It is kept over restarts, and there is space for some thirty thousand members who are known; newcomers, however many, crowd out only each other.

How strict they are can change for a while: ` + "`!forseti posture attack --for 2h`" + `. The limits that say so in their description are lower then, and in an attack those against floods and campaigns are on also where they were off (not in a room where they were switched off by itself, nor where they are in shadow). Nothing that you set is changed, and what was set holds again when it ends, which it does by itself, also if the bot was away then. With ` + "`--close`" + `, protected rooms that anybody can join are closed until then: who wants to come in has to ask (or be invited, in rooms of a version before 7). What was found is stored before it is changed, and each room becomes exactly that again, also after a crash; where somebody has changed who may join since, it is left as it is. A room that you take out by a command is opened first. ` + "`!forseti posture silence 2h`" + ` makes it stricter when no moderator has said anything for so long, ` + "`!forseti posture hours 23:00-07:00`" + ` each night. A wave of joins can bring a posture and close the rooms (` + "`join-wave`" + `), by itself or by one reaction to what you are told of it, and ↩️ to that ends it. In ` + "`unattended` and `attack`" + ` newcomers write text only (` + "`newcomers`" + `).

| Posture | Of the usual, limits let pass |
|---|---|
` + sanction.PostureReference() + `
A protection has a brake, so that a wrong setting does no great harm. One that would hit more than a share of a room's active members within a minute (` + "`brake`" + `) goes to shadow in that room before it does, and one of whose bans and mutes too many are undone within a week, by 👎, by overturning a case, or by whoever lifts them by hand in whatever client (` + "`brake-undone`" + `) goes to shadow everywhere. Moderators are told, and switch it on again. Only those count who belong there: members who are known, or where hardly anybody is, those who joined a week ago or before. A raid of newcomers pulls no brake.

A verdict counts once it was carried out. Whoever is unbanned by a moderator, by whatever way, begins anew at once; a ban that a dry run left undone, or that was refused, leaves nothing behind.
`
}

// Reference is the page about all protections, in Markdown.
func Reference() string {
	var page strings.Builder
	page.WriteString(introduction())
	page.WriteString("\n## What is looked at\n\n" + content.Reference())
	page.WriteString("\n## What follows\n\n" + sanction.Reference())
	page.WriteString("\n## Presets\n\n" + presetReference())
	page.WriteString("\n## Settings that all of them have\n")
	table(&page, kit.Common())
	page.WriteString("\nAn exemption in a list counts if that list's exemptions are followed (`!forseti list exempt`). Whoever may join a room of `exempt-rooms` by themselves can exempt themselves.\n")
	common := map[string]string{}
	for _, s := range kit.Common() {
		common[s.Name] = s.Default
	}
	for _, k := range Kinds() {
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n%s\n", k.Name, k.Summary, k.Details)
		own := slices.DeleteFunc(k.Settings(kit.Standing{}, ""), func(s kit.Setting) bool {
			usual, known := common[s.Name]
			return known && s.Default == usual
		})
		if len(own) > 0 {
			table(&page, own)
		}
	}
	return page.String()
}

func table(page *strings.Builder, settings []kit.Setting) {
	page.WriteString("\n| Setting | Default | What it is |\n|---|---|---|\n")
	for _, s := range settings {
		fmt.Fprintf(page, "| `%s` | `%s` | %s |\n", s.Name, s.Default, s.Doc)
	}
}

// presetReference is what is said of presets, with how each protection is set in them.
func presetReference() string {
	var b strings.Builder
	b.WriteString("A preset says of every protection whether it is on and how it is set: all settings that it does not name are as by default. " +
		"`!forseti preset show` says what one does and would change, `!forseti preset use` does it. What only you can know stays: whom you exempt, your lists of words, hosts and servers, rules of your own, what you set for single rooms, the ladder, what users are told, and who is called. " +
		"Where less would be found than before, it waits for a yes. What follows by itself goes up to a mute and a ban from the room; a rule in a list follows by the ladder alone, and only for spam.\n\n")
	for _, p := range Presets() {
		fmt.Fprintf(&b, "- `%s`: %s\n", p.Name, p.Summary)
	}
	b.WriteString("\n| Protection |")
	for _, p := range Presets() {
		fmt.Fprintf(&b, " %s |", p.Name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(Presets())) + "\n")
	for _, k := range Kinds() {
		fmt.Fprintf(&b, "| [%s](#%s) |", k.Name, k.Name)
		for _, p := range Presets() {
			s, _ := p.Of(k.Name)
			fmt.Fprintf(&b, " %s", s.Mode)
			for _, name := range slices.Sorted(maps.Keys(s.Values)) {
				fmt.Fprintf(&b, ", `%s %s`", name, s.Values[name])
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n### As text\n\n`!forseti protections export` writes all that is set about protections, rooms and rules of your own included, and `!forseti protections import` takes such a text from a code block below it, here or in another community:\n\n" +
		codeLines(slices.Concat([]string{"!forseti protections import", "```"}, exampleText(), []string{"```"})...) +
		"\nIt is checked as a whole before any of it is taken, and a mistake is told by its line, with what would be right. What has no section in it stays as it is, and what a section does not name is as by default. " +
		"Besides a section for each protection and rule there are these, for what holds for all of them:\n\n| Section | Settings | Its command |\n|---|---|---|\n")
	for _, name := range sanction.SharedNames() {
		var names []string
		for _, s := range (sanction.Shared{Name: name}).Settings() {
			names = append(names, "`"+s.Name+"`")
		}
		fmt.Fprintf(&b, "| `[%s]` | %s | `!forseti %s` |\n", name, strings.Join(names, ", "), name)
	}
	b.WriteString("\nA text may also be sent as a file, with the command as its caption or in a reply to it; what is too long for a message is exported as one.\n\nWhat was learned is not in it: samples have an export of their own.\n")
	return b.String()
}

// exampleText is a text that is taken.
func exampleText() []string {
	return []string{
		"forseti protections 1", "# What is not said is as by default.",
		"[ladder]", "mute = 40", "ceiling = ban", "[alerts]", "ping.attack = @room", "quiet = 22:00-07:00 Europe/Berlin except attack",
		"[flooding]", "mode = on", "messages = 12", "[flooding !lobby:example.org]", "mode = shadow",
		"[rule:no-drive-by]", "mode = on", "rule = 'trust() < KNOWN && text.links.size() > 0' then redact",
	}
}

// codeLines are lines of code in Markdown.
func codeLines(lines ...string) string {
	return "    " + strings.Join(lines, "\n    ") + "\n"
}
