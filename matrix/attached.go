package matrix

import (
	"context"
	"slices"
	"strings"

	"forseti/action"

	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// attach uploads a file and makes it the message, encrypted if its room is. The text is its
// caption.
func (s *Session) attach(ctx context.Context, room id.RoomID, f *action.File, content map[string]any) error {
	data, kind := f.Data, f.Type
	var file *attachment.EncryptedFile
	if s.crypto != nil && s.crypto.Encrypted(room) {
		file = attachment.NewEncryptedFile()
		data, kind = slices.Clone(data), "application/octet-stream" // a retry encrypts it anew
		file.EncryptInPlace(data)
	}
	uploaded, err := s.client.UploadBytes(ctx, data, kind)
	if err != nil {
		return err
	}
	content["msgtype"] = event.MsgFile
	if strings.HasPrefix(f.Type, "image/") {
		content["msgtype"] = event.MsgImage
	}
	content["filename"] = f.Name
	content["info"] = map[string]any{"mimetype": f.Type, "size": len(f.Data)}
	if file == nil {
		content["url"] = uploaded.ContentURI.CUString()
		return nil
	}
	content["file"] = &event.EncryptedFileInfo{EncryptedFile: *file, URL: uploaded.ContentURI.CUString()}
	return nil
}
