package enforce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/worker"
)

// bench is a journal and a door that write down what they are asked for, in its order.
type bench struct {
	asked    []string
	fails    map[string]error // by what is asked for
	breaks   string           // what they break over
	happened bool             // that an earlier try did it
	was      []string         // what stood there before, of what is settled as done
}

func (b *bench) take(what string) error {
	b.asked = append(b.asked, what)
	if what == b.breaks {
		panic("half done")
	}
	return b.fails[what]
}

func (b *bench) Begin(_ context.Context, a action.Action) (action.Action, error) {
	err := b.take("begin " + string(a.Verb))
	if a.ID == "" && err == nil {
		a.ID = "e1"
	}
	return a, err
}

func (b *bench) Settle(_ context.Context, id string, o action.Outcome) error {
	how := "failed"
	switch {
	case o.Dropped:
		how = "dropped"
	case o.Done:
		how = "done"
		b.was = append(b.was, string(o.Was))
	}
	return b.take("settle " + id + " " + how)
}

func (b *bench) Managed(_ context.Context, _ id.RoomID, entries []string) error {
	return b.take(fmt.Sprint("claim ", entries))
}

func (b *bench) Act(_ context.Context, a action.Action) (action.Result, error) {
	result := action.Result{Event: "$e"}
	if a.Verb == action.Mute {
		result.Was = json.RawMessage(`{"level":1}`)
	}
	return result, b.take("act " + string(a.Verb))
}

func (b *bench) Happened(context.Context, action.Action) (action.Result, bool, error) {
	err := b.take("look")
	return action.Result{Event: "$before"}, b.happened, err
}

var (
	benchBan = Job{Action: action.Action{Verb: action.Ban, Room: "!a:x", User: "@spam:evil.example"}}
	benchACL = Job{
		Action:  action.Action{Verb: action.SetACL, Room: "!a:x", State: &action.State{}},
		Plan:    Plan{Managed: []string{"new"}},
		Claimed: []string{"new", "old"},
	}
	benchSay = Job{Action: action.Action{ID: "say-1", Verb: action.Say, Room: "!m:x", Message: &action.Message{Markdown: "hello"}}}
)

// One try: what is written down before it and after it, and what reaches the homeserver.
func TestExecute(t *testing.T) {
	dry := func(j Job) Job { j.Dry = true; return j }
	doubt := func(j Job) Job { j.Doubt = true; return j }
	broken := func(kind action.FailureKind) error {
		return &action.Failure{Kind: kind, Err: errors.New("no")}
	}
	for name, tc := range map[string]struct {
		job   Job
		bench bench
		want  string
		event id.EventID
		kind  action.FailureKind
		lost  bool
	}{
		"a ban": {job: benchBan, want: "begin ban; act ban; settle e1 done", event: "$e"},
		// A dry run reaches nobody.
		"a ban in a dry run":  {job: dry(benchBan), want: "begin ban; settle e1 dropped"},
		"an ACL in a dry run": {job: dry(benchACL), want: "begin set_acl; claim [new old]; settle e1 dropped"},
		"speech in a dry run": {job: dry(benchSay), want: "act say", event: "$e"},
		// Speech is known by its name.
		"speech": {job: benchSay, want: "act say", event: "$e"},
		// What may have happened is looked for first, and not done twice.
		"the second try of what happened":         {job: doubt(benchBan), bench: bench{happened: true}, want: "begin ban; look; settle e1 done", event: "$before"},
		"the second try of what did not":          {job: doubt(benchBan), want: "begin ban; look; act ban; settle e1 done", event: "$e"},
		"the second try where nobody can look":    {job: doubt(benchBan), bench: bench{fails: map[string]error{"look": broken(action.Transient)}}, want: "begin ban; look; settle e1 failed", kind: action.Transient},
		"the first try of what happened somehow":  {job: benchBan, bench: bench{happened: true}, want: "begin ban; act ban; settle e1 done", event: "$e"},
		"the second try of an ACL in a dry run":   {job: dry(doubt(benchACL)), bench: bench{happened: true}, want: "begin set_acl; claim [new old]; settle e1 dropped"},
		"what is refused":                         {job: benchBan, bench: bench{fails: map[string]error{"act ban": broken(action.Forbidden)}}, want: "begin ban; act ban; settle e1 failed", kind: action.Forbidden},
		"what can never be done":                  {job: benchBan, bench: bench{fails: map[string]error{"act ban": broken(action.Gone)}}, want: "begin ban; act ban; settle e1 done", kind: action.Gone},
		"entries of an ACL are ours before it is": {job: benchACL, want: "begin set_acl; claim [new old]; act set_acl; settle e1 done; claim [new]", event: "$e"},
		"and stay so if it is refused":            {job: benchACL, bench: bench{fails: map[string]error{"act set_acl": broken(action.Transient)}}, want: "begin set_acl; claim [new old]; act set_acl; settle e1 failed", kind: action.Transient},
		// What cannot be written down is not done.
		"no journal":         {job: benchBan, bench: bench{fails: map[string]error{"begin ban": errors.New("full")}}, want: "begin ban", kind: action.Unwritten, lost: true},
		"no claim":           {job: benchACL, bench: bench{fails: map[string]error{"claim [new old]": errors.New("full")}}, want: "begin set_acl; claim [new old]", kind: action.Unwritten, lost: true},
		"no journal after":   {job: benchBan, bench: bench{fails: map[string]error{"settle e1 done": errors.New("full")}}, want: "begin ban; act ban; settle e1 done", event: "$e", lost: true},
		"settled long since": {job: benchBan, bench: bench{happened: true, fails: map[string]error{"begin ban": settledError{}}}, want: "begin ban; look", event: "$old"},
		// Nobody knows how far we got where we broke.
		"broken at the homeserver's answer": {job: benchBan, bench: bench{breaks: "act ban"}, want: "begin ban; act ban", kind: action.Broken},
		"broken over the journal":           {job: benchBan, bench: bench{breaks: "settle e1 done"}, want: "begin ban; act ban; settle e1 done", kind: action.Broken},
		"broken at once":                    {job: benchBan, bench: bench{breaks: "begin ban"}, want: "begin ban", kind: action.Broken},
		"broken at looking":                 {job: doubt(benchBan), bench: bench{breaks: "look"}, want: "begin ban; look", kind: action.Broken},
		"broken at speech":                  {job: benchSay, bench: bench{breaks: "act say"}, want: "act say", kind: action.Broken},
	} {
		b := tc.bench
		got := Execute(t.Context(), &b, &b, tc.job)
		if asked := strings.Join(b.asked, "; "); asked != tc.want {
			t.Errorf("%s: %s, want %s", name, asked, tc.want)
		}
		var kind action.FailureKind
		if got.Failure != nil {
			kind = got.Failure.Kind
		}
		if got.Result.Event != tc.event && kind == "" || kind != tc.kind || (got.Lost != nil) != tc.lost {
			t.Errorf("%s: %s %q, lost: %v", name, got.Result.Event, kind, got.Lost)
		}
		if got.Result.Dry != (tc.job.Dry && !tc.job.Action.Verb.Speech()) {
			t.Errorf("%s: dry: %v", name, got.Result.Dry)
		}
		if begun := slices.Contains(b.asked, "act ban"); begun && got.Action.ID != "e1" {
			t.Errorf("%s: its entry is %q", name, got.Action.ID)
		}
		if _, is := errors.AsType[*worker.Panic](got.Err()); is != (tc.kind == action.Broken) {
			t.Errorf("%s: what broke is told as %v", name, got.Err())
		}
	}
}

// settledError says that an entry was done before a crash.
type settledError struct{}

func (settledError) Error() string           { return "settled" }
func (settledError) Settled() action.Outcome { return action.Outcome{Done: true, Event: "$old"} }

// What stood there before is written down with what was done: what is given back one day,
// and what a command's reply counts after a crash.
func TestWhatWasThereIsWrittenDown(t *testing.T) {
	acl := benchACL
	acl.Before = json.RawMessage(`{"deny":[]}`)
	b := &bench{}
	for _, job := range []Job{{Action: action.Action{Verb: action.Mute, Room: "!a:x", User: "@u:x"}}, acl, benchBan} {
		Execute(t.Context(), b, b, job)
	}
	if want := []string{`{"level":1}`, `{"deny":[]}`, ""}; !slices.Equal(b.was, want) {
		t.Errorf("%q, want %q", b.was, want)
	}
}

// What our own end cut short stays open: the next start looks.
func TestExecuteCutShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := bench{fails: map[string]error{"act ban": context.Canceled}}
	if got := Execute(ctx, &b, &b, benchBan); got.Failure == nil || got.Lost == nil || slices.Contains(b.asked, "settle e1 failed") {
		t.Errorf("%+v after %q", got, b.asked)
	}
}

// A key over which we break does not stay in flight: who asked hears of it in the end,
// and what a rule wants is tried again, after a look at what may have happened.
func TestBrokenWorkIsNoWorkForEver(t *testing.T) {
	l := newLossy(t)
	l.is("join")
	l.rule(string(lossyUser))
	for range 2 * patienceWithRefusals {
		l.land(l.begin(action.Ban), action.Broken)
		l.at = l.at.Add(time.Hour)
	}
	job := l.begin(action.Ban)
	if !job.Doubt {
		t.Error("is not looked for before it is tried again")
	}
	l.land(job, "")
	l.is("ban")
	if !l.Idle() {
		t.Error("work is left")
	}

	l = newLossy(t)
	l.is("join")
	l.ask(action.Kick, "$kick")
	for range patienceWithRefusals {
		l.land(l.begin(action.Kick), action.Broken)
		l.at = l.at.Add(time.Hour)
	}
	l.begin("")
	if fate := l.told.fates["kick $kick"]; fate != action.Refused || !l.Idle() {
		t.Errorf("who asked heard %q; idle: %v", fate, l.Idle())
	}
}
