package matrix

import (
	"context"
	"strconv"

	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// SpaceRoom is a room of a space, or a space itself, as the homeserver shows it.
type SpaceRoom struct {
	Room     id.RoomID
	Name     string
	Space    bool
	Joined   int
	Unseen   bool // the homeserver shows nothing of it: we may not see it, or it does not know it
	Children []Child
}

// Child is that a space shows a room.
type Child struct {
	Room id.RoomID
	Via  []string
}

// The bounds of what is read of a space.
const (
	spaceDepth = 3
	spacePage  = 50
	spacePages = 6
	mostVia    = 3
)

// typeSpaceChild is the state by which a space shows a room, under the room's ID.
const typeSpaceChild = "m.space.child"

// Space gives a room and, if it is a space, the rooms that it shows and that spaces in it
// show, itself first, each once; not all of very many.
//
// https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv1roomsroomidhierarchy
func (s *caller) Space(ctx context.Context, room id.RoomID) (all []SpaceRoom, err error) {
	known := map[id.RoomID]bool{}
	query := map[string]string{"limit": strconv.Itoa(spacePage), "max_depth": strconv.Itoa(spaceDepth)}
	for range spacePages {
		var page map[string]any
		if err := s.read(ctx, &page, query, "v1", "rooms", room, "hierarchy"); err != nil {
			return nil, wrap(err, "rooms of the space "+string(room))
		}
		for _, o := range wire.Of(page).Objects("rooms", spacePage*spacePages) {
			r := spaceRoom(o)
			if !known[r.Room] && r.Room != "" {
				known[r.Room] = true
				all = append(all, r)
			}
		}
		next := wire.Of(page).Text("next_batch")
		if next == "" || next == query["from"] {
			break
		}
		query["from"] = next
	}
	for _, r := range all {
		for _, child := range r.Children {
			if !known[child.Room] && len(all) < spacePage*spacePages {
				known[child.Room] = true
				all = append(all, SpaceRoom{Room: child.Room, Unseen: true})
			}
		}
	}
	return all, nil
}

func spaceRoom(o wire.Object) SpaceRoom {
	joined, _ := o.Integer("num_joined_members")
	r := SpaceRoom{Room: id.RoomID(o.Short("room_id", 255)), Name: o.Short("name", 255), Space: o.Text("room_type") == "m.space", Joined: int(joined)}
	if !r.Space {
		return r
	}
	for _, evt := range o.Objects("children_state", spacePage*spacePages) {
		if evt.Text("type") != typeSpaceChild {
			continue
		}
		if child, ok := ReadChild(evt.Short("state_key", 255), evt.Object("content")); ok {
			r.Children = append(r.Children, child)
		}
	}
	return r
}

// ReadChild reads m.space.child. Without via it shows nothing: that is how a room is taken out.
//
// https://spec.matrix.org/v1.16/client-server-api/#mspacechild
func ReadChild(key string, content wire.Object) (c Child, ok bool) {
	c.Room, c.Via = id.RoomID(key), content.Texts("via", mostVia, 255)
	return c, len(key) > 1 && key[0] == '!' && len(c.Via) > 0
}
