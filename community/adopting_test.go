package community

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections"
	"forseti/protections/kit"
	"forseti/store"
)

// beginning is a community that starts for the first time, with account data and state of a
// management room as others left them.
func beginning(t *testing.T, kept *store.Store, data map[string]string, state ...*event.Event) *reader {
	t.Helper()
	r := &reader{New(newReader(t, openStore(t), 0).opts), t}
	r.opts.Store = kept
	r.hearing.adopting.pending = true
	for kind, content := range data {
		evt := stateEvent("", kind, "", benchSelf, "", json.RawMessage(content))
		evt.StateKey = nil
		r.configured.take(evt)
	}
	r.intake.viewManagement(state, time.Now())
	return r
}

func managed(kind, key, content string) *event.Event {
	return stateEvent("!management:hs", kind, key, "@old:hs", id.EventID("$"+kind+key), json.RawMessage(content))
}

func (r *reader) mode(protection string) string {
	return r.protectors.stand.of[protection].Mode.String()
}

// What was chosen at the set-up holds from the first start on.
func TestPresetOfTheSetUp(t *testing.T) {
	r := beginning(t, openStore(t), map[string]string{typePreset: `{"preset":"public support"}`})
	said := r.hearing.adopting.adopt(true)
	p, _ := protections.FindPreset("public support")
	for _, kind := range protections.Kinds() {
		if want, _ := p.Of(kind.Name); r.mode(kind.Name) != want.Mode.String() {
			t.Errorf("%s is %s", kind.Name, r.mode(kind.Name))
		}
	}
	if !strings.Contains(said, "as the preset `public support` says") || r.hearing.adopting.adopt(true) != "" {
		t.Error(said)
	}

	for content, want := range map[string]string{`{"preset":"none"}`: "", `{"preset":7}`: "", `[]`: "", `{"preset":"best <b>"}`: "`best <b>` was chosen, and there is none of that name"} {
		r := beginning(t, openStore(t), map[string]string{typePreset: content})
		if said := r.hearing.adopting.adopt(true); said == "" != (want == "") || !strings.Contains(said, want) || len(r.protectors.stand.of) > 0 {
			t.Errorf("%s: %s", content, said)
		}
	}
}

// Of the bot before us come along its protections, by our names, and what has none is named.
func TestSettingsOfTheBotBefore(t *testing.T) {
	enabled := `{"enabled":["BasicFloodingProtection","MentionLimitProtection","TrustedReporters","DraupnirNews","ServerBanSynchronisationProtection"],"ge.applied-langua.ge.draupnir.schema_version":8}`
	state := []*event.Event{
		managed(typeProtectionSetting, "MentionLimitProtection", `{"maxMentions":4,"warningText":"no"}`),
		managed(typeProtectionSetting, "TrustedReporters", `"rubbish"`),
		managed(typeProviders, "BasicFloodingProtection", `{"userConsequences":{"capability_provider_name":"SimulatedUserConsequences"}}`),
	}
	r := beginning(t, openStore(t), map[string]string{typeEnabledProtections: enabled}, state...)
	if said := r.hearing.adopting.adopt(false); said != "" || len(r.protectors.stand.of) > 0 {
		t.Errorf("before the management room was read: %s", said)
	}
	said := r.hearing.adopting.adopt(true)
	if r.mode("flooding") != "in shadow" || r.mode("mentions") != "on" || r.protectors.stand.of["mentions"].Values["users"] != "4" || len(r.protectors.stand.of) != 2 {
		t.Errorf("%+v", r.protectors.stand.of)
	}
	for _, want := range []string{"From the bot that used this account before:\n- `BasicFloodingProtection` is `flooding` here", "- `DraupnirNews`: ", "- `warningText` of `MentionLimitProtection`"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %s", want, said)
		}
	}

	// Both: nothing that the preset has on goes down.
	r = beginning(t, openStore(t), map[string]string{typeEnabledProtections: enabled, typePreset: `{"preset":"public support"}`}, state...)
	if r.hearing.adopting.adopt(true); r.mode("flooding") != "on" || r.mode("words") != "on" || r.protectors.stand.of["mentions"].Values["users"] != "4" {
		t.Errorf("%+v", r.protectors.stand.of)
	}
}

// It is done once: not over what moderators have set, and not by a later version.
func TestNothingIsAdoptedTwice(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	if !r.hearing.adopting.pending {
		t.Error("nothing is adopted at the first start")
	}
	r.hearing.adopting.adopt(false)
	r.store(store.Commit{})
	r = newReader(t, kept, 0)
	if !r.hearing.adopting.pending {
		t.Error("a stop before the management room was read has it forgotten")
	}
	r.hearing.adopting.adopt(true)
	r.store(store.Commit{})
	if r = newReader(t, kept, 0); r.hearing.adopting.pending {
		t.Error("it is adopted again")
	}
	flooding, _ := protections.Find("flooding")
	kept = openStore(t)
	r = newReader(t, kept, 0)
	r.protectors.stand.change(flooding, kit.Standing{})
	r.store(store.Commit{})
	if r = newReader(t, kept, 0); r.hearing.adopting.pending {
		t.Error("what moderators have set is laid over")
	}
}

// Whoever becomes a moderator is told once, whatever they do, and many are told together.
func TestNewModeratorsAreTold(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	r.places.management.viewed(nil)
	g := r.hearing.greeting
	move := func(u id.UserID, membership string) {
		r.intake.takeState(managed("m.room.member", string(u), `{"membership":"`+membership+`"}`), time.Now(), roles{management: true}, &store.Commit{})
	}
	said := map[string]int{}
	told := func(after time.Duration) (users []id.UserID) {
		before := map[id.UserID]bool{}
		for u := range g.told {
			before[u] = true
		}
		g.tellDue(time.Now().Add(after))
		for at := time.Now().Add(after); ; at = at.Add(time.Minute) {
			next := r.speaker.report.Speak(at)
			if len(next) == 0 {
				break
			}
			for _, s := range next {
				said[s.Name]++
				r.speaker.report.Posted(s.Name, "$said", at)
				r.speaker.posted[s.Name]("$said")
			}
		}
		for u := range g.told {
			if !before[u] {
				users = append(users, u)
			}
		}
		slices.Sort(users)
		return users
	}
	move("@a:hs", "invite")
	if !g.due().IsZero() {
		t.Error("who is invited is told")
	}
	move("@a:hs", "join")
	move("@b:hs", "join")
	move("@c:hs", "join")
	move("@c:hs", "leave")
	if got := told(0); got != nil {
		t.Errorf("at once: %v", got)
	}
	if got := told(time.Minute); !slices.Equal(got, []id.UserID{"@a:hs", "@b:hs"}) {
		t.Errorf("told are %v", got)
	}
	for range 5 { // a new name is no news, and neither is who comes back
		move("@a:hs", "join")
		move("@b:hs", "leave")
		move("@b:hs", "join")
	}
	if !g.due().IsZero() {
		t.Error("somebody is told again")
	}
	for range 5 {
		move("@c:hs", "join")
		move("@c:hs", "leave")
	}
	if got := told(5 * time.Minute); got != nil {
		t.Errorf("too soon: %v", got)
	}
	if got := told(time.Hour); got != nil {
		t.Errorf("who has left is told: %v", got)
	}
	r.store(store.Commit{})
	r = newReader(t, kept, 0)
	r.places.management.viewed(nil)
	if g = r.hearing.greeting; !g.told["@a:hs"] || !g.told["@b:hs"] {
		t.Errorf("after a restart nobody knows who was told: %v", g.told)
	}
	// A crowd is no crowd of messages, and who waits while we restart is told after it, in the same message if that was
	// sent before.
	for i := range 30 {
		move(spammer(i), "join")
	}
	move("@gone:hs", "join")
	r.store(store.Commit{})
	names := map[string]bool{}
	for range 2 { // the second time after a crash
		r = newReader(t, kept, 0)
		r.places.management.viewed(nil)
		for i := range 30 {
			move(spammer(i), "join")
		}
		clear(said)
		g = r.hearing.greeting
		if got := told(time.Hour); len(got) != 30 || len(said) != 1 {
			t.Errorf("of a crowd %d are told in %v", len(got), said)
		}
		maps.Copy(names, map[string]bool{slices.Collect(maps.Keys(said))[0]: true})
	}
	if len(names) != 1 {
		t.Errorf("the greeting is sent as %v", names)
	}
	r.store(store.Commit{})
	r = newReader(t, kept, 0)
	if g = r.hearing.greeting; len(g.waiting) > 0 || len(g.told) != 32 || len(storedAs(t, kept, greetedNamespace)) != 32 {
		t.Errorf("%v wait, %d were told", g.waiting, len(g.told))
	}
}

// A moderator who comes soon after another is told at once. However many come one after another, they are told in few
// messages, nobody later than after the longest pause, and a calm while later all is as at first.
func TestGreetingsDoNotWait(t *testing.T) {
	var p greetingPace
	now := time.Unix(1e6, 0)
	for _, after := range []time.Duration{0, time.Minute, 2 * time.Minute, time.Hour, time.Minute} {
		now = now.Add(after)
		if at := p.next(now); at != now.Add(greetingDelay) {
			t.Errorf("who comes %v after another is told after %v", after, at.Sub(now))
		}
		p.told(p.next(now))
	}
	now = now.Add(time.Hour)
	messages, begun, waits := 0, now, time.Duration(0)
	for now.Sub(begun) < time.Hour { // one each five seconds
		at := p.next(now)
		waits = max(waits, at.Sub(now))
		if now.Sub(begun) < time.Minute && at.Sub(now) > time.Minute {
			t.Errorf("of the first somebody waits %v", at.Sub(now))
		}
		p.told(at)
		messages++
		for now = now.Add(5 * time.Second); now.Before(at); now = now.Add(5 * time.Second) {
		}
	}
	if messages > 12 || waits > longestGreetingPause {
		t.Errorf("%d messages in an hour, somebody waits %v", messages, waits)
	}
}

// Who was there when we came knows.
func TestThoseWhoAreThereAreNotTold(t *testing.T) {
	r := beginning(t, openStore(t), nil, managed("m.room.member", "@mod:hs", `{"membership":"join"}`))
	if !r.hearing.greeting.due().IsZero() {
		t.Error("who was there is told")
	}
	r.intake.viewManagement([]*event.Event{managed("m.room.member", "@mod:hs", `{"membership":"join"}`), managed("m.room.member", "@new:hs", `{"membership":"join"}`)}, time.Now())
	if !slices.Equal(r.hearing.greeting.waiting, []id.UserID{"@new:hs"}) {
		t.Errorf("%v", r.hearing.greeting.waiting)
	}
}
