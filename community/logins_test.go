package community_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community"
	"forseti/internal/cryptoclient"
	"forseti/matrix"
	"forseti/matrix/e2ee"
)

// Whoever is logged in as the bot can replace its identity. Moderators hear of it, and
// bans go on; only what is said in secret ends, and commands.
func TestIdentityIsReplaced(t *testing.T) {
	s := newSealed(t, 1, e2ee.CrossSigned)
	_, err := s.secret.Identify(t.Context())
	s.must(err)
	spammer := s.member("spammer")
	s.start()
	s.answered("Hello")

	login := s.server.NewDevice(t, s.bot.UserID)
	thief, err := cryptoclient.Start(t.Context(), s.server.URL, login.UserID, login.AccessToken, t.TempDir())
	s.must(err)
	defer func() { _ = thief.Close() }()
	s.answered("Somebody logged in as me", string(login.DeviceID))
	s.whisper("!forseti status")
	s.answered("1 other login", string(login.DeviceID))
	s.whisper("!forseti devices end " + string(login.DeviceID))
	s.answered("wants my account's password for that, and I was given none") // the bot of these tests has a token

	recoveryKey, err := thief.Replace(t.Context(), s.server.Password(s.bot.UserID))
	s.must(err)
	s.hear("My cryptographic identity was replaced", "not encrypted")
	s.whisper("!forseti status")
	s.hear("I do not obey this", "was replaced")
	secrets := s.said("")

	// Rules are enforced as before, also after a start.
	s.rule(s.list, "user", "spam", string(spammer.UserID))
	s.eventually("ban the spammer", s.everywhere(spammer.UserID, event.MembershipBan))
	s.restart()
	second := s.member("second")
	s.rule(s.list, "user", "spam2", string(second.UserID))
	s.eventually("ban the second", s.everywhere(second.UserID, event.MembershipBan))
	if now := s.said(""); now != secrets {
		t.Errorf("said %d things in secret since", now-secrets)
	}

	// With the new recovery key it is mended, and moderators are to verify anew.
	s.stopBot()
	s.unlock = recoveryKey
	s.start()
	s.answered("I have a new identity", "verify me again")
	s.whisper("!forseti rooms")
	s.answered("room 0")
	s.restart()
	s.whisper("!forseti lists")
	s.answered("list")
	if n := s.said("I have a new identity"); n != 1 {
		t.Errorf("told %d times of the new identity", n)
	}
}

// said counts what the bot said in secret with a word.
func (s *sealed) said(word string) (n int) {
	for _, evt := range s.secret.Events() {
		body, _ := evt.Content.Raw["body"].(string)
		if evt.Sender == s.bot.UserID && evt.Mautrix.WasEncrypted && strings.Contains(body, word) {
			n++
		}
	}
	return n
}

// meddled is a session whose batches are changed on their way.
type meddled struct {
	*matrix.Session
	edit func(*matrix.Batch)
}

func (m meddled) Run(ctx context.Context, since string, h matrix.Handler) error {
	return m.Session.Run(ctx, since, func(ctx context.Context, b *matrix.Batch) (time.Duration, error) {
		m.edit(b)
		return h(ctx, b)
	})
}

// Another bot on the account, or a person who uses it, is told of once.
func TestSomethingElseSpeaks(t *testing.T) {
	f := newFixture(t, 1)
	var batches atomic.Int32
	f.session = func(session *matrix.Session, o *community.Options) {
		o.Homeserver = meddled{session, func(b *matrix.Batch) {
			if batches.Add(1) > 1 {
				b.Strangers = []*event.Event{{ID: id.EventID("$x"), RoomID: f.rooms[0], Sender: f.bot.UserID}}
			}
		}}
	}
	f.start()
	f.settle()
	f.hear("Something else speaks as me", "room 0", "two do everything twice")
	f.settle()
	if n := f.times("Something else speaks"); n != 1 {
		t.Errorf("told %d times", n)
	}
}
