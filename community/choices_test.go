package community

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/report"
	"forseti/store"
)

// tapped is what a reaction to a message is heard as.
func (a *alerted) tapped(user id.UserID, to id.EventID, sign string) (order store.Command, heard bool) {
	evt := &event.Event{ID: "$tap" + id.EventID(user), RoomID: a.opts.ManagementRoom, Sender: user, Type: event.EventReaction}
	evt.Content.Raw = map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": string(to), "key": sign}}
	a.loop.See(func() { order, heard = a.orders.questions.reaction(evt) })
	return order, heard
}

// A reaction of a moderator to the question which of several lists was meant gives that command, once and also after a
// restart; what comes of it is said in reply to the question.
func TestChoices(t *testing.T) {
	for _, restart := range []bool{false, true} {
		kept := openStore(t)
		a := newAlerted(t, kept)
		a.loop.See(func() {
			a.speaker.choose("$command", "$command", choice{Text: "Which list?", Of: []commands.Choice{{Name: "`coc`", Line: "ban --into=!coc:hs @u:hs"}, {Name: "`spam`", Line: "ban --into=!spam:hs @u:hs"}}})
			a.hearsAll("$asks")
		})
		if said := strings.Join(a.said, "\n"); strings.Count(said, signOf(1)) != 2 || strings.Count(said, signOf(2)) != 2 || !strings.Contains(said, signOf(2)+" `spam`") {
			t.Fatalf("said %q", said)
		}
		if restart {
			if err := a.commits.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			a = newAlerted(t, kept)
		}
		for _, not := range []struct {
			user id.UserID
			sign string
		}{{"@stranger:hs", signOf(1)}, {benchModerator, signOf(3)}, {benchModerator, "✅"}} {
			if order, heard := a.tapped(not.user, "$asks", not.sign); heard {
				t.Errorf("%s of %s is %+v", not.sign, not.user, order)
			}
		}
		order, heard := a.tapped(benchModerator, "$asks", strings.ReplaceAll(signOf(2), "\ufe0f", ""))
		if !heard || order.Body != "ban --into=!spam:hs @u:hs" || order.Sender != benchModerator || order.Room != a.opts.ManagementRoom {
			t.Fatalf("heard %v: %+v", heard, order)
		}
		if again, heard := a.tapped(benchModerator, "$asks", signOf(1)); heard {
			t.Errorf("once more: %+v", again)
		}
		a.said = nil
		a.loop.See(func() {
			if a.speaker.choices.of[order.Event] != "$asks" {
				t.Error("it is not known what was answered")
			}
			a.hearsAll("$edit")
		})
		if said := strings.Join(a.said, "\n"); !strings.Contains(said, "`spam`, said `"+string(benchModerator)+"`") || strings.Contains(said, signOf(1)) {
			t.Errorf("the question reads %q", said)
		}
	}
}

// Below the answer of a command that did something stands a sign for what may follow, also if the answer was begun before all
// was known and after a restart. Its tap is the command, and the answer stays as it is.
func TestOffersBelowAnswers(t *testing.T) {
	for _, begun := range []bool{false, true} {
		kept := openStore(t)
		a := newAlerted(t, kept)
		r := recorded{Command: "$ban", Plan: commands.Plan{Answer: "Banned.", Mistake: commands.Mistake{Choices: []commands.Choice{{Name: "remove what they wrote", Line: "redact @u:hs"}}}}}
		r.Carried = &report.Answer{Command: "$ban", Text: "Banned."}
		if begun {
			a.loop.See(func() { a.speaker.report.Replies.Progress("$ban", "I am at it.", time.Now()) })
			a.utters(1)
		}
		a.orders.tellCarried("$ban", r)
		var answers, signs int
		for _, m := range a.utters(6)[a.opts.ManagementRoom] {
			switch {
			case m.Reaction == signOf(1):
				signs++
			case strings.Contains(m.Markdown, "Banned.\n\n"+signOf(1)+" remove what they wrote"):
				answers++
			}
		}
		var stands id.EventID
		a.loop.See(func() {
			for evt := range a.speaker.choices.at {
				stands = evt
			}
		})
		if answers != 1 || signs != 1 || stands == "" || len(a.speaker.choices.below) != 0 {
			t.Fatalf("%d answers with %d signs at %q, %d open", answers, signs, stands, len(a.speaker.choices.below))
		}
		if err := a.commits.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		a = newAlerted(t, kept)
		if order, heard := a.tapped("@stranger:hs", stands, signOf(1)); heard {
			t.Errorf("a stranger's tap is %+v", order)
		}
		if order, heard := a.tapped(benchModerator, stands, "✅"); heard {
			t.Errorf("another sign is %+v", order)
		}
		if order, heard := a.tapped(benchModerator, stands, signOf(1)); !heard || order.Body != "redact @u:hs" || order.Sender != benchModerator {
			t.Errorf("the tap is %v: %+v", heard, order)
		}
		if order, heard := a.tapped(benchModerator, stands, signOf(1)); heard {
			t.Errorf("once more it is %+v", order)
		}
		if said := a.utters(6)[a.opts.ManagementRoom]; len(said) > 0 {
			t.Errorf("the answer is edited: %+v", said)
		}
	}
}
