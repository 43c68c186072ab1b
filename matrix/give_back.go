package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/wire"
)

var (
	errSetSince = &action.Failure{Kind: action.Gone, Err: errors.New("somebody else has set it since")}
	errBehind   = &action.Failure{Kind: action.Gone, Err: errors.New("the room's history does not say who set what stands there")}
)

// giveBack sets what a room shows of itself to what stood there before the user of a, or one
// of those with them, set it. What somebody else has set since stays. If nothing stood
// there before, or nobody can say what, it is the content of a.
func (s *Session) giveBack(ctx context.Context, a action.Action) (action.Result, error) {
	kind := a.State.Type
	for _, wait := range append(echoWaits[:], 0) {
		said, more, err := s.settings(ctx, a.Room, kind, "")
		if err != nil {
			return action.Result{}, err
		}
		theirs := func(u id.UserID) bool { return u == a.User || slices.Contains(a.With, u) }
		stood, known, err := before(said, s.User(), theirs)
		for pages := 1; err == nil && !known && more != "" && pages < mostPages; pages++ {
			var older []*event.Event
			if older, more, err = s.settings(ctx, a.Room, kind, more); err == nil {
				said = append(said, older...)
				stood, known, err = before(said, s.User(), theirs)
			}
		}
		if err != nil {
			if behind(ctx, s, a.Room, kind, said, err) && wait != 0 && sleep(ctx, wait) == nil {
				continue
			}
			return action.Result{}, err
		}
		if !known {
			stood = s.beforeAll(ctx, a.Room, said[len(said)-1], theirs)
		}
		if stood == nil {
			stood = a.State.Content
		}
		if stood, err = settable(kind, stood); err != nil {
			return action.Result{}, err
		}
		result, err := s.editState(ctx, a.Room, kind, func(now json.RawMessage) (json.RawMessage, error) {
			switch {
			case now != nil && same(now, stood):
				return nil, errNothingToDo
			case !same(now, said[0].Content.VeryRaw) && said[0].Unsigned.RedactedBecause == nil:
				return nil, errBehind
			}
			return stood, nil
		})
		if !errors.Is(err, errBehind) || wait == 0 || sleep(ctx, wait) != nil {
			return result, err
		}
	}
	return action.Result{}, errBehind
}

// behind reports whether what a room's history says, the newest first, may only be older than what
// the room says: then somebody else has set it before, and not since.
func behind(ctx context.Context, s *Session, room id.RoomID, kind event.Type, said []*event.Event, err error) bool {
	if len(said) == 0 || !errors.Is(err, errSetSince) {
		return errors.Is(err, errBehind)
	}
	now, err := s.stateContent(ctx, room, kind)
	return err == nil && said[0].Unsigned.RedactedBecause == nil && !same(now, said[0].Content.VeryRaw)
}

// settable is content that every homeserver takes: Synapse refuses a name or topic without the
// key of that, as one is left that was redacted.
func settable(kind event.Type, content json.RawMessage) (json.RawMessage, error) {
	key := ""
	switch kind.Type {
	case event.StateRoomName.Type:
		key = "name"
	case event.StateTopic.Type:
		key = "topic"
	}
	fields := wire.Fields(content)
	if _, said := fields[key]; said || key == "" {
		return content, nil
	}
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	fields[key] = json.RawMessage(`""`)
	return json.Marshal(fields)
}

// mostPages is how much of a room's history is asked for what stood there, in pages of
// settingsPage: whoever changes a name a hundred times can have it blank.
const (
	mostPages    = 3
	settingsPage = 50
)

// settings are the events of a room's history that set a piece of state, the newest first.
//
// https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3roomsroomidmessages
func (s *caller) settings(ctx context.Context, room id.RoomID, kind event.Type, from string) (said []*event.Event, next string, err error) {
	filter, err := json.Marshal(map[string][]string{"types": {kind.Type}})
	if err != nil {
		return nil, "", err
	}
	query := map[string]string{"dir": "b", "limit": strconv.Itoa(settingsPage), "filter": string(filter)}
	if from != "" {
		query["from"] = from
	}
	var p page
	if err := s.read(ctx, &p, query, "v3", "rooms", room, "messages"); err != nil {
		return nil, "", err
	}
	events, _ := decodeAll(room, p.Chunk)
	for _, evt := range events {
		if evt.Type.Type == kind.Type && evt.StateKey != nil && *evt.StateKey == "" {
			said = append(said, evt)
		}
	}
	if p.End == from {
		p.End = ""
	}
	return said, p.End, nil
}

// before gives the newest content that none of them set, of what was set, the newest first.
// What we gave back is of whom it is from. It is not known if all of it is theirs.
func before(said []*event.Event, self id.UserID, theirs func(id.UserID) bool) (content json.RawMessage, known bool, err error) {
	if len(said) == 0 {
		return nil, false, errBehind
	}
	for n := range said {
		switch ours := theirs(author(said[n:], self)); {
		case n == 0 && !ours:
			return nil, false, errSetSince
		case !ours:
			return said[n].Content.VeryRaw, true, nil
		}
	}
	return nil, false, nil
}

// author is who wrote what the first of some events set: of what we gave back, whoever did
// so before.
func author(said []*event.Event, self id.UserID) id.UserID {
	if said[0].Sender != self {
		return said[0].Sender
	}
	for _, evt := range said[1:] {
		if evt.Sender != self && same(evt.Content.VeryRaw, said[0].Content.VeryRaw) {
			return evt.Sender
		}
	}
	return self
}

// beforeAll is what stood before the oldest event that we can see, as far as the homeserver
// says; nil if it does not, or if that is theirs as well.
func (s *caller) beforeAll(ctx context.Context, room id.RoomID, oldest *event.Event, theirs func(id.UserID) bool) json.RawMessage {
	of := oldest.Unsigned
	switch {
	case of.PrevContent != nil && of.PrevSender != "" && !theirs(of.PrevSender):
		return of.PrevContent.VeryRaw
	case of.ReplacesState == "":
		return nil
	}
	evt, err := s.Event(ctx, room, of.ReplacesState)
	if err != nil || theirs(evt.Sender) {
		return nil
	}
	return evt.Content.VeryRaw
}
