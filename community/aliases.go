package community

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/community/survey"
	"forseti/text"
)

// aliasNamespace holds which room an alias stood for when its list was first
// watched. It may be pointed at another room since, which whoever rules its server
// can do, and which is not for a list's readers to follow blindly.
const aliasNamespace = "alias"

// byRoom fills in the rooms of lists that are watched by alias, as far as they are
// known, and looks up the others.
func (c *Community) byRoom(entries []watched) []watched {
	found := make([]watched, len(entries))
	for i, w := range entries {
		if w.room == "" {
			w.room = c.aliases[w.alias]
			if w.room == "" {
				c.lookUp(w.alias)
			}
		}
		found[i] = w
	}
	return found
}

// lookUp finds the room of an alias, and then watches it.
func (c *Community) lookUp(alias id.RoomAlias) {
	if c.seeking[alias] {
		return
	}
	c.seeking[alias] = true
	found := func(room id.RoomID, err error) {
		delete(c.seeking, alias)
		c.lookedUp(alias, room, err)
	}
	c.loop.Later("find a list", func(ctx context.Context) {
		room, _, err := c.home.Resolve(ctx, alias)
		if err == nil {
			// Known before its rules are: they must not be lost sight of in a crash.
			err = c.store.Settings.Set(ctx, aliasNamespace, string(alias), string(room))
		}
		c.loop.Post(func() { found(room, err) })
	}, func(err error) { found("", err) })
}

func (c *Community) lookedUp(alias id.RoomAlias, room id.RoomID, err error) {
	lists, ok := watchedLists(c.data[typeWatchedLists])
	if !ok || !containsAlias(lists, alias) {
		return // not wanted any more
	}
	key := report.Key{Kind: report.Presence, Subject: string(alias)}
	if err != nil {
		f := action.FailureOf(err)
		c.log.Warn().Err(err).Stringer("alias", alias).Msg("Watched list not found")
		c.speaker.problem(key, fmt.Sprintf("I cannot find the list %s that I am to watch: %s.", text.Code(string(alias)), explain(f)))
		c.loop.After(max(survey.Retry, f.Pause()), func() { c.lookedUpAgain(alias) })
		return
	}
	c.speaker.report.Problems.Solved(key)
	c.aliases[alias] = room
	c.setWatched(lists)
	c.lookAtUnread()
}

func (c *Community) lookedUpAgain(alias id.RoomAlias) {
	if lists, ok := watchedLists(c.data[typeWatchedLists]); ok && containsAlias(lists, alias) {
		c.lookUp(alias)
	}
}

func containsAlias(lists []watched, alias id.RoomAlias) bool {
	for _, w := range lists {
		if w.room == "" && w.alias == alias {
			return true
		}
	}
	return false
}
