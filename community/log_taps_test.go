package community

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

const benchLog id.RoomID = "!log:hs"

// logs has there be a log room.
func (a *alerted) logs() {
	a.loop.See(func() {
		a.protectors.follows.calls.look = func(context.Context, id.RoomID) (string, error) { return "", nil }
		a.protectors.follows.calls.change(sanction.Calls{Log: benchLog})
	})
}

// utters has up to so many messages be posted, and gives what is said where.
func (a *alerted) utters(most int) (said map[id.RoomID][]action.Message) {
	said = map[id.RoomID][]action.Message{}
	n := 0
	for at := time.Now(); n < most && at.Before(time.Now().Add(time.Hour)); at = at.Add(time.Minute) {
		a.loop.See(func() {
			for _, speech := range a.speaker.report.Speak(at) {
				if a.speaker.late(speech) {
					continue
				}
				n++
				does := a.speaker.worded(&speech)
				said[does.Room] = append(said[does.Room], speech.Message)
				a.speaker.uttered(speech, enforce.Attempt{Action: does, Result: action.Result{Event: id.EventID("$" + speech.Name)}})
			}
		})
	}
	return said
}

// taps is what is heard of a reaction in a room.
func (a *alerted) taps(user id.UserID, room id.RoomID, to id.EventID, sign string) (orders []store.Command) {
	a.n++
	evt := &event.Event{ID: id.EventID("$tap" + string(rune('0'+a.n))), RoomID: room, Sender: user, Type: event.EventReaction, Timestamp: time.Now().UnixMilli()}
	evt.Content.Raw = map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": string(to), "key": sign}}
	a.loop.See(func() {
		orders = a.take(&matrix.Batch{Arrived: time.Now(), Rooms: []matrix.RoomBatch{{Room: room, Membership: event.MembershipJoin, Timeline: []*event.Event{evt}}}}).Commands
	})
	return orders
}

// A note that is said in the log room offers its signs there, also after a restart, and whoever has the role where moderators
// command answers it there; nobody else, nowhere else, and not while that room cannot be used. The answer is said there, and
// what comes of it where they command.
func TestNotesAreAnsweredInTheLogRoom(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	a.logs()
	f, all := a.nuisance("@u:hs", "$1", "mute 2h", "none"), outcome{}
	f.Weight = kit.Note
	a.loop.See(func() {
		all = a.protectors.consequences([]kit.Finding{f}, time.Now())
		for _, do := range all.actions {
			a.speaker.report.Opened(do, time.Now())
			a.speaker.report.Ended(action.Ending{Action: do, Fate: action.Done}, time.Now())
		}
	})
	if err := a.commits.Keep(t.Context(), store.Commit{Offences: all.offences, Known: store.Known{Cases: all.cases}}); err != nil {
		t.Fatal(err)
	}
	first := a.utters(2)
	if said := first[benchLog]; len(said) != 2 || len(first) != 1 || !strings.Contains(said[0].Markdown, report.FoundOffer) || said[1].Reaction != report.UndoSign {
		t.Fatalf("said %+v", first)
	}
	note := first[benchLog][1].ReplyTo
	if err := a.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}

	a = newAlerted(t, kept)
	rest := a.utters(10)
	var signs []string
	for _, m := range rest[benchLog] {
		if m.ReplyTo != note {
			t.Errorf("a sign for %s", m.ReplyTo)
		}
		signs = append(signs, m.Reaction)
	}
	if want := []string{report.WrongSign, report.EscalateSign, report.ExemptSign}; !slices.Equal(signs, want) || len(rest) != 1 {
		t.Fatalf("after a restart: %+v", rest)
	}

	for name, tap := range map[string]struct {
		user id.UserID
		room id.RoomID
		to   id.EventID
		lost string
	}{
		"a stranger":               {"@u:hs", benchLog, note, ""},
		"another room":             {benchModerator, "!else:hs", note, ""},
		"where moderators command": {benchModerator, a.opts.ManagementRoom, note, ""},
		"another message":          {benchModerator, benchLog, "$other", ""},
		"a room that is lost":      {benchModerator, benchLog, note, "anybody can join it"},
	} {
		a.loop.See(func() { a.speaker.logIs(benchLog, tap.lost) })
		if orders := a.taps(tap.user, tap.room, tap.to, report.UndoSign); len(orders) != 0 {
			t.Errorf("%s: %+v", name, orders)
		}
	}
	a.loop.See(func() { a.speaker.logIs(benchLog, "") })
	a.utters(10) // that it was lost
	for _, tap := range []struct{ sign, said string }{{report.EscalateSign, "as you will read in ["}, {report.UndoSign, "It counts no more"}} {
		orders := a.taps(benchModerator, benchLog, note, tap.sign)
		if len(orders) != 1 || orders[0].Sender != benchModerator || commands.UsualRoles().Level(a.orders.takes(orders[0])...) != 50 {
			t.Fatalf("heard %+v", orders)
		}
		if err := a.commits.Keep(t.Context(), store.Commit{Commands: orders}); err != nil {
			t.Fatal(err)
		}
		if a.orders.questions.alerts.answer(t.Context(), orders[0]) {
			t.Error("it goes on")
		}
		if said := a.utters(10)[benchLog]; len(said) != 1 || said[0].ReplyTo != note || !strings.Contains(said[0].Markdown, tap.said) {
			t.Errorf("%s is answered %+v", tap.sign, said)
		}
	}
	if points := a.points("@u:hs"); points != 0 {
		t.Errorf("%v points are left", points)
	}

	// Who has not the role is told so there.
	a.orders.decline(store.Command{Event: "$no", Room: benchLog, Body: alertMark + string(note) + " undo"}, "You may only look.")
	if said := a.utters(10)[benchLog]; len(said) != 1 || said[0].Markdown != "You may only look." || said[0].ReplyTo != note {
		t.Errorf("declined: %+v", said)
	}
	// What is said of it when the room is lost meanwhile is said to moderators, and is no reply to what is not there.
	a.loop.See(func() {
		a.speaker.answerIn(benchLog)("late", action.Message{Markdown: "late", ReplyTo: note}, nil)
		a.speaker.offer(note, []string{report.UndoSign}, true)
		a.speaker.logIs(benchLog, "anybody can join it")
	})
	for _, m := range a.utters(10)[a.opts.ManagementRoom] {
		if m.ReplyTo != "" || m.Reaction != "" {
			t.Errorf("said to moderators: %+v", m)
		}
	}
}
