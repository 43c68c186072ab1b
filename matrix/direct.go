package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// mostDirects bounds the direct chats with a user that are looked at, and mostNoted those that
// are noted: whoever leaves one each time gets another.
const (
	mostDirects = 3
	mostNoted   = 30
)

// directChats is the account data where clients note direct chats, by user.
// https://spec.matrix.org/v1.16/client-server-api/#mdirect
const directChats = "m.direct"

// directs are the direct chats of our account, which its other clients note as well. It is
// written as a whole, and no request says "if it is still as I read it". So what we note is noted
// one after the other, into what was read right before, and looked at once it is written: what
// another client wrote over is written again, and so is what sync shows that we wrote over.
type directs struct {
	client *mautrix.Client
	turn   chan struct{} // full while something is noted

	mu     sync.Mutex
	noting bool
	heard  []chats // that sync brought meanwhile
}

func newDirects(client *mautrix.Client) *directs {
	return &directs{client: client, turn: make(chan struct{}, 1)}
}

// find finds a direct chat with a user in which something can be said: they are in it or
// invited, nobody else is, and it is not encrypted. "" if there is none, or if it cannot be
// known.
func (d *directs) find(ctx context.Context, user id.UserID) id.RoomID {
	all, err := d.read(ctx)
	if err != nil {
		return ""
	}
	for _, room := range all.of(user) {
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

// chats are direct chats, by user. What others wrote there in a form that is not theirs stays as it
// is.
type chats map[string]json.RawMessage

func readChats(content json.RawMessage) (all chats) {
	if json.Unmarshal(content, &all) != nil || all == nil {
		all = chats{}
	}
	return all
}

func (d *directs) read(ctx context.Context) (chats, error) {
	var content json.RawMessage
	err := d.client.GetAccountData(ctx, directChats, &content)
	if err != nil && !errors.Is(err, mautrix.MNotFound) {
		return nil, err
	}
	return readChats(content), nil
}

// of are the chats with a user, the latest first.
func (c chats) of(user id.UserID) (rooms []id.RoomID) {
	for _, raw := range slices.Backward(c.list(string(user))) {
		var room id.RoomID
		if len(rooms) < mostDirects && json.Unmarshal(raw, &room) == nil && len(room) <= 255 {
			rooms = append(rooms, room)
		}
	}
	return rooms
}

func (c chats) list(user string) (all []json.RawMessage) {
	if json.Unmarshal(c[user], &all) != nil {
		return nil
	}
	return all
}

// has reports whether a chat is noted.
func (c chats) has(user string, room json.RawMessage) bool {
	var is any
	if json.Unmarshal(room, &is) != nil {
		return false
	}
	return slices.ContainsFunc(c.list(user), func(raw json.RawMessage) bool {
		var other any
		return json.Unmarshal(raw, &other) == nil && reflect.DeepEqual(is, other) // there is more than one way to write it
	})
}

// add notes a chat, and reports whether it was not.
func (c chats) add(user string, room json.RawMessage) bool {
	if c.has(user, room) {
		return false
	}
	all := append(c.list(user), room)
	c[user], _ = json.Marshal(all[max(len(all)-mostNoted, 0):]) // of what was read as JSON
	return true
}

// merge notes what others have, and reports whether that is anything new.
func (c chats) merge(others chats) (more bool) {
	for user := range others {
		for _, room := range others.list(user) {
			more = c.add(user, room) || more
		}
	}
	return more
}

// mostNotes is how often it is written what others write over.
const mostNotes = 5

// note notes a direct chat, so that the next word to the user is said there.
func (d *directs) note(ctx context.Context, user id.UserID, room id.RoomID) error {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.turn }()
	defer d.listen(false)
	added, err := json.Marshal(room)
	if err != nil {
		return err
	}
	wanted := chats{}
	wanted.add(string(user), added)
	for range mostNotes {
		d.listen(true)
		all, err := d.read(ctx)
		if err != nil {
			return err
		}
		if !all.merge(wanted) {
			return nil
		}
		if err := d.client.SetAccountData(ctx, directChats, all); err != nil {
			return err
		}
		for _, other := range d.listen(true) {
			for user := range other {
				for _, room := range other.list(user) {
					if !all.has(user, room) {
						wanted.add(user, room) // it came between
					}
				}
			}
		}
	}
	return errors.New("note a direct chat: others write it over and over")
}

// listen says whether what sync brings is of interest, and gives what it brought until now.
func (d *directs) listen(on bool) (heard []chats) {
	d.mu.Lock()
	defer d.mu.Unlock()
	heard, d.heard, d.noting = d.heard, nil, on
	return heard
}

// hear takes in what sync brings of an account's data.
func (d *directs) hear(events []*event.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, evt := range events {
		if d.noting && evt.Type.Type == directChats {
			d.heard = append(d.heard, readChats(evt.Content.VeryRaw))
		}
	}
}
