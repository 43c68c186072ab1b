// Package desk answers what commands ask of a community, a small desk for each family of them. It changes nothing: what is to be done, a command's plan says.
package desk

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/text"
)

// World lets a desk look at what is known.
type World interface {
	// See runs f where the world belongs, and waits for it. f keeps nothing of it.
	See(f func(w *enforce.World))
}

// Resolver finds the room of an alias, and servers that are in it.
type Resolver interface {
	Resolve(ctx context.Context, alias id.RoomAlias) (id.RoomID, []string, error)
}

// Sentence is an error in words for moderators, as Markdown. It needs none around it.
type Sentence string

func (s Sentence) Error() string { return string(s) }

// Sentence gives the words.
func (s Sentence) Sentence() string { return string(s) }

// Refuse makes a Sentence. Strangers' text among args is escaped.
func Refuse(format string, args ...any) error { return refuse(format, args...) }

func refuse(format string, args ...any) error { return Sentence(fmt.Sprintf(format, args...)) }

// Explain says why the homeserver did not do something.
type Explain func(f *action.Failure) string

// place finds the room that a moderator means, and servers to join it by.
func place(ctx context.Context, r Resolver, explain Explain, ref commands.Ref) (id.RoomID, []string, error) {
	switch {
	case ref.Room != "":
		return ref.Room, ref.Via, nil
	case ref.Alias == "":
		return "", nil, refuse("Write the room's ID (!…) or alias (#…), or a link to it")
	}
	room, servers, err := resolve(ctx, r, explain, ref.Alias)
	if err != nil {
		return "", nil, err
	}
	const most = 3
	return room, append(ref.Via, servers[:min(len(servers), most)]...), nil
}

// resolve finds the room of an alias, and servers that are in it.
func resolve(ctx context.Context, r Resolver, explain Explain, alias id.RoomAlias) (id.RoomID, []string, error) {
	room, servers, err := r.Resolve(ctx, alias)
	if err != nil {
		f := action.FailureOf(err)
		if f.Kind == action.Gone {
			return "", nil, refuse("There is no room %s. Look for a typing mistake, or use the room's ID", text.Code(string(alias)))
		}
		return "", nil, refuse("I cannot look up %s: %s", text.Code(string(alias)), explain(f))
	}
	return room, servers, nil
}

// present gives who is in protected rooms and fits, by room.
func present(w *enforce.World, users func(func(id.UserID) bool), room id.RoomID) map[id.RoomID][]id.UserID {
	found := map[id.RoomID][]id.UserID{}
	for u := range users {
		if u == w.Self() {
			continue
		}
		for in, r := range w.Rooms() {
			if (room == "" || room == in) && r.Present(u) {
				found[in] = append(found[in], u)
			}
		}
	}
	return found
}
