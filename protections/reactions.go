package protections

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/sanction/trust"
	"forseti/text"
)

func reactions() kit.Kind {
	r := &Reactions{
		many:   kit.Limit("reactions", 30, 2, 1000, "How many reactions one user may send in all rooms together in this time."),
		within: kit.Duration("within", 5*time.Minute, time.Second, longestReactions, "The time in which they are counted together.").Stricter(kit.More),
		single: kit.Number("one-message", 10, 1, 100, "How many reactions of one user one message may have in this time.").Stricter(kit.Less),
		length: kit.Number("length", 30, 2, 500, "How many characters a reaction may have that is text.").Stricter(kit.Less),
	}
	return kit.Kind{
		Name:    "reactions",
		Summary: "Finds reactions to very many messages, very many to one message, and whole sentences as reactions.",
		Details: "Who sends more than `reactions` in the time `within` is a nuisance: everybody whom they react to is told of each. " +
			"More than `one-message` to one message, as whoever spells words out of emoji, and text of more than `length` characters or three lines, weigh lightly: they go, and that is all at first. " +
			"An emoji of many parts is one character, and a custom emoji counts as one as well. All that was counted is removed. " +
			"The pace is what `flooding` looks at; this is for what is slower and still too much.",
		Spares:  trust.Regular,
		From:    sanction.Assault,
		Options: []kit.Option{r.many, r.within, r.single, r.length},
		New: func(g *kit.Given) kit.Protection {
			made := *r
			made.pardons = kit.NewTable[kit.Text, int](g)
			made.sent, made.to = kit.NewWindow[kit.Text](g), kit.NewWindow[target](g)
			return &made
		},
	}
}

// longestReactions is for how long reactions are counted together at the most.
const longestReactions = 24 * time.Hour

// Reactions finds who reacts too much, or with too many words.
type Reactions struct {
	many, single, length kit.Typed[int]
	within               kit.Typed[time.Duration]

	sent *kit.Window[kit.Text] // by user
	to   *kit.Window[target]
	// pardons are how often a user was let off of late: what they did before is of another
	// count.
	pardons *kit.Table[kit.Text, int]
	now     time.Time
}

// target is a message to which a user reacts.
type target struct {
	user    id.UserID
	message id.EventID
	pardons int
}

// Bytes is about how long it is.
func (t target) Bytes() int { return len(t.user) + len(t.message) }

var _ kit.Pardoner = (*Reactions)(nil)

// Pardon begins anew with a user.
func (r *Reactions) Pardon(p kit.Place) {
	r.sent.Forget(kit.Text(p.User))
	*r.pardons.Keep(kit.Text(p.User), r.now, longestReactions)++
}

// Check counts a reaction, and looks at its text.
func (r *Reactions) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Said || in.Late || in.Message.Form() != content.Reaction {
		return nil
	}
	r.now = in.Arrived
	within := r.within.In(room)
	many := r.many.In(room)
	if _, over := r.sent.AddIn(kit.Text(in.Sender), in, within, many, 1); over != nil {
		return byRoom(over, kit.Finding{
			User: in.Sender, Offence: in.Event.ID, Weight: kit.Nuisance, Why: fmt.Sprintf("reacted more than %d times within %s", many, text.Span(within)),
		})
	}
	found := kit.Finding{User: in.Sender, Offence: in.Event.ID, Events: []id.EventID{in.Event.ID}, Weight: kit.Light}
	if r.isLong(in.Message, r.length.In(room)) {
		found.Why = "reacted with a long text: " + kit.Quote(in.Message.Key())
		return []kit.Finding{found}
	}
	to, most := in.Message.Reacts(), r.single.In(room)
	if to == "" {
		return nil
	}
	if _, found.Events = r.to.Add(target{in.Sender, to, valueOf(r.pardons.Find(kit.Text(in.Sender), in.Arrived))}, in, within, most); found.Events != nil {
		found.Why = fmt.Sprintf("reacted more than %d times to one message", most)
		return []kit.Finding{found}
	}
	return nil
}

// isLong tells whether a reaction is a text of more than so many characters, whatever they
// are made of.
func (r *Reactions) isLong(m *content.Message, most int) bool {
	const (
		bytes = 16 // for each character: more has none but emoji of many parts
		lines = 3
	)
	if strings.HasPrefix(m.Key(), "mxc://") || len(m.Key()) <= most {
		return strings.Count(m.Key(), "\n") >= lines
	}
	shape := m.Shown().Shape()
	return shape.Characters > most || shape.Marks > most || shape.Lines > lines || len(m.Key()) > bytes*most && shape.Emoji < shape.Characters
}

// byRoom is a finding for each room in which something was.
func byRoom(spots []kit.Spot, like kit.Finding) (found []kit.Finding) {
	for _, spot := range spots {
		i := slices.IndexFunc(found, func(f kit.Finding) bool { return f.Room == spot.Room })
		if i < 0 {
			i = len(found)
			like.Room = spot.Room
			found = append(found, like)
		}
		if spot.Event != "" {
			found[i].Events = append(found[i].Events, spot.Event)
		}
	}
	return found
}
