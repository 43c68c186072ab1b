package matrix

import (
	"context"
	"slices"

	"forseti/action"

	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// picture uploads an image and makes it the message, encrypted if its room is. The
// text is its caption.
func (s *Session) picture(ctx context.Context, room id.RoomID, image *action.Image, content map[string]any) error {
	data, kind := image.Data, image.Type
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
	content["msgtype"] = event.MsgImage
	content["filename"] = image.Name
	content["info"] = map[string]any{"mimetype": image.Type, "size": len(image.Data)}
	if file == nil {
		content["url"] = uploaded.ContentURI.CUString()
		return nil
	}
	content["file"] = &event.EncryptedFileInfo{EncryptedFile: *file, URL: uploaded.ContentURI.CUString()}
	return nil
}
