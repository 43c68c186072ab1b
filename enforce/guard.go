package enforce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
)

// ErrGuarded is an action that is refused whoever asks for it.
var ErrGuarded = errors.New("refused")

func guarded(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrGuarded}, args...)...)
}

// guard refuses what must never be done.
type guard struct {
	spared     *spared
	census     *census
	lists      map[id.RoomID]bool // that are watched
	management id.RoomID

	// good is the last ACL that locked nobody out, and when it was looked at: rooms share
	// it, and it may be long.
	good   json.RawMessage
	goodAt int
}

// check looks at an action just before it is tried, wherever it came from. Its
// error is meant for moderators. Plans pass through it too, so that a mistake in
// planning cannot do what a guard forbids. A verb that it does not know is refused.
func (g *guard) check(a action.Action) error {
	if err := a.Check(); err != nil {
		return guarded("%v", err)
	}
	switch a.Verb.Row().Guard {
	case action.GuardNothing:
		if a.Verb == action.Leave && a.Room == g.management {
			return guarded("I do not leave the room in which I am commanded")
		}
		return nil
	case action.GuardLoosens:
		return nil
	case action.GuardMember:
		return g.member(a)
	case action.GuardAuthor:
		return g.author(a)
	case action.GuardKnown:
		return g.known(a)
	case action.GuardHere:
		return g.here(a)
	case action.GuardCaller:
		return g.caller(a)
	case action.GuardACL:
		return g.acl(a)
	case action.GuardState:
		return g.state(a)
	case action.GuardVoice:
		return g.voice(a)
	case action.GuardList:
		return g.list(a)
	case action.GuardLevel:
		return g.level(a)
	case action.GuardOurs, action.GuardShown:
		return g.ours(a)
	case action.GuardAccount:
		return g.account(a)
	case action.GuardRoom:
		if a.Room == g.management || g.census.rooms[a.Room] != nil || g.lists[a.Room] {
			return guarded("that room is one that I need or protect")
		}
		return nil
	default:
		return guarded("I do not know how to %q", string(a.Verb))
	}
}

func (g *guard) member(a action.Action) error {
	switch {
	case a.User == g.spared.self:
		return guarded("that is me")
	case g.spared.moderators[a.User]:
		return guarded("%s is a moderator here", a.User)
	}
	r := g.census.rooms[a.Room]
	if r == nil {
		return guarded("I do not look after that room")
	}
	var refusal rooms.Refusal
	switch a.Verb.Row().Power {
	case action.KickPower:
		refusal = r.CanKick(g.spared.self, a.User)
	case action.LevelPower:
		refusal = r.CanSetLevel(g.spared.self, a.User, 0)
	default:
		refusal = r.CanBan(g.spared.self, a.User)
	}
	if !refusal.OK() {
		return guarded("%s", refusal)
	}
	return nil
}

// author keeps what moderators said from everybody but moderators.
func (g *guard) author(a action.Action) error {
	if a.User != "" && g.spared.has(a.User) && a.Cause.Kind != action.ByModerator {
		return guarded("%s is a moderator here", a.User)
	}
	return nil
}

// known keeps us from writing to strangers: whom we tell something has been in the room.
func (g *guard) known(a action.Action) error {
	r := g.census.rooms[a.Room]
	switch {
	case g.spared.has(a.User):
		return guarded("%s is me or a moderator here", a.User)
	case r == nil:
		return guarded("I do not look after that room")
	}
	if m, known := r.Member(a.User); !known || m.Membership == event.MembershipInvite || m.Membership == event.MembershipKnock {
		return guarded("%s has not been in that room", a.User)
	}
	return nil
}

// here keeps what is said in a room to one who is there, and to what they are told: nobody else
// is called, and what others wrote is neither answered nor changed.
func (g *guard) here(a action.Action) error {
	r := g.census.rooms[a.Room]
	switch {
	case g.spared.has(a.User):
		return guarded("%s is me or a moderator here", a.User)
	case r == nil:
		return guarded("I do not look after that room")
	}
	if m, _ := r.Member(a.User); m.Membership != event.MembershipJoin {
		return guarded("%s is not in that room", a.User)
	}
	said := *a.Message
	said.Markdown, said.Mentions = "", nil
	if !reflect.DeepEqual(said, action.Message{}) || len(a.Message.Mentions) > 1 || len(a.Message.Mentions) == 1 && a.Message.Mentions[0] != a.User {
		return guarded("it would say more there than %s is told", a.User)
	}
	return nil
}

// caller keeps us from asking anybody who did not come to us: who is asked wants to be in the
// room, or is.
func (g *guard) caller(a action.Action) error {
	r := g.census.rooms[a.Room]
	switch {
	case g.spared.has(a.User):
		return guarded("%s is me or a moderator here", a.User)
	case r == nil:
		return guarded("I do not look after that room")
	}
	if m, _ := r.Member(a.User); m.Membership != event.MembershipJoin && m.Membership != event.MembershipKnock {
		return guarded("%s neither is in that room nor asks to be let in", a.User)
	}
	return nil
}

func (g *guard) acl(a action.Action) error {
	if g.census.rooms[a.Room] == nil {
		return guarded("I do not look after that room")
	}
	if a.State.Type.Type != aclType || a.State.Key != "" {
		return guarded("that is no server ACL")
	}
	if g.goodAt == g.spared.version && g.good != nil && bytes.Equal(a.State.Content, g.good) {
		return nil
	}
	if err := acl.Lockout(a.State.Content, g.spared.servers); err != nil {
		return fmt.Errorf("%w: %w", ErrGuarded, err)
	}
	g.good, g.goodAt = bytes.Clone(a.State.Content), g.spared.version
	return nil
}

// state lets state be set in rooms of ours, and of types that have no verb of
// their own, which has its own guard.
func (g *guard) state(a action.Action) error {
	if a.Room != g.management && g.census.rooms[a.Room] == nil && !g.lists[a.Room] {
		return guarded("that room is none of ours")
	}
	kind := a.State.Type.Type
	switch {
	case a.Verb == action.GiveBack:
		return g.giveBack(a)
	case a.Verb == action.SetJoinRule && kind != event.StateJoinRules.Type:
		return guarded("that does not say who may join")
	case a.Verb == action.SetState && (kind == aclType || kind == event.StateJoinRules.Type || kind == event.StateMember.Type ||
		kind == event.StatePowerLevels.Type || kind == event.StateTombstone.Type || policy.IsRuleType(kind)):
		return guarded("%s is not set by this verb", kind)
	}
	return nil
}

// giveBack takes only what a room shows of itself, in rooms that we protect, and never from
// moderators.
func (g *guard) giveBack(a action.Action) error {
	switch kind := a.State.Type.Type; {
	case g.census.rooms[a.Room] == nil:
		return guarded("I do not look after that room")
	case a.State.Key != "" || !rooms.Shown(kind):
		return guarded("%s is not given back", kind)
	}
	for _, u := range append([]id.UserID{a.User}, a.With...) {
		if g.spared.has(u) {
			return guarded("%s is me or a moderator here", u)
		}
	}
	return nil
}

// list keeps rules within watched lists, and refuses those that name us, or our
// own server, and nobody else.
func (g *guard) list(a action.Action) error {
	if !g.lists[a.Room] {
		return guarded("that list is not watched")
	}
	if !policy.IsRuleType(a.State.Type.Type) {
		return guarded("that is no rule")
	}
	if a.Verb == action.RemoveRule {
		if string(a.State.Content) != "{}" {
			return guarded("a rule that is removed has no content")
		}
		return nil
	}
	var content struct {
		Entity         string `json:"entity"`
		Recommendation string `json:"recommendation"`
		Hashes         struct {
			SHA256 []byte `json:"sha256"`
		} `json:"hashes"`
	}
	if json.Unmarshal(a.State.Content, &content) != nil || content.Entity == "" && a.State.Key == "" {
		return guarded("that is no rule")
	}
	own := policy.ServerOf(g.spared.self)
	hidden := func(entity string) bool {
		return content.Entity == "" && string(content.Hashes.SHA256) == policy.HashOf(entity)
	}
	if content.Entity == string(g.spared.self) || content.Entity != "" && policy.ServerName(content.Entity) == own || hidden(string(g.spared.self)) || hidden(own) {
		if content.Recommendation == "m.ban" || content.Recommendation == "m.takedown" || content.Recommendation == "org.matrix.msc4204.takedown" {
			return guarded("it would ban ourselves")
		}
	}
	return nil
}

// level lets moderators set levels, also of each other.
func (g *guard) level(a action.Action) error {
	r := g.census.rooms[a.Room]
	switch {
	case a.User == g.spared.self:
		return guarded("that is me")
	case r == nil:
		return guarded("I do not look after that room")
	case a.Cause.Kind != action.ByModerator:
		return guarded("only moderators set power levels")
	}
	if refusal := r.CanSetLevel(g.spared.self, a.User, *a.Level); !refusal.OK() {
		return guarded("%s", refusal)
	}
	return nil
}

// ours keeps to rooms of ours; only protected ones are shown to the world.
func (g *guard) ours(a action.Action) error {
	shown := a.Verb.Row().Guard == action.GuardShown
	switch protected := g.census.rooms[a.Room] != nil; {
	case shown && a.Room == g.management:
		return guarded("I do not show the room in which I am commanded to the world")
	case !protected && (shown || a.Room != g.management && !g.lists[a.Room]):
		return guarded("that room is none of ours")
	}
	return nil
}

func (g *guard) account(a action.Action) error {
	switch {
	case g.spared.has(a.User):
		return guarded("%s is me or a moderator here", a.User)
	case policy.ServerOf(a.User) != policy.ServerOf(g.spared.self):
		return guarded("%s has an account on another server", a.User)
	}
	return nil
}
