package matrix

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"forseti/action"

	"maunium.net/go/mautrix/id"
)

// mostAvatar is how many bytes an encrypted picture may have that is to be the bot's own.
const mostAvatar = 10 << 20

// setUploaded has the bot's account shown with a picture that somebody uploaded. One that was sent encrypted is uploaded anew
// in clear: everybody must be able to see it, and nobody else has its key.
func setUploaded(ctx context.Context, s *caller, p action.Uploaded) error {
	if p.Address == "" {
		return s.client.SetAvatarURL(ctx, id.ContentURI{})
	}
	at, err := addressed(p.Address)
	if err != nil {
		return err
	}
	if p.Sealed {
		picture, err := s.Media(ctx, Media{
			Address: p.Address, Most: mostAvatar, Sealed: true, Key: p.Key, Vector: p.Vector, SHA256: p.SHA256,
		})
		if err != nil {
			return err
		}
		kind := http.DetectContentType(picture)
		if !strings.HasPrefix(kind, "image/") {
			return &action.Failure{Kind: action.Invalid, Err: errors.New("that file is no picture")}
		}
		uploaded, err := s.client.UploadBytes(ctx, picture, kind)
		if err != nil {
			return err
		}
		at = uploaded.ContentURI
	}
	return s.client.SetAvatarURL(ctx, at)
}
