package enforce

import (
	"encoding/json"
	"errors"
	"fmt"

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

// spared is who is never acted on.
func (w *World) spared(u id.UserID) bool { return u == w.Self || w.moderators[u] }

// Guard looks at an action just before it is tried, wherever it came from. Its
// error is meant for moderators. Plans pass through it too, so that a mistake in
// planning cannot do what a guard forbids. A verb that it does not know is refused.
func (w *World) Guard(a action.Action) error {
	if err := a.Check(); err != nil {
		return guarded("%v", err)
	}
	switch a.Verb.Row().Guard {
	case action.GuardNothing:
		if a.Verb == action.Leave && a.Room == w.Management {
			return guarded("I do not leave the room in which I am commanded")
		}
		return nil
	case action.GuardLoosens:
		return nil
	case action.GuardMember:
		return w.guardMember(a)
	case action.GuardAuthor:
		return w.guardAuthor(a)
	case action.GuardACL:
		return w.guardACL(a)
	case action.GuardState:
		return w.guardState(a)
	case action.GuardList:
		return w.guardList(a)
	case action.GuardAccount:
		return w.guardAccount(a)
	case action.GuardRoom:
		if a.Room == w.Management || w.rooms[a.Room] != nil || w.lists[a.Room] {
			return guarded("that room is one that I need or protect")
		}
		return nil
	default:
		return guarded("I do not know how to %q", string(a.Verb))
	}
}

func (w *World) guardMember(a action.Action) error {
	switch {
	case a.User == w.Self:
		return guarded("that is me")
	case w.moderators[a.User]:
		return guarded("%s is a moderator here", a.User)
	}
	r := w.rooms[a.Room]
	if r == nil {
		return guarded("I do not look after that room")
	}
	var refusal rooms.Refusal
	switch a.Verb.Row().Power {
	case action.KickPower:
		refusal = r.CanKick(w.Self, a.User)
	case action.LevelPower:
		refusal = r.CanSetLevel(w.Self, a.User, 0)
	default:
		refusal = r.CanBan(w.Self, a.User)
	}
	if !refusal.OK() {
		return guarded("%s", refusal)
	}
	return nil
}

// guardAuthor keeps what moderators said from everybody but moderators.
func (w *World) guardAuthor(a action.Action) error {
	if a.User != "" && w.spared(a.User) && a.Cause.Kind != action.ByModerator {
		return guarded("%s is a moderator here", a.User)
	}
	return nil
}

func (w *World) guardACL(a action.Action) error {
	if w.rooms[a.Room] == nil {
		return guarded("I do not look after that room")
	}
	if a.State.Type.Type != aclType || a.State.Key != "" {
		return guarded("that is no server ACL")
	}
	if err := acl.Lockout(a.State.Content, w.protectedServers()); err != nil {
		return fmt.Errorf("%w: %w", ErrGuarded, err)
	}
	return nil
}

// guardState lets state be set in rooms of ours, and of types that have no verb of
// their own, which has its own guard.
func (w *World) guardState(a action.Action) error {
	if a.Room != w.Management && w.rooms[a.Room] == nil && !w.lists[a.Room] {
		return guarded("that room is none of ours")
	}
	kind := a.State.Type.Type
	switch {
	case a.Verb == action.SetJoinRule && kind != event.StateJoinRules.Type:
		return guarded("that does not say who may join")
	case a.Verb == action.SetState && (kind == aclType || kind == event.StateJoinRules.Type || kind == event.StateMember.Type ||
		kind == event.StatePowerLevels.Type || kind == event.StateTombstone.Type || policy.IsRuleType(kind)):
		return guarded("%s is not set by this verb", kind)
	}
	return nil
}

// guardList keeps rules within watched lists, and refuses those that name us, or our
// own server, and nobody else.
func (w *World) guardList(a action.Action) error {
	if !w.lists[a.Room] {
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
	}
	if json.Unmarshal(a.State.Content, &content) != nil || content.Entity == "" && a.State.Key == "" {
		return guarded("that is no rule")
	}
	own := policy.ServerOf(w.Self)
	if content.Entity == string(w.Self) || content.Entity != "" && policy.ServerName(content.Entity) == own {
		if content.Recommendation == "m.ban" || content.Recommendation == "m.takedown" || content.Recommendation == "org.matrix.msc4204.takedown" {
			return guarded("it would ban ourselves")
		}
	}
	return nil
}

func (w *World) guardAccount(a action.Action) error {
	switch {
	case w.spared(a.User):
		return guarded("%s is me or a moderator here", a.User)
	case policy.ServerOf(a.User) != policy.ServerOf(w.Self):
		return guarded("%s has an account on another server", a.User)
	}
	return nil
}
