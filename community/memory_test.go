package community_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"forseti/internal/faults"
)

// A moderator warns, and the bot ends in the middle of it: the user is told once, and it counts
// once. What moderators note is there after that, too.
func TestWarned(t *testing.T) {
	f := newFixture(t, 2)
	rude := f.member("rude")
	f.start()
	f.hear("Hello")
	name := string(rude.UserID)
	f.say("!forseti note " + name + " wrote to us *before*")
	f.hear("I noted that about", name)
	gate := faults.NewGate()
	open := f.proxy.On(func(_, path string) bool { return strings.HasSuffix(path, "/createRoom") }, gate.Fault)
	f.say("!forseti warn " + name + " please be kind")
	<-gate.Held()
	f.stopBot()
	open()
	f.start()
	chat, _ := f.asked(rude, "the moderators warn you")
	f.hear("Warned", name, "please be kind", "They have 15 points now")
	f.settle()
	messages, err := rude.Messages(t.Context(), chat, "", "", mautrix.DirectionBackward, nil, 50)
	f.must(err)
	told := 0
	for _, evt := range messages.Chunk {
		if evt.Sender == f.bot.UserID && evt.Type.Type == event.EventMessage.Type {
			told++
		}
	}
	if told != 1 {
		t.Errorf("they were told %d times", told)
	}
	f.say("!forseti strikes " + name)
	f.hear(name, "has 15 points; what comes next is `mute`, at 35", "(case 1)")
	f.say("!forseti why " + name)
	f.hear("warned by a moderator", "Notes:", "wrote to us")
	f.say("!forseti note remove " + name + " 1")
	f.hear("Removed the note")
	_, err = rude.SendText(t.Context(), chat, "I was kind!")
	f.must(err)
	f.hear(name, "appeals case 1", "a moderator's warning", "I was kind!")
	f.say("!forseti case 1 overturn")
	f.hear("Case 1 is overturned")
	f.hearsIn(chat, rude, "took back what was done")
	f.say("!forseti strikes " + name)
	f.hear(name, "has 0 points", "undone, counts nothing")
}
