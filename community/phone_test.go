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
	"forseti/commands"
	"forseti/commands/grammar"
	"forseti/community/approval"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/internal/phone"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/text"
)

// alarmed is an alert as moderators may have to read it: how it is brought about, and what must be seen of it at once.
type alarmed struct {
	name string
	do   func(c *Community, f kit.Finding, at time.Time)
	see  []string
}

// alarms are the kinds of alert, from the plainest on.
func alarms() []alarmed {
	const user = "@somebody-with-a-name:matrix.example.org"
	acts := func(c *Community, f kit.Finding, verbs []action.Verb, at time.Time) {
		all := c.protectors.consequences([]kit.Finding{f}, at)
		for _, a := range all.actions {
			verbs = slices.DeleteFunc(verbs, func(v action.Verb) bool { return v == a.Verb })
			c.speaker.report.Opened(a, at)
			c.speaker.report.Ended(action.Ending{Action: a, Fate: action.Done}, at)
		}
		for n, v := range verbs { // what else a worse one would bring
			a := action.Action{ID: fmt.Sprint(f.Offence, n), Verb: v, Room: f.Room, User: f.User, Cause: f.Cause()}
			c.speaker.report.Opened(a, at)
			c.speaker.report.Ended(action.Ending{Action: a, Fate: action.Done}, at)
		}
	}
	said := func(c *Community, f kit.Finding, at time.Time) {
		f.User, f.Alert, f.Users = "", true, []id.UserID{user}
		c.protectors.consequences([]kit.Finding{f}, at)
	}
	came := func(n int, longer bool) func(c *Community, f kit.Finding, at time.Time) {
		return func(c *Community, f kit.Finding, at time.Time) {
			f.User, f.Alert, f.Wave, f.Why = "", true, true, "a wave of joins has begun: "+text.Count(n, "user")+" within 1 minute"
			for n := range n {
				u := fmt.Sprintf("@joiner%d:evil.example.org", n)
				if longer {
					u = fmt.Sprintf("@%s%d:hs", strings.Repeat("long`", 40), n)
				}
				f.Users = append(f.Users, id.UserID(u))
			}
			c.protectors.consequences([]kit.Finding{f}, at)
		}
	}
	offers := []string{report.UndoSign + " undo", report.WrongSign + " wrong", report.EscalateSign + " more", report.ExemptSign + " exempt"}
	waves := []string{report.AttackSign + " close rooms", report.SweepSign + " remove all", report.UndoSign + " calm"}
	return []alarmed{
		{"noted", func(c *Community, f kit.Finding, at time.Time) {
			f.Weight, f.Set = kit.Note, sanction.Consequence{}
			acts(c, f, nil, at)
		}, []string{user, report.EscalateSign + " act", "nothing about it"}},
		{"removed, muted", func(c *Community, f kit.Finding, at time.Time) {
			acts(c, f, []action.Verb{action.Mute, action.Redact}, at)
		},
			append([]string{user, "(Protection"}, offers...)},
		{"all at once", func(c *Community, f kit.Finding, at time.Time) {
			acts(c, f, []action.Verb{action.Mute, action.Redact, action.Kick, action.Ban, action.Notify}, at)
		}, append([]string{"somebody-with"}, offers...)},
		{"a burst by several", func(c *Community, f kit.Finding, at time.Time) {
			for n := range 9 {
				g := f
				g.User, g.Offence = id.UserID(fmt.Sprintf("@member%d:example.org", n)), id.EventID(fmt.Sprint("$burst", n))
				c.happens(g.User, "m.room.member", string(g.User), `{"membership":"join"}`)
				acts(c, g, []action.Verb{action.Mute, action.Redact}, at)
			}
		}, append([]string{"@member0:example.org", "All of it"}, offers...)},
		{"of the room", said, []string{user, "(Protection"}},
		{"in shadow", func(c *Community, f kit.Finding, at time.Time) { c.protectors.shadowed(f, at) }, []string{"in shadow"}},
		{"a wave", came(60, false), append([]string{"60 users within 1 minute", "All of it", "@joiner0:evil.example.org"}, waves...)},
		{"a small wave", came(3, false), append([]string{"@joiner2:evil.example.org"}, waves...)},
		{"a wave of long names", came(60, true), append([]string{"All of it"}, waves...)},
		{"at the gate", func(c *Community, f kit.Finding, _ time.Time) {
			c.orders.questions.alerts.gated(f, "`"+user+"` asks to be let into [Lobby](https://matrix.to/#/!lobby:hs). I write them the rules, and let them in when they accept.")
		}, []string{user, report.LetInSign + " let in", report.RefuseSign + " send away"}},
		{"too often", func(c *Community, f kit.Finding, at time.Time) {
			c.protectors.stand.braked(kit.Brake{Protection: f.Protection, Room: f.Room, Why: "it would have hit 30 of 60 active members within a minute"})
		}, []string{"went to shadow", "has it act again"}},
	}
}

// What the notification of a phone shows of each kind of alert says whom it is about, or how many, and what happened.
func TestAlertsBeginWithWhatHappened(t *testing.T) {
	const user, why, shows = "@somebody-with-a-name:matrix.example.org", "sent more than 10 messages within 10 seconds", 80
	first := map[string][]string{ // besides, of those that are about the room, that
		"noted": {user, "sent more than"}, "removed, muted": {"Muted", user}, "all at once": {"Banned", user}, "a burst by several": {"Muted", "@member0", "and 6"},
		"of the room": {"In !room:hs ", why}, "in shadow": {"Would mute", user}, "a wave": {"In !room:hs ", "a wave of joins", "60 users"}, "a small wave": {"a wave of joins", "3 users"},
		"a wave of long names": {"In !room:hs ", "a wave of joins", "60 users"}, "at the gate": {user, "asks to be let into Lobby"}, "too often": {"went to shadow in !room:hs", "would have hit 30"},
	}
	for _, alarm := range alarms() {
		c := governed(t, allPower)
		f := c.nuisance(user, "$e", "mute 1h", "none")
		f.Protection, f.Why = "flooding", why
		at := time.Unix(1000, 0)
		alarm.do(c, f, at)
		all := c.speaker.report.Speak(at.Add(time.Minute))
		if len(all) == 0 || first[alarm.name] == nil {
			t.Errorf("%s: %d messages", alarm.name, len(all))
			continue
		}
		_, shown := phone.Read(all[0].Message.Markdown)
		shown = text.Clip(strings.TrimSpace(strings.ReplaceAll(shown, "\n", " ")), shows)
		for _, want := range first[alarm.name] {
			if !strings.Contains(shown, want) {
				t.Errorf("%s: %q is not in what a notification shows: %s", alarm.name, want, shown)
			}
		}
	}
}

// The alert of each protection, of every kind, fits on the screen of a phone before something is folded, with whom it
// is about and how it is answered; it calls nobody, and is no more than an event holds.
func TestAlertsFitAPhone(t *testing.T) {
	const nasty = "@room <b>x</b> [click](https://evil.example) ||veil|| `tick` \n\n# head "
	whys := map[string]string{
		"ordinary": "sent more than 10 messages within 10 seconds",
		"nasty":    "sent what nobody wants: " + kit.Quote(strings.Repeat(nasty, 500)) + " and " + kit.Quote(strings.Repeat("long ", 100)),
	}
	for _, kind := range protections.Kinds() {
		for how, why := range whys {
			for _, alarm := range alarms() {
				c := governed(t, allPower)
				evt := &event.Event{ID: "$e", RoomID: benchRoom, Sender: "@u:hs", Type: event.EventMessage}
				evt.Content.VeryRaw, _ = json.Marshal(map[string]any{"msgtype": "m.text", "body": strings.Repeat(nasty, 500)})
				c.protectors.evidence.keepFor = time.Hour
				c.protectors.evidence.latest.keep(evt)
				f := c.nuisance("@somebody-with-a-name:matrix.example.org", "$e", "mute 1h", "none")
				f.Protection, f.Why = kind.Name, why
				at := time.Unix(1000, 0)
				alarm.do(c, f, at)
				all, offered := "", 0
				for n := range 20 {
					for _, s := range c.speaker.report.Speak(at.Add(time.Duration(n) * time.Minute)) {
						m := s.Message
						if m.Markdown == "" {
							continue
						}
						lines, shown := phone.Read(m.Markdown)
						if offered++; lines > phone.Lines || len(m.Markdown) > 32<<10 || m.Everybody || len(m.Mentions) > 0 || strings.Contains(shown, "\n# ") {
							t.Errorf("%s, %s, %s: %d lines, %d bytes, calls %v:\n%s", kind.Name, alarm.name, how, lines, len(m.Markdown), m.Mentions, shown)
						}
						if two := phone.RunTogether(m.Markdown); two != "" {
							t.Errorf("%s, %s, %s: two lists run together:\n%s", kind.Name, alarm.name, how, two)
						}
						all += shown
						c.speaker.report.Posted(s.Name, id.EventID("$told"+s.Name), at.Add(time.Duration(n)*time.Minute))
					}
				}
				if offered == 0 {
					t.Errorf("%s, %s, %s: nothing is said", kind.Name, alarm.name, how)
				}
				for _, want := range alarm.see {
					if !strings.Contains(all, want) {
						t.Errorf("%s, %s, %s: %q is not seen:\n%s", kind.Name, alarm.name, how, want, all)
					}
				}
			}
		}
	}
}

// Every sign that an alert offers is explained with the same word.
func TestHelpExplainsTheSigns(t *testing.T) {
	set := commands.NewSet("@forseti:hs", func() string { return "" }, grammar.Borrowed{}, commands.Desks{})
	help := set.Plan(t.Context(), commands.Request{}, "help alerts").Answer
	for _, offer := range []string{report.FoundOffer, report.IdleOffer, report.WaveOffer, report.GateOffer} {
		for one := range strings.SplitSeq(offer, " · ") {
			sign, word, _ := strings.Cut(one, " ")
			if at := strings.Index(help, sign+" "); at < 0 || !strings.Contains(strings.SplitN(help[at:], "\n", 2)[0], "**"+word+"**") {
				t.Errorf("%s is not explained", one)
			}
		}
	}
}

// Whatever waits for a word, however much it would do and whatever lists and rooms are called, is seen on the screen of a
// phone, and what is asked stands right above how it is answered.
func TestQuestionsFitAPhone(t *testing.T) {
	const name = `{"name":"@room <b>x</b> [click](https://evil.example) ||veil|| ` + "`tick`" + ` a very long name, a very long name"}`
	users := func(what string) (all []id.UserID) {
		for n := range 500 {
			all = append(all, id.UserID(fmt.Sprintf("@%s%d%s:evil.example", what, n, strings.Repeat("`long", 40))))
		}
		return all
	}
	much := enforce.Effect{
		Users: enforce.Users{Banned: users("a"), Shut: users("b"), Parts: users("c"), Later: users("d"), Left: users("e"), Freed: users("f")}, Hit: 1000, Rooms: 70, Bound: 1,
		Denied: strings.Fields(strings.Repeat("evil.example ", 300)), Allowed: strings.Fields(strings.Repeat("evil.example ", 300)), Broad: []string{strings.Repeat("*", 250)},
	}
	for what, tt := range map[string]struct {
		about approval.Topic
		waits func(r *reader)
	}{
		"rules": {rulesOf(readFrom), func(r *reader) { r.begin(spamRules(30)) }},
		"one rule": {rulesOf(readFrom), func(r *reader) {
			r.begin([]*event.Event{listed("k", "@*spam*:evil.example", "m.ban", "$rule")})
		}},
		"reviewed": {rulesOf(readFrom), func(r *reader) {
			r.places.following.setReviewed(readFrom, true)
			r.begin(spamRules(30))
		}},
		"room": {approval.Topic{Kind: approval.Room, About: string(benchRoom)}, func(r *reader) {
			r.world.HoldRoom(benchRoom, true)
			r.places.protecting.rooms[benchRoom].asked, r.places.protecting.rooms[benchRoom].would = true, much
		}},
		"unwatch":  {approval.Topic{Kind: approval.Unwatch, About: string(readFrom)}, func(r *reader) { r.places.following.leaving[readFrom] = asked }},
		"left":     {approval.Topic{Kind: approval.Left, About: string(benchRoom)}, func(r *reader) { r.hearing.spaces.left.note(benchRoom, benchRoom, time.Now()) }},
		"settings": {approval.Topic{Kind: approval.Settings}, func(r *reader) { r.orders.questions.topics.settings = &waitingSettings{would: much} }},
	} {
		t.Run(what, func(t *testing.T) {
			r := newReader(t, openStore(t), 30)
			r.world.Room(benchRoom).Apply(stateEvent(benchRoom, "m.room.name", "", benchSelf, "$name", json.RawMessage(name)), time.Now())
			r.places.following.lists[readFrom].Apply(stateEvent(readFrom, "m.room.name", "", benchSelf, "$name", json.RawMessage(name)), time.Now())
			tt.waits(r)
			for r.places.following.readOne(time.Now()) {
			}
			d, waits := r.orders.questions.wording(tt.about)
			if !waits {
				t.Fatal("nothing waits")
			}
			seen := text.OnScreen(text.Gathered(text.Asks(d.Text, offer), mostGathered), report.MostRows, report.RowLetters)
			lines, shown := phone.Read(seen)
			asHTML, _ := phone.ReadHTML(seen)
			_, below, asks := strings.Cut(shown, "Shall I")
			if between, _, answers := strings.Cut(below, offer); lines > phone.Lines || asHTML > phone.Lines || !asks || !answers || strings.Contains(between, "\n\n") {
				t.Errorf("%d lines, as HTML %d:\n%s", lines, asHTML, shown)
			}
		})
	}
}
