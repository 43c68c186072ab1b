package community_test

import (
	"crypto/sha256"
	"encoding/base64"
	"path/filepath"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// What a moderator bans in a client becomes a rule by one tap, over a restart too; what they lift there takes the rule away;
// and it can be had at once, or not at all.
func TestBansByHandBecomeRules(t *testing.T) {
	long(t)
	f := newFixture(t, 2)
	bad, worse, spared, last := f.member("bad"), f.member("worse"), f.member("spared"), f.member("last")
	f.start()
	f.hear("Hello")
	ban := func(user *mautrix.Client, reason string) {
		t.Helper()
		_, err := f.mod.BanUser(t.Context(), f.rooms[0], &mautrix.ReqBanUser{UserID: user.UserID, Reason: reason})
		f.must(err)
	}
	ban(bad, "spam")
	ban(worse, "spam")
	f.hear("`"+f.mod.UserID.String()+"` banned `"+bad.UserID.String()+"` and `"+worse.UserID.String()+"` by hand in room 0: “spam”", "Write the rules into")
	f.restart()
	f.react("✅")
	f.banned(bad.UserID)
	f.banned(worse.UserID)
	if f.rulesFor(bad.UserID.String()) != 1 || f.rulesFor(worse.UserID.String()) != 1 {
		t.Error("there is no rule, or there are several")
	}

	_, err := f.mod.UnbanUser(t.Context(), f.rooms[0], &mautrix.ReqUnbanUser{UserID: bad.UserID})
	f.must(err)
	f.hear("unbanned `"+bad.UserID.String()+"` by hand in room 0", "Remove the rule?")
	f.react("✅")
	f.freed(bad.UserID)

	ban(spared, "")
	f.hear("banned `"+spared.UserID.String()+"` by hand", "Write the rule into")
	f.react("❌")
	f.hear("Left undone")
	f.say("!forseti by-hand auto")
	f.hear("become rules at once")
	ban(last, "spam")
	f.banned(last.UserID)
	if f.membership(f.rooms[1], spared.UserID) != event.MembershipJoin || f.rulesFor(spared.UserID.String()) != 0 {
		t.Error("what got a no is done")
	}

	// How it was set, and by whom, is known also to a bot that has lost its database.
	f.eventually("a copy of the settings", func() bool {
		var kept struct {
			ByHand string `json:"by_hand"`
		}
		return f.bot.GetAccountData(t.Context(), settingsOf(f.management), &kept) == nil && kept.ByHand == "auto"
	})
	f.stopBot()
	f.database = "sqlite:" + filepath.Join(t.TempDir(), "new.db")
	f.start()
	f.hear("from the copy in my account")
	f.say("!forseti settings by-hand")
	f.hear("`by-hand` is `auto`, otherwise `ask`", "`ask` → `auto`, by `"+f.mod.UserID.String()+"`", "`!forseti by-hand ask`")
}

// settingsOf is where the copy of a community's settings is kept.
func settingsOf(management id.RoomID) string {
	sum := sha256.Sum256([]byte(management))
	return "org.forseti.settings." + base64.RawURLEncoding.EncodeToString(sum[:12])
}
