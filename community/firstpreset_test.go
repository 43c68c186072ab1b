package community_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community"
)

// From the first start on nobody stands naked: what was chosen at the set-up holds, and what
// the bot before had; a new moderator is told, and all of it is passed on as text.
func TestProtectionsFromTheFirstStartOn(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	f.options = func(o *community.Options) { o.KeepEvidence = 0 }
	f.must(f.bot.SetAccountData(t.Context(), "org.forseti.preset", map[string]any{"preset": "public support"}))
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.enabled_protections", map[string]any{
		"enabled": []string{"MentionLimitProtection", "MemberBanSynchronisationProtection", "TrustedReporters"}, schemaKey: 8,
	}))
	_, err := f.mod.SendStateEvent(t.Context(), f.management, event.Type{Type: "org.matrix.mjolnir.setting", Class: event.StateEventType}, "MentionLimitProtection", map[string]any{"maxMentions": 2, "warningText": "No."})
	f.must(err)
	f.start()
	f.hear("Hello, I am Forseti", "as the preset `public support` says", "`MentionLimitProtection` is `mentions` here, and on, with `users` `2`", "`warningText` of `MentionLimitProtection`", "`TrustedReporters`: ", "protections watch over what is said and done: `changes`")

	// They do act: three are called, where two may be.
	spammer := f.member("spammer")
	sent, err := spammer.SendMessageEvent(t.Context(), f.rooms[0], event.EventMessage, map[string]any{
		"msgtype": "m.text", "body": "look here all of you", "m.mentions": map[string]any{"user_ids": []id.UserID{f.mod.UserID, f.bot.UserID, "@other:example.org"}},
	})
	f.must(err)
	f.eventually("remove the message", func() bool {
		evt, err := f.mod.GetEvent(t.Context(), f.rooms[0], sent.EventID)
		return err == nil && evt.Unsigned.RedactedBecause != nil
	})

	second := f.server.Client(t, "second")
	f.join(f.management, second)
	f.hear("`"+string(second.UserID)+"` is here now and may do everything", "protections watch over")

	f.say("!forseti protections import\n```\nforseti protections 1\n[flooding]\nmode = on\nmesages = 5\n```")
	f.hear("Nothing of it was taken", "Line 4", "Did you mean `messages`?")
	f.say("!forseti protections import --no-confirm\n```\nforseti protections 1\n[flooding]\nmode = on\nmessages = 20\n```")
	f.hear("`messages` `10` → `20`", "To go back, write")
	f.say("!forseti protections export flooding")
	f.hear("[flooding]\nmode = on\nmessages = 20")
	f.say("!forseti preset use public support")
	f.hear("Less may be found than now by `mentions` (`users`). Do it?")
	f.say("!forseti preset use under attack")
	f.hear("By `under attack` this is changed", "`slow-mode`: off → on")
	f.stopBot()

	// It is adopted once: after a restart what moderators have set holds.
	f.start()
	f.say("!forseti protections show flooding")
	if said := f.hear("`flooding` is on", "`messages` is `6`"); strings.Contains(said, "Hello") {
		t.Error(said)
	}
}
