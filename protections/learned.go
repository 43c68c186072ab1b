package protections

import (
	"math"

	"forseti/protections/kit"
	"forseti/sanction/trust"
)

func learned() kit.Kind {
	l := &Learned{
		alike:   kit.Number("alike", 70, 60, 100, "How much a text must have in common with one that was marked, in percent of the groups of three letters that either has. At 100 only equal ones are found.").Stricter(kit.Less),
		letters: kit.Number("letters", 15, 5, 1000, "How many letters and digits a text must have to be compared with those; a Chinese, Japanese or Korean character counts twice.").Stricter(kit.Less),
		likely:  kit.Number("likely", 95, 80, 100, "From how likely on, in percent, a message is found that is like none that was marked, but has much of several. At 100 none is.").Stricter(kit.Less),
	}
	return kit.Kind{
		Name:    "learned",
		Summary: "Finds messages like those that moderators marked as spam.",
		Details: "Moderators mark a message by `spam` as a reply to an alert about it, or by `!forseti spam` with the link to it. It is removed, its author is dealt with as for any spam, and the message is remembered; " +
			"from the first mark on this protection is in shadow, unless you have set it otherwise, and `!forseti enable learned` has it act. `not spam` is the reverse: it takes back what was done, and forgets what was marked like that.\n\n" +
			"- Nearly the same as a marked message, in whatever disguise, is spam; as one that was imported, it is light.\n" +
			"- Likely spam is light: the message goes, and its author may stay. It is told by words, pairs of words, beginnings and ends of words, pairs of characters in scripts without spaces, and hosts that are linked to; " +
			"the fifteen that tell the most decide together, four at the least, so that no word alone makes spam. Nothing is found before there are 15 different marked messages and 60 innocent ones, " +
			"nor in a language of which none are known to be innocent, for there every word would tell.\n\n" +
			"Innocent are messages of regular members that have stood for an hour, and what moderators mark as `not spam`; of those only hashes are kept. " +
			"A moderator can mark 30 messages in a day. Of one moderator no more than 100 count, or as many as of all others together; near-equal ones count as one. All of it is encrypted in the database, and belongs to this community alone; " +
			"`!forseti samples` shows, exports and imports it.\n\n" +
			"Who answers a message that was found, and quotes it, has not said it; who answers it with the same words has.",
		Spares:  trust.Regular,
		Options: []kit.Option{l.alike, l.letters, l.likely},
		New: func(g *kit.Given) kit.Protection {
			made := *l
			made.known = newKnown(g)
			return &made
		},
	}
}

// Learned finds what is like messages that moderators marked.
type Learned struct {
	alike, letters, likely kit.Typed[int]

	known known
}

// innocent is from how unlikely on a message is left alone that is like a marked one: what
// everybody says may have been marked once.
const innocent = 0.1

// Check compares what is said with what was marked.
func (l *Learned) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Said || in.Sealed {
		return nil
	}
	const percent = 100
	v := room.Learned(in.Message)
	shown := in.Message.Shown().String()
	switch {
	case v.Alike*percent >= float64(l.alike.In(room)) && v.Score > innocent && lettersOf(shown, l.letters.In(room)) >= l.letters.In(room):
		if l.known.quotes(in, v.Sample) && l.onlyQuotes(in, room) {
			return nil
		}
		l.known.add(in, v.Sample)
		if v.Imported {
			return in.Found(kit.Light, "sent nearly what others marked as spam, by a sample that was imported: %s", kit.Quote(shown))
		}
		if v.Alike == 1 {
			return in.Found(kit.Spam, "sent what was marked as spam: %s", kit.Quote(shown))
		}
		return in.Found(kit.Spam, "sent nearly what was marked as spam (%d %% of it): %s", int(v.Alike*percent), kit.Quote(shown))
	case l.likely.In(room) < percent && v.Score*percent >= float64(l.likely.In(room)):
		return in.Found(kit.Light, "wrote what is likely spam (%d %%) by what was marked: %s", min(int(math.Floor(v.Score*percent)), percent-1), kit.Quote(shown))
	}
	return nil
}

// onlyQuotes reports whether what is like a marked message is a quote, and what is said besides is not.
func (l *Learned) onlyQuotes(in kit.Signal, room kit.View) bool {
	const percent = 100
	quoted, own := in.Message.Quoted()
	least := float64(l.alike.In(room)) / percent
	return quoted != "" && room.LearnedPart(quoted) >= least && room.LearnedPart(own) < least
}
