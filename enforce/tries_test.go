package enforce

import (
	"errors"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// lossy is a runner whose homeserver loses answers.
type lossy struct {
	*Runner
	told *heard
	t    *testing.T
	at   time.Time
}

const lossyUser = id.UserID("@spam:evil.example")

func newLossy(t *testing.T) *lossy {
	w := NewWorld(self, Settings{})
	newRoom(w, "!a:x")
	h := &heard{fates: map[string]action.Fate{}, settled: map[string]action.Outcome{}}
	return &lossy{NewRunner(w, 1, h), h, t, now}
}

// is sets what the room shows of the user.
func (l *lossy) is(m event.Membership) {
	_, keys := l.World.Apply("!a:x", memberEvent(lossyUser, self, m), l.at)
	l.Touch(keys, Soon)
	l.Plan(100, l.at)
}

func (l *lossy) rule(entity string) {
	_, slots, keys := l.World.ApplyRule(testList, ruleEvent("user", "1", entity, "m.ban"))
	l.Touch(append(keys, l.World.Follow(slots...)...), Soon)
	l.Plan(100, l.at)
}

// begin has a worker begin what must be this verb; "" for nothing.
func (l *lossy) begin(verb action.Verb) Job {
	l.t.Helper()
	l.at = l.at.Add(time.Minute)
	job, _ := l.Next(l.at)
	if job.Action.Verb != verb {
		l.t.Fatalf("tries %q, and not %q; so far %v", job.Action.Verb, verb, l.told.fates)
	}
	if job.Action.ID == "" {
		job.Action.ID = "ruled" // as the journal does
	}
	return job
}

func (l *lossy) land(job Job, kind action.FailureKind) {
	end := Attempt{Action: job.Action}
	if kind != "" {
		end.Failure = &action.Failure{Kind: kind, Err: errors.New("no")}
	}
	l.Landed(job, end, l.at)
}

func (l *lossy) ask(verb action.Verb, by id.EventID) { l.Want(asks(verb, lossyUser, by), l.at) }

// An unban whose answer was lost and that finds nothing to lift when it is tried again
// was made by the first try. Until its echo comes the room looks as before it: a ban
// that is asked for then is not there already.
func TestBanAfterLostUnban(t *testing.T) {
	l := newLossy(t)
	l.is("ban")
	l.ask(action.Unban, "$free")
	l.land(l.begin(action.Unban), action.Transient)
	l.land(l.begin(action.Unban), action.Gone)
	l.at = l.at.Add(2 * lingering)
	l.ask(action.Ban, "$ban")
	l.land(l.begin(action.Ban), "")
	if l.told.fates["unban $free"] != action.Done || l.told.fates["ban $ban"] != action.Done {
		t.Errorf("ended as %v", l.told.fates)
	}
}

// A ban that a rule wanted and whose answer was lost may be there. If the rule is gone,
// the journal goes on knowing of it until it shows up or cannot any more: after a crash
// nobody would lift it else.
func TestLostBanStaysInJournal(t *testing.T) {
	l := newLossy(t)
	l.is("join")
	l.rule(string(lossyUser))
	l.land(l.begin(action.Ban), action.Transient)
	l.rule("")
	l.begin("")
	if o, early := l.told.settled["ruled"]; early {
		t.Errorf("settled before it is known: %+v", o)
	}
	again := newLossy(t) // after a crash
	again.Resume(action.Action{ID: "ruled", Verb: action.Ban, Room: "!a:x", User: lossyUser, Cause: action.Cause{Kind: action.ByRule}}, true, now)
	again.is("ban")
	if _, _, found := again.Claim("!a:x", lossyUser, again.at); !found {
		t.Error("nobody's ban")
	}
	l.at = l.at.Add(2 * lingering)
	l.begin("")
	if o := l.told.settled["ruled"]; !o.Dropped {
		t.Errorf("settled at the end: %+v", o)
	}
}

// Who asks for a ban that a lost try has made already has it from then on.
func TestLostBanIsAskedFor(t *testing.T) {
	l := newLossy(t)
	l.is("join")
	l.rule(string(lossyUser))
	l.land(l.begin(action.Ban), action.Transient)
	l.rule("")
	l.World.Unprotect("!a:x")
	l.Drop("!a:x", l.at)
	newRoom(l.World, "!a:x")
	l.is("ban")
	l.ask(action.Ban, "$ban")
	l.begin("")
	if ours, _ := l.World.Bans.Of("!a:x", lossyUser); ours.Cause.Event != "$ban" {
		t.Errorf("the ban is %+v", ours)
	}
	if _, _, found := l.Claim("!a:x", lossyUser, l.at); found {
		t.Error("claimed for the rule as well")
	}
	if p := l.World.Plan(Key{action.MemberLane, "!a:x", string(lossyUser)}, l.at); p.Action.Verb != "" {
		t.Errorf("to %s", p.Action.Verb)
	}
}

// An unban that found nothing waits for a lost ban to show up; a ban that is asked for
// after it ends that.
func TestLaterBanIsNotLifted(t *testing.T) {
	l := newLossy(t)
	l.is("join")
	l.ask(action.Ban, "$first")
	l.land(l.begin(action.Ban), action.Transient)
	l.ask(action.Unban, "$free")
	l.land(l.begin(action.Unban), action.Gone)
	l.ask(action.Ban, "$second")
	job := l.begin(action.Ban)
	l.is("ban")
	l.Claim("!a:x", lossyUser, l.at)
	l.land(job, "")
	l.begin("")
	if l.told.fates["ban $second"] != action.Done {
		t.Errorf("ended as %v", l.told.fates)
	}
}

// Who asks for a ban that is there already, by our own hand, has it from then on.
func TestBanThatIsThereIsAskedFor(t *testing.T) {
	l := newLossy(t)
	l.is("ban") // of which this life knows nothing else
	l.ask(action.Ban, "$ban")
	l.begin("")
	if ours, _ := l.World.Bans.Of("!a:x", lossyUser); ours.Cause.Event != "$ban" || !l.told.settled["$ban"].Done {
		t.Errorf("the ban is %+v, and in the journal %+v", ours, l.told.settled["$ban"])
	}
}

// A ban of a rule that shows up before its answer, which is lost, is lifted if the rule
// is gone, also if the key is left for another reason than to plan it.
func TestLostBanOfARuleThatIsGoneIsLifted(t *testing.T) {
	l := newLossy(t)
	l.is("join")
	l.rule(string(lossyUser))
	job := l.begin(action.Ban)
	l.SetDry(true, l.at)
	l.rule("")
	l.ask(action.Unban, "$tried") // and told only
	l.is("ban")
	l.land(job, action.Transient)
	l.SetDry(false, l.at)
	dry := l.begin(action.Unban)
	l.Landed(dry, Attempt{Action: dry.Action, Result: action.Result{Dry: true}}, l.at)
	l.Plan(100, l.at)
	if lift := l.begin(action.Unban); lift.Dry || lift.Action.Cause.Kind != action.ByRule {
		t.Errorf("lifts by %+v", lift)
	}
}

// A homeserver, or the proxy before it, that asks to be left alone for an hour is asked
// again long before: a ban does not wait for it.
func TestNobodyWaitsForAnHour(t *testing.T) {
	for kind, longest := range map[action.FailureKind]time.Duration{
		action.Transient: action.LongestPause, action.RateLimited: action.LongestLimit,
	} {
		l := newLossy(t)
		l.is("join")
		l.rule(string(lossyUser))
		job := l.begin(action.Ban)
		l.Landed(job, Attempt{Action: job.Action, Failure: &action.Failure{Kind: kind, RetryAfter: time.Hour, Err: errors.New("no")}}, l.at)
		if wait := l.Wake(l.at).Sub(l.at); wait <= 0 || wait > longest {
			t.Errorf("%s: the ban waits %s", kind, wait)
		}
		if wait := l.Pace.Free(l.at, Answer).Sub(l.at); wait > longest {
			t.Errorf("%s: speech waits %s", kind, wait)
		}
		l.at = l.at.Add(longest)
		l.land(l.begin(action.Ban), "")
	}
}

// hindrances hears also what is hindered, which is told as "I go on when that changes".
type hindrances struct {
	*heard
	all []action.Hindrance
}

func (h *hindrances) Hindered(x action.Hindrance, _ time.Time) { h.all = append(h.all, x) }

// What a rule wants in a room that was dropped while it was being tried is given up, and
// not hindered: whoever left a room may do nothing there, and nothing is left to go on with.
func TestRefusedWhereWeLeft(t *testing.T) {
	for left, want := range map[bool]int{true: 0, false: 1} {
		l := newLossy(t)
		h := &hindrances{heard: l.told}
		l.Runner = NewRunner(l.World, 1, h)
		l.is("join")
		l.rule(string(lossyUser))
		job := l.begin(action.Ban)
		if left {
			l.Drop("!a:x", l.at)
		}
		l.land(job, action.Forbidden)
		if len(h.all) != want {
			t.Errorf("left %t: hindered %+v", left, h.all)
		}
	}
}

// What was decided when a room was still looked after, and is asked for when it is not any more, is over: nobody tries it
// without end, nor once the room is looked after again.
func TestAskedForWhereWeLeft(t *testing.T) {
	l := newLossy(t)
	l.is("ban")
	l.World.Unprotect("!a:x")
	l.Drop("!a:x", l.at)
	l.ask(action.Unban, "$free")
	if fate := l.told.fates["unban $free"]; fate != action.Dropped || !l.told.settled["$free"].Dropped {
		t.Errorf("told %q, settled %+v", fate, l.told.settled["$free"])
	}
	l.begin("")
	newRoom(l.World, "!a:x")
	l.is("ban")
	l.begin("")
	l.ask(action.Unban, "$again")
	l.land(l.begin(action.Unban), "")
}

// A ban whose answer was lost may have been made, also if its rule went since and came
// back, or if it was to be lifted since and the answer to that was lost: it is looked at
// before it is made once more.
func TestLostBanIsLookedAtFirst(t *testing.T) {
	for name, between := range map[string]func(l *lossy){
		"its rule went and came back": func(l *lossy) {
			l.rule("")
			if job, ok := l.Next(l.at); ok {
				t.Fatalf("tries %+v", job.Action)
			}
		},
		"an unban of it was lost": func(l *lossy) {
			l.rule("")
			l.ask(action.Unban, "$free")
			l.land(l.begin(action.Unban), action.Transient)
			l.ask(action.Ban, "$again")
		},
	} {
		l := newLossy(t)
		l.is("join")
		l.rule(string(lossyUser))
		if first := l.begin(action.Ban); first.Doubt {
			t.Errorf("%s: the first try is in doubt", name)
		} else {
			l.land(first, action.Transient)
		}
		between(l)
		l.rule(string(lossyUser))
		if again := l.begin(action.Ban); !again.Doubt {
			t.Errorf("%s: banned over our own ban", name)
		}
	}
}
