package rules

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
)

// Fields are an expression for each field and function that there is.
func Fields() []string {
	var all []string
	for _, o := range objects() {
		for _, f := range o.fields {
			switch {
			case o.root != "":
				all = append(all, asked(o.root+"."+f.name, f.kind))
			case o.name == linkType.TypeName():
				all = append(all, "text.links.exists(x, "+asked("x."+f.name, f.kind)+")")
			default:
				all = append(all, "message.files.exists(x, "+asked("x."+f.name, f.kind)+")")
			}
		}
	}
	for _, f := range functions() {
		if f.between != nil {
			all = append(all, f.call+" > 0")
			continue
		}
		all = append(all, asked(f.call, f.result))
	}
	return all
}

// asked makes a question of a value.
func asked(value string, kind *cel.Type) string {
	switch typeWords(kind) {
	case "a text", "a list":
		return value + ".size() > 2"
	case "true or false":
		return value
	case "a time":
		return value + ` > duration("1m")`
	default:
		return value + " > 2"
	}
}

const introduction = `# Rules of your own

What no protection looks for, a rule of your own can: an expression that says what a message is like, and what follows if it is true.

    !forseti rule add no-drive-by 'trust() < KNOWN && text.links.size() > 0' then redact, strike "links after a while, please"

A rule is on at once, in all protected rooms. Before that, or after, look at whom it means:

    !forseti rule test no-drive-by
    !forseti rule shadow no-drive-by

The first runs it over the last 2,000 messages of the protected rooms, or the last 500 joins if it is about those, which I keep in memory for this and never on disk, and shows what it would have hit, with how far each sender was trusted; whom a list names is looked up as it is now, and what moderators and exempt users wrote is counted and not shown, for a rule leaves them alone. In shadow a rule only says what it would do. ` + "`rule list`" + ` shows all of them as commands, so that you can add them elsewhere; ` + "`rule edit`, `rule enable`, `rule disable` and `rule remove`" + ` do what they say. All settings that protections have are there too, under the name ` + "`rule:no-drive-by`" + `: who is exempt, in which rooms, what a user is told.

Rules touch neither moderators nor whom protections leave alone. They are asked about each message once, edits and captions included, in the order of their names.

## What follows

After ` + "`then`" + ` stand one or more of these, with commas between them:

| Step | What it does |
|---|---|
| ` + "`alert`" + ` | tells you |
| ` + "`redact`" + ` | removes the message |
| ` + "`strike`, `strike 20`" + ` | removes the message and counts points, and the ladder says what follows ([protections](protections.md)) |
| ` + "`warn`, `mute 1h`, `kick`, `ban 7d`, `ban`, `list-ban`, `takedown`" + ` | does that each time, and removes the message |
| ` + "`cooldown 10m`" + ` | leaves whom the rule hit alone for so long |
| ` + "`stop`" + ` | asks no rule after this one about the message |

A text in quotes is the reason that everybody may read: ` + "`then mute 1h \"please calm down\"`" + `.

## How it is written

The language is CEL, the Common Expression Language: ` + "`&&`, `||`, `!`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `+`, `-`, `*`, `in`" + `, texts in double quotes, ` + "`a ? b : c`" + `, and on texts ` + "`contains`, `startsWith`, `endsWith`, `size`" + ` and ` + "`matches`" + ` with a pattern (RE2). Of lists there are ` + "`exists`, `all`, `filter`, `map` and `size`" + `:

    text.links.exists(l, l.host == "evil.example" || l.host.endsWith(".evil.example"))

Types are checked when the rule is added, and a mistake is shown with its place. What a rule can cost for one message is known then too, and one that could cost too much is refused. Of each text a rule sees the first 4 KiB, of each list the first 50 items. A rule that fails all the same goes into shadow, and I say so.

A rule that names ` + "`join`" + ` is about those who join; all others are about messages.

## What it can read
`

// Reference is the page about rules, in Markdown.
func Reference() string {
	var page strings.Builder
	page.WriteString(introduction)
	for _, o := range objects() {
		title := o.root
		if title == "" {
			title = "each " + strings.ToLower(o.name)
		}
		fmt.Fprintf(&page, "\n### %s\n\n%s\n\n| Field | What it is | |\n|---|---|---|\n", title, o.doc)
		for _, f := range o.fields {
			fmt.Fprintf(&page, "| `%s` | %s | %s |\n", f.name, typeWords(f.kind), f.doc)
		}
	}
	page.WriteString("\n### Functions\n\n| Function | What it gives | |\n|---|---|---|\n")
	for _, f := range functions() {
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", f.call, typeWords(f.result), f.doc)
	}
	return page.String()
}
