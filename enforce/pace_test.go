package enforce

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
)

// A limit that is known is never exceeded, and speech always finds its reserve: whatever
// work there is, an answer can be given at once.
func TestPaceKeepsAReserveForSpeech(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := Rate{PerSecond: rapid.SampledFrom([]float64{0.2, 1, 5}).Draw(t, "rate"), Burst: 10}
		var p Pace
		now := start
		p.Know(limit, time.Time{}, now)
		bucket, filled := limit.Burst, now // as the homeserver counts
		spoke := now.Add(-time.Hour)
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "ms")) * time.Millisecond)
			bucket = min(limit.Burst, bucket+limit.PerSecond*now.Sub(filled).Seconds())
			filled = now
			sort := Sort(max(rapid.IntRange(-17, 2).Draw(t, "sort"), 0))
			p.Speaks(speaks(sort != Work, now))
			if p.spoken >= mostSpoken {
				spoke = now // so much was said that work has its turn
			}
			if sort == Answer && now.Sub(spoke) > time.Duration(2/limit.PerSecond*float64(time.Second)) && !p.May(now, Answer) {
				t.Fatalf("nothing left to speak with: %v tokens", p.tokens)
			}
			if !p.May(now, sort) {
				continue
			}
			p.Spend(now, sort)
			if sort != Work {
				spoke = now
			}
			if bucket--; bucket < -1e-6 {
				t.Fatal("more than the homeserver takes")
			}
		}
	})
}

// After a refusal nothing is sent until the homeserver said; then speech goes first.
func TestPaceAfterARefusal(t *testing.T) {
	var p Pace
	if !p.May(start, Work) || p.Takes(100, start) != 0 {
		t.Fatal("an unknown limit is none")
	}
	p.Refused(Answer, 4*time.Second, start)
	p.Speaks(start.Add(4 * time.Second))
	if p.May(start.Add(3*time.Second), Answer) || p.May(start.Add(3*time.Second), Work) {
		t.Error("does not wait")
	}
	at := start.Add(4 * time.Second)
	if !p.May(at, Answer) {
		t.Error("speech waits longer than it was told to")
	}
	if p.May(at, Work) {
		t.Error("work goes before speech")
	}
	p.Speaks(time.Time{})
	if !p.May(at, Work) {
		t.Error("work waits for speech that there is not")
	}
	if !p.Slowed(at) || p.Slowed(start.Add(2*time.Minute)) {
		t.Error("does not know for how long it was slowed")
	}
}

// One answer of a homeserver, or of somebody in between, does not stop everything for
// as long as it likes.
func TestPaceBoundsARefusal(t *testing.T) {
	var p Pace
	p.Refused(Work, 100*time.Hour, start)
	if free := p.Free(start, Work); free.Sub(start) > action.LongestLimit {
		t.Errorf("stops for %s", free.Sub(start))
	}
	p = Pace{}
	p.Refused(Work, 0, start)
	if free := p.Free(start, Work); free.Sub(start) < leastPause {
		t.Errorf("waits %s", free.Sub(start))
	}
}

func TestPaceEstimates(t *testing.T) {
	var p Pace
	p.Know(Rate{PerSecond: 0.2, Burst: 10}, time.Time{}, start)
	if got := p.Takes(7, start); got != 0 {
		t.Errorf("a burst takes %s", got)
	}
	if got := p.Takes(91, start); got < 6*time.Minute || got > 8*time.Minute {
		t.Errorf("91 at one in five seconds take %s", got)
	}
	var unknown Pace
	now := start
	for range 10 {
		now = now.Add(5 * time.Second)
		unknown.Refused(Work, 5*time.Second, now)
		unknown.Passed(now)
	}
	if got := unknown.Takes(12, now); got < 40*time.Second || got > 3*time.Minute {
		t.Errorf("12 at one in five seconds take %s", got)
	}
}

// However often the homeserver refuses a ban because there is too much, it is tried as
// soon as the limit lets it through, and not after ever longer pauses.
func TestRefusedForTheLimitIsNotPutOff(t *testing.T) {
	r, now := runnerIn(t, "!a:x")
	r.Want(asks(action.Ban, "@spammer:x", "$asked"), now)
	for range 12 {
		job, ok := r.Next(now)
		if !ok {
			t.Fatalf("waits until %s", r.Wake(now).Sub(now))
		}
		r.Landed(job, Attempt{Action: job.Action, Failure: &action.Failure{Kind: action.RateLimited, RetryAfter: 2 * time.Second}}, now)
		now = now.Add(2 * time.Second)
	}
}

// Homeservers limit invitations and joins apart, some for minutes. That says nothing
// about bans and speech.
func TestALimitOfInvitationsIsTheirOwn(t *testing.T) {
	r, now := runnerIn(t, "!a:x")
	r.Want(asks(action.Invite, "@guest:x", "$asked"), now)
	job, ok := r.Next(now)
	if !ok || job.Action.Verb != action.Invite {
		t.Fatalf("the first job is %+v", job)
	}
	r.Landed(job, Attempt{Action: job.Action, Failure: &action.Failure{Kind: action.RateLimited, RetryAfter: 4 * time.Minute}}, now)
	if free := r.Pace.Free(now, Answer); free.After(now) {
		t.Errorf("nothing can be said for %s", free.Sub(now))
	}
	r.Want(asks(action.Ban, "@spammer:x", "$ban"), now)
	if job, ok := r.Next(now); !ok || job.Action.Verb != action.Ban {
		t.Errorf("a ban waits for an invitation: %+v", job)
	}
	if job, ok := r.Next(now.Add(3 * time.Minute)); ok {
		t.Errorf("asks again before its time: %+v", job)
	}
}

// runnerIn is a runner over one room, in which a spammer is.
func runnerIn(t *testing.T, room id.RoomID) (*Runner, time.Time) {
	t.Helper()
	w := NewWorld(self, Settings{})
	newRoom(w, room)
	w.Apply(room, memberEvent("@spammer:x", "@spammer:x", event.MembershipJoin), start)
	return NewRunner(w, 8, &heard{fates: map[string]action.Fate{}}), start
}

// A message that the homeserver refused, and that may be sent again together with work,
// goes first, also after many others: it was not said.
func TestRefusedSpeechGoesFirst(t *testing.T) {
	var p Pace
	p.Know(Rate{PerSecond: 0.2, Burst: 10}, start, start)
	now := start
	for range mostSpoken {
		p.Spend(now, Answer)
	}
	p.Refused(Answer, 1500*time.Millisecond, now)
	now = now.Add(1500 * time.Millisecond)
	p.Speaks(now)
	if p.May(now, Work) {
		t.Error("work takes the place of what was refused")
	}
	if !p.May(now, Answer) {
		t.Error("what was refused waits for work")
	}
}
