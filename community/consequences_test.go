package community

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

const allPower = `{"users":{"@forseti:hs":100}}`

func floodsWith(t *testing.T, c *Community, values string) {
	t.Helper()
	c.protectors.stand.load(map[string]json.RawMessage{"flooding": json.RawMessage(`{"enabled":true,"values":` + values + `}`)})
}

// hearsFrom is hears with the offences, at a time.
func (c *Community) hearsFrom(user id.UserID, from, to int, at time.Time) (all outcome) {
	for n := from; n <= to; n++ {
		evt := &event.Event{ID: id.EventID(fmt.Sprint("$", n)), RoomID: benchRoom, Sender: user, Type: event.EventMessage}
		all.add(c.protectors.said(evt, at, false, false))
	}
	return all
}

func verbsOf(actions []action.Action) (verbs []action.Verb) {
	for _, a := range actions {
		verbs = append(verbs, a.Verb)
	}
	return slices.Compact(verbs)
}

// What follows is what moderators have set, in general or for a room, and the ladder's
// word where they have not.
func TestWhatFollowsIsSet(t *testing.T) {
	at := time.Unix(1000, 0)
	for set, want := range map[string]struct {
		verbs []action.Verb
		lasts time.Duration
		step  sanction.Step
	}{
		`{"messages":"2"}`:                               {[]action.Verb{action.Ban, action.Redact}, 0, sanction.Ban},
		`{"messages":"2","consequence":"ban 7d"}`:        {[]action.Verb{action.Ban, action.Redact}, 7 * 24 * time.Hour, sanction.Ban},
		`{"messages":"2","consequence":"mute 2h"}`:       {[]action.Verb{action.Mute, action.Redact}, 2 * time.Hour, sanction.Mute},
		`{"messages":"2","consequence":"mute"}`:          {[]action.Verb{action.Mute, action.Redact}, time.Hour, sanction.Mute},
		`{"messages":"2","consequence":"kick"}`:          {[]action.Verb{action.Kick, action.Redact}, 0, sanction.Kick},
		`{"messages":"2","consequence":"redact"}`:        {[]action.Verb{action.Redact}, 0, sanction.Redact},
		`{"messages":"2","consequence":"alert"}`:         {nil, 0, sanction.Alert},
		`{"messages":"2","consequence":"list-ban"}`:      {[]action.Verb{action.Ban, action.Redact}, 0, sanction.Ban}, // there is no list
		`{"messages":"2","points":"40"}`:                 {[]action.Verb{action.Mute, action.Redact}, time.Hour, sanction.Mute},
		`{"messages":"2","points":"0"}`:                  {[]action.Verb{action.Redact}, 0, sanction.Redact},
		`{"messages":"2","consequence":"to the moon"}`:   {[]action.Verb{action.Ban, action.Redact}, 0, sanction.Ban},
		`{"messages":"2","consequence":"kick 1h"}`:       {[]action.Verb{action.Ban, action.Redact}, 0, sanction.Ban},
		`{"messages":"2","points":"1000000"}`:            {[]action.Verb{action.Ban, action.Redact}, 0, sanction.Ban},
		`{"messages":"2","consequence":"ban 999999999"}`: {[]action.Verb{action.Ban, action.Redact}, 0, sanction.Ban},
	} {
		c := governed(t, allPower)
		c.happens("@u:hs", "m.room.member", "@u:hs", `{"membership":"join"}`)
		floodsWith(t, c, set)
		all := c.hearsFrom("@u:hs", 1, 3, at)
		if got := verbsOf(all.actions); !slices.Equal(got, want.verbs) {
			t.Errorf("%s: %v", set, got)
		}
		if len(all.offences) != 1 || all.offences[0].Step != want.step.String() || all.offences[0].User != "@u:hs" || all.offences[0].Room != benchRoom {
			t.Errorf("%s: %+v", set, all.offences)
		}
		for _, a := range all.actions {
			if ends := a.Expires; a.Verb != action.Redact && want.lasts > 0 != !ends.IsZero() || !ends.IsZero() && !ends.Equal(at.Add(want.lasts)) {
				t.Errorf("%s: %s until %v", set, a.Verb, ends)
			}
		}
		if told := c.said(); strings.Contains(told, "I did nothing about it") != (want.step == sanction.Alert) {
			t.Errorf("%s: %s", set, told)
		}
	}
}

// A rule is written to a list only for spam that came again, and only to one of our own.
func TestListBanIsWrittenToOurOwnList(t *testing.T) {
	c := governed(t, allPower)
	c.protectors.follows.list = func() (id.RoomID, bool) { return "!list:hs", true }
	floodsWith(t, c, `{"messages":"2","consequence":"takedown"}`)
	all := c.hearsFrom("@u:hs", 1, 3, time.Unix(0, 0))
	i := slices.IndexFunc(all.actions, func(a action.Action) bool { return a.Verb == action.WriteRule })
	if i < 0 || all.actions[i].Room != "!list:hs" || !strings.Contains(string(all.actions[i].State.Content), "takedown") ||
		!strings.Contains(string(all.actions[i].State.Content), `"@u:hs"`) || all.actions[i].Check() != nil {
		t.Fatalf("%+v", all.actions)
	}
	if all.actions[0].Verb != action.Ban || all.offences[0].Step != "takedown" {
		t.Errorf("%+v", all)
	}
}

// After a crash the same findings bring no second step, and what was done counts on.
func TestNoSecondStepAfterARestart(t *testing.T) {
	kept := openStore(t)
	now := time.Now()
	c := governed(t, allPower)
	floodsWith(t, c, `{"messages":"2","consequence":"mute 1h"}`)
	first := c.hearsFrom("@u:hs", 1, 3, now)
	if err := kept.Commit(t.Context(), store.Commit{Open: first.actions, Offences: first.offences}); err != nil {
		t.Fatal(err)
	}
	c = governed(t, allPower)
	floodsWith(t, c, `{"messages":"2","consequence":"mute 1h"}`)
	if err := c.protectors.follows.load(t.Context(), kept.Offences, now); err != nil {
		t.Fatal(err)
	}
	again := c.hearsFrom("@u:hs", 1, 3, now.Add(time.Second))
	if got := verbsOf(again.actions); !slices.Equal(got, []action.Verb{action.Redact}) || len(again.offences) != 0 {
		t.Errorf("%v, %+v", got, again.offences)
	}
	if points := c.protectors.follows.ledger.Points("@u:hs", now); points < 99.9 || points > 100 {
		t.Errorf("%v points", points)
	}
}

// What several protections find in one message is told, removed and kept of each, and counts once; after a restart
// too, and what is left of it if a moderator undoes the worst.
func TestOneMessageIsOneOffence(t *testing.T) {
	kept := openStore(t)
	now := time.Now()
	c := governed(t, allPower)
	found := func(c *Community, evt id.EventID, weights ...kit.Weight) outcome {
		var all []kit.Finding
		for n, w := range weights {
			all = append(all, kit.Finding{Protection: fmt.Sprint("p", n), Room: benchRoom, User: "@u:hs", Offence: evt, Events: []id.EventID{evt}, Weight: w, Points: w.Weight(), Why: "it is there"})
		}
		return c.protectors.consequences(all, now)
	}
	light := []kit.Weight{kit.Light, kit.Light, kit.Light, kit.Light}
	first := found(c, "$1", light...)
	if got := verbsOf(first.actions); !slices.Equal(got, []action.Verb{action.Redact}) || len(first.offences) != 4 {
		t.Errorf("%v, %+v", got, first.offences)
	}
	told := c.said()
	for n := range 4 {
		if !strings.Contains(told, fmt.Sprint("p", n)) {
			t.Errorf("p%d is not told: %s", n, told)
		}
	}
	if err := kept.Commit(t.Context(), store.Commit{Open: first.actions, Offences: first.offences}); err != nil {
		t.Fatal(err)
	}
	c = governed(t, allPower)
	if err := c.protectors.follows.load(t.Context(), kept.Offences, now); err != nil {
		t.Fatal(err)
	}
	again := found(c, "$1", append(light, kit.Nuisance)...) // another was switched on meanwhile
	ledger := c.protectors.follows.ledger
	if got := ledger.Points("@u:hs", now); got < 24.9 || got > 25 || len(again.offences) != 1 {
		t.Errorf("%v points, %+v", got, again.offences)
	}
	c.protectors.follows.forgiven([]string{again.offences[0].ID})
	if got := ledger.Points("@u:hs", now); got < 9.9 || got > 10 {
		t.Errorf("%v points once the worst is undone", got)
	}
}

// What moderators set to follow from several protections is done once for one message, the severest of it,
// wherever the others stand; they say for which it was. In another room it goes by what is found there.
func TestSetConsequencesOfOneMessage(t *testing.T) {
	set := func(n int, follows string, shade bool) kit.Finding {
		f := kit.Finding{Protection: fmt.Sprint("p", n), Room: benchRoom, User: "@u:hs", Offence: "$1", Events: []id.EventID{"$1"}, Weight: kit.Light, Points: 10, Why: "it is there"}
		f.Set, _ = sanction.ParseConsequence(follows)
		if shade {
			f.Protection = "shade"
		}
		return f
	}
	for _, tc := range []struct {
		name    string
		follows []string // of each; "shadow …" of one that is in shadow
		want    []action.Verb
		ends    time.Duration
		stands  string // for how many
	}{
		{"the same twice", []string{"mute 1h", "mute 1h"}, []action.Verb{action.Mute, action.Redact}, time.Hour, "p0"},
		{"the longer one", []string{"mute 1h", "mute 5h", "mute 2h"}, []action.Verb{action.Mute, action.Redact}, 5 * time.Hour, "p1"},
		{"the severest of three", []string{"mute 1h", "kick", "ban 2h"}, []action.Verb{action.Ban, action.Redact}, 2 * time.Hour, "p2"},
		{"for good before for a time", []string{"ban 2h", "ban"}, []action.Verb{action.Ban, action.Redact}, 0, "p1"},
		{"beside one in shadow", []string{"shadow ban", "mute 1h", "mute 1h"}, []action.Verb{action.Mute, action.Redact}, time.Hour, "p1"},
		{"beside the ladder", []string{"ladder", "mute 1h"}, []action.Verb{action.Mute, action.Redact}, time.Hour, ""},
		{"a rule that removes and counts", []string{"redact", "ladder", "mute 1h"}, []action.Verb{action.Mute, action.Redact}, time.Hour, ""},
	} {
		c := governed(t, allPower)
		at := time.Now()
		var found []kit.Finding
		for n, follows := range tc.follows {
			follows, shade := strings.CutPrefix(follows, "shadow ")
			if f := set(n, follows, shade); shade {
				c.protectors.shadowed(f, at)
			} else {
				found = append(found, f)
			}
		}
		all := c.protectors.consequences(found, at)
		verbs := verbsOf(all.actions)
		slices.Sort(verbs)
		slices.Sort(tc.want)
		if verbs = slices.Compact(verbs); !slices.Equal(verbs, tc.want) || len(all.offences) != len(found) {
			t.Errorf("%s: %v, %d offences", tc.name, verbs, len(all.offences))
		}
		steps := 0
		for _, a := range all.actions {
			if a.Verb == action.Redact {
				continue
			}
			steps++
			if want := at.Add(tc.ends); tc.ends == 0 && !a.Expires.IsZero() || tc.ends > 0 && a.Expires.Sub(want).Abs() > time.Minute {
				t.Errorf("%s: until %s", tc.name, a.Expires)
			}
		}
		if steps != 1 {
			t.Errorf("%s: %d steps", tc.name, steps)
		}
		if told := c.said(); strings.Contains(told, "stands for it") != (tc.stands != "") || tc.stands != "" && !strings.Contains(told, "what follows from `"+tc.stands+"` stands for it") {
			t.Errorf("%s: told %q", tc.name, told)
		}
		for n, f := range found { // nor is it done again, whoever finds it once more
			if again := c.protectors.consequences([]kit.Finding{f}, at); len(again.offences) != 0 || slices.ContainsFunc(again.actions, func(a action.Action) bool { return a.Verb != action.Redact }) {
				t.Errorf("%s: of the %d. again: %v", tc.name, n+1, verbsOf(again.actions))
			}
		}
	}
}

// A dry run holds nothing against anybody.
func TestDryRunEntersNothing(t *testing.T) {
	c := governed(t, allPower)
	c.jobs.runner.SetDry(true, time.Unix(0, 0))
	floods(t, c)
	if all := c.hearsFrom("@u:hs", 1, 3, time.Unix(0, 0)); len(all.actions) == 0 || len(all.offences) != 0 {
		t.Errorf("%+v", all)
	}
	if points := c.protectors.follows.ledger.Points("@u:hs", time.Unix(0, 0)); points != 0 {
		t.Errorf("%v points", points)
	}
}

// A step that did not happen is none, and is stored so.
func TestStepThatDidNotHappen(t *testing.T) {
	for fate, stands := range map[action.Fate]bool{action.Done: true, action.Refused: false, action.Would: false, action.Dropped: false, action.Superseded: false} {
		c := governed(t, allPower)
		floods(t, c)
		all := c.hearsFrom("@u:hs", 1, 3, time.Unix(0, 0))
		c.protectors.ended(action.Ending{Action: all.actions[0], Fate: fate})
		e := c.protectors.follows.ledger.Of("@u:hs")
		if len(e) != 1 || e[0].Step == sanction.Ban != stands {
			t.Errorf("%s: %+v", fate, e)
		}
		if stored := c.commits.Next().Offences; stands != (len(stored) == 0) || !stands && stored[0].Step != "redact" {
			t.Errorf("%s: stored %+v", fate, stored)
		}
	}
}

// What a moderator lifts counts no more; what ends because its time is over goes on to.
func TestWhatIsLiftedCountsNoMore(t *testing.T) {
	for name, over := range map[string]bool{"by a moderator": false, "its time is over": true} {
		c := governed(t, allPower)
		floodsWith(t, c, `{"messages":"2","consequence":"ban 1h"}`)
		ban := c.hearsFrom("@u:hs", 1, 3, time.Unix(0, 0)).actions[0]
		c.intake.echoMember(ban, event.MembershipBan, "", time.Unix(0, 0))
		c.protectors.ended(action.Ending{Action: ban, Fate: action.Done})
		lift := action.Action{Verb: action.Unban, Room: benchRoom, User: "@u:hs"}
		if over {
			lift.Cause, lift.Parent = action.Cause{Kind: action.ByForseti}, "entry"
			c.protectors.endings.resume(lift)
		}
		c.intake.echoMember(lift, event.MembershipLeave, "", time.Unix(0, 0))
		points, stored := c.protectors.follows.ledger.Points("@u:hs", time.Unix(0, 0)), c.commits.Next().Offences
		if over && (points < 99.9 || len(stored) != 0) || !over && (points != 0 || len(stored) != 1 || stored[0].Undone.IsZero()) {
			t.Errorf("%s: %v points, stored %+v", name, points, stored)
		}
	}
}

// Who is muted or removed for less than spam is told why, once in a while, and only of the
// steps that are set.
func TestWhoIsTold(t *testing.T) {
	at := time.Unix(1000, 0)
	c := governed(t, allPower)
	for _, tc := range []struct {
		user              id.UserID
		consequence, tell string
		want              []action.Verb
		words             string
	}{
		{"@a:hs", "mute 1h", "warn mute kick", []action.Verb{action.Mute, action.Notify, action.Redact}, "you cannot write for 1 hour. The reason: rude."},
		{"@a:hs", "kick", "warn mute kick", []action.Verb{action.Kick, action.Redact}, ""}, // they were told something lately
		{"@b:hs", "kick", "warn mute kick", []action.Verb{action.TellOut, action.Redact}, "you were removed"},
		{"@c:hs", "kick", "none", []action.Verb{action.Kick, action.Redact}, ""},
		{"@d:hs", "ban", "warn mute kick", []action.Verb{action.Ban, action.Redact}, ""},
		{"@e:hs", "ban 2d", "ban", []action.Verb{action.Ban, action.Notify, action.Redact}, "you were banned for 2 days"},
		{"@f:hs", "redact", "warn mute kick ban", []action.Verb{action.Redact}, ""},
		{"@g:hs", "ladder", "warn", []action.Verb{action.Notify, action.Redact}, "something that you wrote was removed"},
	} {
		f := c.nuisance(tc.user, "$"+id.EventID(tc.user+id.UserID(tc.consequence)), tc.consequence, tc.tell)
		all := c.protectors.consequences([]kit.Finding{f}, at).actions
		at = at.Add(time.Minute)
		words := ""
		for _, a := range all {
			if a.Message != nil {
				words = a.Message.Markdown
			}
		}
		if got := verbsOf(all); !slices.Equal(got, tc.want) || !strings.Contains(words, tc.words) || (words == "") != (tc.words == "") {
			t.Errorf("%s, %s: %v, told %q", tc.user, tc.consequence, got, words)
		}
	}
	c.protectors.follows.setNotice("", "In {room} {what}, for {why}.")
	own := c.protectors.consequences([]kit.Finding{c.nuisance("@h:hs", "$h", "ban 2d", "ban")}, at).actions
	if len(own) != 3 || !strings.HasSuffix(own[1].Message.Markdown, " you were banned for 2 days, for rude.") {
		t.Errorf("own words: %+v", own)
	}
	spam := c.nuisance("@i:hs", "$i", "ban", "ban")
	spam.Weight = kit.Spam
	if all := c.protectors.consequences([]kit.Finding{spam}, at); slices.ContainsFunc(all.actions, func(a action.Action) bool { return a.Message != nil }) {
		t.Error("a spammer is told")
	}
}

// Who is to be told in the room is told there, in few lines for all who read it: one is for each in
// a while, and for a room only some. Of what comes after they are told in a direct chat.
func TestWhoIsToldInTheRoom(t *testing.T) {
	at := time.Unix(1000, 0)
	c := governed(t, allPower)
	tell := func(u id.UserID, edit func(*kit.Finding)) (told action.Action) {
		f := c.nuisance(u, id.EventID("$"+u+id.UserID(at.String())), "warn", "warn")
		f.Here, _ = sanction.ParseHere("warn mute")
		edit(&f)
		at = at.Add(time.Second)
		for _, a := range c.protectors.consequences([]kit.Finding{f}, at).actions {
			if a.Message != nil {
				told = a
			}
		}
		return told
	}
	as := func(name string) func(*kit.Finding) {
		return func(f *kit.Finding) {
			c.happens(f.User, "m.room.member", string(f.User), `{"membership":"join","displayname":"`+name+`"}`)
		}
	}
	first := tell("@a:hs", as("Ann"))
	if first.Verb != action.NotifyHere || first.Room != benchRoom || !slices.Equal(first.Message.Mentions, []id.UserID{"@a:hs"}) ||
		first.Message.Markdown != "Ann: something that you wrote was removed. The reason: rude. Nothing else was done." || c.world.Guard(first) != nil {
		t.Errorf("told %+v %+v: %v", first, first.Message, c.world.Guard(first))
	}
	for _, tc := range []struct {
		user id.UserID
		edit func(*kit.Finding)
		want action.Verb
		says string
	}{
		{"@a:hs", as("Ann"), "", ""}, // lately
		{"@b:hs", as("@room"), action.NotifyHere, "`@b:hs`: something"},
		{"@c:hs", func(f *kit.Finding) { as("Rude")(f); f.Of = action.ToProfile }, action.NotifyHere, "`@c:hs`: something"},
		{"@d:hs", func(f *kit.Finding) { f.Weight = kit.Spam }, "", ""},
		{"@e:hs", func(f *kit.Finding) { f.Set.Step = sanction.Mute }, action.NotifyHere, "you cannot write for"},
		{"@f:hs", func(f *kit.Finding) { f.Set.Step = sanction.Redact }, "", ""},
		{"@g:hs", func(f *kit.Finding) { f.Set.Step = sanction.Ban; f.Tell = "ban" }, action.Notify, "you were banned"},
		{"@h:hs", func(f *kit.Finding) { f.Here = "mute" }, action.Notify, "Hello!"},
		{"@i:hs", func(f *kit.Finding) {
			c.happens(f.User, "m.room.member", string(f.User), `{"membership":"leave"}`)
		}, action.Notify, "Hello!"},
	} {
		if told := tell(tc.user, tc.edit); told.Verb != tc.want || told.Message != nil && !strings.Contains(told.Message.Markdown, tc.says) {
			t.Errorf("%s: %s %+v", tc.user, told.Verb, told.Message)
		}
	}
	for n := range sanction.MostHere - 4 {
		if told := tell(id.UserID(fmt.Sprint("@more", n, ":hs")), as("More")); told.Verb != action.NotifyHere {
			t.Errorf("%d: %s", n, told.Verb)
		}
	}
	if told := tell("@late:hs", as("Late")); told.Verb != action.Notify {
		t.Errorf("and more: %s", told.Verb)
	}
	c.protectors.follows.in(benchRoom).Untold("@a:hs") // as if it were long ago
	c.happens("@forseti:hs", "m.room.power_levels", "", `{"users":{"@forseti:hs":100},"events":{"m.room.message":101}}`)
	if told := tell("@last:hs", as("Last")); told.Verb != action.Notify {
		t.Errorf("where I cannot write: %s", told.Verb)
	}
}

// nuisance is what is found against a member, and what is to follow.
func (c *Community) nuisance(u id.UserID, evt id.EventID, consequence, tell string) kit.Finding {
	c.happens(u, "m.room.member", string(u), `{"membership":"join"}`)
	set, _ := sanction.ParseConsequence(consequence)
	steps, _ := sanction.ParseSteps(tell)
	return kit.Finding{
		Room: benchRoom, User: u, Offence: evt, Events: []id.EventID{evt}, Weight: kit.Nuisance, Points: 25, Set: set, Tell: steps,
		Protection: "flooding", Reason: "rude", Why: "was rude",
	}
}

// What is about a room is told, also in shadow, and nothing else follows.
func TestAlertsAreOnlyTold(t *testing.T) {
	at := time.Unix(1000, 0)
	c := governed(t, allPower)
	f := kit.Finding{
		Room: benchRoom, Alert: true, Users: []id.UserID{"@a:hs", "@b:hs"}, Why: "two users joined", Protection: "join-wave",
		Set: sanction.Consequence{Step: sanction.Ban}, Points: 100,
	}
	if all := c.protectors.consequences([]kit.Finding{f}, at); len(all.actions)+len(all.offences) > 0 {
		t.Errorf("wants %v", all)
	}
	c.protectors.shadowed(f, at)
	var said strings.Builder
	for _, s := range c.speaker.report.Speak(at.Add(time.Minute)) {
		said.WriteString(s.Message.Markdown)
	}
	if strings.Count(said.String(), "two users joined: `@a:hs` and `@b:hs`.") != 2 {
		t.Errorf("said %q", said.String())
	}
}

// A wave makes all protections stricter for a while; one that is only in shadow does not.
func TestAWaveRaisesThePosture(t *testing.T) {
	at := time.Unix(1000, 0)
	c := governed(t, allPower)
	f := kit.Finding{Room: benchRoom, Alert: true, Why: "many joined", Raises: sanction.Guarded, Lasts: time.Hour, Protection: "join-wave"}
	c.protectors.shadowed(f, at)
	if got := c.protectors.set.Posture; got != sanction.Calm {
		t.Errorf("in shadow it is %s", got)
	}
	c.protectors.consequences([]kit.Finding{f}, at)
	if got := c.protectors.set.Posture; got != sanction.Guarded {
		t.Errorf("it is %s", got)
	}
	c.protectors.posture.turnDue(at.Add(time.Hour))
	if got := c.protectors.set.Posture; got != sanction.Calm {
		t.Errorf("after an hour it is %s", got)
	}
}
