package community

import (
	"context"
	"fmt"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/community/survey"
	"forseti/store"
	"forseti/text"
)

// aliasNamespace holds which room an alias stood for when its list was first
// watched. It may be pointed at another room since, which whoever rules its server
// can do, and which is not for a list's readers to follow blindly.
const aliasNamespace = "alias"

// aliases are those of lists that are watched by their alias.
type aliases struct {
	home interface {
		Resolve(ctx context.Context, alias id.RoomAlias) (id.RoomID, []string, error)
	}
	store   *store.Settings
	loop    *loop.Loop
	log     zerolog.Logger
	speaker *speaker
	wanted  func(id.RoomAlias) bool // whether a list is still to be watched by an alias
	found   func()                  // hears that a room of one is known

	rooms   map[id.RoomAlias]id.RoomID
	seeking map[id.RoomAlias]bool
}

// byRoom fills in the rooms of lists that are watched by alias, as far as they are
// known, and looks up the others.
func (a *aliases) byRoom(entries []watched) []watched {
	found := make([]watched, len(entries))
	for i, w := range entries {
		if w.room == "" {
			w.room = a.rooms[w.alias]
			if w.room == "" {
				a.lookUp(w.alias)
			}
		}
		found[i] = w
	}
	return found
}

// lookUp finds the room of an alias, and then watches it.
func (a *aliases) lookUp(alias id.RoomAlias) {
	if a.seeking[alias] {
		return
	}
	a.seeking[alias] = true
	found := func(room id.RoomID, err error) {
		delete(a.seeking, alias)
		a.lookedUp(alias, room, err)
	}
	a.loop.Later("find a list", func(ctx context.Context) {
		room, _, err := a.home.Resolve(ctx, alias)
		if err == nil {
			// Known before its rules are: they must not be lost sight of in a crash.
			err = a.store.Set(ctx, aliasNamespace, string(alias), string(room))
		}
		a.loop.Post(func() { found(room, err) })
	}, func(err error) { found("", err) })
}

func (a *aliases) lookedUp(alias id.RoomAlias, room id.RoomID, err error) {
	if !a.wanted(alias) {
		return // not wanted any more
	}
	key := report.Key{Kind: report.Presence, Subject: string(alias)}
	if err != nil {
		failure := action.FailureOf(err)
		a.log.Warn().Err(err).Stringer("alias", alias).Msg("Watched list not found")
		a.speaker.problem(key, fmt.Sprintf("I cannot find the list %s that I am to watch: %s.", text.Code(string(alias)), explain(failure)))
		a.loop.After(max(survey.Retry, failure.Pause()), func() { a.lookedUpAgain(alias) })
		return
	}
	a.speaker.report.Problems.Solved(key)
	a.rooms[alias] = room
	a.found()
}

func (a *aliases) lookedUpAgain(alias id.RoomAlias) {
	if a.wanted(alias) {
		a.lookUp(alias)
	}
}
