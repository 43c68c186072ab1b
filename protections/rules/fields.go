package rules

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"maunium.net/go/mautrix/id"

	"forseti/content"
)

// The bounds of what an expression sees. What is longer is cut.
const (
	mostText  = 4 << 10 // bytes of a text
	mostName  = 256     // bytes of a name, an address or an ID
	mostItems = 50      // of a list
)

// object is a type of its own: what stands before the dot.
type object struct {
	name   string // of the type
	root   string // of the variable that has it; "" of what stands in lists
	doc    string
	about  occasion
	fields []field
}

// field is one row of what expressions can read.
type field struct {
	name string
	kind *cel.Type
	doc  string
	size uint64 // at the most: bytes of a text, items of a list
	get  func(of any) any
}

// occasion is what an expression can be about.
type occasion uint8

const (
	always   occasion = 0
	messages occasion = 1 << iota
	joins
)

func text(name string, size uint64, doc string, get func(*Subject) string) field {
	return field{name, cel.StringType, doc, size, func(of any) any { return clip(get(of.(*Subject)), int(size)) }}
}

func number(name, doc string, get func(*Subject) int) field {
	return field{name, cel.IntType, doc, 1, func(of any) any { return types.Int(get(of.(*Subject))) }}
}

func share(name, doc string, get func(*Subject) float64) field {
	return field{name, cel.DoubleType, doc, 1, func(of any) any { return types.Double(get(of.(*Subject))) }}
}

func is(name, doc string, get func(*Subject) bool) field {
	return field{name, cel.BoolType, doc, 1, func(of any) any { return types.Bool(get(of.(*Subject))) }}
}

func texts(name, doc string, get func(*Subject) []string) field {
	return field{name, cel.ListType(cel.StringType), doc, mostItems, func(of any) any {
		return listOf(get(of.(*Subject)), func(s string) ref.Val { return types.String(clip(s, mostName)) })
	}}
}

// part is a field of something in a list.
func part[T any](name string, kind *cel.Type, doc string, get func(*T) ref.Val) field {
	return field{name, kind, doc, mostName, func(of any) any { return get(of.(*T)) }}
}

func short(s string) ref.Val { return types.String(clip(s, mostName)) }

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}

// mostNumber bounds what strangers write as a number, so that no sum of them is too large.
const mostNumber = 1 << 40

func bound(n int64) int64 { return min(max(n, -mostNumber), mostNumber) }

func whole(n int64) ref.Val { return types.Int(max(bound(n), 0)) }

var linkType, fileType = cel.ObjectType("Link"), cel.ObjectType("File")

// objects is all that expressions can read. The documentation is made of it.
func objects() []object {
	return []object{
		{name: "Text", root: "text", about: messages, doc: "What people see of a message: of an edit the new text, of a picture its caption, of a poll its question and choices. Without what it quotes.", fields: []field{
			text("body", mostText, "As it was written.", func(s *Subject) string { return s.Message.Shown().String() }),
			text("folded", mostText, "In small letters, in one way of writing them, without characters of which nothing is shown. For words of any language.", func(s *Subject) string { return s.Message.Shown().Folded() }),
			text("skeleton", mostText, "With each letter replaced by the plainest that looks like it. Compare it with `skeleton(\"...\")`, for plain letters are replaced too.", func(s *Subject) string { return s.Message.Shown().Skeleton() }),
			text("core", mostText, "The letters and digits of the skeleton alone, so that `f r e e` is as `free`. Compare it with `core(\"...\")`.", func(s *Subject) string { return s.Message.Shown().Core() }),
			text("hidden", mostText, "What nobody is meant to see, or only some do: names of files, a quote above a reply, where links lead, white text; in small letters.", func(s *Subject) string { return s.Message.Rest().Folded() }),
			number("length", "How many characters it has, as people count them.", func(s *Subject) int { return s.shape().Characters }),
			number("lines", "How many lines it has.", func(s *Subject) int { return s.shape().Lines }),
			number("words", "How many words it has.", func(s *Subject) int { return s.shape().Words }),
			number("emoji", "How many emoji it has.", func(s *Subject) int { return s.shape().Emoji }),
			share("emoji_share", "How much of it is emoji, from 0.0 to 1.0.", func(s *Subject) float64 { return s.shape().EmojiShare() }),
			share("capitals", "How many of the letters are capitals, from 0.0 to 1.0.", func(s *Subject) float64 { return s.shape().CapitalShare() }),
			share("spaced", "How many of the letters stand alone, as in `f r e e`, from 0.0 to 1.0.", func(s *Subject) float64 { return s.shape().SpacedShare() }),
			number("mixed", "How many words have letters of several scripts that are not written together.", func(s *Subject) int { return s.shape().Mixed }),
			number("woven", "In how many of those words the scripts change more than once, as in `pаypаl`.", func(s *Subject) int { return s.shape().Woven }),
			number("marks", "How many marks are piled up on letters.", func(s *Subject) int { return s.shape().Marks }),
			number("invisible", "How many characters there are of which nothing is shown, and for no reason.", func(s *Subject) int { return s.shape().Invisible }),
			number("longest_word", "How many characters the longest word has.", func(s *Subject) int { return s.shape().Longest }),
			number("repeated", "How often one character follows itself at the most.", func(s *Subject) int { return s.shape().Repeated }),
			is("concealed", "Whether some of it is made to be overlooked: in white, of no size.", func(s *Subject) bool { return s.Message.Concealed() != "" }),
			number("spoilers", "How many spoilers it has.", func(s *Subject) int { return s.Message.Spoilers() }),
			{"links", cel.ListType(linkType), "Where it links to, each address once.", mostItems, func(of any) any {
				links := of.(*Subject).Message.Links()
				return listOf(pointers(links), func(l *content.Link) ref.Val { return value{linkType, l} })
			}},
		}},
		{name: "Message", root: "message", about: messages, doc: "What else there is to a message.", fields: []field{
			text("kind", mostName, "`text`, `notice`, `emote`, `picture`, `video`, `sound`, `voice message`, `file`, `gallery`, `sticker`, `place`, `poll`, `reaction`, `encrypted` (it could not be read) or `custom`.", func(s *Subject) string { return string(s.Message.Form()) }),
			text("type", mostName, "The event's type, such as `m.room.message`.", func(s *Subject) string { return s.Message.Type() }),
			is("edit", "Whether it is an edit.", func(s *Subject) bool { return s.Message.Edits() != "" }),
			is("reply", "Whether it answers a message.", func(s *Subject) bool { return s.Message.ReplyTo() != "" }),
			is("thread", "Whether it was sent in a thread.", func(s *Subject) bool { return s.Message.Thread() != "" }),
			is("forwarded", "Whether its sender's client says that it was forwarded. Most do not say.", func(s *Subject) bool { return s.Message.Forwarded() }),
			is("encrypted", "Whether it was encrypted.", func(s *Subject) bool { return s.Encrypted }),
			text("reaction", mostName, "What a reaction says.", func(s *Subject) string { return s.Message.Key() }),
			{"files", cel.ListType(fileType), "The files that it carries.", mostItems, func(of any) any {
				files := of.(*Subject).Message.Files()
				return listOf(pointers(files), func(f *content.File) ref.Val { return value{fileType, f} })
			}},
			number("pictures", "How many pictures and custom emoji stand in the text.", func(s *Subject) int { return len(s.Message.Pictures()) }),
			texts("choices", "The choices of a poll.", func(s *Subject) []string { return s.Message.Choices() }),
			texts("faults", "What is wrong with its fields, such as `body is a number`.", func(s *Subject) []string { return s.Message.Faults() }),
		}},
		{name: "Mentions", root: "mentions", about: messages, doc: "Whom a message calls.", fields: []field{
			number("count", "How many users.", func(s *Subject) int { return s.Message.Mentions().Count }),
			number("hidden", "How many users who are notified and not shown.", func(s *Subject) int { return len(s.Message.Mentions().Hidden) }),
			is("room", "Whether all in the room are.", func(s *Subject) bool { return s.Message.Mentions().Room }),
			is("only", "Whether nothing else is said.", func(s *Subject) bool { return s.Message.Mentions().Only }),
			{"users", cel.ListType(cel.StringType), "The users.", mostItems, func(of any) any {
				return listOf(of.(*Subject).Message.Mentions().Users, func(u id.UserID) ref.Val { return short(string(u)) })
			}},
		}},
		{name: "Join", root: "join", about: joins, doc: "Who joins. A rule that names it is about those who join, and about no message.", fields: []field{
			text("name", mostName, "The name that they show.", func(s *Subject) string { return s.Message.Profile().Name }),
			text("skeleton", mostName, "Its skeleton; compare it with `skeleton(\"...\")`.", func(s *Subject) string { return content.Skeleton(clip(s.Message.Profile().Name, mostName)) }),
			is("picture", "Whether they show a picture.", func(s *Subject) bool { return s.Message.Profile().Avatar != "" }),
		}},
		{name: "Sender", root: "sender", doc: "Who wrote it, or joins.", fields: []field{
			text("id", mostName, "As `@name:example.org`.", func(s *Subject) string { return string(s.Sender.ID) }),
			text("server", mostName, "Their server.", func(s *Subject) string { return s.Sender.ID.Homeserver() }),
			number("level", "Their power level in the room.", func(s *Subject) int { return int(bound(s.Sender.Level)) }),
		}},
		{name: "Room", root: "room", doc: "Where it happens.", fields: []field{
			text("id", mostName, "As `!id:example.org`.", func(s *Subject) string { return string(s.Room.ID) }),
			number("members", "How many members it has.", func(s *Subject) int { return s.Room.Members }),
			is("encrypted", "Whether it is encrypted.", func(s *Subject) bool { return s.Room.Encrypted }),
		}},
		{name: "Link", doc: "One of `text.links`.", fields: []field{
			part("url", cel.StringType, "The address as it is written.", func(l *content.Link) ref.Val { return short(l.URL) }),
			part("words", cel.StringType, "What is shown of it, if that is something else.", func(l *content.Link) ref.Val { return short(l.Words) }),
			part("scheme", cel.StringType, "As `https`.", func(l *content.Link) ref.Val { return short(l.Scheme) }),
			part("host", cel.StringType, "As `example.org`, in small letters.", func(l *content.Link) ref.Val { return short(l.Host) }),
			part("path", cel.StringType, "What follows the host.", func(l *content.Link) ref.Val { return short(l.Path) }),
			part("invites", cel.BoolType, "Whether it leads into a room.", func(l *content.Link) ref.Val { return types.Bool(l.Invites()) }),
			part("room", cel.StringType, "Which room, if it does.", func(l *content.Link) ref.Val { return short(l.Room) }),
			part("deceives", cel.BoolType, "Whether its words name another host than that to which it leads.", func(l *content.Link) ref.Val { return types.Bool(l.Deceives) }),
			part("aside", cel.BoolType, "Whether it stands where ordinary clients do not show it.", func(l *content.Link) ref.Val { return types.Bool(l.Aside) }),
		}},
		{name: "File", doc: "One of `message.files`.", fields: []field{
			part("kind", cel.StringType, "As `picture`.", func(f *content.File) ref.Val { return short(f.Kind) }),
			part("name", cel.StringType, "Its name.", func(f *content.File) ref.Val { return short(f.Name) }),
			part("type", cel.StringType, "As `image/png`, as its sender says.", func(f *content.File) ref.Val { return short(f.Type) }),
			part("size", cel.IntType, "Bytes, as its sender says; 0 if they do not.", func(f *content.File) ref.Val { return whole(f.Size) }),
			part("width", cel.IntType, "Pixels, as its sender says.", func(f *content.File) ref.Val { return whole(f.Width) }),
			part("height", cel.IntType, "Pixels, as its sender says.", func(f *content.File) ref.Val { return whole(f.Height) }),
		}},
	}
}

func (s *Subject) shape() *content.Shape { return s.Message.Shown().Shape() }
