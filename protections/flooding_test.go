package protections

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

const user = id.UserID("@u:hs")

func bench(t testing.TB, messages int, within time.Duration) *kittest.Bench {
	t.Helper()
	return kittest.New(t, flooding(), map[string]string{"messages": fmt.Sprint(messages), "within": within.String()})
}

// punish has whoever is found be banned, and says what is taken back.
func punish(b *kittest.Bench, found []kit.Finding) (events []id.EventID, bans []action.Action) {
	for _, f := range found {
		events = append(events, f.Events...)
		if !f.Trailing && f.Weight == kit.Attack {
			bans = append(bans, b.Seek(f))
		}
	}
	return events, bans
}

func TestFlooding(t *testing.T) {
	kittest.Run(t, flooding(), []kittest.Case{{
		Name: "all of it",
		Set:  map[string]string{"messages": "2"},
		In:   []kittest.Step{kittest.Says(user, "a"), kittest.Says(user, "b"), kittest.Says(user, "c")},
		Want: []string{"attack @u:hs $3: $1 $2 $3"},
	}, {
		Name: "who cannot be banned loses what is too much, and no more",
		Set:  map[string]string{"messages": "2"},
		In: []kittest.Step{
			kittest.Times(4, kittest.Says(user, "a")), kittest.Wait(5 * time.Second), kittest.Says(user, "later"),
		},
		Want: []string{"attack @u:hs $3: $1 $2 $3", "attack @u:hs $3: $4"},
	}, {
		Name: "a later flood is another",
		Set:  map[string]string{"messages": "2"},
		In:   []kittest.Step{kittest.Times(3, kittest.Says(user, "a")), kittest.Wait(time.Minute), kittest.Times(3, kittest.Says(user, "b"))},
		Want: []string{"attack @u:hs $3: $1 $2 $3", "attack @u:hs $6: $4 $5 $6"},
	}, {
		Name: "slow talk",
		In:   []kittest.Step{kittest.Times(200, kittest.Says(user, "a"), kittest.Wait(501*time.Millisecond))},
	}, {
		Name: "each is counted apart",
		Set:  map[string]string{"messages": "2"},
		In:   []kittest.Step{kittest.Times(2, kittest.Says(user, "a"), kittest.Says("@v:hs", "b"))},
	}, {
		Name: "stickers, reactions, what cannot be read, what nobody knows",
		Set:  map[string]string{"messages": "3"},
		In: []kittest.Step{
			kittest.Sends(user, "m.sticker", nil), kittest.Sends(user, "m.reaction", nil),
			kittest.Sends(user, "m.room.encrypted", nil), kittest.Sends(user, "com.example.odd", nil),
		},
		Want: []string{"attack @u:hs $4: $1 $2 $3 $4"},
	}, {
		Name: "redactions take away",
		Set:  map[string]string{"messages": "2"},
		In:   []kittest.Step{kittest.Times(9, kittest.Sends(user, "m.room.redaction", nil))},
	}, {
		Name: "reactions are counted by themselves, too",
		Set:  map[string]string{"reactions": "3"},
		In: []kittest.Step{
			kittest.Times(4, kittest.Sends(user, "m.reaction", reaction("$x", "👍")), kittest.Wait(10*time.Second)),
			kittest.Wait(time.Minute), kittest.Times(3, kittest.Sends(user, "m.reaction", reaction("$x", "👍"))),
		},
		Want: []string{"nuisance @u:hs $4: $1 $2 $3 $4"},
	}, {
		Name: "so are edits",
		Set:  map[string]string{"edits": "2"},
		In: []kittest.Step{kittest.Times(3, kittest.Wait(10*time.Second), kittest.Sends(user, "m.room.message", map[string]any{
			"body": "* b", "m.new_content": map[string]any{"body": "b"}, "m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": "$x"},
		}))},
		Want: []string{"nuisance @u:hs $3: $1 $2 $3"},
	}, {
		Name: "so are redactions, of which moderators only hear",
		Set:  map[string]string{"redactions": "3"},
		In:   []kittest.Step{kittest.Times(5, kittest.Sends(user, "m.room.redaction", map[string]any{"redacts": "$x"}))},
		Want: []string{"note @u:hs $4:", "note @u:hs $4:"},
	}, {
		Name: "so are calls, of whatever kind",
		Set:  map[string]string{"calls": "3"},
		In: []kittest.Step{
			kittest.Sends(user, "m.call.invite", nil), kittest.Wait(10 * time.Second), kittest.Sends(user, "org.matrix.msc4075.rtc.notification", nil),
			kittest.Sets(user, "org.matrix.msc3401.call.member", "_@u:hs_A", nil), kittest.Sets(user, "m.rtc.member", "_@u:hs_A", nil),
		},
		Want: []string{"nuisance @u:hs $state6: $1 $2 $state5 $state6"},
	}, {
		Name: "what goes on is another offence after a while",
		Set:  map[string]string{"calls": "2"},
		In:   []kittest.Step{kittest.Times(6, kittest.Sends(user, "m.call.invite", nil), kittest.Wait(20*time.Second))},
		Want: []string{"nuisance @u:hs $3: $1 $2 $3", "nuisance @u:hs $3: $4", "nuisance @u:hs $3: $5", "nuisance @u:hs $6: $6"},
	}, {
		Name: "across rooms",
		Set:  map[string]string{"all-rooms": "3"},
		In: []kittest.Step{
			kittest.SaysIn("!a:hs", user, "a"), kittest.Wait(9 * time.Second), kittest.SaysIn("!b:hs", user, "b"), kittest.Wait(9 * time.Second),
			kittest.Says(user, "c"), kittest.Wait(9 * time.Second), kittest.SaysIn("!a:hs", user, "d"), kittest.Says("@v:hs", "e"),
		},
		Want: []string{"attack @u:hs $4: $1 $4 in !a:hs", "attack @u:hs $4: $2 in !b:hs", "attack @u:hs $4: $3"},
	}, {
		Name: "much in one room, and a word in another",
		Set:  map[string]string{"all-rooms": "3"},
		In: []kittest.Step{
			kittest.Times(6, kittest.Says(user, "a"), kittest.Wait(3*time.Second)), kittest.SaysIn("!a:hs", user, "b"), kittest.SaysIn("!b:hs", user, "c"),
		},
		Want: []string{"attack @u:hs $8: $1 $2 $3 $4 $5 $6", "attack @u:hs $8: $7 in !a:hs", "attack @u:hs $8: $8 in !b:hs"},
	}, {
		Name: "state does not count",
		Set:  map[string]string{"messages": "2"},
		In:   []kittest.Step{kittest.Times(9, kittest.Sets(user, "m.room.topic", "", map[string]any{"topic": "x"}))},
	}, {
		Name: "who joined, flooded and left at once",
		Set:  map[string]string{"messages": "2"},
		In:   []kittest.Step{kittest.Joins(user), kittest.Times(3, kittest.Says(user, "a")), kittest.Leaves(user)},
		Want: []string{"attack @u:hs $3: $1 $2 $3"},
	}})
}

func TestFloodIsBannedAndAllOfItGoes(t *testing.T) {
	b := bench(t, 10, 5*time.Second)
	var gone []id.EventID
	bans := 0
	for n := range 30 {
		events, sought := punish(b, b.Say(user, "buy"))
		if len(sought) > 0 && n != 10 {
			t.Errorf("banned after message %d", n+1)
		}
		gone, bans = append(gone, events...), bans+len(sought)
		b.Pass(160 * time.Millisecond)
	}
	slices.Sort(gone)
	if bans != 1 || len(gone) != 30 || len(slices.Compact(gone)) != 30 {
		t.Errorf("%d bans, %d of 30 removed", bans, len(gone))
	}
}

func TestReplayIsNotAnotherMessage(t *testing.T) {
	b := bench(t, 2, 5*time.Second)
	evt := b.Message(user, "m.room.message", nil)
	for range 20 {
		if got := b.Send(evt); got != nil {
			t.Fatalf("got %v", got)
		}
	}
}

func TestLateKeysAreNotAnotherMessage(t *testing.T) {
	b := bench(t, 2, 5*time.Second)
	for range 2 {
		b.Say(user, "a")
	}
	in := kit.SaidBy(b.Message(user, "m.room.message", nil), b.Now)
	in.Late = true
	if got := b.Check(in); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestChangedSettingsGiveNoFreshStart(t *testing.T) {
	b := bench(t, 10, 5*time.Second)
	for range 11 {
		punish(b, b.Say("@caught:hs", "a"))
	}
	for range 8 {
		b.Say("@counted:hs", "a")
	}
	b.Configure(kit.Standing{Mode: kit.On, Values: map[string]string{"messages": "2"}})
	b.Pass(time.Second)
	if got := b.Say("@caught:hs", "b"); len(got) != 1 || !got[0].Trailing {
		t.Errorf("what comes late: %v", got)
	}
	if got := b.Say("@counted:hs", "b"); len(got) != 1 || len(got[0].Events) != 9 {
		t.Errorf("the ninth message: %v", got)
	}
}

func TestRoomsOwnSettings(t *testing.T) {
	b := bench(t, 10, 5*time.Second)
	standing := kit.Standing{Mode: kit.On}.WithValues(kittest.RoomID, map[string]string{"messages": "2"})
	b.Configure(standing)
	for range 2 {
		b.Say(user, "a")
	}
	if got := b.Say(user, "a"); len(got) != 1 {
		t.Errorf("the third message: %v", got)
	}
	b.Configure(standing.WithMode(kittest.RoomID, kit.Off))
	if got := b.Say(user, "a"); got != nil {
		t.Errorf("where it is off: %v", got)
	}
}

// What is still under way when a ban is made, or comes late from another server, goes
// too, for ten minutes.
func TestWhatComesBehindABan(t *testing.T) {
	b := bench(t, 2, 5*time.Second)
	var ban action.Action
	for range 3 {
		if _, bans := punish(b, b.Say(user, "a")); len(bans) > 0 {
			ban = bans[0]
		}
	}
	b.Pass(time.Minute)
	b.End(ban, action.Done)
	b.Pass(kit.Trailing - 1)
	if got := b.Say(user, "b"); len(got) != 1 || !got[0].Trailing || got[0].Offence != "$3" {
		t.Errorf("just before: %v", got)
	}
	b.Pass(1)
	if got := b.Say(user, "c"); got != nil {
		t.Errorf("after: %v", got)
	}
}

// A ban that took long, as under a limit of the homeserver's, counts from when it was
// made.
func TestBanThatTookLong(t *testing.T) {
	b := bench(t, 2, 5*time.Second)
	var ban action.Action
	for range 3 {
		if _, bans := punish(b, b.Say(user, "a")); len(bans) > 0 {
			ban = bans[0]
		}
	}
	b.Pass(time.Hour)
	b.End(ban, action.Done)
	if got := b.Say(user, "b"); len(got) != 1 || !got[0].Trailing {
		t.Errorf("what was under way: %v", got)
	}
	b.Member(kittest.Owner, user, event.MembershipLeave)
	if got := b.Say(user, "c"); got != nil {
		t.Errorf("after a pardon: %v", got)
	}
}

func TestTalkDuringAnOutageIsNoFlood(t *testing.T) {
	for name, clock := range map[string]time.Duration{"right": 0, "an hour ahead": time.Hour, "years behind": -1e5 * time.Hour} {
		b := bench(t, 10, 5*time.Second)
		b.Pass(time.Hour)
		for n := range 500 {
			said := kittest.Start.Add(time.Duration(n) * time.Second)
			if got := b.Waited(user, "a", said.Add(clock)); got != nil {
				t.Fatalf("clock %s: message %d: %v", name, n, got)
			}
		}
		for range 10 {
			if got := b.Say(user, "b"); got != nil {
				t.Fatalf("clock %s: a first message after it: %v", name, got)
			}
		}
	}
}

func TestFloodDuringAnOutageIsFound(t *testing.T) {
	b := bench(t, 10, 5*time.Second)
	b.Pass(time.Hour)
	var gone []id.EventID
	bans := 0
	for n := range 30 {
		events, sought := punish(b, b.Waited(user, "a", kittest.Start.Add(time.Duration(n)*100*time.Millisecond)))
		gone, bans = append(gone, events...), bans+len(sought)
	}
	if bans != 1 || len(gone) != 30 {
		t.Errorf("%d bans, %d of 30 removed", bans, len(gone))
	}
}

func TestClocksThatSayNothing(t *testing.T) {
	for name, clock := range map[string]func(n int) time.Time{
		"zero":      func(int) time.Time { return time.UnixMilli(0) },
		"negative":  func(n int) time.Time { return time.UnixMilli(-int64(n)) },
		"backwards": func(n int) time.Time { return kittest.Start.Add(-time.Duration(n) * time.Minute) },
		"huge":      func(n int) time.Time { return time.UnixMilli(1<<53 - int64(n)*1e9) },
	} {
		b := bench(t, 10, 5*time.Second)
		for n := range 100 {
			if got := b.Waited(user, "a", clock(n)); got != nil {
				t.Fatalf("%s: %v", name, got)
			}
		}
	}
}

// A flood that began while we were away goes on when we are back.
func TestFloodAcrossTheReturn(t *testing.T) {
	b := bench(t, 10, 5*time.Second)
	for range 8 {
		b.Waited(user, "a", b.Now)
	}
	b.Pass(time.Second)
	var gone []id.EventID
	for range 11 {
		events, _ := punish(b, b.Say(user, "b"))
		gone = append(gone, events...)
	}
	if len(gone) != 19 {
		t.Errorf("%d of 19 removed", len(gone))
	}
}

// Neither what waited for us nor what came after is too much by itself: together they are
// a flood, if they were sent at the same time.
func TestFloodInTwoHalves(t *testing.T) {
	for _, tc := range []struct {
		name  string
		sent  time.Duration // between those that waited
		clock time.Duration // of their server
		want  int
	}{
		{"at once", 100 * time.Millisecond, 0, 12},
		{"by a clock that is ahead", 100 * time.Millisecond, time.Hour, 12},
		{"at leisure", 10 * time.Second, 0, 0},
	} {
		b := bench(t, 10, 5*time.Second)
		b.Pass(time.Hour)
		var gone []id.EventID
		for n := range 5 {
			events, _ := punish(b, b.Waited(user, "a", b.Now.Add(tc.clock-time.Duration(5-n)*tc.sent)))
			gone = append(gone, events...)
		}
		for range 7 {
			evt := b.Message(user, "m.room.message", map[string]any{"msgtype": "m.text", "body": "b"})
			evt.Timestamp = b.Now.Add(tc.clock).UnixMilli()
			events, _ := punish(b, b.Send(evt))
			gone = append(gone, events...)
		}
		if len(gone) != tc.want {
			t.Errorf("%s: %d removed, want %d", tc.name, len(gone), tc.want)
		}
	}
}

// What was said at leisure while we were away is not taken back for a flood later.
func TestOldTalkIsNoPartOfALaterFlood(t *testing.T) {
	b := bench(t, 10, 5*time.Second)
	for range 8 {
		b.Waited(user, "a", b.Now)
	}
	b.Pass(6 * time.Second)
	var gone []id.EventID
	for range 11 {
		events, _ := punish(b, b.Say(user, "b"))
		gone = append(gone, events...)
	}
	if len(gone) != 11 || slices.Contains(gone, "$1") {
		t.Errorf("removed: %v", gone)
	}
}

// A ban that did not come to be leaves nothing behind: the next flood is one.
func TestFloodAfterAVerdictThatWasNoDeed(t *testing.T) {
	for _, fate := range []action.Fate{action.Would, action.Refused, action.Dropped, action.Superseded} {
		t.Run(string(fate), func(t *testing.T) {
			b := bench(t, 10, 5*time.Second)
			for n := range 15 {
				if _, bans := punish(b, b.Say(user, "a")); len(bans) > 0 {
					b.End(bans[0], fate)
				} else if n == 10 {
					t.Fatal("no flood")
				}
			}
			b.Pass(time.Minute)
			if got := b.Say(user, "sorry"); got != nil {
				t.Errorf("a word later: %v", got)
			}
			var bans []action.Action
			for range 10 {
				_, more := punish(b, b.Say(user, "a"))
				bans = append(bans, more...)
			}
			if len(bans) != 1 {
				t.Errorf("%d bans for the next flood", len(bans))
			}
		})
	}
}

// Who was let off may speak at once, and is not held to what was before.
func TestPardonedUserBeginsAnew(t *testing.T) {
	b := bench(t, 3, time.Hour)
	var ban action.Action
	for range 4 {
		if _, bans := punish(b, b.Say(user, "a")); len(bans) > 0 {
			ban = bans[0]
		}
	}
	b.End(ban, action.Done)
	b.Member(kittest.Moderator, user, event.MembershipLeave)
	b.Join(user)
	for n := range 3 {
		if got := b.Say(user, "thank you"); got != nil {
			t.Errorf("word %d: %v", n+1, got)
		}
	}
	if got := b.Say(user, "buy"); len(got) != 1 || len(got[0].Events) != 4 {
		t.Errorf("another flood: %v", got)
	}
}

// Who was let off in one room begins anew in what is counted over all of them.
func TestPardonForWhatIsCountedInAllRooms(t *testing.T) {
	b := kittest.New(t, flooding(), map[string]string{"reactions": "3", "all-rooms": "6"})
	react := func(n int) (found []kit.Finding) {
		for range n {
			b.Pass(time.Second)
			found = append(found, b.Send(b.Message(user, "m.reaction", reaction("$x", "a")))...)
		}
		return found
	}
	found := react(4)
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	b.End(b.Seek(found[0]), action.Done)
	b.Member(kittest.Moderator, user, event.MembershipLeave)
	b.Join(user)
	if found := react(3); found != nil {
		t.Errorf("found %v", found)
	}
}
