package protections

import (
	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction/trust"
)

func shape() kit.Kind {
	s := &Shape{
		characters: kit.Number("characters", content.MostWhole, 100, noBound, "How many characters a message may have, as people count them.").Stricter(kit.Less),
		lines:      kit.Number("lines", 200, 5, noBound, "How many lines it may have.").Stricter(kit.Less),
		emoji:      kit.Number("emoji", 30, 1, noBound, "How many emoji it may have if they are most of it.").Stricter(kit.Less),
		capitals:   kit.Number("capitals", 120, 10, noBound, "From how many letters on it may not be in capitals alone.").Stricter(kit.Less),
		marks:      kit.Number("marks", 20, 1, noBound, "How many marks may be piled up on its letters, beyond what any language needs.").Stricter(kit.Less),
		invisible:  kit.Number("invisible", 20, 1, noBound, "How many characters it may have of which nothing is shown, beyond what scripts and emoji need.").Stricter(kit.Less),
		mixed:      kit.Number("mixed", 3, 1, noBound, "How many words it may have with letters of several scripts, such as Latin and Cyrillic, if in one of them they change back and forth.").Stricter(kit.Less),
		spaced:     kit.Number("spaced", 24, 4, noBound, "How many letters may stand alone one after another if they are most of it, as in `f r e e`.").Stricter(kit.Less),
		repeated:   kit.Number("repeated", 300, 10, noBound, "How often one character may follow itself.").Stricter(kit.Less),
	}
	return kit.Kind{
		Name:    "shape",
		Summary: "Removes messages that are made to fill the screen, or not to be found by their words.",
		Details: "One protection for all that can be counted of a text, so that there is one place to set it; each bound stands for itself, and one of 16000 is none. " +
			"The bounds are so wide that logs, code, tables and poetry pass: `characters` and `lines` for what fills the screen, as do `emoji`, `repeated` and `marks` (letters that climb out of their line); " +
			"`capitals` for shouting, of a paragraph and not of a word; `invisible`, `mixed` and `spaced` for words that are written so that no list finds them. One word of a science or a name that mixes scripts is none, nor are endings that somebody puts to foreign words, however many (`PR’ы`, `IPшник`).\n\n" +
			"It is light; very many marks, which make clients slow, are a nuisance. Regular members are left alone unless `exempt-trust` says otherwise.",
		Options: []kit.Option{s.characters, s.lines, s.emoji, s.capitals, s.marks, s.invisible, s.mixed, s.spaced, s.repeated},
		Spares:  trust.Regular,
		New:     func(*kit.Given) kit.Protection { return s },
	}
}

// Shape finds messages by what can be counted of them.
type Shape struct {
	characters, lines, emoji, capitals, marks, invisible, mixed, spaced, repeated kit.Typed[int]
}

// noBound is what no text has: of longer ones the rest is not looked at.
const noBound = content.MostCounted

// pile is how many marks make clients slow; of a text that is not looked at as a whole, fewer are seen of as many.
const (
	pile    = 500
	pileCut = 400
)

// Check counts what is shown.
func (s *Shape) Check(in kit.Signal, room kit.View) []kit.Finding {
	if !writes(in) || in.Message.Form() == content.Member {
		return nil
	}
	text := in.Message.Shown()
	if text.Empty() {
		return nil
	}
	is, most := text.Shape(), s.characters.In(room)
	characters := is.Characters
	if is.Cut || in.Message.Cut() { // of what is very long only a part is counted
		characters = in.Message.Length()
	}
	slow := pile
	if is.Cut {
		slow = pileCut
	}
	switch {
	case is.Marks > slow && is.Marks > s.marks.In(room):
		return in.Found(kit.Nuisance, "piled up %d marks on letters", is.Marks)
	case characters > min(most, noBound-1) && most < noBound:
		return in.Found(kit.Light, "wrote more than %d characters", most)
	case is.Lines > s.lines.In(room):
		return in.Found(kit.Light, "wrote %d lines", is.Lines)
	case is.Marks > s.marks.In(room):
		return in.Found(kit.Light, "piled up %d marks on letters", is.Marks)
	case is.Emoji > s.emoji.In(room) && is.EmojiShare() > 0.5:
		return in.Found(kit.Light, "wrote %d emoji and little else", is.Emoji)
	case is.Cased >= s.capitals.In(room) && is.CapitalShare() > 0.95:
		return in.Found(kit.Light, "wrote %d letters, nearly all of them capitals", is.Cased)
	case is.Invisible > s.invisible.In(room):
		return in.Found(kit.Light, "wrote %d characters of which nothing is shown", is.Invisible)
	case is.Mixed > s.mixed.In(room) && is.Woven > 0:
		return in.Found(kit.Light, "mixed scripts in %d words, the first is %s", is.Mixed, kit.Quote(is.MixedWord))
	case is.Spaced > s.spaced.In(room) && is.SpacedShare() > 0.5:
		return in.Found(kit.Light, "put spaces between %d letters", is.Spaced)
	case is.Repeated > s.repeated.In(room):
		return in.Found(kit.Light, "repeated one character %d times", is.Repeated)
	}
	return nil
}
