package protections

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction/trust"
)

func firstMessage() kit.Kind {
	f := &FirstMessage{
		refuse:   kit.Choices("refuse", "forward inline link picture sticker video voice", "What the first message may not be.", "picture", "video", "sound", "voice", "file", "sticker", "inline", "link", "mention", "forward").Stricter(kit.Longer),
		words:    kit.Number("words", 6, 1, 1000, "From how many words besides on a message with a link or mention is about something, and may be the first.").Stricter(kit.More),
		messages: kit.Number("messages", 1, 1, 100, "After how many messages that say something no other is the first.").Stricter(kit.More),
	}
	return kit.Kind{
		Name:    "first-message",
		Summary: "Removes a newcomer's first message if it is a picture, a bare link, or forwarded.",
		Details: "Who comes to talk begins with words; who comes to advertise begins with what they advertise. `refuse` says what may not come first: kinds of files as in `media`, `inline` (a picture within a text), `link`, `mention`, `forward`. " +
			"A link or mention with `words` words around it is a question or an answer, and is left.\n\n" +
			"What is first follows from what somebody has written, and not from when they joined: until `messages` of theirs in the room said something (three words or more) and stood, and unless they are known from other rooms. " +
			"An edit of a first message is still the first. Who was in the room before the bot is left alone, for nobody knows what they wrote.\n\n" +
			"It is light: the message goes, and its author may go on.",
		Options: []kit.Option{f.refuse, f.words, f.messages},
		Spares:  trust.Known,
		New: func(g *kit.Given) kit.Protection {
			made := *f
			made.begun = kit.NewTable[kit.Place, beginning](g)
			return &made
		},
	}
}

// FirstMessage finds first messages that are not words.
type FirstMessage struct {
	refuse          kit.Typed[[]string]
	words, messages kit.Typed[int]
	begun           *kit.Table[kit.Place, beginning]
}

// beginning is what somebody wrote first.
type beginning struct {
	events []id.EventID // no more than are first
}

// begins is how long it is known that somebody has begun; who writes nothing for so long is
// new again, unless they are known.
const begins = 90 * 24 * time.Hour

// Check looks at messages until enough of them said something.
func (f *FirstMessage) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Said || in.Sealed || !room.Followed(in.Sender) {
		return nil
	}
	who, most := kit.Place{Room: in.Room, User: in.Sender}, f.messages.In(room)
	before := f.begun.Find(who, in.Arrived)
	if before != nil && len(before.events) >= most && !slices.Contains(before.events, in.Message.Edits()) {
		return nil
	}
	if why := f.wrong(in, room); why != "" {
		return in.Found(kit.Light, "began with %s", why)
	}
	if !in.Says() {
		return nil
	}
	begun := f.begun.Keep(who, in.Arrived, begins)
	if !slices.Contains(begun.events, in.Event.ID) && len(begun.events) < most {
		begun.events = append(begun.events, in.Event.ID)
		bytes := 0
		for _, e := range begun.events {
			bytes += 16 + len(e)
		}
		f.begun.Resize(who, bytes)
	}
	return nil
}

// wrong is what a message is that may not be the first; "" if it may.
func (f *FirstMessage) wrong(in kit.Signal, room kit.View) string {
	refuse, m := f.refuse.In(room), in.Message
	if shown := notWords(m, refuse); shown != "" {
		return shown
	}
	link := leadsTo(m)
	called := m.Mentions().Called > 0 && m.ReplyTo() == ""
	if (link == "" || !slices.Contains(refuse, "link")) && (!called || !slices.Contains(refuse, "mention")) {
		return ""
	}
	if enough := f.words.In(room); f.about(m, enough) >= enough {
		return ""
	}
	if link != "" && slices.Contains(refuse, "link") {
		return link
	}
	return "a mention"
}

// notWords is what a message has besides words, of what is refused; "" if nothing.
func notWords(m *content.Message, refuse []string) string {
	for _, file := range m.Files() {
		if i := slices.IndexFunc(refuse, func(kind string) bool { return kind == file.Kind || kind+" message" == file.Kind }); i >= 0 {
			return "a " + file.Kind
		}
	}
	if slices.Contains(refuse, "inline") && slices.ContainsFunc(m.Pictures(), func(p content.Picture) bool { return !p.Emoji }) {
		return "a picture within a text"
	}
	if slices.Contains(refuse, "forward") && m.Forwarded() {
		return "a forwarded message"
	}
	return ""
}

// leadsTo is the first link of a message that leads somewhere, in words; "" if none does.
func leadsTo(m *content.Message) string {
	all := m.Links()
	if i := slices.IndexFunc(all, func(l content.Link) bool { return !l.Maybe && (l.Host != "" || l.Room != "") }); i >= 0 {
		return "a link: " + kit.Quote(all[i].URL)
	}
	if m.MoreLinks() {
		return "more links than I look at"
	}
	return ""
}

// about is how many words a message has besides links and whom it calls. Where no spaces are
// written three letters are about a word.
func (f *FirstMessage) about(m *content.Message, enough int) int {
	left := without(m.Shown().String(), m, enough)
	is := content.NewText(left).Shape()
	return max(is.Words, is.Letters/12, spacelessWords(left))
}
