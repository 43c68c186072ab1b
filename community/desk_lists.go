package community

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/approval"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
	"forseti/text"
)

// ruleType is the event type that rules of a kind are written as.
func ruleType(k policy.Kind) string { return "m.policy.rule." + k.String() }

// Lists gives the watched lists in order of precedence.
func (k *desk) Lists() (all []commands.List) {
	k.see(func() {
		for _, room := range k.c.precedence {
			all = append(all, k.c.listInfo(room))
		}
	})
	return all
}

func (c *Community) listInfo(room id.RoomID) commands.List {
	info := commands.List{ID: room, Name: string(room), Rules: c.world.Rules.LenOf(room)}
	if l := c.lists[room]; l != nil {
		info.Name, info.Alias, info.Shortcode, info.Problem = l.Name(), l.Alias(), l.shortcode, l.trouble
		info.Exempts = c.world.Rules.Exempting(room)
		info.Writable = l.CanSetState(c.self, ruleType(policy.User)).OK()
	}
	return info
}

// CreateList makes a policy room and watches it.
func (k *desk) CreateList(ctx context.Context, shortcode, aliasLocalpart string, owner id.UserID) (commands.List, error) {
	taken := false
	k.see(func() {
		for _, l := range k.c.lists {
			taken = taken || strings.EqualFold(l.shortcode, shortcode)
		}
	})
	if taken {
		return commands.List{}, refuse("There is a list %s already. Choose another name", text.Code(shortcode))
	}
	content, err := json.Marshal(map[string]string{"shortcode": shortcode})
	if err != nil {
		return commands.List{}, err
	}
	created, err := k.act(ctx, action.Action{Verb: action.CreateRoom, Create: &action.NewRoom{
		Name: "Policy list: " + shortcode, AliasLocalpart: aliasLocalpart, Type: "m.policy",
		Invite: []id.UserID{owner}, Users: map[id.UserID]int{owner: 50},
		State: []action.State{{Type: event.Type{Type: typeShortcode, Class: event.StateEventType}, Content: content}},
	}})
	if err != nil {
		return commands.List{}, wrapped("create the list", err)
	}
	if err := k.follow(ctx, watched{room: created.Room}); err != nil {
		return commands.List{}, fmt.Errorf("the list %s is created, and not watched yet: %w", created.Room, err)
	}
	return k.listAfterLook(ctx, created.Room)
}

// Watch follows a list, unless it would hit many and nobody has agreed to that.
func (k *desk) Watch(ctx context.Context, r commands.Ref, confirmed bool) (commands.List, commands.Reach, error) {
	room, via, err := k.resolve(ctx, r)
	if err != nil {
		return commands.List{}, commands.Reach{}, err
	}
	known := false
	k.see(func() { known = k.c.lists[room] != nil })
	if known {
		return commands.List{}, commands.Reach{}, refuse("That list is watched already")
	}
	if err := k.join(ctx, room, via); err != nil {
		return commands.List{}, commands.Reach{}, err
	}
	state, err := k.c.home.State(ctx, room)
	if err != nil {
		return commands.List{}, commands.Reach{}, refuse("I cannot read that room: %w", &failure{action.FailureOf(err)})
	}
	if !looksLikeList(state) {
		return commands.List{}, commands.Reach{}, refuse("That room is no policy list: it has no rules and is not made to hold any. If it is a room to protect, write `!forseti rooms add`")
	}
	preview := newList(room, via)
	preview.look(k.c.self, state, k.c.started)
	var rules []policy.Rule
	for _, evt := range state {
		if rule, ok := policy.Parse(room, evt); ok {
			rules = append(rules, rule)
		}
	}
	_, own := preview.Needs(k.c.self, rooms.PowerState(ruleType(policy.User)))
	var reach commands.Reach
	k.see(func() {
		reach = k.c.reach(k.c.world.PreviewList(room, rules, own))
		k.c.agreeToWatch(room, rules, confirmed)
	})
	info := commands.List{
		ID: room, Name: preview.Name(), Shortcode: preview.shortcode, Alias: preview.Alias(), Rules: len(rules),
		Writable: preview.CanSetState(k.c.self, ruleType(policy.User)).OK(),
	}
	if reach.Wide && !confirmed {
		return info, reach, nil
	}
	if err := k.follow(ctx, watched{room: room, via: via}); err != nil {
		return info, reach, err
	}
	info, err = k.listAfterLook(ctx, room)
	return info, reach, err
}

// Exempting says whether a list's exemptions are followed, unless that would free or
// hit many and nobody has agreed to it.
func (k *desk) Exempting(ctx context.Context, r commands.Ref, on, confirmed bool) (commands.List, commands.Reach, error) {
	info, err := k.findList(ctx, r)
	if err != nil {
		return info, commands.Reach{}, err
	}
	var reach commands.Reach
	k.see(func() {
		reach = k.c.reach(k.c.world.PreviewExempting(info.ID, on))
		if l := k.c.lists[info.ID]; l != nil && (confirmed || !reach.Wide) {
			k.c.setExempting(l, on, time.Now())
		}
	})
	return info, reach, nil
}

// looksLikeList tells a policy list from any other room: by its type, its
// shortcode, or a rule in it.
func looksLikeList(state []*event.Event) bool {
	return slices.ContainsFunc(state, func(evt *event.Event) bool {
		switch {
		case evt.Type.Type == event.StateCreate.Type:
			kind := field(evt, "type")
			return kind == "m.policy" || kind == "support.feline.policy.lists.msc.v1"
		case evt.Type.Type == typeShortcode:
			return true
		default:
			return policy.IsRuleType(evt.Type.Type)
		}
	})
}

func (k *desk) follow(ctx context.Context, w watched) error {
	if len(w.via) == 0 {
		w.via = []string{k.c.self.Homeserver()}
	}
	return k.saveWatched(ctx, func(lists []json.RawMessage) []json.RawMessage {
		return append(lists, quoted(w.room.URI(w.via...).MatrixToURL()))
	})
}

func (k *desk) listAfterLook(ctx context.Context, room id.RoomID) (commands.List, error) {
	if err := k.look(ctx, room); err != nil {
		return commands.List{}, err
	}
	var info commands.List
	k.see(func() { info = k.c.listInfo(room) })
	return info, nil
}

// Unwatch stops following a list. Bans that only it held are lifted.
func (k *desk) Unwatch(ctx context.Context, r commands.Ref) (commands.List, error) {
	info, err := k.findList(ctx, r)
	if err != nil {
		return commands.List{}, err
	}
	aliases := map[id.RoomAlias]id.RoomID{}
	k.see(func() { maps.Copy(aliases, k.c.aliases) })
	if err := k.expect(ctx, approval.Write{List: info.ID, Content: leavingLists}); err != nil {
		return info, err
	}
	return info, k.saveWatched(ctx, func(lists []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(lists, func(entry json.RawMessage) bool {
			w, ok := readReference(entry)
			return ok && (w.room == info.ID || w.room == "" && aliases[w.alias] == info.ID)
		})
	})
}

func (k *desk) saveWatched(ctx context.Context, change func([]json.RawMessage) []json.RawMessage) error {
	return wrapped("write down the watched lists", k.saveAccountData(ctx, typeWatchedLists, "references", change))
}

// findList finds a watched list by what a moderator calls it; the zero Ref is the
// only one that we can write to.
func (k *desk) findList(ctx context.Context, r commands.Ref) (commands.List, error) {
	all := k.Lists()
	room := r.Room
	switch {
	case r.Alias != "":
		for _, l := range all {
			if l.Alias == r.Alias {
				return l, nil
			}
		}
		resolved, _, err := k.resolve(ctx, r)
		if err != nil {
			return commands.List{}, err
		}
		room = resolved
	case r.Name != "":
		for _, l := range all {
			if strings.EqualFold(l.Shortcode, r.Name) || strings.EqualFold(l.Name, r.Name) {
				return l, nil
			}
		}
		return commands.List{}, refuse("No list here is called %s. `!forseti lists` shows those that are watched", text.Code(r.Name))
	case room == "":
		return onlyWritable(all)
	}
	for _, l := range all {
		if l.ID == room {
			return l, nil
		}
	}
	return commands.List{}, refuse("That list is not watched. `!forseti lists` shows those that are")
}

func onlyWritable(all []commands.List) (commands.List, error) {
	var writable []commands.List
	var called []string
	for _, l := range all {
		if l.Writable {
			writable = append(writable, l)
			called = append(called, text.Code(pick(l.Shortcode != "", l.Shortcode, l.Name)))
		}
	}
	switch len(writable) {
	case 0:
		return commands.List{}, refuse("There is no list that I may write to. `!forseti list create <name>` makes one")
	case 1:
		return writable[0], nil
	default:
		return commands.List{}, refuse("There are several lists: say which, after whom it is about: %s", strings.Join(called, ", "))
	}
}

// reach is an effect, for commands.
func (c *Community) reach(e enforce.Effect) commands.Reach {
	return commands.Reach{
		Members: e.Hit, Rooms: e.Rooms, Servers: len(e.Denied), Freed: len(e.Freed), Wide: c.world.Settings.Limits.Wide(e),
		Guarded: e.Guarded, OwnServer: e.OwnServer != "", Everyone: e.Everyone,
	}
}
