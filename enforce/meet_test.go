package enforce

import (
	"errors"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

func TestMeets(t *testing.T) {
	for want, pairs := range map[meeting][][2]action.Verb{ // of a new wish, and an open one
		joins: {
			{action.Ban, action.Ban},
			{action.Redact, action.Redact},
		},
		replaces: {
			{action.Ban, action.Unban},
			{action.Unban, action.Ban},
			{action.Ban, action.Invite},
			{action.Kick, action.Invite},
			{action.Unmute, action.Mute},
			{action.SetACL, action.SetACL},
			{action.RemoveRule, action.WriteRule},
			{action.WriteRule, action.WriteRule},
			{action.Unsuspend, action.Suspend},
		},
		precedes: {
			{action.Ban, action.Kick},
			{action.TellOut, action.Kick},
			{action.Deactivate, action.Lock},
		},
		follows: {
			{action.Kick, action.Ban},
		},
		after: {
			{action.Invite, action.Unban},
			{action.Kick, action.Unban}, // freed and then removed is neither the one nor the other
			{action.Unban, action.Kick},
		},
	} {
		for _, p := range pairs {
			if got := meets(p[0], p[1]); got != want {
				t.Errorf("%s meets %s: %d, want %d", p[0], p[1], got, want)
			}
		}
	}
}

// heard notes what a runner tells.
type heard struct {
	fates   map[string]action.Fate
	settled map[string]action.Outcome
}

func (h *heard) Opened(action.Action, time.Time) {}
func (h *heard) Ended(e action.Ending, _ time.Time) {
	h.fates[string(e.Action.Verb)+" "+string(e.Action.Cause.Event)] = e.Fate
}
func (h *heard) Hindered(action.Hindrance, time.Time) {}
func (h *heard) Freed(action.Action, time.Time)       {}
func (h *heard) Settle(entry string, o action.Outcome) {
	if h.settled == nil {
		h.settled = map[string]action.Outcome{}
	}
	h.settled[entry] = o
}

func asks(verb action.Verb, user id.UserID, by id.EventID) action.Action {
	return action.Action{ID: string(by), Verb: verb, Room: "!a:x", User: user, Cause: action.Cause{Kind: action.ByModerator, Event: by}}
}

// A ban that waits for a homeserver in trouble is not replaced by the removal that comes
// after it; the removal is tried if the ban turns out to be impossible.
func TestWeakerWishWaitsForTheStronger(t *testing.T) {
	for how, want := range map[action.FailureKind]action.Fate{"": action.Superseded, action.Invalid: action.Done} {
		w := guardedWorld()
		h := &heard{fates: map[string]action.Fate{}}
		r := NewRunner(w, 1, h)
		r.Want(asks(action.Ban, "@spam:evil.example", "$1"), start)
		job, _ := r.Next(start)
		r.Want(asks(action.Kick, "@spam:evil.example", "$2"), start)
		r.Landed(job, Attempt{Action: job.Action, Failure: &action.Failure{Kind: action.Transient, Err: ErrGuarded}}, start)
		again, ok := r.Next(start.Add(time.Minute))
		if !ok || again.Action.Verb != action.Ban {
			t.Fatalf("tries %q next", again.Action.Verb)
		}
		end := Attempt{Action: again.Action}
		if how != "" {
			end.Failure = &action.Failure{Kind: how, Err: ErrGuarded}
		}
		if _, happened := r.Landed(again, end, start.Add(time.Minute)); happened {
			w.Apply("!a:x", memberEvent("@spam:evil.example", self, event.MembershipBan), start)
		}
		if kick, ok := r.Next(start.Add(2 * time.Minute)); ok {
			r.Landed(kick, Attempt{Action: kick.Action}, start.Add(2*time.Minute))
		}
		if got := h.fates["kick $2"]; got != want {
			t.Errorf("ban ended as %q: the removal is %q, want %q", how, got, want)
		}
	}
}

// What stops harm that is happening goes before what lists ask for, in its room and in
// others: a thousand listed members wait for one flooder.
func TestWhatHappensNowGoesFirst(t *testing.T) {
	w := guardedWorld()
	r := NewRunner(w, 8, &heard{fates: map[string]action.Fate{}})
	for i := range 1000 {
		u := id.UserID("@listed" + string(rune('a'+i%26)) + id.UserID(time.Duration(i).String()).String() + ":evil.example")
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	newRoom(w, "!b:x")
	_, slots, keys := w.ApplyRule(testList, ruleEvent("user", "1", "@listed*", "m.ban"))
	r.Touch(append(keys, w.Follow(slots...)...), Soon)
	r.Touch(w.Keys(), Soon)
	for r.Plan(100, now) {
	}
	if left := r.Left()[action.MemberLane]; left < 1000 {
		t.Fatalf("only %d listed members wait", left)
	}
	r.Want(asks(action.Ban, "@spam:evil.example", "$flood"), now)
	redact := action.Action{ID: "$r", Verb: action.Redact, Room: "!b:x", Event: "$m", Cause: action.Cause{Kind: action.ByProtection, Event: "$flood"}}
	r.Want(redact, now)
	first, _ := r.Next(now)
	second, _ := r.Next(now)
	if first.Action.User != "@spam:evil.example" || second.Action.Event != "$m" {
		t.Errorf("first %s %s, then %s %s", first.Action.Verb, first.Action.User, second.Action.Verb, second.Action.User)
	}
}

// Of two wishes for the same, the one that was tried before a crash goes on: its request
// is known to the homeserver, and the other's would be a second.
func TestResumedTryGoesOn(t *testing.T) {
	redact := func(entry string) action.Action {
		return action.Action{ID: entry, Verb: action.Redact, Room: "!a:x", Event: "$m", Cause: action.Cause{Kind: action.ByModerator, Event: id.EventID("$" + entry)}}
	}
	for _, triedFirst := range []bool{true, false} {
		r := NewRunner(guardedWorld(), 8, &heard{fates: map[string]action.Fate{}})
		if triedFirst {
			r.Resume(redact("tried"), true, now)
			r.Resume(redact("other"), false, now)
		} else {
			r.Resume(redact("other"), false, now)
			r.Resume(redact("tried"), true, now)
		}
		job, ok := r.Next(now)
		if !ok || job.Action.ID != "tried" || !job.Doubt {
			t.Errorf("the tried one is first: %t; it goes on with %s, doubtful: %t", triedFirst, job.Action.ID, job.Doubt)
		}
	}
}

// Speech waits for nothing but the homeserver: work keeps back while something is to be
// said.
func TestWorkLetsSpeechGoFirst(t *testing.T) {
	w := guardedWorld()
	r := NewRunner(w, 8, &heard{fates: map[string]action.Fate{}})
	r.Want(asks(action.Ban, "@spam:evil.example", "$1"), start)
	r.Pace.Refused(Answer, 2*time.Second, start)
	at := start.Add(2 * time.Second)
	r.Pace.Speaks(at)
	if _, ok := r.Next(at); ok || r.Pace.Free(at, Answer).After(at) {
		t.Error("work goes before speech")
	}
	r.Pace.Speaks(time.Time{})
	if _, ok := r.Next(at); !ok {
		t.Error("work waits for nothing")
	}
}

// A try that is under way when the echo of an earlier one settles its journal entry
// does not go on under it: the next is another entry.
func TestSettledEntryIsNotTriedAgain(t *testing.T) {
	const user = id.UserID("@spam:evil.example")
	w := NewWorld(self, Settings{})
	newRoom(w, "!a:x")
	w.Apply("!a:x", memberEvent(user, user, event.MembershipJoin), now)
	r := NewRunner(w, 1, &heard{fates: map[string]action.Fate{}})
	ban := asks(action.Ban, user, "$asked")
	ban.ID = "entry"
	r.Want(ban, now)
	at := now
	next := func() Job {
		t.Helper()
		at = at.Add(10 * time.Minute)
		job, ok := r.Next(at)
		if !ok || job.Action.Verb != action.Ban {
			t.Fatalf("the next job is %+v", job)
		}
		return job
	}
	land := func(job Job, kind action.FailureKind) {
		r.Landed(job, Attempt{Action: job.Action, Failure: &action.Failure{Kind: kind, Err: errors.New("no")}}, at)
	}
	land(next(), action.Transient)
	job := next()
	w.Apply("!a:x", memberEvent(user, self, event.MembershipBan), at)
	if entry, _, ok := r.Claim("!a:x", user, at); !ok || entry != "entry" {
		t.Fatalf("claimed %q: %v", entry, ok)
	}
	w.Apply("!a:x", memberEvent(user, "@founder:other.example", event.MembershipLeave), at)
	w.Apply("!a:x", memberEvent(user, user, event.MembershipJoin), at)
	land(job, action.RateLimited)
	if job := next(); job.Action.ID != "" {
		t.Errorf("tried once more under %q", job.Action.ID)
	}
}

// Whether a ban shows a name is a setting, whoever asks for it; nothing else is changed by
// it. What spammers made of a room is given back for each of them, and once.
func TestWhatAWishIsTriedAs(t *testing.T) {
	for _, hide := range []bool{true, false} {
		for verb, nameless := range map[action.Verb]bool{action.Ban: hide, action.Kick: false, action.Mute: false} {
			w := guardedWorld()
			w.Settings.HideProfiles = hide
			r := NewRunner(w, 1, &heard{fates: map[string]action.Fate{}})
			r.Want(asks(verb, "@spam:evil.example", "$1"), start)
			if job, ok := r.Next(start); !ok || job.Action.Verb != verb || job.Action.Nameless != nameless {
				t.Errorf("%s with hiding %v: %+v", verb, hide, job.Action)
			}
		}
	}
	r := NewRunner(guardedWorld(), 1, &heard{fates: map[string]action.Fate{}})
	for n, u := range []id.UserID{"@a:x", "@b:x", "@a:x"} {
		a := giving("!a:x", u, "m.room.topic")
		a.ID = string(rune('1' + n))
		r.Want(a, start)
	}
	var tried []id.UserID
	for job, ok := r.Next(start); ok; job, ok = r.Next(start) {
		tried = append(tried, job.Action.User)
		r.Landed(job, Attempt{Action: job.Action}, start)
	}
	if !slices.Equal(tried, []id.UserID{"@a:x", "@b:x"}) {
		t.Errorf("given back of %v", tried)
	}
}
