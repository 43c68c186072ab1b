package commands

import (
	"context"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// FileDesk reads files that were sent in the management room.
type FileDesk interface {
	// TextOf is what is in the file of a message there. An error is a sentence.
	TextOf(ctx context.Context, message id.EventID) (string, error)
	// PictureOf is the one picture of a message there. An error is a sentence.
	PictureOf(ctx context.Context, message id.EventID) (action.Uploaded, error)
}

// MostFile is how long a text may be that is read from a file, or written into one, in bytes.
const MostFile = 512 << 10

// text is what a command reads: what stands below it, or what is in the file that it is the
// caption of or replies to.
func (c *call) text(ctx context.Context, d FileDesk, export string) (string, error) {
	if strings.TrimSpace(c.below) != "" {
		return c.below, nil
	}
	if c.reply == "" {
		return "", refuse("There is no text. Write it below the command, between two lines of three backticks, or send it as a file with the command as its caption; `!forseti %s` gives one.", export)
	}
	return d.TextOf(ctx, c.reply)
}

// fromFile tells whether a command reads a file, which has to be downloaded.
func fromFile(l line) bool { return l.reply != "" && strings.TrimSpace(l.below) == "" }

// filed is the plan that says a text as a file, with how it is read again; false if it is too
// long for that.
func filed(c *call, name, written, imports string) (Plan, bool) {
	if len(written) > MostFile {
		return Plan{}, false
	}
	p := Plan{Answer: "That is too long for a message, so it is in the file above."}
	p.do(action.Action{Verb: action.Say, Room: c.Room, Message: &action.Message{
		Markdown: fmt.Sprintf("`!forseti %s` takes it, written in reply to this file or as the caption of it.", imports),
		File:     &action.File{Data: []byte(written), Type: "text/plain", Name: name},
	}}, "said it in a file")
	p.harmless = true
	return p, true
}

// exportPart says the part that is meant of what is exported, in a block or a file. What it is goes by
// the name of its commands.
func exportPart(c *call, parts []string, what string) (Plan, error) {
	n := max(arg[int](c, "part"), 1)
	if n > len(parts) {
		return Plan{}, refuse("There is no part %d: there %s.", n, pick(len(parts) == 1, "is one", fmt.Sprintf("are %d", len(parts))))
	}
	said := fmt.Sprintf("`!forseti %s import` takes it, with this block below it.", what)
	if len(parts) > 1 {
		said = fmt.Sprintf("This is part %d of %d. %s", n, len(parts), said)
	}
	block := codeBlock(parts[n-1])
	if weight(block) <= 2*maxAnswer-1000 {
		return Plan{Answer: block + "\n\n" + said}, nil
	}
	p, fits := filed(c, fmt.Sprintf("forseti-%s-%d.txt", what, n), parts[n-1], what+" import")
	if !fits {
		return Plan{}, refuse("That is too long for a file.")
	}
	if len(parts) > 1 {
		p.Answer += fmt.Sprintf(" This is part %d of %d.", n, len(parts))
	}
	return p, nil
}
