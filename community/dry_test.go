package community_test

import (
	"fmt"
	"testing"

	"maunium.net/go/mautrix/event"

	"forseti/community"
	"forseti/internal/faults"
)

// In a dry run nothing is written but messages to moderators, whatever there is to
// do: that is read at the proxy, and not by what the bot says.
func TestDryRunWritesNothingButSpeech(t *testing.T) {
	f := newFixture(t, 2)
	f.options = func(o *community.Options) { o.DryRun = true; o.Settings.ServerMembers = true }
	spammer, flooder, nuisance := f.member("spammer"), f.member("flooder"), f.member("nuisance")
	sent, err := nuisance.SendText(t.Context(), f.rooms[0], "rubbish")
	f.must(err)
	other, shared := f.room("another room", ""), f.room("shared list", "m.policy")
	f.must(invite(f, other))
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.rule(f.list, "server", "2", "evil.example")
	f.start()
	f.hear("Would ban", string(spammer.UserID), "2 rooms")
	f.hear("Would shut out", "evil.example")
	for _, command := range []string{
		"ban " + string(nuisance.UserID) + " spam", "ban worse.example", "unban " + string(spammer.UserID), "kick " + string(nuisance.UserID),
		"redact " + string(nuisance.UserID), "redact " + f.rooms[0].EventURI(sent.EventID).MatrixToURL(),
		"rooms add " + string(other), "rooms remove " + string(f.rooms[1]), "watch " + string(shared), "unwatch " + string(f.list),
		"list create coc", "enable flooding", "config set flooding within 1m", "sync", "status",
	} {
		before := len(f.heard())
		f.say("!forseti " + command)
		f.eventually("answer "+command, func() bool { return len(f.heard()) > before })
	}
	for i := range 12 {
		_, err := flooder.SendText(t.Context(), f.rooms[0], fmt.Sprint("buy ", i))
		f.must(err)
	}
	f.hear("Would ban", string(flooder.UserID), "Would remove")
	f.settle()
	f.restart()
	f.settle()
	for _, r := range f.proxy.Requests(faults.But(faults.Speech, faults.Write)) {
		t.Errorf("a dry run sent %s %s", r.Method, r.Path)
	}
	f.untouched(spammer.UserID)
	f.untouched(nuisance.UserID)
	f.untouched(flooder.UserID)
	// What is left to do when it ends is done.
	f.say("!forseti dry-run off")
	f.banned(spammer.UserID)
	for _, room := range f.rooms {
		f.eventually("deny the server", func() bool { return len(f.deny(room)) == 1 })
	}
}

// A dry run that begins in the middle of a job throws none of it away: what is left is
// done when it ends, each once.
func TestDryRunInTheMiddleOfARedact(t *testing.T) {
	f := newFixture(t, 1)
	nuisance := f.member("nuisance")
	const messages = 6
	for i := range messages {
		_, err := nuisance.SendText(t.Context(), f.rooms[0], fmt.Sprint("rubbish ", i))
		f.must(err)
	}
	f.start()
	f.hear("Hello")
	gate := faults.NewGate()
	open := f.proxy.On(faults.Redact, gate.Fault)
	f.proxy.Times(2, faults.Redact, faults.Pass)
	f.say("!forseti redact " + string(nuisance.UserID) + " --no-confirm")
	<-gate.Held()
	f.say("!forseti dry-run on")
	f.hear("dry run")
	open()
	gate.Open()
	left := func() (n int) {
		for _, evt := range f.timeline(f.rooms[0]) {
			if evt.Sender == nuisance.UserID && evt.Type == event.EventMessage && evt.Unsigned.RedactedBecause == nil {
				n++
			}
		}
		return n
	}
	f.settle()
	before := left()
	if before == 0 || before >= messages {
		t.Errorf("in the dry run %d of %d messages are left", before, messages)
	}
	f.proxy.Forget()
	f.settle()
	if late := f.proxy.Requests(faults.Redact); len(late) > 0 || left() != before {
		t.Errorf("the dry run sent %d redactions", len(late))
	}
	f.say("!forseti dry-run off")
	f.eventually("remove the rest", func() bool { return left() == 0 })
	f.settle()
	if n := len(f.proxy.Requests(faults.Redact)); n != before {
		t.Errorf("%d redactions for %d messages that were left", n, before)
	}
	f.hear(fmt.Sprintf("%d messages", messages))
}
