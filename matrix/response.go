package matrix

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Batch is what one /sync brought. Rooms are in order of their IDs.
type Batch struct {
	Since, Next string
	Arrived     time.Time
	// Initial is that Since is empty: it says which rooms we are in, and nothing of what
	// their state is but whether they are encrypted.
	Initial     bool
	Rooms       []RoomBatch
	AccountData []*event.Event
	Dropped     int // entries that were no events at all
	// Late are messages of earlier batches whose key has come only now, oldest
	// first. Their Mautrix.ReceivedAt is when they arrived.
	Late []*event.Event
	// Strangers are messages of our own account that this process did not send: somebody
	// else is logged in as the bot, or another bot runs on the account. Each comes once, a
	// minute late at the least.
	Strangers []*event.Event
	// Backlog says that nobody listened for a while before it: when its events
	// arrived says nothing of when they were sent.
	Backlog bool
}

// RoomBatch is the news of one room.
type RoomBatch struct {
	Room       id.RoomID
	Membership event.Membership // ours: join, invite, leave or knock
	// Gap is set if Timeline lacks events before its first one. State is
	// complete even so.
	Gap bool
	// State is each change of state, in order, and all of them state events.
	// Invites and knocks have stripped state, which the inviting server wrote.
	State []*event.Event
	// Timeline is new events, oldest first, those of State among them. After a
	// gap was filled it has also state that State has only the newest of.
	Timeline []*event.Event

	before string         // token of where Timeline begins, if Gap
	whole  bool           // State is all there is, as of a room that we joined
	start  []*event.Event // state that was in force where Timeline begins, and may not be any more
}

// response is the answer of /sync. Only what our own homeserver makes up by
// itself is typed.
//
// https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3sync
type response struct {
	NextBatch   string  `json:"next_batch"`
	AccountData section `json:"account_data"`
	ToDevice    section `json:"to_device"`
	DeviceLists struct {
		Changed []id.UserID `json:"changed"`
	} `json:"device_lists"`
	OneTimeKeys struct {
		Signed *int `json:"signed_curve25519"`
	} `json:"device_one_time_keys_count"`
	Rooms struct {
		Join   map[id.RoomID]roomResponse `json:"join"`
		Leave  map[id.RoomID]roomResponse `json:"leave"`
		Invite map[id.RoomID]struct {
			State section `json:"invite_state"`
		} `json:"invite"`
		Knock map[id.RoomID]struct {
			State section `json:"knock_state"`
		} `json:"knock"`
	} `json:"rooms"`
}

type section struct {
	Events []json.RawMessage `json:"events"`
}

type roomResponse struct {
	State section `json:"state"`
	// MSC4222, stable and not. Where one is present it is all the state there
	// is, and state events of the timeline may have lost to others.
	StateAfter         *section `json:"state_after"`
	UnstableStateAfter *section `json:"org.matrix.msc4222.state_after"`
	Timeline           struct {
		section
		Limited   bool   `json:"limited"`
		PrevBatch string `json:"prev_batch"`
	} `json:"timeline"`
}

// batch assembles the events and marks holes in timelines.
func (r *response) batch(since string, arrived time.Time) *Batch {
	b := &Batch{Since: since, Next: r.NextBatch, Arrived: arrived, Initial: since == ""}
	b.AccountData, b.Dropped = decodeAll("", r.AccountData.Events)
	for _, evt := range b.AccountData {
		evt.Type.Class = event.AccountDataEventType
	}
	add := func(room id.RoomID, membership event.Membership, in roomResponse) {
		out, whole := b.room(room, membership, in)
		out.whole = whole
		// A room that is new to us comes with its whole state, and what was said
		// there before is not news.
		if in.Timeline.Limited && !b.Initial && !whole {
			out.Gap = true
			out.before = in.Timeline.PrevBatch
		}
		b.Rooms = append(b.Rooms, out)
	}
	for room, in := range r.Rooms.Join {
		add(room, event.MembershipJoin, in)
	}
	for room, in := range r.Rooms.Leave {
		add(room, event.MembershipLeave, in)
	}
	for room, in := range r.Rooms.Invite {
		add(room, event.MembershipInvite, roomResponse{State: in.State})
	}
	for room, in := range r.Rooms.Knock {
		add(room, event.MembershipKnock, roomResponse{State: in.State})
	}
	// Maps have no order, and a batch that is handled again should be the same.
	slices.SortFunc(b.Rooms, func(x, y RoomBatch) int { return strings.Compare(string(x.Room), string(y.Room)) })
	return b
}

// room decodes one room. whole is whether its state began with its creation.
func (b *Batch) room(room id.RoomID, membership event.Membership, in roomResponse) (out RoomBatch, whole bool) {
	out = RoomBatch{Room: room, Membership: membership}
	after := in.StateAfter
	if after == nil {
		after = in.UnstableStateAfter
	}
	source := in.State
	if after != nil {
		source = *after
	}
	state, dropped := decodeAll(room, source.Events)
	b.Dropped += dropped
	out.Timeline, dropped = decodeAll(room, in.Timeline.Events)
	b.Dropped += dropped

	for _, evt := range state {
		if evt.StateKey == nil {
			b.Dropped++
			continue
		}
		whole = whole || evt.Type == event.StateCreate && *evt.StateKey == ""
		out.State = append(out.State, evt)
	}
	if after == nil && membership == event.MembershipJoin && !b.Initial && !whole {
		out.start, out.State = out.State, nil
	}
	if after == nil {
		for _, evt := range out.Timeline {
			if evt.StateKey != nil {
				out.State = append(out.State, evt)
			}
		}
	}
	return out, whole
}
