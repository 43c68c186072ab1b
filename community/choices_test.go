package community

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
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
