package community

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/desk"
	"forseti/content"
	"forseti/matrix"
	"forseti/text"
)

// attached reads texts and pictures that moderators send.
type attached struct {
	cited *cited
	files Files
}

var _ commands.FileDesk = attached{}

// TextOf is part of commands.FileDesk.
func (a attached) TextOf(ctx context.Context, of id.EventID) (string, error) {
	evt, err := a.sent(ctx, of)
	if err != nil {
		return "", err
	}
	f, err := textFile(content.Read(evt.Type.Type, evt.Content.VeryRaw).Files())
	if err != nil {
		return "", err
	}
	data, err := a.files.Media(ctx, matrix.Media{Address: f.Address, Most: commands.MostFile, Sealed: f.Encrypted, Key: f.Key, Vector: f.Vector, SHA256: f.SHA256})
	if failure, ok := errors.AsType[*action.Failure](err); ok && failure.Kind == action.TooLarge {
		return "", tooLong()
	}
	if err != nil {
		return "", refuse("I cannot download that file: %s", explain(action.FailureOf(err)))
	}
	return plainText(data)
}

// PictureOf is part of commands.FileDesk.
func (a attached) PictureOf(ctx context.Context, of id.EventID) (action.Uploaded, error) {
	evt, err := a.sent(ctx, of)
	if err != nil {
		return action.Uploaded{}, err
	}
	f, err := picked(content.Read(evt.Type.Type, evt.Content.VeryRaw).Images(), 0)
	if err != nil {
		return action.Uploaded{}, err
	}
	return action.Uploaded{Address: f.Address, Sealed: f.Encrypted, Key: f.Key, Vector: f.Vector, SHA256: f.SHA256}, nil
}

// sent is a message of the management room. One that its homeservers may have changed is refused.
func (a attached) sent(ctx context.Context, of id.EventID) (*event.Event, error) {
	var here id.RoomID
	secret := false
	a.cited.evidence.loop.See(func() {
		here, secret = a.cited.management.room.ID(), a.cited.management.room.Encrypted()
	})
	evt, err := a.cited.message(ctx, here, of)
	switch {
	case err != nil:
		return nil, err
	case secret && !evt.Mautrix.WasEncrypted:
		return nil, desk.Sentence("That message was not encrypted, and this room is: anybody on the way may have changed it. Send the file anew")
	}
	return evt, nil
}

func tooLong() error {
	return refuse("That file has more than %d kB, and no text that I read has", commands.MostFile>>10)
}

// textFile is the file of a message, if it may be a text by what its sender says of it.
func textFile(all []content.File) (content.File, error) {
	if len(all) != 1 {
		return content.File{}, refuse("That message is no file. Send the text as one with the command as its caption, reply to it, or write the text below the command in a code block")
	}
	f := all[0]
	kind, _, _ := strings.Cut(strings.ToLower(f.Type), ";")
	switch kind = strings.TrimSpace(kind); {
	case f.Kind != "file", kind != "" && kind != "application/octet-stream" && kind != "application/toml" && !strings.HasPrefix(kind, "text/"):
		return content.File{}, refuse("That is no text, but of the type %s", text.Code(text.Brief(f.Kind+" "+f.Type, 60)))
	case f.Size > commands.MostFile:
		return content.File{}, tooLong()
	}
	return f, nil
}

// plainText is what is in a file, if it is text.
func plainText(data []byte) (string, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // as editors put before it
	switch {
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		return "", desk.Sentence("That file is no text in UTF-8. Save it as such, and send it anew")
	case len(bytes.TrimSpace(data)) == 0:
		return "", desk.Sentence("There is nothing in that file")
	}
	return string(data), nil
}
