package desk

import (
	"context"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
	"forseti/text"
	"forseti/wire"
)

// Lists is the desk for policy lists.
type Lists struct {
	World    World
	Names    commands.Names
	Resolver Resolver
	Reader   interface {
		State(ctx context.Context, room id.RoomID) ([]*event.Event, error)
	}
	Explain Explain
	// Join joins a room, to read it.
	Join func(ctx context.Context, room id.RoomID, via []string) error
	// Stands says how a watched list stands.
	Stands func(list id.RoomID) commands.ListAbout
	// Shown notes, where the world belongs, which rules a moderator is shown.
	Shown func(list id.RoomID, rules []policy.Rule)
}

var _ commands.ListDesk = Lists{}

// ListAt finds the room of an alias.
func (d Lists) ListAt(ctx context.Context, alias id.RoomAlias) (id.RoomID, error) {
	room, _, err := place(ctx, d.Resolver, d.Explain, commands.Ref{Alias: alias})
	return room, err
}

// About says how a watched list stands.
func (d Lists) About(list id.RoomID) commands.ListAbout { return d.Stands(list) }

// PreviewDrop says what it would do to follow a list no longer.
func (d Lists) PreviewDrop(list id.RoomID) (e commands.Effect) {
	d.World.See(func(w *enforce.World) {
		e = EffectOf(w, w.Scales.PreviewDrop(list))
	})
	return e
}

// PreviewExempting says what it would do to follow a list's exemptions, or not to.
func (d Lists) PreviewExempting(list id.RoomID, on bool) (e commands.Effect) {
	d.World.See(func(w *enforce.World) { e = EffectOf(w, w.Scales.PreviewExempting(list, on)) })
	return e
}

// PreviewHow says what it would do to watch a list otherwise.
func (d Lists) PreviewHow(list id.RoomID, how commands.HowWatched) (e commands.Effect) {
	d.World.See(func(w *enforce.World) { e = EffectOf(w, enforce.PreviewAside(w, list, AsideOf(how))) })
	return e
}

// AsideOf is what of a list is only shown that is watched so.
func AsideOf(how commands.HowWatched) policy.Aside {
	return policy.Aside{Users: how.NoBans, Servers: how.NoACL}
}

// Peek reads a list that is not watched.
func (d Lists) Peek(ctx context.Context, ref commands.Ref, how commands.HowWatched) (commands.Peeked, error) {
	room, via, err := place(ctx, d.Resolver, d.Explain, ref)
	if err != nil {
		return commands.Peeked{}, err
	}
	for _, l := range d.Names.Lists() {
		if l.ID == room {
			return commands.Peeked{List: l, Via: via, Known: true}, nil
		}
	}
	state, err := d.read(ctx, room, via)
	if err != nil {
		return commands.Peeked{}, err
	}
	if !looksLikeList(state) {
		return commands.Peeked{}, refuse("That room is no policy list: it has no rules and is not made to hold any. If it is a room to protect, write `!forseti rooms add`")
	}
	seen := rooms.New(room)
	p := commands.Peeked{Via: via}
	var rules []policy.Rule
	for _, evt := range state {
		if rule, ok := policy.Parse(room, evt); ok {
			rules = append(rules, rule)
			if rule.Recommendation == policy.Exempt {
				p.Exemptions++
			}
		}
		if evt.StateKey != nil && *evt.StateKey == "" && evt.Type.Type == typeShortcode {
			p.Shortcode = text.Clip(wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Text("shortcode"), text.MostName)
		}
		if evt.Type.Type != event.StateMember.Type {
			seen.Apply(evt, evt.Mautrix.ReceivedAt)
		}
	}
	p.ID, p.Name, p.Alias, p.Rules = room, seen.Name(), seen.Alias(), len(rules)
	d.World.See(func(w *enforce.World) {
		p.Writable, p.Exempts = enforce.Writes(w.Self(), seen), enforce.Own(w, seen)
		p.Effect = EffectOf(w, w.Scales.PreviewList(room, rules, p.Exempts, AsideOf(how)))
		d.Shown(room, rules)
	})
	return p, nil
}

// read reads a room, which most homeservers allow members only.
func (d Lists) read(ctx context.Context, room id.RoomID, via []string) ([]*event.Event, error) {
	if d.Names.DryRun() {
		state, err := d.Reader.State(ctx, room)
		if err != nil {
			return nil, refuse("To say what that list would do I have to read it, and to read it I have to join it. This is a dry run, in which I do not. Write `!forseti dry-run off` first")
		}
		return state, nil
	}
	if err := d.Join(ctx, room, via); err != nil {
		return nil, err
	}
	state, err := d.Reader.State(ctx, room)
	if err != nil {
		return nil, refuse("I cannot read that room: %s", d.Explain(action.FailureOf(err)))
	}
	return state, nil
}

// typeShortcode is how Mjolnir and its heirs name a list.
const typeShortcode = "org.matrix.mjolnir.shortcode"

// looksLikeList tells a policy list from any other room: by its type, its shortcode,
// or a rule in it.
func looksLikeList(state []*event.Event) bool {
	return slices.ContainsFunc(state, func(evt *event.Event) bool {
		switch {
		case evt.Type.Type == event.StateCreate.Type:
			kind := wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Text("type")
			return kind == "m.policy" || kind == "support.feline.policy.lists.msc.v1"
		case evt.Type.Type == typeShortcode:
			return true
		default:
			return policy.IsRuleType(evt.Type.Type)
		}
	})
}
