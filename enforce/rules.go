package enforce

import (
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

// ApplyRule takes in one event of a watched list.
func (w *World) ApplyRule(list id.RoomID, evt *event.Event) (policy.Delta, []Key) {
	d := w.Rules.Apply(list, evt)
	if len(d.Removed) == 1 && len(d.Added) == 1 && d.Removed[0].Event == d.Added[0].Event {
		// The echo of a rule that was taken in when we wrote it: only now is the
		// server's timestamp known.
		return policy.Delta{}, nil
	}
	return d, w.Touched(d)
}

// ReplaceRules takes in the whole state of a list.
func (w *World) ReplaceRules(list id.RoomID, state []*event.Event) (policy.Delta, []Key) {
	d := w.Rules.Replace(list, state)
	return d, w.Touched(d)
}

// DropRules forgets a list that is no longer watched.
func (w *World) DropRules(list id.RoomID) (policy.Delta, []Key) {
	d := w.Rules.Drop(list)
	return d, w.Touched(d)
}

// SetExempting says whether a list's exemptions are followed, and gives those that
// hold from now on, or do no longer.
func (w *World) SetExempting(list id.RoomID, may bool) (policy.Delta, []Key) {
	d := w.Rules.SetExempting(list, may)
	return d, w.Touched(d)
}

// HoldRule says whether a rule waits for approval. It is listed and shown, and
// decides nothing.
func (w *World) HoldRule(rule id.EventID, held bool) []Key {
	if !held {
		delete(w.rejected, rule)
	}
	r, ok := w.Rules.Rule(rule)
	if !w.Rules.Hold(rule, held) || !ok {
		return nil
	}
	return w.Touched(policy.Delta{Added: []policy.Rule{r}})
}

// RejectRule says that a held rule is not to be followed: it does not even keep
// the bans that other rules made.
func (w *World) RejectRule(rule id.EventID) []Key {
	r, ok := w.Rules.Rule(rule)
	w.rejected[rule] = true
	if !ok {
		return nil
	}
	return w.Touched(policy.Delta{Removed: []policy.Rule{r}})
}

// Touched are the keys that a change of rules may have made work for.
func (w *World) Touched(d policy.Delta) []Key {
	users := map[id.UserID]struct{}{}
	servers := false
	for _, changed := range [][]policy.Rule{d.Added, d.Removed} {
		for _, r := range changed {
			if r.Kind == policy.RoomKind {
				continue
			}
			servers = servers || r.Kind == policy.Server
			for u := range w.subjects.Affected(r) {
				users[u] = struct{}{}
			}
		}
	}
	var keys []Key
	for u := range users {
		for room, r := range w.rooms {
			if _, ok := r.Member(u); ok {
				keys = append(keys, Key{Lane: action.MemberLane, Room: room, Subject: string(u)})
			}
		}
	}
	if servers {
		w.compiled = false
		keys = append(keys, w.aclKeys()...)
	}
	return keys
}
