package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// mostDirects bounds the direct chats that are kept of a user, and looked at.
const mostDirects = 3

// directChats is the account data where clients note direct chats, by user.
// https://spec.matrix.org/v1.12/client-server-api/#mdirect
const directChats = "m.direct"

// directs are the direct chats of our account.
type directs struct{ client *mautrix.Client }

// find finds a direct chat with a user in which something can be said: they are in it or
// invited, nobody else is, and it is not encrypted. "" if there is none, or if it cannot be
// known.
func (d directs) find(ctx context.Context, user id.UserID) id.RoomID {
	_, rooms, err := d.read(ctx, user)
	if err != nil {
		return ""
	}
	for _, room := range rooms {
		joined, err := d.client.JoinedMembers(ctx, room)
		if err != nil || len(joined.Joined) > 2 {
			continue
		}
		_, here := joined.Joined[d.client.UserID]
		if _, theirs := joined.Joined[user]; !here || len(joined.Joined) == 2 && !theirs {
			continue
		} else if !theirs {
			var member event.MemberEventContent
			if d.client.StateEvent(ctx, room, event.StateMember, string(user), &member) != nil || member.Membership != event.MembershipInvite {
				continue
			}
		}
		var encrypted json.RawMessage
		if err := d.client.StateEvent(ctx, room, event.StateEncryption, "", &encrypted); errors.Is(err, mautrix.MNotFound) {
			return room
		}
	}
	return ""
}

// read reads all direct chats, and those with one user, the latest first. What others
// wrote there in a form that is not theirs stays as it is.
func (d directs) read(ctx context.Context, user id.UserID) (all map[string]json.RawMessage, of []id.RoomID, err error) {
	var content json.RawMessage
	err = d.client.GetAccountData(ctx, directChats, &content)
	if errors.Is(err, mautrix.MNotFound) {
		return map[string]json.RawMessage{}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if json.Unmarshal(content, &all) != nil || all == nil {
		all = map[string]json.RawMessage{}
	}
	rooms := wire.Read(content).Texts(string(user), mostDirects*10, 255)
	for _, room := range slices.Backward(rooms) {
		if len(of) < mostDirects {
			of = append(of, id.RoomID(room))
		}
	}
	return all, of, nil
}

// note notes a direct chat, so that the next word to the user is said there.
func (d directs) note(ctx context.Context, user id.UserID, room id.RoomID) error {
	all, before, err := d.read(ctx, user)
	if err != nil {
		return err
	}
	slices.Reverse(before)
	kept := append(before, room)
	if all[string(user)], err = json.Marshal(kept[max(len(kept)-mostDirects, 0):]); err != nil {
		return err
	}
	return d.client.SetAccountData(ctx, directChats, all)
}
