package jssdk

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"forseti/matrix/e2ee"
	"forseti/matrix/e2ee/verify"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// verifies has the bot take part in verifications until the test ends.
func (b *bot) verifies() *news[verify.Notice] {
	notices := newNews[verify.Notice]()
	ctx, stop := context.WithCancel(context.WithoutCancel(b.s.ctx))
	ended := make(chan struct{}, 2)
	go func() { b.session.Verify(ctx); ended <- struct{}{} }()
	go func() {
		defer func() { ended <- struct{}{} }()
		for {
			select {
			case n := <-b.machine.Verifier().Notices():
				notices.add(n)
			case <-ctx.Done():
				return
			}
		}
	}()
	b.s.Cleanup(func() { stop(); <-ended; <-ended })
	return notices
}

// noticed waits for a notice of one kind about a verification, or for its failure.
func noticed[N verify.Notice](s *setting, notices *news[verify.Notice], txn id.VerificationTransactionID) N {
	s.Helper()
	n := try(notices.await(s.ctx, nil, func(n verify.Notice) bool {
		_, wanted := n.(N)
		_, over := n.(verify.Cancelled)
		return n.About().Txn == string(txn) && (wanted || over)
	})).or(s)
	wanted, ok := n.(N)
	if !ok {
		s.Fatalf("instead of %T came %+v", wanted, n)
	}
	return wanted
}

// pair is the bot and a person who are about to verify each other.
type pair struct {
	*setting
	bot     *bot
	notices *news[verify.Notice]
	person  *Client
	room    id.RoomID // of both, encrypted
	txn     id.VerificationTransactionID
}

func newPair(t *testing.T) *pair {
	t.Helper()
	s := newSetting(t)
	p := &pair{setting: s, bot: s.bot(), person: s.person("alice")}
	p.notices = p.bot.verifies()
	p.room = p.bot.meet(p.person)
	return p
}

// ask has one of them ask the other, in the room or to-device, up to where both
// are willing.
func (p *pair) ask(botAsks, inRoom bool) verify.ID {
	p.Helper()
	user := p.bot.session.User()
	switch {
	case botAsks:
		room := p.room
		if !inRoom {
			room = ""
		}
		which := try(p.bot.machine.Verifier().Start(p.ctx, p.person.User, room)).or(p)
		p.txn = id.VerificationTransactionID(which.Txn)
		try(p.person.AwaitPhase(p.ctx, p.txn, Requested)).or(p)
		p.must(p.person.Accept(p.ctx, p.txn))
	case inRoom:
		p.txn = try(p.person.VerifyInRoom(p.ctx, user, p.room)).or(p)
	default:
		p.txn = try(p.person.VerifyDevice(p.ctx, user, p.bot.session.Device())).or(p)
	}
	ready := noticed[verify.Ready](p.setting, p.notices, p.txn)
	if ready.ByThem == botAsks || !ready.Emoji || ready.Device != p.person.Device {
		p.Errorf("the bot says %+v", ready)
	}
	try(p.person.AwaitPhase(p.ctx, p.txn, Ready)).or(p)
	return ready.ID
}

// compare has one of them start with emoji, up to where both show the same.
func (p *pair) compare(which verify.ID, botStarts bool) {
	p.Helper()
	if botStarts {
		p.must(p.bot.machine.Verifier().CompareEmoji(p.ctx, which))
	} else {
		p.must(p.person.StartSAS(p.ctx, p.txn))
	}
	theirs := try(p.person.AwaitEmoji(p.ctx, p.txn)).or(p).Emoji
	var ours []string
	for _, e := range noticed[verify.Compare](p.setting, p.notices, p.txn).Emoji {
		ours = append(ours, e.Symbol)
	}
	if len(ours) != 7 || !slices.Equal(ours, theirs) {
		p.Fatalf("the bot shows %v, js-sdk %v", ours, theirs)
	}
}

// verified holds that both sides are done and know each other.
func (p *pair) verified() {
	p.Helper()
	if end := try(p.person.AwaitEnd(p.ctx, p.txn)).or(p); end.Phase != Done {
		p.Fatalf("for js-sdk it ended with %+v", end)
	}
	noticed[verify.Done](p.setting, p.notices, p.txn)
	try(p.person.AwaitVerified(p.ctx, p.bot.session.User(), p.bot.session.Device())).or(p)
	p.stands(e2ee.StandsVerified)
}

// stands holds what the bot thinks of the person's device.
func (p *pair) stands(standing e2ee.Standing) {
	p.Helper()
	for _, d := range try(p.bot.machine.Devices(p.ctx, p.person.User)).or(p) {
		if d.ID == p.person.Device && d.Standing != standing {
			p.Errorf("to the bot the person's device is %s", d.Standing)
		}
	}
}

func TestForsetiVerifiesByEmoji(t *testing.T) {
	for _, botAsks := range []bool{false, true} {
		for _, inRoom := range []bool{false, true} {
			for _, botFirst := range []bool{false, true} {
				t.Run(fmt.Sprintf("botAsks=%v,inRoom=%v,botConfirmsFirst=%v", botAsks, inRoom, botFirst), func(t *testing.T) {
					p := newPair(t)
					which := p.ask(botAsks, inRoom)
					p.compare(which, botAsks == botFirst) // each side starts in half of them
					if botFirst {
						p.must(p.bot.machine.Verifier().Confirm(p.ctx, which))
						p.must(p.person.Confirm(p.ctx, p.txn))
					} else {
						p.must(p.person.Confirm(p.ctx, p.txn))
						p.must(p.bot.machine.Verifier().Confirm(p.ctx, which))
					}
					p.verified()
				})
			}
		}
	}
}

func TestForsetiEmojiDiffer(t *testing.T) {
	p := newPair(t)
	p.compare(p.ask(false, true), false)
	p.must(p.person.Mismatch(p.ctx, p.txn))
	over := noticed[verify.Cancelled](p.setting, p.notices, p.txn)
	if over.Code != event.VerificationCancelCodeSASMismatch || !over.ByThem {
		t.Errorf("the bot says %+v", over)
	}
	p.stands(e2ee.StandsCrossSigned)
	if d := try(p.person.DeviceOf(p.ctx, p.bot.session.User(), p.bot.session.Device())).or(p); d.Verified {
		t.Errorf("js-sdk sees the bot's device as %+v", d)
	}
}

func TestForsetiShowsQR(t *testing.T) {
	for _, inRoom := range []bool{false, true} {
		t.Run(fmt.Sprintf("inRoom=%v", inRoom), func(t *testing.T) {
			p := newPair(t)
			which := p.ask(false, inRoom)
			shown := noticed[verify.ShowQR](p.setting, p.notices, p.txn).Data
			if !bytes.HasPrefix(shown, []byte("MATRIX\x02")) {
				t.Fatalf("the code says %q", shown)
			}
			p.must(p.person.ScanQR(p.ctx, p.txn, shown))
			noticed[verify.Scanned](p.setting, p.notices, p.txn)
			p.must(p.bot.machine.Verifier().Confirm(p.ctx, which))
			p.verified()
		})
	}
}
