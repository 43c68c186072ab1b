package matrix

import (
	"context"
	"encoding/json"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"

	"forseti/action"
	"forseti/text"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/format/mdext"
)

// compose makes the content of a message. It is a notice, so that other bots
// leave it alone, and m.mentions has only whom we mean to call, mostly nobody: a user ID that
// is quoted pings nobody.
//
// It is never larger than an event may be: what would be is cut, but for its end.
func compose(m action.Message) (event.Type, map[string]any) {
	m.Markdown = text.Fit(m.Markdown, mostContent/2) // it stands twice
	for {
		kind, content := composed(m)
		size := sizeOf(content)
		if size <= mostContent || m.Markdown == "" {
			return kind, content
		}
		now := len(m.Markdown)
		if m.Markdown = text.Fit(m.Markdown, min(now, mostContent)*mostContent/size); len(m.Markdown) >= now {
			m.Markdown = ""
		}
	}
}

// mostContent is how long what we say may be as JSON. An event has room for 65,536 bytes, some thousand of which the
// homeserver takes for hashes, signatures and what came before it; encrypted the rest is a third longer.
// https://spec.matrix.org/v1.16/client-server-api/#size-limits
const mostContent = 42_000

func sizeOf(content map[string]any) int {
	raw, err := json.Marshal(content)
	if err != nil {
		return 0 // it is not sent then
	}
	return len(raw)
}

func composed(m action.Message) (event.Type, map[string]any) {
	if m.Reaction != "" {
		content := map[string]any{"m.relates_to": map[string]any{
			"rel_type": "m.annotation", "event_id": m.ReplyTo, "key": m.Reaction,
		}}
		return event.EventReaction, with(content, m.Fields)
	}
	content := with(body(m.Markdown, ""), m.Fields)
	content["m.mentions"] = mentions(m)
	switch {
	case m.Edits != "":
		edit := with(body(m.Markdown, "* "), m.Fields)
		edit["m.new_content"] = content
		edit["m.relates_to"] = map[string]any{"rel_type": "m.replace", "event_id": m.Edits}
		content = edit
	case m.ReplyTo != "" && m.Thread != "":
		content["m.relates_to"] = map[string]any{
			"rel_type": "m.thread", "event_id": m.Thread, "is_falling_back": false, "m.in_reply_to": map[string]any{"event_id": m.ReplyTo},
		}
	case m.ReplyTo != "":
		content["m.relates_to"] = map[string]any{"m.in_reply_to": map[string]any{"event_id": m.ReplyTo}}
	}
	return event.EventMessage, content
}

// mentions are whom a message calls. An edit calls nobody: that is for news.
func mentions(m action.Message) map[string]any {
	called := map[string]any{}
	if m.Edits != "" {
		return called
	}
	if len(m.Mentions) > 0 {
		called["user_ids"] = m.Mentions
	}
	if m.Everybody {
		called["room"] = true
	}
	return called
}

func body(markdown, prefix string) map[string]any {
	plain, formatted := render(markdown)
	content := map[string]any{
		"msgtype":    event.MsgNotice,
		"body":       prefix + plain,
		"m.mentions": map[string]any{},
	}
	if formatted != "" {
		content["format"] = event.FormatHTML
		content["formatted_body"] = prefix + formatted
	}
	return content
}

// renderer knows no tables: many clients on phones show none, and plain text runs their cells together. What is written as
// one stays the lines that it is made of.
var renderer = goldmark.New(goldmark.WithExtensions(extension.Strikethrough, mdext.Spoiler, mdext.EscapeHTML), format.HTMLOptions)

// render makes HTML of Markdown, and what reads like it as plain text. What is folded is a details element, which
// clients without it show open, as plain text does: its title, and then what stands under it.
func render(markdown string) (plain, formatted string) {
	pieces := text.Pieces(markdown)
	if !slices.ContainsFunc(pieces, func(p text.Piece) bool { return p.Folded }) {
		shown := format.RenderMarkdownCustom(markdown, renderer)
		if shown.FormattedBody == "" {
			return shown.Body, ""
		}
		return plainText(shown.FormattedBody), shown.FormattedBody
	}
	var all strings.Builder
	var read []string
	for _, p := range pieces {
		shown := format.RenderMarkdownCustom(p.Body, renderer)
		if shown.FormattedBody == "" {
			shown.FormattedBody = html.EscapeString(shown.Body)
		}
		if !isBlock.MatchString(shown.FormattedBody) { // else it runs into what is before and behind it
			shown.FormattedBody = "<p>" + shown.FormattedBody + "</p>"
		}
		said := plainText(shown.FormattedBody)
		if p.Folded {
			said = strings.TrimSpace(p.Title + "\n" + said)
			shown.FormattedBody = "<details><summary>" + html.EscapeString(p.Title) + "</summary>" + shown.FormattedBody + "</details>"
		}
		read = append(read, said)
		all.WriteString(shown.FormattedBody)
	}
	return strings.Join(read, "\n\n"), all.String()
}

// isBlock tells whether HTML begins with what stands on lines of its own.
var isBlock = regexp.MustCompile(`^<(p|ul|ol|pre|blockquote|h[1-6]|hr|details)\b`)

// plainText is what notifications and simple clients show of HTML: all that is seen of it and nothing that is not,
// save bullets, quotes and the backticks around what is to be copied. A room is named, as it is in HTML: the address
// behind the name is many times as long, and nobody reads it.
func plainText(formatted string) string {
	as := func(s string, _ format.Context) string { return s }
	parser := format.HTMLParser{
		TabsToSpaces: 4, Newline: "\n", HorizontalLine: "\n---\n",
		BoldConverter: as, ItalicConverter: as, UnderlineConverter: as,
		PillConverter: func(label, _, _ string, _ format.Context) string { return label },
	}
	return parser.Parse(formatted, format.NewContext(context.Background()))
}

// with adds fields; those of the message itself win.
func with(content, fields map[string]any) map[string]any {
	all := maps.Clone(fields)
	if all == nil {
		all = make(map[string]any, len(content))
	}
	maps.Copy(all, content)
	return all
}
