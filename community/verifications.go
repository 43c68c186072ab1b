package community

import (
	"context"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix/e2ee/verify"
)

// Verifier compares keys with others as a community needs it. All of it is slow.
type Verifier interface {
	Start(ctx context.Context, user id.UserID, room id.RoomID) (verify.ID, error)
	Confirm(ctx context.Context, which verify.ID) error
	Mismatch(ctx context.Context, which verify.ID) error
	CompareEmoji(ctx context.Context, which verify.ID) error
	Notices() <-chan verify.Notice
}

// compared is a message that asks a moderator about a verification. Those of before
// a restart ask about nothing any more, and so need not be stored.
type compared struct {
	which verify.ID
	// emoji says that it shows a code to scan, and that the emoji may be had instead.
	emoji bool
}

// emojiKey asks for emoji in place of a code.
const emojiKey = "😀"

// followVerifications hears how verifications go on.
func (c *Community) followVerifications() {
	if c.opts.Verifier == nil {
		return
	}
	c.later(func(ctx context.Context) {
		for {
			select {
			case n := <-c.opts.Verifier.Notices():
				c.post(func() { c.noticed(n) })
			case <-ctx.Done():
				return
			}
		}
	})
}

func (c *Community) noticed(n verify.Notice) {
	who := code(string(n.About().User))
	switch n := n.(type) {
	case verify.Ready:
		// What follows is shown, or started by the other side.
	case verify.ShowQR:
		c.showCode(n)
	case verify.Compare:
		c.compare(n.ID, fmt.Sprintf("Verifying %s. Does their client show the same, in the same order?\n\n%s", who, shown(n)))
	case verify.Scanned:
		c.compare(n.ID, fmt.Sprintf("Somebody scanned my code. Was it %s, and does their client say that all is well?", who))
	case verify.Done:
		c.forgetCompared(n.ID)
		c.say(fmt.Sprintf("%s is verified: I know their identity, and they know mine.", who), "", nil)
	case verify.Cancelled:
		c.forgetCompared(n.ID)
		c.say(fmt.Sprintf("The verification of %s came to nothing: %s.", who, cancelledText(n)), "", nil)
	}
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

func cancelledText(n verify.Cancelled) string {
	switch {
	case n.ByThem && n.Reason != "":
		return "they ended it, with " + code(clip(n.Reason, 200))
	case n.ByThem:
		return "they ended it"
	case n.Reason != "":
		return escape(n.Reason)
	default:
		return escape(string(n.Code))
	}
}

// compare asks a moderator, and nobody but a moderator answers.
func (c *Community) compare(which verify.ID, text string) {
	text += fmt.Sprintf("\n\nReact with %s if so, or with %s if not: then somebody may sit between you.", yes, no)
	c.say(text, "", func(evt id.EventID) {
		c.compares(evt, compared{which: which}, yes, no)
	})
}

// compares remembers what a message asks about, and offers the answers.
func (c *Community) compares(evt id.EventID, about compared, keys ...string) {
	if evt == "" {
		return
	}
	c.comparing[evt] = about
	for _, key := range keys {
		c.speakUp(action.Message{ReplyTo: evt, Reaction: key}, nil)
	}
}

func (c *Community) forgetCompared(which verify.ID) {
	for evt, about := range c.comparing {
		if about.which == which {
			delete(c.comparing, evt)
		}
	}
}

// showCode shows a code as a picture.
func (c *Community) showCode(n verify.ShowQR) {
	png, err := n.PNG()
	if err != nil {
		c.log.Err(err).Msg("QR code not drawn")
		return
	}
	c.speakUp(action.Message{
		Markdown: fmt.Sprintf("%s: scan this with the client that you want to verify with, or react with %s to compare emoji instead.", code(string(n.User)), emojiKey),
		Image:    &action.Image{Data: png, Type: "image/png", Name: "verification.png"},
	}, func(evt id.EventID) {
		c.compares(evt, compared{which: n.ID, emoji: true}, emojiKey)
	})
}

// comparedBy carries out a moderator's reaction on a message about a verification.
// False means that it is on another message.
func (c *Community) comparedBy(target id.EventID, key string) bool {
	about, ok := c.comparing[target]
	if !ok {
		return false
	}
	var word func(context.Context, verify.ID) error
	switch {
	case about.emoji && strings.HasPrefix(key, emojiKey):
		word = c.opts.Verifier.CompareEmoji
	case about.emoji:
		return true
	case strings.HasPrefix(key, yes):
		word = c.opts.Verifier.Confirm
	case strings.HasPrefix(key, no):
		word = c.opts.Verifier.Mismatch
	default:
		return true
	}
	delete(c.comparing, target)
	c.later(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := word(ctx, about.which); err != nil && ctx.Err() == nil {
			c.log.Warn().Err(err).Msg("Verification not carried on")
		}
	})
	return true
}
