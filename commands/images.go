package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/images"
	"forseti/text"
)

// ImageDesk is what the commands about pictures ask.
type ImageDesk interface {
	// Picture downloads one picture of a message: the one with a number, from 1 on, or for 0 the
	// only one.
	Picture(ctx context.Context, of Said, number int) (Pictured, error)
	// Called are the banned pictures whose hash begins so, two at most.
	Called(begins string) []images.Banned
	// Banned are the pictures that were banned last, and how many there are in all.
	Banned(most int) (latest []images.Banned, all int)
	// ExportImages gives the banned pictures as text, in parts.
	ExportImages() []string
	// CheckImages reads such a text, and gives how many pictures of it are not banned yet. Its error is a sentence.
	CheckImages(written string) (fresh int, err error)
	// Compared tells whether pictures are compared with them anywhere.
	Compared() bool
}

// Pictured is a picture, and the message that shows it.
type Pictured struct {
	Print   images.Print
	Address string
	Sealed  string // the hash of it encrypted, in base64; "" if it is not
	Room    id.RoomID
	Event   id.EventID
	Sender  id.UserID
	// Spared is why nothing is done about the message, in words for a sentence; "" if something is.
	Spared string
}

// BannedImage is the value of a change that bans a picture.
type BannedImage struct {
	Sum images.Sum `json:"sum"`
	images.Banned
	// Event is the message that shows it, about which something is done, and Sender who sent it; "" for nothing.
	Event  id.EventID `json:"event,omitempty"`
	Sender id.UserID  `json:"sender,omitempty"`
}

const (
	shortSum   = 8  // digits of a hash that moderators are shown
	mostImages = 50 // that are listed
)

func imageCommands(d ImageDesk, m MessageDesk, f FileDesk) []*command {
	const family = "Pictures"
	which := number(1, 100)
	return []*command{{
		name: "ban-image", family: family, effect: moderates,
		summary: "have a picture removed wherever it is posted again",
		details: "Write it in reply to an alert, as the caption of a picture here or in reply to one, or with a link to the message; the picture is downloaded, its hashes are kept, and its message is removed, with what follows by the ladder. " +
			"From then on the protection `known-images` compares what is posted with it. Files that are no picture are known again by their bytes.",
		params: []param{
			{name: "message", doc: "a link to the message, or its event ID", value: messageValue, replied: true, sent: true},
			{name: "reason", optional: true, doc: "why; moderators are told with each hit", value: textValue},
		},
		flags:    []flag{{name: "picture", value: &which, doc: "which one, from 1 on, if the message shows several"}},
		long:     always,
		examples: []string{"ban-image https://matrix.to/#/!room:example.org/$event gore"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return banImage(ctx, c, d, m) },
	}, {
		name: "unban-image", family: family, effect: moderates,
		summary:  "let a picture be posted again",
		params:   []param{{name: "hash", doc: "the beginning of its hash, as `images` and alerts show it", value: wordValue}},
		examples: []string{"unban-image 0c9f2b41"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return unbanImage(c, d) },
	}, {
		name: "images", family: family, effect: looks,
		summary:  "list the pictures that are banned: who did that, when and why, and how often they came again",
		examples: []string{"images"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return listImages(c, d, time.Now()), nil },
	}, {
		name: "images export", family: family, effect: looks,
		summary: "write the pictures that are banned as text, for another community",
		details: "A picture is a line: its SHA-256 hash, the PDQ hash of what it shows, or a dash if that says too little, and why it is banned. " +
			"Who banned it and where it was seen is not in it.",
		params:   []param{{name: "part", optional: true, doc: "which part, if there is too much for one file", value: number(1, 1000)}},
		examples: []string{"images export", "images export 2"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return exportImages(c, d.ExportImages()) },
	}, {
		name: "images import", family: family, effect: moderates, asks: "always",
		summary:  "ban pictures that another community has banned",
		details:  "All of the text is checked before any of it is taken, and what is banned here already stays as it is. They are listed as banned by you, with the reasons that the text has. What was posted before is left alone.",
		reads:    "the text, in a code block, from the second line on; or none, and it is the caption of a file or in reply to one",
		long:     fromFile,
		examples: []string{"images import", "images import --dry-run"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return importImages(ctx, c, d, f) },
	}}
}

func exportImages(c *call, parts []string) (Plan, error) {
	if len(parts) == 0 {
		return says("No picture is banned, so there is nothing to export."), nil
	}
	return exportPart(c, parts, "images")
}

func importImages(ctx context.Context, c *call, d ImageDesk, f FileDesk) (Plan, error) {
	written, err := c.text(ctx, f, "images export")
	if err != nil {
		return Plan{}, err
	}
	n, err := d.CheckImages(written)
	if err != nil {
		return Plan{}, refuse("Nothing of it was taken. %s", c.explain(err))
	}
	if n == 0 {
		return says("All of them are banned here already."), nil
	}
	off := ""
	if !d.Compared() {
		off = "**Nothing is compared with them yet**, for the protection `known-images` is off: `!forseti enable known-images`."
	}
	p := Plan{
		Ask:    fmt.Sprintf("Ban %s?", text.Pick(n, "it", "them")),
		Effect: text.Paragraphs(fmt.Sprintf("By this text %s more would be banned, wherever they are posted from now on.", text.Count(n, "picture")), off),
		Answer: text.Paragraphs(fmt.Sprintf("%s more %s banned. `!forseti images` lists them, and `!forseti unban-image` takes one out.", text.Count(n, "picture"), text.Pick(n, "is", "are")), off),
	}
	p.change(Change{Kind: TakeImages, User: c.Sender, Value: written}, fmt.Sprintf("banned %s of others", text.Count(n, "picture")))
	return p, nil
}

// pictured is the message whose picture is meant: a moderator may show one here as well.
func (c *call) pictured(ctx context.Context, d MessageDesk) (Said, error) {
	at, err := c.pointed(arg[messages](c, "message"))
	if err != nil {
		return Said{}, err
	}
	m, err := d.Meant(ctx, at)
	switch {
	case err != nil:
		return Said{}, err
	case m.Here.Event != "" && (m.Pictures > 0 || len(m.Messages) == 0):
		return m.Here, nil
	case len(m.Messages) == 0:
		return Said{}, errAboutNone
	case len(m.Messages) > 1:
		return Said{}, refuse("That tells of %s. Write the command with a link to the one that shows the picture.", text.Count(len(m.Messages), "message"))
	}
	return m.Messages[0], nil
}

func banImage(ctx context.Context, c *call, d ImageDesk, m MessageDesk) (Plan, error) {
	at, err := c.pictured(ctx, m)
	if err != nil {
		return Plan{}, err
	}
	p, err := d.Picture(ctx, at, option[int](c, "picture"))
	if err != nil {
		return Plan{}, err
	}
	ban := BannedImage{Sum: p.Print.Sum, Banned: images.Banned{
		Seen: p.Print.Seen[0], Quality: p.Print.Quality, Addresses: []string{p.Address}, Sealed: []string{p.Sealed},
		By: string(c.Sender), At: time.Now().UTC().Truncate(time.Second), Reason: arg[string](c, "reason"),
	}}
	known := "I know it again by what it shows, also if it is scaled, compressed anew, mirrored or turned."
	switch {
	case p.Print.Unread != "":
		known = fmt.Sprintf("It %s, so I know only the very file again.", p.Print.Unread)
	case !p.Print.Telling():
		known = "It shows so little that much else looks the same, so I know only the very file again."
	}
	about := "I do nothing about the message itself: " + p.Spared + "."
	if p.Spared == "" {
		ban.Event, ban.Sender = p.Event, p.Sender
		about = fmt.Sprintf("The message of %s in %s goes, with what follows by the ladder.", text.Code(string(p.Sender)), c.room(p.Room))
	}
	off := ""
	if !d.Compared() {
		off = "**Nothing is compared with it yet**, for the protection `known-images` is off: `!forseti enable known-images`."
	}
	if before := d.Called(ban.Sum.String()); len(before) == 1 && ban.Event == "" && (ban.Reason == "" || ban.Reason == before[0].Reason) {
		return says("%s", text.Paragraphs(fmt.Sprintf("The picture %s is banned already: %s. I do nothing about the message itself: %s.", text.Code(ban.Sum.String()[:shortSum]), imageLine(c, before[0]), p.Spared), off)), nil
	}
	value, err := json.Marshal(ban)
	if err != nil {
		return Plan{}, err
	}
	short := text.Code(ban.Sum.String()[:shortSum])
	plan := Plan{
		Effect: text.Paragraphs(fmt.Sprintf("The picture %s would be banned. %s %s", short, known, about), off),
		Answer: text.Paragraphs(fmt.Sprintf("The picture %s is banned. %s %s %s takes that back.", short, known, about, text.Code("!forseti unban-image "+ban.Sum.String()[:shortSum])), off),
	}
	plan.change(Change{Kind: BanImage, Room: p.Room, User: c.Sender, Value: string(value)}, "banned the picture "+short)
	return plan, nil
}

func unbanImage(c *call, d ImageDesk) (Plan, error) {
	const fewest = 4
	written := strings.ToLower(arg[string](c, "hash"))
	if len(written) < fewest {
		return Plan{}, refuse("Write at least %d digits of the hash. `!forseti images` shows them.", fewest)
	}
	switch found := d.Called(written); len(found) {
	case 0:
		return Plan{}, refuse("No banned picture has a hash that begins with %s. `!forseti images` lists them.", text.Code(text.Clip(written, 64)))
	case 1:
		short := text.Code(found[0].Sum.String()[:shortSum])
		p := Plan{
			Effect: fmt.Sprintf("The picture %s would be banned no more: %s.", short, imageLine(c, found[0])),
			Answer: fmt.Sprintf("The picture %s may be posted again. What was done about it before stays; ↩️ on the alert undoes that.", short),
		}
		p.change(Change{Kind: UnbanImage, Name: found[0].Sum.String()}, "took out the picture "+short)
		return p, nil
	default:
		return Plan{}, refuse("Several banned pictures have a hash that begins so. Write more of it: one is %s.", text.Code(found[0].Sum.String()))
	}
}

func listImages(c *call, d ImageDesk, now time.Time) Plan {
	latest, all := d.Banned(mostImages)
	if all == 0 {
		return says("No picture is banned, so none is downloaded. Write `!forseti ban-image` in reply to an alert, or with a link to a message.")
	}
	var lines []string
	for _, b := range latest {
		lines = append(lines, text.Code(b.Sum.String()[:shortSum])+", "+imageLine(c, b))
	}
	said := text.Count(all, "banned picture")
	if all > len(latest) {
		said += fmt.Sprintf(", of which these are the last %d", len(latest))
	}
	off := ""
	if !d.Compared() {
		off = "The protection `known-images` is off, so nothing is compared with them: `!forseti enable known-images`."
	}
	return says("%s", text.Paragraphs(said+":"+listing(lines, ""), off))
}

// imageLine says who banned a picture, when and why, and what came of it.
func imageLine(c *call, b images.Banned) string {
	said := fmt.Sprintf("banned by %s on %s", text.Code(b.By), c.day(b.At))
	if b.Reason != "" {
		said += " for “" + text.Escape(b.Reason, text.MostReason) + "”"
	}
	if b.Hits == 0 {
		return said + ", not posted again since"
	}
	return said + fmt.Sprintf(", acted on %s, last on %s", text.Pick(b.Hits, "once", fmt.Sprintf("%d times", b.Hits)), c.day(b.Last))
}
