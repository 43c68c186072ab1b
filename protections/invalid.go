package protections

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/sanction/trust"
	"forseti/text"
	"forseti/wire"
)

func invalid() kit.Kind {
	return kit.Kind{
		Name:    "invalid",
		Summary: "Removes events that are made wrongly, and those that are made to break clients.",
		Details: "Fields that clients read and that hold something else than they should (a `body` that is a number, a `user_ids` that is no list) weigh lightly, for there are clients with faults: such events go, and who goes on with them is warned. " +
			fmt.Sprintf("What no client sends is a nuisance: JSON that is nested more than %d deep or has more than %d parts, more than %d HTML tags, a picture with a side of more than %d pixels, an event that answers, replaces or reacts to itself. ",
				deepest, mostParts, mostTags, widest) +
			"Clients have stood still or ended over each of these. Only kinds of events that everybody reads are looked at: messages, stickers, reactions, polls, memberships, names and topics. " +
			"What others make of event types of their own is their matter, unless it is of such a size.",
		Spares: trust.Regular,
		From:   sanction.Assault,
		New:    func(*kit.Given) kit.Protection { return Invalid{} },
	}
}

// Invalid finds events that are made wrongly.
type Invalid struct{}

const (
	deepest   = 30
	mostParts = 4000
	mostTags  = 3000
	widest    = 100_000
	// small is how long content must be to be nested or filled beyond that.
	small = 60
)

// Check looks at the fields of an event.
func (Invalid) Check(in kit.Signal, _ kit.View) []kit.Finding {
	if in.Event == nil {
		return nil
	}
	if in.Event.StateKey != nil && in.Message.Form() == content.Member && id.UserID(*in.Event.StateKey) != in.Sender {
		return nil // what it says of somebody else is not read
	}
	found := kit.Finding{User: in.Sender, Offence: in.Event.ID, Events: []id.EventID{in.Event.ID}, Weight: kit.Nuisance}
	if found.Why = absurd(in); found.Why != "" {
		return []kit.Finding{found}
	}
	if in.Sealed {
		return nil
	}
	if faults := faultsOf(in.Message); len(faults) > 0 {
		found.Weight, found.Why = kit.Light, "sent an event that is made wrongly: "+text.And(faults)
		return []kit.Finding{found}
	}
	return nil
}

// absurd says what about an event no client would do; "" if there is nothing.
func absurd(in kit.Signal) string {
	raw, m := in.Event.Content.VeryRaw, in.Message
	if len(raw) > small {
		depth, parts, tags := measured(raw)
		switch {
		case depth > deepest:
			return fmt.Sprintf("sent an event that is nested more than %d deep", deepest)
		case parts > mostParts:
			return fmt.Sprintf("sent an event of more than %d parts", mostParts)
		case tags > mostTags:
			return fmt.Sprintf("sent a text with more than %d HTML tags", mostTags)
		}
	}
	if in.Sealed {
		return ""
	}
	if itself := in.Event.ID; slices.Contains([]id.EventID{m.ReplyTo(), m.Edits(), m.Thread(), m.Reacts()}, itself) {
		return "sent an event that is about itself"
	}
	for _, f := range m.Files() {
		if f.Width > widest || f.Height > widest {
			return fmt.Sprintf("sent a %s said to be %d by %d pixels", f.Kind, f.Width, f.Height)
		}
	}
	return ""
}

// measured is how deep JSON is nested, and about how many values and HTML tags are in it, if
// that may be beyond the bounds; of what is no more is counted than that.
func measured(raw []byte) (depth, parts, tags int) {
	// Mostly there is not enough of what makes depth and parts, be it in texts.
	if bytes.Count(raw, []byte("["))+bytes.Count(raw, []byte("{")) > deepest || bytes.Count(raw, []byte(",")) > mostParts {
		depth, parts = wire.Measure(raw, deepest, mostParts)
	}
	if len(raw) <= mostTags {
		return depth, parts, 0
	}
	tags = bytes.Count(raw, []byte("<"))
	for rest := raw; tags <= mostTags; tags++ {
		i := bytes.Index(rest, []byte(`\u003`))
		if i < 0 {
			break
		}
		if rest = rest[i+len(`\u003`):]; len(rest) == 0 || rest[0]|0x20 != 'c' {
			tags--
		}
	}
	if tags > mostTags && !bytes.Contains(raw, []byte(`"formatted_body"`)) {
		tags = 0 // they are shown as they are
	}
	return depth, parts, tags
}

// faultsOf are those faults that are in fields which are read of such an event.
func faultsOf(m *content.Message) (faults []string) {
	const most = 3
	all := m.Faults()
	if len(all) == 0 {
		return nil
	}
	read := readOf(m.Form())
	for _, fault := range all {
		// "m.relates_to.key is a list" is about relates_to, and "there is no body" about there.
		name := fault
		for _, prefix := range []string{"an element of ", "m.new_content.", "m."} {
			name = strings.TrimPrefix(name, prefix)
		}
		first := name[:strings.IndexAny(name+".", ". ")]
		first = strings.TrimSuffix(first, "'s")
		if slices.Contains(read, first) && len(faults) < most {
			faults = append(faults, fault)
		}
	}
	return faults
}

// readOf are the fields that clients read of a kind of event; nil of one that nobody knows.
func readOf(f content.Form) []string {
	every := []string{"content", "relates_to", "mentions"}
	switch f {
	case content.Words, content.Notice, content.Emote, content.Location:
		return append(every, "there", "body", "msgtype", "format", "formatted_body", "new_content", "geo_uri")
	case content.Image, content.Video, content.Audio, content.Voice, content.Document, content.Gallery, content.Sticker:
		return append(every, "body", "msgtype", "format", "formatted_body", "filename", "new_content", "url", "file", "info", "itemtypes")
	case content.Reaction:
		return every
	case content.Poll:
		return append(every, "poll", "org", "question", "answers", "answer")
	case content.Member:
		return []string{"content", "displayname", "avatar_url", "membership", "reason"}
	case content.Name:
		return []string{"content", "name"}
	case content.Topic:
		return []string{"content", "topic"}
	default:
		return nil
	}
}
