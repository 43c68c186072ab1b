package content

import (
	"fmt"
	"testing"

	"forseti/internal/growth"
	"forseti/internal/hostile"
)

// asked is all that a message is asked in askAll, but what a list of constants has below.
const asked = "Read, Message.Choices, Message.Concealed, Message.Cut, Message.Emoji, Message.Faults, Message.Files, Message.Forwarded, Message.Key, Message.Length, Message.Links, " +
	"Message.Images, Message.Mentions, Message.MissedLinks, Message.MoreLinks, Message.Pictures, Message.Place, Message.Profile, Message.Quoted, Message.Rest, Message.Seen, Message.Shown, Message.Spoilers, " +
	"Seen.String, Message.ReplyTo, Message.Edits, Message.Form, Message.MsgType, Message.Reacts, Message.Thread, " +
	"Text.AppendSkeleton, Text.Core, Text.Folded, Text.Fingerprint, Text.Shape, Text.Skeleton"

// TestGrowth shows how what it costs to read grows with the size of what is read: a byte of much is no dearer than one of
// little.
func TestGrowth(t *testing.T) {
	growth.Test(t, []growth.World{{Name: "HTML", Fill: func(_ *testing.T, c *growth.Costs) {
		for name, html := range hostile.HTML() {
			raw := fmt.Appendf(nil, `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":%s}`, hostile.Quote(html(c.N)))
			c.Look(asked+": "+name, func() { askAll(Read("m.room.message", raw)) })
		}
	}}, {Name: "content", Fill: func(_ *testing.T, c *growth.Costs) {
		for name, content := range hostile.Content() {
			kind, raw := content(c.N)
			c.Look(asked+": "+name, func() { askAll(Read(kind, []byte(raw))) })
		}
	}}, {Name: "text", Fill: func(_ *testing.T, c *growth.Costs) {
		for name, text := range hostile.Text() {
			s := text(c.N)
			raw := fmt.Appendf(nil, `{"msgtype":"m.text","body":%s}`, hostile.Quote(s))
			c.Look(asked+": "+name, func() { askAll(Read("m.room.message", raw)) })
			c.Look("Fold, Skeleton, Core, Unleet, AppendUnleet, Host, Within: "+name, func() {
				host, _ := Host(s)
				_, _, _ = Within(host, "example"), Fold(s), AppendUnleet(nil, Unleet(Core(Skeleton(s))))
			})
		}
	}}, {Name: "prints", Fill: func(_ *testing.T, c *growth.Costs) {
		all := NewFingerprints[int](c.N)
		print := func(i int) *Fingerprint {
			return NewText(fmt.Sprintf("%d is the number of this text, of which %d are kept, and %d are not", i, i*7, i*13)).Fingerprint()
		}
		for i := range c.N {
			all.Keep(print(i), Near)
		}
		next := c.N
		c.One("Fingerprints.Keep, Fingerprints.Find, NewText: of a new one", func(int) { next++; all.Find(print(next), Near); all.Keep(print(next), Near) })
		c.One("Fingerprints.Drop", func(int) { next--; all.Drop(print(next)) })
		c.One("Fingerprints.Front, Fingerprints.DropFront, Fingerprints.Len: and one in its place", func(int) {
			all.Front()
			if all.DropFront(); all.Len() < c.N {
				next++
				all.Keep(print(next), Near)
			}
		})
	}}}, map[string]string{
		"Reference": "it is a page", "Message.Type": "it is as it was given", "Text.String": "likewise", "Text.Empty": "likewise", "Link.Invites": "it looks at two fields", "NewFingerprints": "it makes what is empty",
		"Shape.EmojiShare": "of two numbers", "Shape.CapitalShare": "of two numbers", "Shape.MarkShare": "of two numbers", "Shape.SpacedShare": "of two numbers",
		"Shape.OnlyEmoji": "of three numbers", "Fingerprint.Exact": "it is a field", "Fingerprint.Likeness": "of fingerprints of one size",
	})
}
