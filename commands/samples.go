package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/protections/kit"
	"forseti/protections/learning"
	"forseti/text"
)

// SampleDesk is what the commands ask that mark messages, and that are about what was marked.
type SampleDesk interface {
	// Spared reports whether a user is left alone whatever they write: a moderator, or I.
	Spared(u id.UserID) bool
	// CheckMark says why a message would not be remembered, nil if it would. Known says that it was
	// marked so before.
	CheckMark(ctx context.Context, c learning.Class, by id.UserID, said Said) (known bool, err error)
	// Samples is what is remembered.
	Samples() SampleInfo
	// CheckImport reads a text of samples. Its error is a sentence.
	CheckImport(written string) (samples int, err error)
	// ExportSamples gives the marked messages as text, in parts.
	ExportSamples() []string
}

// SampleInfo is what is remembered of marked messages.
type SampleInfo struct {
	learning.Standing
	Mode  kit.Mode // of the protection that looks for what is like it
	Kept  bool     // over a restart
	Spam  []MarkedMessage
	Found func(name string) (MarkedMessage, bool)
}

// MarkedMessage is one that was marked as spam.
type MarkedMessage struct {
	ID       string
	By       id.UserID
	At       time.Time
	Imported bool
	Hidden   bool // it was said in secret, and this room is not
	Text     string
	Hosts    []string
}

func sampleCommands(d SampleDesk, m MessageDesk, f FileDesk) []*command {
	message := param{name: "message", doc: "a link to it, or its event ID", value: messageValue, replied: true}
	name := param{name: "sample", doc: "its name, as `samples` shows it, or the ID of the message", value: wordValue}
	return []*command{{
		name: "spam", alone: true, family: "Marking", effect: moderates, onSite: true,
		summary: "mark a message as spam: it goes, its author is dealt with, and I look for others like it",
		details: "As a reply to an alert of mine, the word `spam` alone does it. What follows for its author goes by the ladder, as for any spam, and can be undone by a reaction to what I say of it. " +
			"I remember what the message says, encrypted, and the protection `learned` finds what is like it: in shadow, until you enable it.",
		params:   []param{message},
		flags:    []flag{inRoom},
		examples: []string{"spam https://matrix.to/#/!room:example.org/$event"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return mark(ctx, c, d, m, learning.Spam) },
	}, {
		name: "not spam", also: []string{"not-spam", "ham"}, alone: true, family: "Marking", effect: moderates, onSite: true,
		summary:  "mark a message as none: what was done about it is taken back, and what is like it is no spam any more",
		details:  "As a reply to an alert of mine, the words `not spam` alone do it. What was marked as spam and is nearly the same is forgotten.",
		params:   []param{message},
		flags:    []flag{inRoom},
		examples: []string{"not spam https://matrix.to/#/!room:example.org/$event"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return mark(ctx, c, d, m, learning.Ham) },
	}, {
		name: "samples", also: []string{"samples list"}, family: "Marking", effect: looks,
		summary:  "show what I know of spam, and what was marked last",
		examples: []string{"samples"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return listSamples(c, d.Samples()), nil },
	}, {
		name: "samples show", family: "Marking", effect: looks,
		summary:  "show a message that was marked as spam",
		params:   []param{name},
		examples: []string{"samples show mAbc123"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return showSample(c, d.Samples()) },
	}, {
		name: "samples forget", family: "Marking", effect: sets,
		summary:  "forget a message that was marked as spam",
		details:  "What was done about it stays; `not spam` takes that back, too.",
		params:   []param{name},
		examples: []string{"samples forget mAbc123"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return forgetSample(c, d.Samples()) },
	}, {
		name: "samples export", family: "Marking", effect: looks,
		summary: "write the messages that were marked as spam as text, for another community",
		details: "It is what you marked here and nothing else: not what others gave you, not who wrote or marked it, and no message that is innocent. " +
			"What was said in encrypted rooms is in it only if this room is encrypted.",
		params:   []param{{name: "part", optional: true, doc: "which part, if there is too much for one file", value: number(1, 1000)}},
		examples: []string{"samples export", "samples export 2"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return exportSamples(c, d.ExportSamples()) },
	}, {
		name: "samples import", family: "Marking", effect: sets,
		summary: "take messages that another community marked as spam",
		details: fmt.Sprintf("All of the text is checked before any of it is taken. There may be %d of others, each weighs an eighth of what you mark yourselves, and gives way to it; what is nearly the same as one is removed, and its author may stay. They are listed as imported by you.", learning.MostImported),
		reads:   "the text, in a code block, from the second line on; or none, and it is the caption of a file or in reply to one",
		long:    fromFile,
		examples: []string{
			"samples import", "samples import --dry-run",
		},
		plan: func(ctx context.Context, c *call) (Plan, error) { return importSamples(ctx, c, d, f) },
	}}
}

// mark plans what follows when a moderator marks messages.
func mark(ctx context.Context, c *call, d SampleDesk, of MessageDesk, class learning.Class) (Plan, error) {
	meant, err := c.meant(ctx, of, arg[messages](c, "message"))
	if err != nil {
		return Plan{}, err
	}
	kind, as := MarkSpam, "spam"
	if class == learning.Ham {
		kind, as = MarkHam, "no spam"
	}
	if class == learning.Spam {
		meant = slices.DeleteFunc(meant, func(m Said) bool { return d.Spared(m.By) })
		if len(meant) == 0 {
			return Plan{}, refuse("That was written by a moderator or by me, and I do nothing against either.")
		}
	}
	more := len(meant) - mostMeant
	var p Plan
	var marked, not []string
	known := 0
	for _, m := range meant[:min(len(meant), mostMeant)] {
		before, err := d.CheckMark(ctx, class, c.Sender, m)
		if err != nil {
			said := strings.TrimSuffix(c.explain(err), ".")
			not = append(not, fmt.Sprintf("Of %s in %s: %s.", text.Code(string(m.By)), c.room(m.Room), said))
		}
		if before {
			known++
		}
		marked = append(marked, fmt.Sprintf("a message of %s in %s", text.Code(string(m.By)), c.room(m.Room)))
		p.change(Change{Kind: kind, Room: m.Room, User: c.Sender, Name: string(m.Event), Key: string(m.By)}, "")
	}
	all := text.And(firstOf(marked, "more message"))
	p.Weight = Weight{Hit: len(p.Steps)}
	p.Effect = fmt.Sprintf("I would mark as %s: %s.", as, all)
	said := fmt.Sprintf("Marked as %s: %s. %s", as, all, follows(class, d.Samples(), len(p.Steps)-len(not)))
	switch {
	case known == len(p.Steps) && known > 0: // to what is done already, nothing is added
		said = fmt.Sprintf("It was marked so before, as %s: %s. What follows from that is done once, and not again.", as, all)
	case more > 0:
		said += fmt.Sprintf(" There are %d more, which I left: %d at a time.", more, mostMeant)
	}
	if len(not) > 0 {
		said = text.Paragraphs(said, "What I do not remember:", strings.Join(not[:min(len(not), 5)], "\n\n"))
	}
	p.Answer = said
	return p, nil
}

// follows says what comes of marking messages.
func follows(class learning.Class, s SampleInfo, remembered int) string {
	switch {
	case class == learning.Ham && remembered > 0:
		return "What was done about it is taken back as far as it holds, as you will read below, and what is like it is no spam any more. What was removed stays so; `!forseti evidence` shows it."
	case class == learning.Ham:
		return "What was done about it is taken back as far as it holds, as you will read below. What was removed stays so; `!forseti evidence` shows it."
	case remembered == 0:
		return "It goes, and its author is dealt with as you will read below."
	case s.Mode == kit.On:
		return "It goes, its author is dealt with as you will read below, and so is who sends what is like it."
	default:
		return "It goes, and its author is dealt with as you will read below. I say from now on if others send what is like it; `!forseti enable learned` has me act on it."
	}
}

func listSamples(c *call, s SampleInfo) Plan {
	said := fmt.Sprintf("I know %s that you marked as spam, %d that others did, %d that you marked as none, and %s of regular members that stood.",
		text.Count(s.Standing.Spam-s.Imported, "message"), s.Imported, s.Marked, text.Count(s.Stood, "message"))
	switch {
	case s.Standing.Spam == 0:
		said = "Nothing was marked as spam so far. `spam` as a reply to an alert of mine does it, or `!forseti spam` with the link to a message."
	case !s.Ready:
		said += fmt.Sprintf(" What is nearly the same is found; what is only likely spam is not yet, as that takes %d different ones, and %d that are none.", learning.FewestSpam, learning.FewestHam)
	}
	said += fmt.Sprintf(" The protection `learned`, which finds what is like it, is %s.", s.Mode)
	if !s.Kept {
		said += " I forget all of it when I restart, for there is nothing to encrypt it with: whoever runs me can set encryption.key in my configuration."
	}
	const most = 10
	var shown []string
	for _, m := range s.Spam[:min(len(s.Spam), most)] {
		shown = append(shown, fmt.Sprintf("`%s`, %s by %s on %s: %s", m.ID, pick(m.Imported, "imported", "marked"), text.Code(string(m.By)), c.day(m.At), m.shown(mostTried)))
	}
	if more := len(s.Spam) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("… and %d more", more))
	}
	return says("%s%s", said, listing(shown, ""))
}

func (m MarkedMessage) shown(most int) string {
	if m.Hidden {
		return "said in an encrypted room, and this one is not"
	}
	said := text.Code(text.Brief(m.Text, most))
	if m.Text == "" {
		said = "no text"
	}
	var to []string
	for _, h := range m.Hosts {
		to = append(to, text.Code(h))
	}
	if len(to) > 0 {
		said += ", leads to " + text.And(to)
	}
	return said
}

func findSample(c *call, s SampleInfo) (MarkedMessage, error) {
	written := grammar.Unwrap(arg[string](c, "sample"))
	m, found := s.Found(written)
	if !found {
		return m, refuse("There is no sample %s. `!forseti samples` shows those that there are.", text.Code(text.Clip(written, 60)))
	}
	return m, nil
}

func showSample(c *call, s SampleInfo) (Plan, error) {
	m, err := findSample(c, s)
	if err != nil {
		return Plan{}, err
	}
	said := fmt.Sprintf("`%s` was %s by %s on %s.", m.ID, pick(m.Imported, "imported", "marked as spam"), text.Code(string(m.By)), c.stamp(m.At))
	if m.Hidden {
		return says("%s It was said in an encrypted room, and this room is not encrypted. `!forseti encrypt` encrypts it.", said), nil
	}
	parts := []string{said, cited(m.Text)}
	if len(m.Hosts) > 0 {
		var to []string
		for _, h := range m.Hosts {
			to = append(to, text.Code(h))
		}
		parts = append(parts, "It leads to "+text.And(to)+".")
	}
	return Plan{Answer: strings.Join(parts, "\n\n")}, nil
}

func forgetSample(c *call, s SampleInfo) (Plan, error) {
	m, err := findSample(c, s)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Effect: fmt.Sprintf("I would forget `%s`: %s.", m.ID, m.shown(mostTried)), Answer: fmt.Sprintf("I forgot `%s`: %s.", m.ID, m.shown(mostTried))}
	p.change(Change{Kind: ForgetSample, Name: m.ID}, "")
	return p, nil
}

func exportSamples(c *call, parts []string) (Plan, error) {
	if len(parts) == 0 {
		return says("There is nothing to export: nothing was marked as spam here that may be shown in this room."), nil
	}
	return exportPart(c, parts, "samples")
}

func importSamples(ctx context.Context, c *call, d SampleDesk, f FileDesk) (Plan, error) {
	written, err := c.text(ctx, f, "samples export")
	if err != nil {
		return Plan{}, err
	}
	n, err := d.CheckImport(written)
	if err != nil {
		return Plan{}, refuse("Nothing of it was taken. %s", c.explain(err))
	}
	if n == 0 {
		return says("All of it is known here already."), nil
	}
	p := Plan{
		Effect: fmt.Sprintf("I would take %s of others.", text.Count(n, "sample")),
		Answer: fmt.Sprintf("I took %s of others. `!forseti samples` shows what I know.", text.Count(n, "sample")),
	}
	p.change(Change{Kind: TakeSamples, User: c.Sender, Value: written}, "")
	return p, nil
}
