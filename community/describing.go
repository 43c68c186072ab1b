package community

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/enforce"
	"forseti/store"
)

// describing tells clients of the commands, and of what their buttons may do in protected
// rooms, in the state of the management room: one at a
// time, and only while there is nothing else to do, for nobody waits for it. What was told is
// remembered, so that a restart tells only what has changed since.
//
// https://github.com/matrix-org/matrix-spec-proposals/pull/4391
type describing struct {
	commits *commits.Writer
	door    *door
	self    id.UserID
	room    id.RoomID
	every   time.Duration // between two of them; 0 for not at all
	all     func() []commands.Description
	rooms   func() []id.RoomID // that are protected
	free    func() bool        // whether nothing else is to be done, and something may be

	told map[string]string // a hash of what was, by name
	at   time.Time         // when the next may be told
	busy bool
	over bool // nothing can be told
}

// describedNamespace holds what was told.
const describedNamespace = "described"

// describeAgain is how long after all was told it is looked whether it still is so.
const describeAgain = 10 * time.Minute

// The state that clients read. The key of a command is made of it and the bot, so that
// nobody's is taken for another's; of the others it is the bot.
var (
	describedState = event.Type{Type: "org.matrix.msc4391.command_description", Class: event.StateEventType}
	linesState     = event.Type{Type: "org.matrix.msc4332.commands", Class: event.StateEventType}
	buttonsState   = event.Type{Type: "org.matrix.msc4333.moderation_config", Class: event.StateEventType}
)

func (d *describing) load(ctx context.Context, settings *store.Settings) error {
	return eachSetting(ctx, settings, describedNamespace, func(name, hash string) { d.told[name] = hash })
}

// piece is one event of what clients are told, by a name of ours.
type piece struct {
	name  string
	state action.State
}

// pieces are all that clients are to be told.
func (d *describing) pieces() []piece {
	lines, config := commands.Buttons(d.rooms())
	all := []piece{
		{linesState.Type, action.State{Type: linesState, Key: string(d.self), Content: lines}},
		{buttonsState.Type, action.State{Type: buttonsState, Key: string(d.self), Content: config}},
	}
	for _, one := range d.all() {
		all = append(all, d.command(one.Command, one.Content))
	}
	return all
}

func (d *describing) command(name string, content json.RawMessage) piece {
	return piece{name, action.State{Type: describedState, Key: hashed(name + string(d.self)), Content: content}}
}

// next is what is to be told first: what is new or has changed, or is no more. ok is false if
// nothing is.
func (d *describing) next() (one piece, hash string, ok bool) {
	all := d.pieces()
	there := make(map[string]bool, len(all))
	for _, one := range all {
		there[one.name] = true
		if hash := hashed(string(one.state.Content)); d.told[one.name] != hash {
			return one, hash, true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.told)) {
		if !there[name] {
			return d.command(name, json.RawMessage(`{}`)), "", true
		}
	}
	return one, "", false
}

// hashed is a hash as state keys have it: with its padding.
func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// tellDue tells the next command, if it is time.
func (d *describing) tellDue(now time.Time) {
	if at := d.due(); at.IsZero() || now.Before(at) {
		return
	}
	d.at = now.Add(d.every)
	if !d.free() {
		return
	}
	one, hash, ok := d.next()
	if !ok {
		d.at = now.Add(max(d.every, describeAgain))
		return
	}
	d.busy = true
	d.door.try(enforce.Job{Action: action.Action{
		Verb: action.SetState, Room: d.room, Cause: action.Cause{Kind: action.ByForseti},
		State: &one.state,
	}}, func(t enforce.Attempt) { d.ended(one.name, hash, t) })
}

// ended takes in how that went. What is refused for good is not tried again before the next
// start: somebody gave us less power than that takes.
func (d *describing) ended(name, hash string, t enforce.Attempt) {
	d.busy, d.at = false, time.Now().Add(d.every)
	switch {
	case t.Failure == nil && hash == "":
		delete(d.told, name)
		d.commits.Setting(describedNamespace, name, nil)
	case t.Failure == nil:
		d.told[name] = hash
		d.commits.Setting(describedNamespace, name, hash)
	case t.Failure.Final() || t.Failure.Kind == action.Forbidden:
		d.over = true
	default:
		d.at = d.at.Add(t.Failure.Pause())
	}
}

// due is when something may be told; zero for never.
func (d *describing) due() time.Time {
	if d.every == 0 || d.busy || d.over {
		return time.Time{}
	}
	return d.at
}
