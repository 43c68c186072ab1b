package desk

import (
	"context"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/text"
)

// Rooms is the desk for protected rooms.
type Rooms struct {
	Names    commands.Names
	Resolver Resolver
	Reader   RoomReader
	Explain  Explain
}

var _ commands.RoomDesk = Rooms{}

// Find finds the room that a moderator means.
func (d Rooms) Find(ctx context.Context, ref commands.Ref) (commands.Place, error) {
	room, via, err := place(ctx, d.Resolver, d.Explain, ref)
	if err != nil {
		// What a room calls itself is its own word: it counts only where nobody says else.
		for _, r := range d.Names.Rooms() {
			if ref.Alias != "" && r.Alias == ref.Alias {
				return commands.Place{Room: r, Protected: true}, nil
			}
		}
		return commands.Place{}, err
	}
	for _, r := range d.Names.Rooms() {
		if r.ID == room {
			return commands.Place{Room: r, Via: via, Protected: true}, nil
		}
	}
	return commands.Place{Room: commands.Room{ID: room, Name: string(ref.Alias)}, Via: via}, nil
}

// Leads gives the room that an alias leads to, "" if it leads nowhere.
func (d Rooms) Leads(ctx context.Context, alias id.RoomAlias) (id.RoomID, error) {
	room, _, err := d.Resolver.Resolve(ctx, alias)
	if err == nil {
		return room, nil
	}
	f := action.FailureOf(err)
	if f.Kind == action.Gone {
		return "", nil
	}
	return "", refuse("I cannot look up %s: %s", text.Code(string(alias)), d.Explain(f))
}

// Listed tells whether our homeserver shows a room to whoever looks for rooms.
func (d Rooms) Listed(ctx context.Context, room id.RoomID) (bool, error) {
	return d.Reader.Listed(ctx, room)
}

// Resolve gives the room of an alias, and the servers that are in it.
func (d Rooms) Resolve(ctx context.Context, alias id.RoomAlias) (id.RoomID, []string, error) {
	return resolve(ctx, d.Resolver, d.Explain, alias)
}
