package commands

import (
	"context"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// auditFake says how rooms are set up; of a room of which nothing is said, well.
type auditFake struct {
	of   map[id.RoomID]RoomAudit
	acls map[id.RoomID]ServerACL
}

func (f auditFake) PutIn(_ context.Context, room id.RoomID, entries []string) map[string]PutIn {
	found := map[string]PutIn{}
	for _, entry := range entries {
		if room == "!lobby:ours.example" && entry == "hand.example" {
			found[entry] = PutIn{By: "@friend:hs.example", At: 1_700_000_000_000}
		}
	}
	return found
}

func (f auditFake) ACL(_ context.Context, room id.RoomID) (ServerACL, error) {
	return f.acls[room], nil
}

func (f auditFake) Audit(_ context.Context, room id.RoomID) (RoomAudit, error) {
	if a, known := f.of[room]; known {
		return a, nil
	}
	return RoomAudit{JoinRule: event.JoinRuleInvite, History: event.HistoryVisibilityJoined, ACL: true, Encrypted: true}, nil
}

func TestAuditRooms(t *testing.T) {
	well := RoomAudit{JoinRule: event.JoinRulePublic, ACL: true, Listed: true, History: event.HistoryVisibilityShared}
	for name, tc := range map[string]struct {
		spoil func(a *RoomAudit)
		want  []string
	}{
		"well": {func(*RoomAudit) {}, []string{"Nothing to mend in", "[Lobby]", "(anybody may join, listed in the directory, members read all of it)"}},
		"everybody": {func(a *RoomAudit) { a.Anybody = []string{"ban", "remove members"} },
			[]string{"**[Lobby]", "**Everybody may ban and remove members.**", "roles and permissions", "!!Nothing to mend in"}},
		"admins": {func(a *RoomAudit) {
			a.Admins = []Admin{
				{User: "@mod:hs", Present: true, Ours: true}, {User: "@away:hs", Ours: true}, {User: "@left:hs"}, {User: "@_irc_x:hs", Present: true}, {User: "@tg_1234567:hs", Present: true},
			}
		}, []string{"`@left:hs`, `@_irc_x:hs` (which looks like an account of a bridge) and `@tg_1234567:hs` (which looks like an account of a bridge) may change who may do what, and are not one of you",
			"`@away:hs` may change who may do what, and is not in the room", "!!@mod:hs"}},
		"very many admins": {func(a *RoomAudit) {
			for range 3000 {
				a.Admins = append(a.Admins, Admin{User: "@x:hs"})
			}
		}, []string{"and 2995 more may change"}},
		"who else may ban": {func(a *RoomAudit) {
			a.Rulers = []Admin{{User: "@mod:hs", Ours: true}, {User: "@helper:hs"}, {User: "@_irc_x:hs"}}
		}, []string{"`@helper:hs` and `@_irc_x:hs` (which looks like an account of a bridge) may ban or change the room, and are not one of you here", "!!@mod:hs"}},
		"unverified": {func(a *RoomAudit) {
			a.Admins = []Admin{{User: mod, Present: true, Ours: true}, {User: "@two:ours.example", Present: true, Ours: true}, {User: "@stranger:hs", Present: true}}
		}, []string{"`@two:ours.example` may change who may do what, and is not verified with me", "`@stranger:hs` may change", "`!forseti verify`"}},
		"guests":                {func(a *RoomAudit) { a.Guests = true }, []string{"Turn off guest access"}},
		"open history":          {func(a *RoomAudit) { a.History = event.HistoryVisibilityWorldReadable }, []string{"the whole internet may read it", "Nothing to mend"}},
		"open and closed":       {func(a *RoomAudit) { a.History, a.JoinRule = event.HistoryVisibilityWorldReadable, "invite" }, []string{"Not everybody may join, and yet"}},
		"open and encrypted":    {func(a *RoomAudit) { a.History, a.Encrypted = event.HistoryVisibilityWorldReadable, true }, []string{"It is encrypted, and yet"}},
		"no ACL":                {func(a *RoomAudit) { a.ACL, a.Literals = false, true }, []string{"Nothing to mend in", "no server ACL yet", "!!ip_literals"}},
		"literals":              {func(a *RoomAudit) { a.Literals = true }, []string{"`enforcement.ip_literals: deny`"}},
		"upgraded to nothing":   {func(a *RoomAudit) { a.Replaced = true }, []string{"names no new room"}},
		"upgraded, followed":    {func(a *RoomAudit) { a.Replaced, a.By = true, "!dev:ours.example" }, []string{"which I protect", "`!forseti rooms remove`"}},
		"upgraded, not":         {func(a *RoomAudit) { a.Replaced, a.By = true, "!new:ours.example" }, []string{"which I do not protect", "`!forseti rooms add !new:ours.example`"}},
		"not all could be read": {func(a *RoomAudit) { a.Unread = "I could not read all of it." }, []string{"could not read all"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := well
			tc.spoil(&a)
			w := newWorld()
			w.audits = map[id.RoomID]RoomAudit{"!lobby:ours.example": a}
			expect(t, w, "audit rooms #lobby:ours.example", nil, tc.want...)
		})
	}
	w := newWorld()
	w.audits = map[id.RoomID]RoomAudit{"!dev:ours.example": {JoinRule: "knock", Anybody: []string{"ban"}, Guests: true}}
	a := expect(t, w, "audit", nil, "**[Dev \\*talk\\*]", "I need power level 50 to ban", "I am not in it, and cannot look", "Nothing to mend in:\n- [Lobby]")
	if strings.Index(a.Markdown, "Dev") > strings.Index(a.Markdown, "Lost") {
		t.Errorf("the worst is not first:\n%s", a.Markdown)
	}
	w.rooms = nil
	expect(t, w, "audit rooms", nil, "I protect no room yet")
	expect(t, newWorld(), "audit rooms !else:ours.example", nil, "I protect no room")
	expect(t, newWorld(), "audit rooms #lobby:ours.example !dev:ours.example", nil, "[Lobby]", "[Dev", "!![Lost")
}
