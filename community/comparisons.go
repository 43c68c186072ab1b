package community

import (
	"fmt"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix/e2ee/verify"
	"forseti/text"
)

// comparisons are the messages that ask moderators about verifications. Those of
// before a restart ask about nothing any more, and so need not be stored.
type comparisons map[id.EventID]compared

// compared is what such a message is about.
type compared struct {
	which verify.ID
	// emoji says that it shows a code to scan, and that the emoji may be had instead.
	emoji bool
}

// emojiKey asks for emoji in place of a code.
const emojiKey = "😀"

// told is what a notice of a verification has us say.
type told struct {
	message action.Message
	about   *compared // what an answer to it is about; nil if it asks nothing
	answers []string  // that are offered as reactions
	// here says that the user is to be asked again, in the management room.
	here id.UserID
}

// tell says what moderators hear of a notice; false for nothing.
func (c comparisons) tell(n verify.Notice) (told, bool) {
	who := text.Code(string(n.About().User))
	switch n := n.(type) {
	case verify.Unanswered:
		return told{message: action.Message{
			Markdown: fmt.Sprintf("No device of %s took up my request, so I ask again in this room. The request is for %s alone. If your client shows it to you too, leave it alone: its emoji would be others.", who, who),
		}, here: n.User}, true
	case verify.ShowQR:
		return showCode(n), true
	case verify.Compare:
		return compare(n.ID, fmt.Sprintf("Verifying %s. Does their client show the same, in the same order?\n\n%s", who, shown(n))), true
	case verify.Scanned:
		return compare(n.ID, fmt.Sprintf("Somebody scanned my code. Was it %s, and does their client say that all is well?", who)), true
	case verify.Done:
		c.forget(n.ID)
		return only(fmt.Sprintf("%s is verified: I know their identity, and they know mine.", who)), true
	case verify.Cancelled:
		c.forget(n.ID)
		return only(cancelledText(n)), true
	default: // as Ready: what follows is shown, or started by the other side
		return told{}, false
	}
}

// only is a message that asks nothing.
func only(text string) told { return told{message: action.Message{Markdown: text}} }

// compare asks a moderator, and nobody but a moderator answers.
func compare(which verify.ID, asked string) told {
	t := only(text.Asks(asked, fmt.Sprintf(text.HowToAnswer+"%s if so, or with %s if not: then somebody may sit between you.", yes, no)))
	t.about, t.answers = &compared{which: which}, []string{yes, no}
	return t
}

func shown(n verify.Compare) string {
	if len(n.Emoji) == 0 {
		return strings.Trim(fmt.Sprint(n.Numbers), "[]")
	}
	var all []string
	for _, e := range n.Emoji {
		all = append(all, e.Symbol+" "+e.Name)
	}
	return strings.Join(all, " · ")
}

// showCode shows a code as a picture.
func showCode(n verify.ShowQR) told {
	png, err := n.PNG()
	if err != nil {
		return only(fmt.Sprintf("%s could scan a code, but I cannot draw it: %s. In their client, compare emoji instead.", text.Code(string(n.User)), text.Escape(err.Error(), text.MostReason)))
	}
	return told{
		message: action.Message{
			Markdown: fmt.Sprintf("%s: scan this with the client that you want to verify with, or react with %s to compare emoji instead.", text.Code(string(n.User)), emojiKey),
			File:     &action.File{Data: png, Type: "image/png", Name: "verification.png"},
		},
		about: &compared{which: n.ID, emoji: true}, answers: []string{emojiKey},
	}
}

// alarm begins what must not be overlooked.
const alarm = "🚨 "

// cancelledText says why a verification came to nothing, and what to do about it. What
// differs is an alarm: it is what verifying is for. Of the other side's own words
// none are shown, as anybody could have anything said in our name.
func cancelledText(n verify.Cancelled) string {
	who := text.Code(string(n.User))
	switch n.Code {
	case event.VerificationCancelCodeSASMismatch:
		return fmt.Sprintf("%s**%s and I were not shown the same emoji.** Either somebody looked in haste, or somebody sits between us and changes what we send: a homeserver, or whoever broke into one. Until you know which, take nothing for the word of %s. Do it once more, `!forseti verify`, and compare by phone or face to face. If the emoji differ again, tell whoever runs the homeservers of both of us.", alarm, who, who)
	case event.VerificationCancelCodeKeyMismatch, event.VerificationCancelCodeCommitmentMismatch, event.VerificationCancelCodeUserMismatch:
		return fmt.Sprintf("%s**The keys of %s are not those that I was given for them.** Either somebody else answered in their place or scanned my code, or somebody sits between us and changes what we send: a homeserver, or whoever broke into one. Until you know which, take nothing for the word of %s. Do it once more, `!forseti verify`. If it ends like this again, tell whoever runs the homeservers of both of us.", alarm, who, who)
	}
	return fmt.Sprintf("The verification of %s came to nothing: %s.", who, harmless(n))
}

// harmless is why a verification ended that nobody meddled with.
func harmless(n verify.Cancelled) string {
	again := "Try once more, `!forseti verify`"
	switch n.Code {
	case event.VerificationCancelCodeTimeout:
		return "it was not finished in time. " + again
	case event.VerificationCancelCodeAccepted:
		return "it was answered on another device"
	case event.VerificationCancelCodeUnknownMethod:
		if n.ByThem {
			return "their client knows none of the ways to compare that I know, so it is too old. Update it, or use another one, such as Element"
		}
		return text.Escape(n.Reason, text.MostReason) + ". Update it, or use another one, such as Element"
	case event.VerificationCancelCodeUnexpectedMessage, event.VerificationCancelCodeInvalidMessage, event.VerificationCancelCodeUnknownTransaction:
		return "their client and I do not understand each other. " + again + ", or use another client, such as Element"
	case event.VerificationCancelCodeUser:
		if n.ByThem {
			return "they ended it"
		}
		return text.Escape(n.Reason, text.MostReason)
	default:
		return "their client ended it. " + again
	}
}

func (c comparisons) forget(which verify.ID) {
	for evt, about := range c {
		if about.which == which {
			delete(c, evt)
		}
	}
}

// verdict is what a reaction says about a verification.
type verdict uint8

const (
	saysNothing verdict = iota
	saysSame
	saysDiffers
	wantsEmoji
)

// heard reads a moderator's reaction. False means that it is on another message; what
// is no answer says nothing.
func (c comparisons) heard(target id.EventID, key string) (which verify.ID, said verdict, ok bool) {
	about, ok := c[target]
	if !ok {
		return verify.ID{}, saysNothing, false
	}
	switch {
	case about.emoji && strings.HasPrefix(key, emojiKey):
		said = wantsEmoji
	case about.emoji:
	case strings.HasPrefix(key, yes):
		said = saysSame
	case strings.HasPrefix(key, no):
		said = saysDiffers
	}
	if said != saysNothing {
		delete(c, target)
	}
	return about.which, said, true
}
