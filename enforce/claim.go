package enforce

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Claim makes a ban without an answer ours if it shows up. It returns its journal
// entry.
func (r *Runner) Claim(room id.RoomID, user id.UserID, now time.Time) (entry string, evt id.EventID, found bool) {
	w := r.works.all[Key{Lane: action.MemberLane, Room: room, Subject: string(user)}]
	in := r.World.Room(room)
	if w == nil || in == nil || w.ban == nil || now.Sub(w.ban.since) > lingering {
		return "", "", false
	}
	m, _ := in.Member(user)
	if m.Membership != event.MembershipBan || m.Sender != r.World.Self() || m.Event == "" {
		return "", "", false
	}
	a, lift := w.ban.action, w.ban.lift
	r.sight.adopt(a, m.Event)
	w.ban = nil
	r.tellClaimed(w, a, m.Event, now)
	if w.tried != nil && w.tried.ID == a.ID {
		w.tried, w.doubt = nil, false
	}
	w.flight.settled = w.state == flying && w.flight.Action.ID == a.ID
	if lift != nil {
		r.Want(*lift, now)
	}
	r.forget(w)
	return a.ID, m.Event, true
}

// tellClaimed ends what a ban that showed up was for. If an unban may have followed it,
// unheard of, its wish goes on: then another try is another entry.
func (r *Runner) tellClaimed(w *work, a action.Action, evt id.EventID, now time.Time) {
	if w.unban != nil || w.state == flying {
		for _, open := range w.wishes {
			if open.action.ID == a.ID {
				open.action.ID = ""
			}
		}
		return
	}
	e := action.Ending{Fate: action.Done, Result: action.Result{Event: evt}}
	w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool {
		if open.dry || open.action.Verb != action.Ban {
			return false
		}
		if open.action.Cause.Kind != action.ByRule {
			r.World.Bans.Set(a.Room, a.User, Ban{Event: evt, Cause: open.action.Cause})
		}
		r.tell.close(w, open, e, action.Outcome{Done: true, Event: evt}, now)
		return true
	})
	r.tell.end(w, func(open action.Action) bool { return open.Verb == action.Ban && derived(open) }, e, now)
	r.tell.covered(w, a, now)
}

// ClaimAll is Claim for everybody in a room that was read as a whole.
func (r *Runner) ClaimAll(room id.RoomID, now time.Time, found func(entry string, user id.UserID, evt id.EventID)) {
	for key := range r.tries.lost {
		if key.Room != room || key.Lane != action.MemberLane {
			continue
		}
		if entry, evt, ok := r.Claim(room, id.UserID(key.Subject), now); ok {
			found(entry, id.UserID(key.Subject), evt)
		}
	}
}
