package protections

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/sanction/trust"
)

func repeats() kit.Kind {
	r := &Repeats{
		messages: kit.Limit("messages", 3, 2, 50, "From how many such messages on, of three users or more, it is a campaign."),
		within:   kit.Duration("within", time.Hour, time.Minute, 24*time.Hour, "For how long a message counts.").Stricter(kit.More),
		length:   kit.Number("length", 40, 10, 1000, "How many letters and digits a text must have to be compared, not counting its links; a Chinese, Japanese or Korean character counts twice.").Stricter(kit.Less),
		likeness: kit.Number("likeness", 60, 40, 100, "How much two texts must have in common to be near-equal, in percent of the groups of three letters that either has. At 100 only equal ones are.").Stricter(kit.Less),
	}
	return kit.Kind{
		Name:    "repeats",
		Summary: "Finds the same or nearly the same text from several users, and from one user again and again, in one room or across rooms.",
		Details: "Texts are compared as people see them, whatever letters that look alike, invisible characters, spaces, capitals or marks they are hidden with, encrypted ones likewise, and edits by their new text. " +
			"Texts with fewer than 50 letters are compared for being equal, longer ones also for being nearly so. " +
			"Links, handles and numbers are no part of it: many share a link with words of their own, and a campaign leads each to another place and promises another sum. Digits within words are letters (`fr33`). Short texts (`length`) are never compared, for many people say “good morning” or “+1”, nor are links alone, short commands to bots, and notices of one sender.\n\n" +
			"A campaign are `messages` of them from three users or more within the time `within`. All of it is found, in all rooms, from the first message on. " +
			"It is spam if it leads somewhere (a link, a handle, a telephone number) or comes from twice as many users: then it counts in every protected room where its senders are. " +
			"Else it is a nuisance, for people also paste the same words of an error. So is one user who sends the same `messages` times if it leads somewhere, or two times more often if not, " +
			"and what two users send together that often. Who quotes a campaign and does not say it besides, or answers one of its messages with its words and others, does no more than spoil the room.",
		Spares:  trust.Regular,
		From:    sanction.Assault,
		Options: []kit.Option{r.messages, r.within, r.length, r.likeness},
		New: func(g *kit.Given) kit.Protection {
			made := *r
			made.texts, made.of = kit.NewPrints[campaign](g), kit.NewTable[kit.Place, []*kit.Printed[campaign]](g)
			return &made
		},
	}
}

// Repeats finds campaigns: the same or a near-equal text from many, or from one many times.
type Repeats struct {
	messages, length, likeness kit.Typed[int]
	within                     kit.Typed[time.Duration]

	texts *kit.Prints[campaign]
	// of are the texts that somebody sent last, so that they can be let off.
	of *kit.Table[kit.Place, []*kit.Printed[campaign]]
}

// campaign is all messages of near-equal text, as far as they are remembered: the newest.
type campaign struct {
	copies []copied
	one    [1]copied // where they begin: most texts are sent once
}

// copied is one of them.
type copied struct {
	by      kit.Place
	message id.EventID // of an edit the one that it replaces
	event   id.EventID
	at      time.Time
	quotes  bool   // it may be about the campaign, and no part of it
	own     uint64 // a hash of what its sender says in it
	out     bool   // found
}

const (
	copiedBytes = 160 // about what one costs
	// mostTexts is how many texts of one user in one room are known when they are let off.
	mostTexts = 32
	// several is from how many users on a text is more than what friends share.
	several = 3
	// further is how many messages more it takes where fewer users send what leads nowhere.
	further = 2
)

var _ kit.Pardoner = (*Repeats)(nil)

// Pardon begins anew with a user, and with what they were found for: who is let off may
// say it again.
func (r *Repeats) Pardon(p kit.Place) {
	for _, text := range valueOf(r.of.Find(p, time.Time{})) {
		theirs := func(c copied) bool { return c.by == p }
		if slices.ContainsFunc(text.Value.copies, func(c copied) bool { return theirs(c) && c.out }) {
			text.Value.copies = nil
			continue
		}
		text.Value.copies = slices.DeleteFunc(text.Value.copies, theirs)
	}
	r.of.Drop(p)
}

func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Check looks for what was said before.
func (r *Repeats) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Said || in.Sealed || in.Message.Form() == content.Reaction {
		return nil
	}
	said := in.Message.Shown()
	least := r.length.In(room)
	if len(said.String()) < least {
		return nil
	}
	text := lasts(said)
	if lettersOf(text.words, least)+text.numbers < least {
		return nil
	}
	leads := leadsSomewhere(in.Message)
	if isCommand(said.String()) && !leads {
		return nil
	}
	c := copied{by: kit.Place{Room: in.Room, User: in.Sender}, message: in.Message.Edits(), event: in.Event.ID}
	if c.message == "" {
		c.message = c.event
	}
	var ok bool
	if c.at, ok = in.When(); !ok {
		return nil
	}
	const percent = 100
	within, likeness := r.within.In(room), float64(r.likeness.In(room))/percent
	print := text.fingerprint()
	kept := r.texts.Keep(print, likeness, in.Arrived, within)
	c.own = print.Exact()
	if len(kept.Value.copies) > 0 {
		quoted, own := in.Message.Quoted()
		of := print
		if quoted != "" {
			of = lasts(content.NewText(own)).fingerprint()
			c.own = of.Exact()
		}
		c.quotes = quoted != "" && of.Likeness(print) < likeness && isLike(quoted, print, likeness) ||
			kept.Value.answeredBy(in.Message) && !kept.Value.says(c.own)
	}
	if !kept.Value.add(c, within, r.messages.In(room)) {
		return nil
	}
	r.remember(kept, c.by, in.Arrived, within)
	return kept.Value.judge(c, said.String(), leads, r.messages.In(room))
}

func (r *Repeats) remember(text *kit.Printed[campaign], by kit.Place, now time.Time, within time.Duration) {
	r.texts.Resize(text, copiedBytes*len(text.Value.copies))
	all := r.of.Keep(by, now, within)
	if slices.Contains(*all, text) {
		return
	}
	if *all = append(*all, text); len(*all) > mostTexts {
		*all = slices.Delete(*all, 0, 1)
	}
	const pointer = 8
	r.of.Resize(by, pointer*len(*all))
}

// add takes in a message; false if it was there before.
func (c *campaign) add(one copied, within time.Duration, messages int) bool {
	latest := one.at
	for i := range c.copies {
		if c.copies[i].event == one.event {
			return false
		}
		if c.copies[i].at.After(latest) {
			latest = c.copies[i].at
		}
	}
	before := latest.Add(-within)
	c.copies = slices.DeleteFunc(c.copies, func(o copied) bool { return !o.at.After(before) })
	if !one.at.After(before) {
		return false
	}
	if len(c.copies) == 0 {
		c.copies = c.one[:0]
	}
	c.copies = append(c.copies, one)
	// Enough to know how many users and messages there are.
	const atLeast, times = 32, 3
	if most := max(times*messages, atLeast); len(c.copies) > most {
		c.copies = slices.Delete(c.copies, 0, len(c.copies)-most)
	}
	return true
}

// counts are how many messages there are, of how many users, and how many of one of them.
// An edit of a message is the same message.
func (c *campaign) counts(u id.UserID) (all, users, own int) {
	type message struct {
		by id.UserID // nobody edits what others wrote
		id id.EventID
	}
	messages, senders := map[message]bool{}, map[id.UserID]bool{}
	for _, one := range c.copies {
		if m := (message{one.by.User, one.message}); !messages[m] {
			messages[m] = true
			if one.by.User == u {
				own++
			}
		}
		senders[one.by.User] = true
	}
	return len(messages), len(senders), own
}

// judge says what is found with the message that was added last.
func (c *campaign) judge(last copied, said string, leads bool, messages int) []kit.Finding {
	if len(c.copies) < messages {
		return nil
	}
	all, users, own := c.counts(last.by.User)
	alone := messages + further
	if leads {
		alone = messages
	}
	who := func(copied) bool { return true }
	weight := kit.Nuisance
	why := fmt.Sprintf("sent what %d users sent, %d times in all", users, all)
	switch {
	case users >= several && all >= messages:
		if leads || users >= further*messages {
			weight = kit.Spam
		}
	case own >= alone:
		who = func(o copied) bool { return o.by.User == last.by.User }
		why = fmt.Sprintf("sent the same %d times", own)
	case users > 1 && all >= messages+further:
	default:
		return nil
	}
	return c.take(who, last, weight, why+": "+kit.Quote(said))
}

// take gives all that was not found before, by user and room, the sender of the last of it
// first: they are here now.
func (c *campaign) take(who func(copied) bool, last copied, weight kit.Weight, why string) []kit.Finding {
	found := []kit.Finding{{Room: last.by.Room, User: last.by.User, Why: why}}
	for i := range c.copies {
		one := &c.copies[i]
		if one.out || !who(*one) {
			continue
		}
		one.out = true
		at := slices.IndexFunc(found, func(f kit.Finding) bool { return f.Room == one.by.Room && f.User == one.by.User })
		if at < 0 {
			at = len(found)
			found = append(found, kit.Finding{Room: one.by.Room, User: one.by.User, Why: why})
		}
		f := &found[at]
		if f.Offence == "" {
			f.Offence = one.event
		}
		f.Events = append(f.Events, one.event)
		if f.Weight = max(f.Weight, min(weight, kit.Nuisance)); !one.quotes {
			f.Weight, f.Everywhere = weight, weight == kit.Spam
		}
	}
	return found
}

// answeredBy tells whether a message may be about a campaign, and no part of it, for it answers one of it.
func (c *campaign) answeredBy(m *content.Message) bool {
	to := m.ReplyTo()
	return to != "" && slices.ContainsFunc(c.copies, func(o copied) bool { return o.event == to })
}

// says tells whether that is what a campaign says, word for word: who answers it so has nothing to say about it.
func (c *campaign) says(own uint64) bool {
	return slices.ContainsFunc(c.copies, func(o copied) bool { return !o.quotes && o.own == own })
}

func isLike(part string, print *content.Fingerprint, likeness float64) bool {
	return lasts(content.NewText(part)).fingerprint().Likeness(print) >= likeness
}

// lettersOf counts letters and digits, up to about so many.
func lettersOf(s string, enough int) (n int) {
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9' {
				n++
			}
		case 0x3041 <= r && r <= 0x9fff, 0xac00 <= r && r <= 0xd7a3, 0xf900 <= r && r <= 0xfaff, 0xff66 <= r && r <= 0xff9f, 0x1100 <= r && r <= 0x11ff, 0x20000 <= r && r <= 0x3ffff:
			n += 2 // of East Asia
		case 0x300 <= r && r <= 0x36f, 0x2000 <= r && r <= 0x206f, 0x2190 <= r && r <= 0x2bff, 0x1f000 <= r && r <= 0x1faff: // marks, signs, emoji
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n++
		}
		if n >= enough {
			return n
		}
	}
	return n
}

// isCommand tells whether a text is one that people write to bots: a sign, a name in small letters, and a few words that are
// no sentence. A sign before anything else makes no command of it.
func isCommand(s string) bool {
	const most = 100
	if len(s) < 2 || len(s) > most || s[0] != '!' && s[0] != '/' || strings.ContainsAny(s[1:], "!?") {
		return false
	}
	name, _, _ := strings.Cut(s[1:], " ")
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || 'z' < c) && (i == 0 || (c < '0' || '9' < c) && c != '-' && c != '_') {
			return false
		}
	}
	return name != ""
}

// leadsSomewhere tells whether a message wants people to go somewhere else: by a link, a
// handle or a telephone number.
func leadsSomewhere(m *content.Message) bool {
	if m.MissedLinks() || slices.ContainsFunc(m.Links(), func(l content.Link) bool { return !l.Maybe }) {
		return true
	}
	if shown := m.Shown().String(); isASCII(shown) && strings.IndexByte(shown, '@') < 0 && strings.IndexByte(shown, '+') < 0 {
		return false
	}
	folded := m.Shown().Folded()
	const shortest = 4
	for i := range places(folded, '@') {
		if handle := folded[i:wordEnd(folded, i+1)]; len(handle) > shortest && addresses(folded, i) && !strings.Contains(handle, ":") {
			return true
		}
	}
	for i := range places(folded, '+') {
		if i > 0 && folded[i-1] > ' ' {
			continue
		}
		number := folded[i:]
		if end := strings.IndexFunc(number, unicode.IsSpace); end >= 0 {
			number = number[:end]
		}
		if len(number) > 8 && strings.Trim(number[1:], "0123456789-()./") == "" {
			return true
		}
	}
	return false
}

// places are where a sign stands in a text.
func places(s string, sign byte) iter.Seq[int] {
	return func(yield func(int) bool) {
		for from := 0; ; from++ {
			i := strings.IndexByte(s[from:], sign)
			if from += i; i < 0 || !yield(from) {
				return
			}
		}
	}
}
