package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"forseti/action"

	"forseti/wire"

	"maunium.net/go/mautrix/id"
)

var errNoObject = errors.New("answer is not what was asked for")

// AccountData returns the content of a global account data event of our own, and
// nil without an error if there is none.
func (s *caller) AccountData(ctx context.Context, kind string) (json.RawMessage, error) {
	var raw json.RawMessage
	err := s.read(ctx, &raw, nil, "v3", "user", s.User(), "account_data", kind)
	// Taking anything else for none would forget what we watch and protect.
	if err == nil && wire.Fields(raw) == nil {
		err = errNoObject
	}
	switch {
	case err == nil:
		return raw, nil
	case failure(err, time.Now()).Kind == action.Gone:
		return nil, nil
	default:
		return nil, wrap(err, "account data "+kind)
	}
}

// JoinedRooms returns the rooms that we are in.
func (s *caller) JoinedRooms(ctx context.Context) ([]id.RoomID, error) {
	var answer struct {
		Rooms []id.RoomID `json:"joined_rooms"`
	}
	err := s.read(ctx, &answer, nil, "v3", "joined_rooms")
	if err == nil && answer.Rooms == nil {
		err = errNoObject
	}
	if err != nil {
		return nil, wrap(err, "joined rooms")
	}
	return answer.Rooms, nil
}

// Profile returns our own global display name and the address of our picture, each of which
// may be empty.
func (s *caller) Profile(ctx context.Context) (name, picture string, err error) {
	var answer map[string]json.RawMessage
	err = s.read(ctx, &answer, nil, "v3", "profile", s.User())
	if err == nil && answer == nil {
		err = errNoObject
	}
	switch {
	case err == nil:
		return wire.Text(answer["displayname"]), wire.Text(answer["avatar_url"]), nil
	case failure(err, time.Now()).Kind == action.Gone:
		return "", "", nil
	default:
		return "", "", wrap(err, "profile")
	}
}

// setProfile sets what is given of how our account is shown, and leaves the rest.
//
// https://spec.matrix.org/v1.16/client-server-api/#profiles
func setProfile(ctx context.Context, s *caller, p *action.Profile) error {
	if p.Name != "" {
		if err := s.client.SetDisplayName(ctx, p.Name); err != nil {
			return err
		}
	}
	if p.Uploaded != nil {
		return setUploaded(ctx, s, *p.Uploaded)
	}
	if p.Picture == nil {
		return nil
	}
	uploaded, err := s.client.UploadBytes(ctx, p.Picture.Data, p.Picture.Type)
	if err != nil {
		return err
	}
	return s.client.SetAvatarURL(ctx, uploaded.ContentURI)
}
