// Package content reads what an event says as people see it and as attackers hide it. It is pure, and knows no room and
// no rule.
package content

import (
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"
)

// Message is what an event says: a message, or a piece of state that members may write into. Each part of it is read when
// it is first asked for, and kept; one goroutine may ask at a time. A nil Message says nothing.
//
// All of it is written by strangers. Everything is bounded: what is longer is cut, and Cut tells so.
type Message struct {
	kind string
	raw  json.RawMessage

	outline *outline
	words   *words
	links   *links
	mention *Mentions
}

// Read gives the content of an event of a type. That alone reads nothing.
func Read(kind string, raw json.RawMessage) *Message { return &Message{kind: kind, raw: raw} }

// Type is the event's type, as it was sent.
func (m *Message) Type() string {
	if m == nil {
		return ""
	}
	return m.kind
}

// MsgType is the msgtype of a message, "" if it has none; of an edit that of the new text.
func (m *Message) MsgType() string { return m.read().msgtype }

// Form is what kind of thing it is, whatever its type is called.
func (m *Message) Form() Form { return m.read().form }

// Edits is the event that an edit replaces; "" if it is no edit. All else is read of the new text.
func (m *Message) Edits() id.EventID { return m.read().about.edits }

// ReplyTo is the event that it is a reply to, "" if there is none; the one that clients put into threads for those that
// know none is not.
func (m *Message) ReplyTo() id.EventID { return m.read().about.answers }

// Thread is the event that the thread began with in which it was sent; "" if it was in none.
func (m *Message) Thread() id.EventID { return m.read().about.thread }

// Reacts is the event that a reaction is about, and Key what it says; "" of anything else.
func (m *Message) Reacts() id.EventID { return m.read().about.reacts }

// Key is what a reaction says: an emoji, the address of a picture, or any text.
func (m *Message) Key() string { return m.read().about.key }

// Forwarded reports whether its sender's client says that it was forwarded. Most clients do not say.
func (m *Message) Forwarded() bool { return m.read().forwarded }

// Files are those that it carries: a picture, a sticker, each of a gallery.
func (m *Message) Files() []File {
	m.told() // of one without a name the text is its name
	return m.read().files
}

// Choices are the answers of a poll, as they are written.
func (m *Message) Choices() []string { return m.read().special.choices }

// Place is where a shared place is, as a geo URI; "" of anything else.
func (m *Message) Place() string { return m.read().special.place }

// Profile is what a membership, or a profile of its own for one message, says of its sender.
func (m *Message) Profile() Profile { return m.read().special.profile }

// Faults is what is wrong with the fields of it, in words of ours, such as "body is a number". What is wrong there is not
// followed, and text in it is looked at all the same.
func (m *Message) Faults() []string {
	m.Mentions() // all that is read is read by then
	return m.read().faults
}

// Cut reports whether it says more than is looked at.
func (m *Message) Cut() bool { return m.read().cut || m.told().cut || m.told().shown.isCut() }

// Length is how many characters the message has that is shown, also of what is not looked at: of what is formatted its
// source. It is counted up to MostCounted, and no emoji of many parts is one.
func (m *Message) Length() int {
	return min(max(utf8.RuneCountInString(m.Shown().String()), m.read().inner.characters()), MostCounted)
}

// MostWhole is how many characters a message may have so that it is looked at as a whole, if it is of ASCII. Of longer ones the
// beginning and the end are, and less than of one that has just so many: who hides something in much else is found for that.
const MostWhole = 8000

// MostCounted is how many characters are counted of what is too long to be looked at.
const MostCounted = 16_000

// charactersOf counts those of quoted text, eight bytes at a time or up to the next escape.
func charactersOf(raw []byte) (n int) {
	const (
		some = 8
		ones = 0x0101010101010101
		tops = ones << 7
	)
	for i := 1; i < len(raw)-1 && n < MostCounted; {
		if c := raw[i]; i+some >= len(raw) || c == '\\' {
			if i++; c == '\\' {
				if raw[i] == 'u' {
					i += len(`0000`)
				}
				i++
			}
			if c&0xc0 != 0x80 {
				n++
			}
			continue
		}
		w := binary.LittleEndian.Uint64(raw[i:])
		begin := (^w>>7 | w>>6) & ones // all but 10xxxxxx
		other := w ^ ones*'\\'
		if escape := (other - ones) &^ other & tops; escape != 0 {
			to := bits.TrailingZeros64(escape) / some
			begin &= 1<<(some*to) - 1
			i += to
		} else {
			i += some
		}
		n += bits.OnesCount64(begin)
	}
	return n
}

// Shown is the text that clients show: of an edit the new one, of HTML what it renders to, of a picture its caption, of a
// poll the question and the choices. What was quoted of the message that it answers is no part of it.
func (m *Message) Shown() *Text { return &m.told().shown }

// Rest is all other text in it: what only some clients show, or nobody sees. That are names of files, the plain text of
// one that is formatted, the quote above a reply, where links lead, what pictures say in words, and text in fields that
// nobody knows. A link, word or name that is forbidden is looked for in both.
func (m *Message) Rest() *Text { return &m.told().rest }

// Concealed is the part of the text that is made to be overlooked: in white, of no size, or said not to be shown. Spoilers
// are none of it.
func (m *Message) Concealed() string { return strings.TrimSpace(m.rich().concealed.String()) }

// Spoilers is how many there are.
func (m *Message) Spoilers() int { return m.rich().spoilers }

// Pictures are those within the text (custom emoji and others), and those of an image pack.
func (m *Message) Pictures() []Picture { return m.rich().pictures }

// Emoji is how many there are in what is shown, custom ones too.
func (m *Message) Emoji() int {
	n := m.Shown().Shape().Emoji
	for _, p := range m.Pictures() {
		if p.Emoji && m.Form() != Pack {
			n++
		}
	}
	return n
}

// rich is what is read of HTML.
func (m *Message) rich() *visible {
	if html := m.told().html; html != nil {
		return html
	}
	return &visible{}
}
