package e2ee_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"forseti/internal/cryptoclient"
	"forseti/matrix/e2ee"
	"forseti/matrix/e2ee/verify"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// asked is what a client sends to a device to be verified, or anything else.
func send(t *testing.T, from *mautrix.Client, to *mautrix.Client, device id.DeviceID, kind string, content map[string]any) {
	t.Helper()
	_, err := from.SendToDevice(t.Context(), event.Type{Type: kind, Class: event.ToDeviceEventType}, &mautrix.ReqSendToDevice{
		Messages: map[id.UserID]map[id.DeviceID]*event.Content{to.UserID: {device: {Raw: content}}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func request(txn string) map[string]any {
	return map[string]any{
		"transaction_id": txn, "from_device": "EVIL", "methods": []any{"m.sas.v1"}, "timestamp": time.Now().UnixMilli(),
	}
}

// answers are the verification messages that a client was sent by a user.
func answers(c *cryptoclient.Client, from id.UserID) (found []string) {
	for _, evt := range c.Events() {
		if evt.Sender == from && strings.HasPrefix(evt.Type.Type, "m.key.verification.") {
			found = append(found, evt.Type.Type)
		}
	}
	return found
}

// TestStranger is refused without an answer, whatever they send and however much,
// and keeps nobody else from verifying us. The first two messages ended the sync
// loop of mautrix's own helper.
func TestStranger(t *testing.T) {
	bot, stranger, person := newDevice(t, "bot"), newPerson(t), newPerson(t)
	device := bot.session.Device()
	send(t, stranger.Client, bot.client, device, "m.key.verification.request", request("t"))
	send(t, stranger.Client, bot.client, device, "m.key.verification.mac", map[string]any{"transaction_id": "t", "mac": map[string]any{}, "keys": "x"})
	for i, junk := range []map[string]any{
		{"transaction_id": 5}, {"transaction_id": strings.Repeat("x", 10_000)}, {"transaction_id": "t", "from_device": []any{1}},
		{"transaction_id": "t", "methods": map[string]any{"x": 1}, "from_device": "EVIL"}, {},
		{"transaction_id": "t", "from_device": "EVIL", "methods": []any{"m.sas.v1"}, "timestamp": 1e300},
	} {
		for _, kind := range []string{"request", "ready", "start", "accept", "key", "mac", "done", "cancel", "x"} {
			send(t, stranger.Client, bot.client, device, "m.key.verification."+kind, junk)
		}
		send(t, stranger.Client, bot.client, device, "m.key.verification.request", request(fmt.Sprint("more", i)))
	}
	which, txn := bot.ready(person, 0, false)
	bot.must(person.Verifier.StartSAS(t.Context(), txn))
	notice[verify.Compare](bot)
	await(t, person, "emoji")
	if which.User != person.UserID {
		t.Errorf("verifies %s", which.User)
	}
	if got := answers(stranger, bot.client.UserID); len(got) > 0 {
		t.Errorf("the stranger got %v", got)
	}
}

// TestModeratorGoneBad: one who may verify us and sends junk harms nothing but their own
// verification.
func TestModeratorGoneBad(t *testing.T) {
	bot, evil, person := newDevice(t, "bot"), newPerson(t), newPerson(t)
	bot.others.Store(evil.UserID, true)
	device := bot.session.Device()
	for i := range 60 {
		txn := fmt.Sprint("t", i)
		ask := request(txn)
		ask["from_device"] = string(evil.DeviceID)
		send(t, evil.Client, bot.client, device, "m.key.verification.request", ask)
		send(t, evil.Client, bot.client, device, "m.key.verification.mac", map[string]any{"transaction_id": txn, "mac": map[string]any{"ed25519:EVIL": "AA"}, "keys": "AA"})
	}
	for ready := 0; ready < 1; {
		if n := <-bot.machine.Verifier().Notices(); n.About().User == evil.UserID {
			if c, ok := n.(verify.Cancelled); ok && c.Code == event.VerificationCancelCodeUnexpectedMessage {
				ready++
			}
		}
	}
	_, txn := bot.ready(person, 0, false)
	bot.must(person.Verifier.StartSAS(t.Context(), txn))
	notice[verify.Compare](bot)
	if got := answers(evil, bot.client.UserID); len(got) > 30 {
		t.Errorf("%d answers to 60 requests", len(got))
	}
}

// TestRefused: neither side ends up trusting the other if one says no.
func TestRefused(t *testing.T) {
	for _, mismatch := range []bool{true, false} {
		t.Run(fmt.Sprintf("mismatch %v", mismatch), func(t *testing.T) {
			bot, person := newDevice(t, "bot"), newPerson(t)
			which, txn := bot.ready(person, 0, false)
			bot.must(person.Verifier.StartSAS(t.Context(), txn))
			notice[verify.Compare](bot)
			await(t, person, "emoji")
			verifier, want := bot.machine.Verifier(), event.VerificationCancelCodeUser
			if mismatch {
				want = event.VerificationCancelCodeSASMismatch
				bot.must(verifier.Mismatch(within(t), which))
			} else {
				bot.must(verifier.Cancel(within(t), which))
			}
			if step, err := person.Verifier.Await(within(t), "cancelled"); err != nil || step.Code != want {
				t.Errorf("they know %+v, %v", step, err)
			}
			if err := verifier.Confirm(within(t), which); err != verify.ErrUnknown {
				t.Errorf("confirmed afterwards: %v", err)
			}
			if trusted, err := bot.machine.Olm().IsUserTrusted(t.Context(), person.UserID); err != nil || trusted {
				t.Errorf("trusted: %v %v", trusted, err)
			}
		})
	}
}

// TestTheyCancel has the other side end it.
func TestTheyCancel(t *testing.T) {
	bot, person := newDevice(t, "bot"), newPerson(t)
	_, txn := bot.ready(person, 0, true)
	bot.must(person.Verifier.CancelVerification(t.Context(), txn, event.VerificationCancelCodeUser, "no"))
	for {
		if c, ok := (<-bot.machine.Verifier().Notices()).(verify.Cancelled); ok {
			if !c.ByThem || c.Code != event.VerificationCancelCodeUser {
				t.Errorf("%+v", c)
			}
			return
		}
	}
}

// TestOwnAccount: another device of the bot's account is verified if that is
// started here, and not if it asks.
func TestOwnAccount(t *testing.T) {
	bot := newDevice(t, "bot")
	other := newDeviceOf(t, bot.client.UserID, bot.password)
	send(t, other.Client, bot.client, bot.session.Device(), "m.key.verification.request", request("t"))
	verifier := bot.machine.Verifier()
	which, err := verifier.Start(within(t), bot.client.UserID, "")
	bot.must(err)
	txn := await(t, other, "requested").Txn
	bot.must(other.Verifier.AcceptVerification(t.Context(), txn))
	notice[verify.Ready](bot)
	bot.must(verifier.CompareEmoji(within(t), which))
	notice[verify.Compare](bot)
	await(t, other, "emoji")
	bot.must(other.Verifier.Confirm(t.Context(), txn))
	bot.must(verifier.Confirm(within(t), which))
	notice[verify.Done](bot)
	await(t, other, "done")
	bot.knows(bot.client.UserID)
	for _, kind := range answers(other, bot.client.UserID) {
		if kind == "m.key.verification.ready" {
			t.Error("the other device's request was accepted")
		}
	}
}

// TestDevices lists devices in each standing, and blocks one.
func TestDevices(t *testing.T) {
	bot, person := newDevice(t, "bot"), newPerson(t)
	stand := func(want e2ee.Standing) {
		t.Helper()
		devices, err := bot.machine.Devices(t.Context(), person.UserID)
		bot.must(err)
		for _, d := range devices {
			if d.ID == person.DeviceID && (d.Standing != want || d.Fingerprint != person.Machine().Fingerprint() || d.This) {
				t.Errorf("%+v, want %s", d, want)
			}
		}
	}
	stand(e2ee.StandsCrossSigned)
	bot.must(bot.machine.Block(t.Context(), person.UserID, person.DeviceID))
	stand(e2ee.StandsBlocked)
	bot.must(bot.machine.Unblock(t.Context(), person.UserID, person.DeviceID))
	stand(e2ee.StandsCrossSigned)
	if err := bot.machine.Block(t.Context(), person.UserID, "NONE"); err == nil {
		t.Error("blocked a device that is not there")
	}
	own, err := bot.machine.Devices(t.Context(), bot.client.UserID)
	bot.must(err)
	if len(own) != 1 || !own[0].This || own[0].Standing != e2ee.StandsVerified {
		t.Errorf("our own: %+v", own)
	}
}
