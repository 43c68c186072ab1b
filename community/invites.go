package community

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/matrix"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

const (
	// strangersPause is how long more invitations of strangers are waited for, and strangersEvery the least between two
	// times that moderators hear of them.
	strangersPause = time.Minute
	strangersEvery = time.Hour
	// mostInvites bounds what is remembered of them, and mostInvitesShown what is shown.
	mostInvites      = 1000
	mostInvitesShown = 10
)

// invites are the invitations that we get. Those of moderators are accepted, and asked about; of all others we only tell.
type invites struct {
	speaker *speaker
	heard   func(event id.EventID) // hears which event stands for a command
	join    func(id.RoomID)        // accepts an invitation

	strangers []invited
	more      int // that are not remembered one by one
	next      time.Time
	told      time.Time
}

// invited is an invitation, with what its sender says of the room.
type invited struct {
	room id.RoomID
	by   id.UserID
	name string
	list bool
}

// readInvite reads an invitation to us; nil if it is none. What it says of the room is what the inviting server says, unchecked:
// if that brings another invitation to us, by a moderator for instance, neither is believed.
func readInvite(in *matrix.RoomBatch, self id.UserID) (found invited, evt *event.Event) {
	found.room = in.Room
	lies := false
	for _, one := range in.State {
		if one.StateKey == nil {
			continue
		}
		said := wire.Content(one.Content.VeryRaw, one.Content.Raw)
		switch {
		case one.Type.Type == event.StateMember.Type && id.UserID(*one.StateKey) == self:
			lies = lies || evt != nil && one.Sender != found.by
			found.by, evt = one.Sender, one
		case one.Type.Type == event.StateRoomName.Type && *one.StateKey == "":
			found.name = said.Short("name", 255)
		case one.Type.Type == event.StateCreate.Type && *one.StateKey == "":
			kind := said.Text("type")
			found.list = kind == "m.policy" || strings.HasSuffix(kind, ".policy")
		}
	}
	if lies {
		return found, nil
	}
	return found, evt
}

// accept goes where a moderator invites us to, and has them asked what for. The invitation has no ID that could be
// counted on: with the batch that brings it, it has one.
func (i *invites) accept(one invited, batch string, out *store.Commit) {
	i.join(one.room)
	raw, err := json.Marshal(proposal{Invite: &commands.Invitation{Room: one.room, Name: one.name, List: one.list}})
	if err != nil {
		return
	}
	command := id.EventID(fmt.Sprintf("invite %s %s", one.room, batch))
	i.heard(command)
	out.Commands = append(out.Commands, store.Command{Event: command, Room: i.speaker.room, Sender: one.by, Body: offerMark + string(raw)})
}

// stranger notes an invitation of somebody else.
func (i *invites) stranger(one invited, now time.Time) {
	if len(i.strangers) >= mostInvites {
		i.more++
		return
	}
	i.strangers = append(i.strangers, one)
	if i.next.IsZero() {
		i.next = now.Add(strangersPause)
		if at := i.told.Add(strangersEvery); at.After(i.next) {
			i.next = at
		}
	}
}

// due is when strangers' invitations are told; zero if there are none.
func (i *invites) due() time.Time { return i.next }

// tellDue tells of strangers' invitations.
func (i *invites) tellDue(now time.Time) {
	if i.next.IsZero() || now.Before(i.next) {
		return
	}
	var lines []string
	for _, one := range i.strangers[:min(len(i.strangers), mostInvitesShown)] {
		name := ""
		if one.name != "" {
			name = ", which they call “" + text.Escape(one.name, 60) + "”"
		}
		lines = append(lines, fmt.Sprintf("%s to %s%s", text.Code(string(one.by)), text.Code(string(one.room)), name))
	}
	all := len(i.strangers) + i.more
	if more := all - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	i.strangers, i.more, i.next, i.told = nil, 0, time.Time{}, now
	i.speaker.note(fmt.Sprintf("%s of somebody who is no moderator, which I did not accept:\n- %s\n\nTo go there all the same, write `!forseti join` with the room.",
		text.Count(all, "invitation"), strings.Join(lines, "\n- ")))
}
