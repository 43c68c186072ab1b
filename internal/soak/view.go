package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// view is what the rooms show when it is judged.
type view struct {
	members  map[id.RoomID]map[id.UserID][]change
	now      map[id.RoomID]map[id.UserID]string
	acls     map[id.RoomID][]aclState // one after the other
	redacted map[id.EventID][]deed    // each time that a message was removed
	own      []deed                   // what the bot wrote into the own list
	lists    map[id.RoomID]state      // as they are
	answers  map[id.EventID][]said    // to each command
	notices  []said                   // what the bot said besides
	order    map[id.EventID]int       // of the management room's messages
	ownList  id.RoomID                // the one that may exempt
	far      id.RoomID                // one that is watched always,
	passing  id.RoomID                // and one now and then
}

// deed is something that somebody did.
type deed struct {
	by id.UserID
	at int64 // milliseconds
}

// aclState is a room's ACL from one time on.
type aclState struct {
	deed
	deny []string
}

// said is a message of the bot's, as it was edited last.
type said struct {
	first, last int64 // milliseconds
	text        string
}

func newView() view {
	return view{
		members: map[id.RoomID]map[id.UserID][]change{}, now: map[id.RoomID]map[id.UserID]string{}, acls: map[id.RoomID][]aclState{},
		redacted: map[id.EventID][]deed{}, lists: map[id.RoomID]state{}, answers: map[id.EventID][]said{}, order: map[id.EventID]int{},
	}
}

// look takes in what the rooms show.
func (st *storm) look(ctx context.Context) (view, error) {
	v := newView()
	v.ownList, v.far, v.passing = st.s.own, st.s.far, st.s.passing
	maria := st.s.moderators[0]
	for _, room := range st.s.rooms {
		events, err := timeline(ctx, maria, room)
		if err != nil {
			return v, err
		}
		now, err := maria.State(ctx, room)
		if err != nil {
			return v, err
		}
		v.takeRoom(room, events, now)
	}
	for _, l := range []struct {
		id id.RoomID
		by *mautrix.Client
	}{{st.s.own, maria}, {st.s.far, st.s.neighbour}, {st.s.passing, st.s.neighbour}} {
		now, err := l.by.State(ctx, l.id)
		if err != nil {
			return v, err
		}
		v.lists[l.id] = contents(now)
	}
	written, err := timeline(ctx, maria, st.s.own)
	if err != nil {
		return v, err
	}
	for _, evt := range written {
		if evt.Sender == st.bot && evt.Type.Type != event.StateMember.Type {
			v.own = append(v.own, deed{evt.Sender, evt.Timestamp})
		}
	}
	told, err := st.conversation(ctx)
	if err != nil {
		return v, err
	}
	v.takeConversation(told, st.bot)
	return v, nil
}

func (v *view) takeRoom(room id.RoomID, events []*event.Event, now mautrix.RoomStateMap) {
	v.members[room], v.now[room] = map[id.UserID][]change{}, map[id.UserID]string{}
	for _, evt := range events {
		by := deed{evt.Sender, evt.Timestamp}
		switch {
		case evt.Type.Type == event.StateMember.Type && evt.StateKey != nil:
			user := id.UserID(*evt.StateKey)
			v.members[room][user] = append(v.members[room][user], change{by, text(evt.Content.Raw, "membership")})
		case evt.Type.Type == event.StateServerACL.Type && evt.StateKey != nil:
			v.acls[room] = append(v.acls[room], aclState{by, texts(evt.Content.Raw["deny"])})
		case evt.Type.Type == event.EventRedaction.Type:
			// Of old rooms it stands beside the content.
			gone := evt.Redacts
			if gone == "" {
				gone = id.EventID(text(evt.Content.Raw, "redacts"))
			}
			v.redacted[gone] = append(v.redacted[gone], by)
		}
	}
	for user, evt := range now[event.StateMember] {
		v.now[room][id.UserID(user)] = text(evt.Content.Raw, "membership")
	}
}

// texts are the strings of a JSON list.
func texts(list any) (found []string) {
	all, _ := list.([]any)
	for _, one := range all {
		if s, is := one.(string); is {
			found = append(found, s)
		}
	}
	return found
}

func contents(now mautrix.RoomStateMap) state {
	s := state{}
	for t, byKey := range now {
		s[t.Type] = map[string]map[string]any{}
		for key, evt := range byKey {
			s[t.Type][key] = evt.Content.Raw
		}
	}
	return s
}

// timeline reads a room whole, oldest first.
func timeline(ctx context.Context, by *mautrix.Client, room id.RoomID) (all []*event.Event, err error) {
	for from := ""; ; {
		page, err := by.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, 500)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Chunk...)
		if len(page.Chunk) == 0 || page.End == "" || page.End == from {
			slices.Reverse(all)
			return all, nil
		}
		from = page.End
	}
}

// conversation is all that was said in the management room, in clear, in the order in
// which it came: that of two commands given at once is the bot's too, and what /messages
// gives is another.
func (st *storm) conversation(ctx context.Context) ([]*event.Event, error) {
	if st.s.secret != nil {
		return slices.DeleteFunc(st.s.secret[0].Events(), func(evt *event.Event) bool {
			return evt.RoomID != "" && evt.RoomID != st.s.management
		}), nil
	}
	filter := fmt.Sprintf(`{"presence":{"limit":0,"types":[]},"room":{"rooms":[%q],"timeline":{"limit":10000},"ephemeral":{"types":[]}}}`, st.s.management)
	answer, err := st.s.moderators[0].FullSyncRequest(ctx, mautrix.ReqSync{Since: st.heardUntil, FilterID: filter})
	if err != nil {
		return nil, fmt.Errorf("read the conversation: %w", err)
	}
	if room := answer.Rooms.Join[st.s.management]; room != nil {
		if room.Timeline.Limited && st.heardUntil != "" {
			return nil, errors.New("the conversation was too long to be read")
		}
		st.heard = append(st.heard, room.Timeline.Events...)
	}
	st.heardUntil = answer.NextBatch
	return st.heard, nil
}

// takeConversation sorts what the bot said by the commands that it answers.
func (v *view) takeConversation(told []*event.Event, bot id.UserID) {
	first := map[id.EventID]*said{}
	answers := map[id.EventID]id.EventID{}
	var order []id.EventID
	for _, evt := range told {
		if evt.Type.Type != event.EventMessage.Type {
			continue
		}
		if _, known := v.order[evt.ID]; !known {
			v.order[evt.ID] = len(v.order)
		}
		if evt.Sender != bot {
			continue
		}
		relates, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
		if text(relates, "rel_type") == "m.replace" {
			now, _ := evt.Content.Raw["m.new_content"].(map[string]any)
			if edited := first[id.EventID(text(relates, "event_id"))]; edited != nil {
				edited.text, edited.last = text(now, "body"), evt.Timestamp
			}
			continue
		}
		if first[evt.ID] != nil {
			continue
		}
		first[evt.ID] = &said{evt.Timestamp, evt.Timestamp, text(evt.Content.Raw, "body")}
		reply, _ := relates["m.in_reply_to"].(map[string]any)
		answers[evt.ID] = id.EventID(cmp.Or(text(reply, "event_id"), text(evt.Content.Raw, "forseti.answers")))
		order = append(order, evt.ID)
	}
	for _, evt := range order {
		if command := answers[evt]; command != "" {
			v.answers[command] = append(v.answers[command], *first[evt])
		} else {
			v.notices = append(v.notices, *first[evt])
		}
	}
}

// transcribe writes down the conversation.
func (st *storm) transcribe(ctx context.Context) error {
	told, err := st.conversation(ctx)
	if err != nil {
		return err
	}
	var all strings.Builder
	for _, evt := range told {
		if evt.Type.Type == event.EventMessage.Type {
			fmt.Fprintf(&all, "%s %s %s %v\n", clock(evt.Timestamp), evt.ID, evt.Sender, evt.Content.Raw)
		}
	}
	return os.WriteFile(filepath.Join(st.s.dir, "conversation.txt"), []byte(all.String()), 0o600)
}
