package enforce

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

func guardedWorld() *World {
	w := NewWorld(self, Settings{})
	newRoom(w, "!a:x")
	w.SetManagement("!management:own.example")
	w.SetLists([]id.RoomID{testList})
	w.SetModerator("@mod:mods.example", true)
	w.Apply("!a:x", memberEvent("@spam:evil.example", "@spam:evil.example", event.MembershipJoin), now)
	w.Apply("!a:x", memberEvent("@mod:mods.example", "@mod:mods.example", event.MembershipJoin), now)
	return w
}

func setting(verb action.Verb, room id.RoomID, kind, key, content string) action.Action {
	return action.Action{Verb: verb, Room: room, State: &action.State{Type: event.Type{Type: kind}, Key: key, Content: json.RawMessage(content)}}
}

func leveling(user id.UserID, level int64, by action.CauseKind) action.Action {
	return action.Action{Verb: action.SetLevel, Room: "!a:x", User: user, Level: &level, Cause: action.Cause{Kind: by}}
}

func giving(room id.RoomID, of id.UserID, kind string, with ...id.UserID) action.Action {
	a := setting(action.GiveBack, room, kind, "", `{}`)
	a.User, a.With = of, with
	return a
}

// Whoever asks: what no action may do. Each line is a guard that was broken once by hand.
func TestGuard(t *testing.T) {
	w := guardedWorld()
	words := &action.Message{Markdown: "why"}
	const rule = "m.policy.rule.user"
	for name, tc := range map[string]struct {
		a       action.Action
		refused bool
	}{
		"ban a spammer":                   {action.Action{Verb: action.Ban, Room: "!a:x", User: "@spam:evil.example"}, false},
		"ban ourselves":                   {action.Action{Verb: action.Ban, Room: "!a:x", User: self}, true},
		"ban a moderator":                 {action.Action{Verb: action.Ban, Room: "!a:x", User: "@mod:mods.example"}, true},
		"ban who stands as high":          {action.Action{Verb: action.Ban, Room: "!a:x", User: "@founder:other.example"}, true},
		"ban in a room of others":         {action.Action{Verb: action.Ban, Room: "!other:x", User: "@spam:evil.example"}, true},
		"kick a moderator":                {action.Action{Verb: action.Kick, Room: "!a:x", User: "@mod:mods.example"}, true},
		"kick who is not there":           {action.Action{Verb: action.Kick, Room: "!a:x", User: "@nobody:x"}, true},
		"tell a moderator out":            {action.Action{Verb: action.TellOut, Room: "!a:x", User: "@mod:mods.example", Message: words}, true},
		"mute a moderator":                {action.Action{Verb: action.Mute, Room: "!a:x", User: "@mod:mods.example"}, true},
		"mute who stands as high":         {action.Action{Verb: action.Mute, Room: "!a:x", User: "@founder:other.example"}, true},
		"mute a spammer":                  {action.Action{Verb: action.Mute, Room: "!a:x", User: "@spam:evil.example"}, false},
		"a level by a moderator":          {leveling("@spam:evil.example", 50, action.ByModerator), false},
		"a level for a moderator":         {leveling("@mod:mods.example", 50, action.ByModerator), false},
		"a level by a protection":         {leveling("@spam:evil.example", 50, action.ByProtection), true},
		"a level for ourselves":           {leveling(self, 0, action.ByModerator), true},
		"more than we have":               {leveling("@spam:evil.example", 101, action.ByModerator), true},
		"less for who stands as high":     {leveling("@founder:other.example", 0, action.ByModerator), true},
		"an address":                      {action.Action{Verb: action.PointAlias, Room: "!a:x", Alias: "#a:x"}, false},
		"an address of a room of others":  {action.Action{Verb: action.PointAlias, Room: "!other:x", Alias: "#a:x"}, true},
		"the end of an address of others": {action.Action{Verb: action.DropAlias, Room: "!other:x", Alias: "#a:x"}, true},
		"listed":                          {action.Action{Verb: action.List, Room: "!a:x"}, false},
		"a list, listed":                  {action.Action{Verb: action.List, Room: testList}, true},
		"the management room, listed":     {action.Action{Verb: action.List, Room: "!management:own.example"}, true},
		"the management room, not listed": {action.Action{Verb: action.Unlist, Room: "!management:own.example"}, false},
		"a room of others, not listed":    {action.Action{Verb: action.Unlist, Room: "!other:x"}, true},
		"unban anybody":                   {action.Action{Verb: action.Unban, Room: "!a:x", User: "@mod:mods.example"}, false},
		"remove a spammer's message":      {action.Action{Verb: action.Redact, Room: "!a:x", User: "@spam:evil.example", Event: "$e"}, false},
		"a protection removes a moderator's message": {action.Action{Verb: action.Redact, Room: "!a:x", User: "@mod:mods.example", Event: "$e",
			Cause: action.Cause{Kind: action.ByProtection}}, true},
		"a moderator removes a moderator's message": {action.Action{Verb: action.Redact, Room: "!a:x", User: "@mod:mods.example", Event: "$e",
			Cause: action.Cause{Kind: action.ByModerator}}, false},
		"tell a member why":                        {action.Action{Verb: action.Notify, Room: "!a:x", User: "@spam:evil.example", Message: words}, false},
		"tell a stranger":                          {action.Action{Verb: action.Notify, Room: "!a:x", User: "@nobody:x", Message: words}, true},
		"tell somebody of a room of others":        {action.Action{Verb: action.Notify, Room: "!other:x", User: "@spam:evil.example", Message: words}, true},
		"tell a moderator why":                     {action.Action{Verb: action.Notify, Room: "!a:x", User: "@mod:mods.example", Message: words}, true},
		"tell a member in the room":                {telling("!a:x", "@spam:evil.example", action.Message{Markdown: "no", Mentions: []id.UserID{"@spam:evil.example"}}), false},
		"tell a moderator in the room":             {telling("!a:x", "@mod:mods.example", action.Message{Markdown: "no"}), true},
		"tell ourselves in the room":               {telling("!a:x", self, action.Message{Markdown: "no"}), true},
		"tell who is not there in the room":        {telling("!a:x", "@nobody:x", action.Message{Markdown: "no"}), true},
		"tell in a room of others":                 {telling("!other:x", "@spam:evil.example", action.Message{Markdown: "no"}), true},
		"tell nothing in the room":                 {telling("!a:x", "@spam:evil.example", action.Message{}), true},
		"tell and call another":                    {telling("!a:x", "@spam:evil.example", action.Message{Markdown: "no", Mentions: []id.UserID{"@mod:mods.example"}}), true},
		"tell and call another besides":            {telling("!a:x", "@spam:evil.example", action.Message{Markdown: "no", Mentions: []id.UserID{"@spam:evil.example", "@mod:mods.example"}}), true},
		"tell and call everybody":                  {telling("!a:x", "@spam:evil.example", action.Message{Markdown: "no", Everybody: true}), true},
		"tell in an edit":                          {telling("!a:x", "@spam:evil.example", action.Message{Markdown: "no", Edits: "$e"}), true},
		"tell with fields":                         {telling("!a:x", "@spam:evil.example", action.Message{Markdown: "no", Fields: map[string]any{"m.mentions": 1}}), true},
		"tell nothing":                             {action.Action{Verb: action.Notify, Room: "!a:x", User: "@spam:evil.example"}, true},
		"an ACL":                                   {setting(action.SetACL, "!a:x", aclType, "", `{"allow":["*"],"deny":["evil.example"],"allow_ip_literals":true}`), false},
		"an ACL against our server":                {setting(action.SetACL, "!a:x", aclType, "", `{"allow":["*"],"deny":["own.*"],"allow_ip_literals":true}`), true},
		"an ACL against a moderator's":             {setting(action.SetACL, "!a:x", aclType, "", `{"allow":["*"],"deny":["mods.example"],"allow_ip_literals":true}`), true},
		"an ACL that lets nobody in":               {setting(action.SetACL, "!a:x", aclType, "", `{}`), true},
		"an ACL of a room of others":               {setting(action.SetACL, "!other:x", aclType, "", `{"allow":["*"],"deny":[],"allow_ip_literals":true}`), true},
		"an ACL by another verb":                   {setting(action.SetState, "!a:x", aclType, "", `{"allow":["*"]}`), true},
		"levels by another verb":                   {setting(action.SetState, "!a:x", "m.room.power_levels", "", `{}`), true},
		"a membership by another verb":             {setting(action.SetState, "!a:x", "m.room.member", "@mod:mods.example", `{"membership":"ban"}`), true},
		"give back a topic":                        {giving("!a:x", "@spam:evil.example", "m.room.topic"), false},
		"give back levels":                         {giving("!a:x", "@spam:evil.example", "m.room.power_levels"), true},
		"give back a topic of a room of others":    {giving("!other:x", "@spam:evil.example", "m.room.topic"), true},
		"give back a topic of the management room": {giving("!management:own.example", "@spam:evil.example", "m.room.topic"), true},
		"give back a moderator's topic":            {giving("!a:x", "@mod:mods.example", "m.room.topic"), true},
		"give back a topic with a moderator's":     {giving("!a:x", "@spam:evil.example", "m.room.topic", "@mod:mods.example"), true},
		"give back a topic of ours":                {giving("!a:x", self, "m.room.topic"), true},
		"a tombstone":                              {setting(action.SetState, "!a:x", "m.room.tombstone", "", `{}`), true},
		"a rule by another verb":                   {setting(action.SetState, testList, rule, "1", `{}`), true},
		"encryption of the management room":        {setting(action.SetState, "!management:own.example", "m.room.encryption", "", `{}`), false},
		"encryption of a room of others":           {setting(action.SetState, "!other:x", "m.room.encryption", "", `{}`), true},
		"who may join":                             {setting(action.SetJoinRule, "!a:x", "m.room.join_rules", "", `{"join_rule":"invite"}`), false},
		"something else as who may join":           {setting(action.SetJoinRule, "!a:x", "m.room.name", "", `{}`), true},
		"who may write":                            {voicing("!a:x", `{"events_default":1,"users":{"@u:x":1}}`), false},
		"who may write, given back":                {voicing("!a:x", `{"users":{"@mod:x":50},"x":1}`, `{"events":{"m.room.message":1},"users":{"@mod:x":50,"@u:x":1},"x":1.0}`), true},
		"who may write, given back as it was":      {voicing("!a:x", `{"users":{"@mod:x":50},"x":{"a":1}}`, `{"events":{"m.room.message":1},"users":{"@mod:x":50,"@u:x":1},"x":{"a": 1}}`), false},
		"who may write in a room of others":        {voicing("!other:x", `{"events_default":1}`), true},
		"who may ban as who may write":             {voicing("!a:x", `{"ban":0}`), true},
		"what all have as who may write":           {voicing("!a:x", `{"users_default":1}`), true},
		"state as who may write":                   {voicing("!a:x", `{"events":{"m.room.name":1}}`), true},
		"polls and the like as who may write":      {voicing("!a:x", `{"events":{"org.example.poll":1}}`, `{"events":{"org.example.poll":0}}`), false},
		"own removals as who may write":            {voicing("!a:x", `{"events":{"m.room.redaction":1}}`), true},
		"a moderator who may not write":            {voicing("!a:x", `{"users":{"@mod:x":1}}`, `{"users":{"@mod:x":50}}`), true},
		"a moderator without a level":              {voicing("!a:x", `{}`, `{"users":{"@mod:x":50}}`), true},
		"a new moderator as who may write":         {voicing("!a:x", `{"users":{"@u:x":50}}`), true},
		"a moderator of a room of low levels":      {voicing("!a:x", `{"kick":1,"users":{"@u:x":1}}`, `{"kick":1}`), true},
		"a level of a wrong type":                  {voicing("!a:x", `{"users":{"@u:x":"x"}}`), true},
		"levels from nothing":                      {setting(action.SetVoice, "!a:x", "m.room.power_levels", "", `{"events_default":1}`), true},
		"a name as who may write":                  {func() action.Action { a := voicing("!a:x", `{}`); a.State.Type.Type = "m.room.name"; return a }(), true},
		"a rule":                                   {setting(action.WriteRule, testList, rule, "1", `{"entity":"@spam*","recommendation":"m.ban"}`), false},
		"a rule against ourselves":                 {setting(action.WriteRule, testList, rule, "1", `{"entity":"@forseti:own.example","recommendation":"m.ban"}`), true},
		"a rule against our server":                {setting(action.WriteRule, testList, "m.policy.rule.server", "1", `{"entity":"OWN.example","recommendation":"m.ban"}`), true},
		"a hash of ourselves":                      {setting(action.WriteRule, testList, rule, "1", hashOf("@forseti:own.example")), true},
		"a hash of our server":                     {setting(action.WriteRule, testList, "m.policy.rule.server", "1", hashOf("own.example")), true},
		"a hash of a spammer":                      {setting(action.WriteRule, testList, rule, "1", hashOf("@spam:evil.example")), false},
		"an exemption of our server":               {setting(action.WriteRule, testList, "m.policy.rule.server", "1", `{"entity":"own.example","recommendation":"fi.mau.meowlnir.unban"}`), false},
		"a rule in a list of others":               {setting(action.WriteRule, theirs, rule, "1", `{"entity":"@spam*","recommendation":"m.ban"}`), true},
		"a rule in a protected room":               {setting(action.WriteRule, "!a:x", rule, "1", `{"entity":"@spam*","recommendation":"m.ban"}`), true},
		"a rule that is none":                      {setting(action.WriteRule, testList, "m.room.name", "", `{"name":"x"}`), true},
		"the end of a rule":                        {setting(action.RemoveRule, testList, rule, "1", `{}`), false},
		"an end of a rule that writes one":         {setting(action.RemoveRule, testList, rule, "1", `{"entity":"*","recommendation":"m.ban"}`), true},
		"leave a room":                             {action.Action{Verb: action.Leave, Room: "!a:x"}, false},
		"leave the management room":                {action.Action{Verb: action.Leave, Room: "!management:own.example"}, true},
		"suspend a moderator":                      {action.Action{Verb: action.Suspend, User: "@mod:mods.example"}, true},
		"deactivate ourselves":                     {action.Action{Verb: action.Deactivate, User: self}, true},
		"lock somebody of another server":          {action.Action{Verb: action.Lock, User: "@spam:evil.example"}, true},
		"lock somebody of ours":                    {action.Action{Verb: action.Lock, User: "@spam:own.example"}, false},
		"shut down a protected room":               {action.Action{Verb: action.ShutDown, Room: "!a:x"}, true},
		"shut down the management room":            {action.Action{Verb: action.ShutDown, Room: "!management:own.example"}, true},
		"shut down a list":                         {action.Action{Verb: action.ShutDown, Room: testList}, true},
		"shut down a room of spammers":             {action.Action{Verb: action.ShutDown, Room: "!spam:own.example"}, false},
		"what nobody knows":                        {action.Action{Verb: "vaporise", Room: "!a:x", User: "@spam:evil.example"}, true},
		"nothing":                                  {action.Action{}, true},
		"a ban of nobody":                          {action.Action{Verb: action.Ban, Room: "!a:x"}, true},
	} {
		if err := w.Guard(tc.a); (err != nil) != tc.refused || err != nil && !errors.Is(err, ErrGuarded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A pattern that matches a room's own moderator does not mean them; their name does.
func TestRoomsOwnModeratorsAreSparedByPatterns(t *testing.T) {
	for entity, banned := range map[string]bool{"@help*": false, "@helper:other.example": true} {
		for _, also := range []bool{false, true} {
			w := NewWorld(self, Settings{RoomModerators: also})
			newRoom(w, "!a:x")
			w.Apply("!a:x", levelsEvent(map[id.UserID]int{self: 100, "@helper:other.example": 50}), now)
			w.Apply("!a:x", memberEvent("@helper:other.example", "@helper:other.example", event.MembershipJoin), now)
			_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "1", entity, "m.ban"))
			w.Follow(slots...)
			p := w.Plan(Key{Lane: action.MemberLane, Room: "!a:x", Subject: "@helper:other.example"}, now)
			if got := p.Action.Verb == action.Ban; got != (banned || also) {
				t.Errorf("%s, moderators of rooms too %v: planned %q", entity, also, p.Action.Verb)
			}
		}
	}
}

// A name means who moderates the room also if a pattern decides about them as well:
// whether it weighs more, or its list comes first.
func TestNameCountsBesidePattern(t *testing.T) {
	const user = id.UserID("@helper:other.example")
	for _, first := range []id.RoomID{testList, theirs} {
		for _, recommendation := range []string{"m.ban", "m.takedown"} {
			w := NewWorld(self, Settings{})
			newRoom(w, "!a:x")
			w.Apply("!a:x", levelsEvent(map[id.UserID]int{self: 100, user: 50}), now)
			w.Apply("!a:x", memberEvent(user, user, event.MembershipJoin), now)
			w.Rules.SetOrder([]id.RoomID{first})
			_, slots, _ := w.ApplyRule(theirs, ruleEvent("user", "1", "@help*", recommendation))
			w.Follow(slots...)
			name := ruleEvent("user", "1", string(user), "m.ban")
			_, slots, _ = w.ApplyRule(testList, name)
			if e := w.Scales.Weigh(slots...); !slices.Equal(e.Banned, []id.UserID{user}) {
				t.Errorf("a name beside a pattern (%s) does %+v", recommendation, e)
			}
			w.Follow(slots...)
			p := w.Plan(Key{Lane: action.MemberLane, Room: "!a:x", Subject: string(user)}, now)
			if p.Action.Verb != action.Ban || p.Action.Cause.Rule != name.ID {
				t.Errorf("with a pattern (%s) beside the name, and %s first: %+v", recommendation, first, p.Action)
			}
			_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "2", string(user), "fi.mau.meowlnir.unban"))
			w.SetExempting(testList, true)
			w.Follow(slots...)
			if p := w.Plan(Key{Lane: action.MemberLane, Room: "!a:x", Subject: string(user)}, now); p.Action.Verb != "" {
				t.Errorf("who is exempt is planned for %s", p.Action.Verb)
			}
		}
	}
}

// An ACL that was good is looked at anew when there are other moderators, and another one
// is not taken for it.
func TestGuardOfAnACLThatWasGood(t *testing.T) {
	w := guardedWorld()
	a := setting(action.SetACL, "!a:x", aclType, "", `{"allow":["*"],"deny":["evil.example"],"allow_ip_literals":true}`)
	for range 2 {
		if err := w.Guard(a); err != nil {
			t.Fatal(err)
		}
	}
	a.State.Content = json.RawMessage(`{"allow":["*"],"deny":["own.example"],"allow_ip_literals":true}`)
	if err := w.Guard(a); !errors.Is(err, ErrGuarded) {
		t.Errorf("our own server is shut out: %v", err)
	}
	good := setting(action.SetACL, "!a:x", aclType, "", `{"allow":["*"],"deny":["evil.example"],"allow_ip_literals":true}`)
	if err := w.Guard(good); err != nil {
		t.Fatal(err)
	}
	w.SetModerator("@new:evil.example", true)
	if err := w.Guard(good); !errors.Is(err, ErrGuarded) {
		t.Errorf("the server of a new moderator is shut out: %v", err)
	}
	w.SetModerator("@new:evil.example", false)
	if err := w.Guard(good); err != nil {
		t.Error(err)
	}
}

func hashOf(entity string) string {
	return `{"hashes":{"sha256":"` + base64.StdEncoding.EncodeToString([]byte(policy.HashOf(entity))) + `"},"recommendation":"m.ban"}`
}

// voicing changes who may write, from nothing that was said or from what was.
func voicing(room id.RoomID, to string, was ...string) action.Action {
	a := setting(action.SetVoice, room, "m.room.power_levels", "", to)
	a.Was = json.RawMessage(append(was, `{}`)[0])
	return a
}

// telling tells a user something in a room.
func telling(room id.RoomID, u id.UserID, m action.Message) action.Action {
	return action.Action{Verb: action.NotifyHere, Room: room, User: u, Message: &m}
}
