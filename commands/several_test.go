package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

// wrote is what a ban of some entities does.
func wrote(reason string, sure bool, entities ...string) (did []string) {
	for _, e := range entities {
		kind := "server"
		switch e[0] {
		case '@':
			kind = "user"
		case '#', '!':
			kind = "room"
		}
		did = append(did, fmt.Sprintf("rule %s %q in !coc:ours.example because %q, sure %v", kind, e, reason, sure))
	}
	return did
}

// One command names several, ends where a word is none, and does all of it or nothing.
func TestSeveral(t *testing.T) {
	kicked := func(reason string, who ...string) (did []string) {
		for _, w := range who {
			user, room, _ := strings.Cut(w, " ")
			did = append(did, fmt.Sprintf("kick %s in !%s:ours.example because %q", user, room, reason))
		}
		return did
	}
	verb := func(verb, user, reason string, in ...string) (all []string) {
		for _, room := range in {
			all = append(all, fmt.Sprintf("%s %s in !%s:ours.example because %q", verb, user, room, reason))
		}
		return all
	}
	for _, tc := range []struct {
		line string
		did  []string
		want []string
	}{
		{"ban @a:hs @b:hs evil.test coc spam", wrote("spam", false, "@a:hs", "@b:hs", "evil.test"), []string{"The list `coc`:\n\n- now bans the user `@a:hs`.\n- now bans the user `@b:hs`.\n- now bans the server `evil.test`."}},
		{"ban @a:hs @b:hs spam", wrote("spam", false, "@a:hs", "@b:hs"), nil},
		{"ban @a:hs @A:hs @a:hs coc", wrote("", false, "@a:hs", "@A:hs"), nil},
		{"ban https://matrix.to/#/@a:hs https://matrix.to/#/@b:hs", wrote("", false, "@a:hs", "@b:hs"), nil},
		{"ban #a:hs #b:hs coc", wrote("", false, "#a:hs", "#b:hs"), []string{"room `#a:hs`"}},
		{"ban @a:hs #b:hs coc", wrote("", false, "@a:hs", "#b:hs"), nil},
		{"ban a.test b.test coc", wrote("", false, "a.test", "b.test"), nil},
		{"ban @a:hs #coc:ours.example spam", wrote("spam", false, "@a:hs"), nil},
		{"ban @a:hs #other:ours.example spam", wrote("spam", false, "@a:hs"), nil},
		{"ban #a:hs #other:ours.example", wrote("", false, "#a:hs"), nil},
		{"ban @a:hs !nothing:hs spam", nil, []string{"I watch no list `!nothing:hs`"}},
		{"ban @a:hs \"@b:hs\"", wrote("@b:hs", false, "@a:hs"), nil},
		{"ban @a:hs -- @b:hs said so", wrote("@b:hs said so", false, "@a:hs"), nil},
		{"ban @a:hs e.g. spam", wrote("e.g. spam", false, "@a:hs"), nil},
		{"ban @a:hs 3.5 of it", wrote("3.5 of it", false, "@a:hs"), nil},
		{"ban @a:hs https://evil.test/x", wrote("https://evil.test/x", false, "@a:hs"), nil},
		{"ban @a:hs #spam 1:2", wrote("#spam 1:2", false, "@a:hs"), nil},
		{"ban @a:hs spam evil.test", wrote("spam evil.test", false, "@a:hs"), nil},

		// A mistake in one is a mistake, and is pointed at.
		{"ban @a:hs @foo spam", nil, []string{"`@foo` is no user ID: the server is missing", "put that in quotes", "Usage:"}},
		{"ban @a:hs foo@evil.test coc", nil, []string{"Did you mean `@foo:evil.test`?"}},
		{"ban @a:hs evil.test. coc", nil, []string{"No server has the name `evil.test.`"}},
		{"ban @a:hs https://matrix.to/#/!r:hs/$e coc", nil, []string{"a link to a message"}},
		{"ban @a:hs @warden:ours.example coc", nil, []string{"`@warden:ours.example`: That is me"}},
		{"ban @a:hs ours.example coc", nil, []string{"`ours.example` matches our own server"}},
		{"ban @spam1:evil.example @rude:calm.example --room #lobby:ours.example --room !dev:ours.example", slices.Concat(verb("ban", "@spam1:evil.example", "", "lobby"), verb("ban", "@rude:calm.example", "", "lobby"), verb("ban", "@spam1:evil.example", "", "dev"), verb("ban", "@rude:calm.example", "", "dev")), []string{"- Banning `@rude:calm.example` in [Dev"}},
		{"ban @a:hs @b:hs theirs", nil, []string{"may not write to the list `theirs`"}},

		{"kick @rude:calm.example @spam2:evil.example be calm.please", kicked("be calm.please", "@rude:calm.example lobby", "@spam2:evil.example lobby"), []string{"- Kicking `@rude:calm.example` from [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example).\n- Kicking `@spam2:evil.example`"}},
		{"kick @rude:calm.example @nobody:hs", kicked("", "@rude:calm.example lobby"), []string{"`@nobody:hs` is in none of the rooms"}},
		{"kick @rude:calm.example @mod:ours.example", nil, []string{"do not kick moderators"}},
		{"kick @rude:calm.example evil.test", kicked("evil.test", "@rude:calm.example lobby"), nil},
		{"kick @spam1:evil.example --room #lobby:ours.example --room !dev:ours.example", kicked("", "@spam1:evil.example dev", "@spam1:evil.example lobby"), nil},
		{"kick @spam1:evil.example --room #lobby:ours.example --room !lost:ours.example", kicked("", "@spam1:evil.example lobby"), nil},
		{"kick @spam1:evil.example --room #lobby:ours.example --room !else:ours.example", nil, []string{"I protect no room"}},

		{"mute @rude:calm.example @u:hs", append(verb("mute", "@rude:calm.example", "", "lobby"), verb("mute", "@u:hs", "", "lobby")...), []string{"- `@rude:calm.example` is muted in [Lobby]", "\n- Muting `@u:hs`"}},
		{"mute @rude:calm.example @*:hs", nil, []string{"is a pattern"}},
		{"unmute @rude:calm.example @u:hs", verb("unmute", "@rude:calm.example", "unmuted by a moderator", "lobby", "dev"), []string{"`@u:hs` is muted in no protected room"}},

		{"redact @spam1:evil.example @rude:calm.example --room !dev:ours.example", []string{`redact $of-@spam1:evil.example in !dev:ours.example because ""`}, []string{"Removing 1 message of 1 user (`@spam1:evil.example`)", "I found none of `@rude:calm.example`"}},
		{"redact matrix:roomid/dev:ours.example/e/a matrix:roomid/dev:ours.example/e/b spam", []string{`redact $a in !dev:ours.example because "spam"`, `redact $b in !dev:ours.example because "spam"`}, []string{"Removing a message of"}},
		{"redact @rude:calm.example matrix:roomid/dev:ours.example/e/a", []string{`redact $of-@rude:calm.example in !lobby:ours.example because ""`, `redact $a in !dev:ours.example because ""`}, []string{"- Removing 1 message", "\n- Removing a message"}},

		{"exempt @a:hs @b:hs coc friends", wrote("friends", false, "@a:hs", "@b:hs"), []string{"- The list `coc` now exempts the user `@a:hs`", "\n- The list"}},
		{"exempt @a:hs @*:hs coc", nil, []string{"Write the exemptions into `coc`?"}},

		{"rooms add #new:hs.example #newer:hs.example", []string{"protect !of#new:hs.example", "protect !of#newer:hs.example"}, []string{"- Protecting [\\!of\\#new:hs", "- Protecting [\\!of\\#newer:hs"}},
		{"rooms add #new:hs.example #new:hs.example", []string{"protect !of#new:hs.example"}, []string{"!!- Protecting"}},
		{"rooms add #new:hs.example #lobby:ours.example", []string{"protect !of#new:hs.example"}, []string{"I protect it already"}},
		{"rooms add #new:hs.example lobby", nil, []string{"`lobby` is no room"}},
		{"rooms remove #lobby:ours.example !dev:ours.example", nil, []string{"stop protecting [Lobby]", "stop protecting [Dev", "Stop protecting them?"}},
	} {
		expect(t, newWorld(), tc.line, tc.did, tc.want...)
	}
	var many strings.Builder
	many.WriteString("ban")
	for i := range mostNamed {
		many.WriteString(fmt.Sprintf(" @u%d:hs", i))
	}
	if a := expect(t, newWorld(), many.String(), wrote("", false, strings.Fields(many.String())[1:]...)); len(text.Pieces(a.Markdown)) != 2 {
		t.Errorf("what is said of many is not folded: %s", a.Markdown)
	}
	expect(t, newWorld(), many.String()+" @one:hs", nil, "That is 51 at once, and one command is about 50 at most")
}

// What each would hit is added up, and nobody is counted twice.
func TestSeveralAreAskedAboutAtOnce(t *testing.T) {
	for line, want := range map[string][]string{
		"ban @spam1:evil.example @spam2:evil.example @rude:calm.example coc": {"Bans of `@spam1:evil.example`, `@spam2:evil.example` and `@rude:calm.example` would hit 3 present members", "Write the rules into `coc`?"},
		"ban @spam?:evil.example @spam1:evil.example @rude:calm.example coc": {"would hit 3 present members in"},
		"ban @u:hs @mod:ours.example coc":                                    {"a moderator whom I spare here: `@mod:ours.example`"},
		"takedown @u:hs @v:hs coc":                                           {"Write the takedowns into `coc`?"},
		"kick @spam?:evil.example @rude:calm.example --glob":                 {"2 users from 2 rooms", "`@rude:calm.example` from [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example)", "Kick them?"},
		"ban @u:hs node.js rocks":                                            {"I took `node.js` for a server. If it begins the reason, put the reason in quotes."},
	} {
		w := newWorld()
		w.limit = 2
		a := expect(t, w, line, nil, want...)
		if !a.Ask {
			t.Errorf("%q is not asked about: %s", line, a.Markdown)
		}
	}
	w := newWorld()
	if p := run(t, w, "ban @spam?:evil.example @spam1:evil.example @rude:calm.example coc").Plan; p.Weight.Hit != 3 {
		t.Errorf("it weighs %+v", p.Weight)
	}
	if p := run(t, w, "kick @spam?:evil.example @spam1:evil.example --glob").Plan; p.Weight.Hit != 2 || len(p.Steps) != 3 {
		t.Errorf("it weighs %+v, with %d steps", p.Weight, len(p.Steps))
	}
}

func TestUnbanSeveral(t *testing.T) {
	const ours = id.RoomID("!coc:ours.example")
	w := newWorld()
	w.rule(ours, policy.User, "@a:hs")
	w.rule(ours, policy.User, "@b:hs")
	w.rule("!theirs:else.example", policy.User, "@c:hs")
	w.banned["@d:hs"] = []id.RoomID{"!lobby:ours.example"}
	expect(t, w, "unban @a:hs @b:hs @c:hs @d:hs @e:hs", []string{`remove "@a:hs" from !coc:ours.example`, `remove "@b:hs" from !coc:ours.example`, `unban @d:hs in !lobby:ours.example because ""`},
		"- Removed 1 rule:", "`@c:hs` stays banned", "Lifting the ban of `@d:hs`", "`@e:hs` is not banned")
	w.rule(ours, policy.User, "@*:hs")
	if a := expect(t, w, "unban @a:hs @b:hs", nil, "Do all of that?"); !a.Ask || len(a.Plan.Steps) != 3 {
		t.Errorf("a pattern that holds both: %+v", a.Plan.Steps)
	}
	expect(t, w, "unban @a:hs foo", nil, "No list is called `foo`")
	expect(t, w, "unban @a:hs @b", nil, "`@b` is no user ID")
}

// What goes wrong with one of several keeps no other from being done, and is said.
func TestOneOfSeveralFails(t *testing.T) {
	w := newWorld()
	s := newSet(w)
	p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "ban @a:hs @b:hs coc")
	w.fail = errRefused
	a := s.Apply(t.Context(), p, executor{w})
	if !a.Failed || !slices.Equal(w.done, wrote("", false, "@a:hs", "@b:hs")) || strings.Count(a.Markdown, "**Not done:**") != 2 || !strings.HasPrefix(a.Markdown, "The list `coc`:") {
		t.Errorf("%v: %s", w.done, a.Markdown)
	}
}

// Nobody who is named behind the list is lost into a reason that everybody reads.
func TestNobodyIsLostIntoTheReason(t *testing.T) {
	for line, lost := range map[string]bool{
		"ban @u:hs coc @v:hs": true, "ban @u:hs coc https://matrix.to/#/@v:hs spam": true, "takedown @u:hs coc !den:hs": true, "exempt @u:hs coc @v:hs": true, "ban @u:hs coc <@v:hs>": true,
		`ban @u:hs coc "@v:hs"`: false, "ban @u:hs coc -- @v:hs told us": false, "ban @u:hs coc evil.test is theirs": false, "ban @u:hs coc @home": false, "ban @u:hs @v:hs coc spam": false, "kick @u:hs for @ing": false,
	} {
		if said := run(t, newWorld(), line).Markdown; strings.Contains(said, "stands behind the list") != lost {
			t.Errorf("%s: %s", line, said)
		}
	}
	expect(t, newWorld(), "ban @u:hs coc --spare @u:hs", nil, "cannot be left out of it")
}

// In a reply to a message, or to an alert, who wrote it is meant; whoever is named is meant in
// their place.
func TestReplyStandsInForItsAuthor(t *testing.T) {
	for _, tc := range []struct {
		line string
		to   id.EventID
		did  []string
		ask  bool
		want []string
	}{
		{"ban", "$one", wrote("", false, "@spam1:evil.example"), false, []string{"The list `coc` now bans the user `@spam1:evil.example`"}},
		{"ban spam", "$one", wrote("spam", false, "@spam1:evil.example"), false, nil},
		{"ban coc spam and lies", "$one", wrote("spam and lies", false, "@spam1:evil.example"), false, nil},
		{"ban 'evil.test is theirs'", "$one", wrote("evil.test is theirs", false, "@spam1:evil.example"), false, nil},
		{"ban @u:hs coc", "$one", wrote("", false, "@u:hs"), false, nil},
		{"ban evil.test coc", "$one", wrote("", false, "evil.test"), false, nil},
		{"ban evil.test spam", "$one", nil, true, []string{"server `evil.test`", "I took `evil.test` for a server"}},
		{"ban cco spam", "$one", nil, true, []string{"Did you mean `coc`?"}},
		{"ban @u spam", "$one", nil, false, []string{"the server is missing"}},
		{"ban spam", "$alert", nil, true, []string{"Bans of `@spam1:evil.example` and `@mod:ours.example`", "Write the rules into"}},
		{"ban spam", "$mods", nil, true, []string{"a moderator whom I spare"}},
		{"ban spam", "$words", nil, false, []string{"about none that I can find"}},
		{"ban spam", "$mine", nil, false, []string{"about none that I can find"}},
		{"ban spam", "$star", nil, false, []string{"is also a pattern"}},
		{"takedown gore", "$one", nil, true, []string{"the user `@spam1:evil.example`", "Write the takedown"}},
		{"kick be calm", "$one", []string{`kick @spam1:evil.example in !dev:ours.example because "be calm"`, `kick @spam1:evil.example in !lobby:ours.example because "be calm"`}, false, []string{"Kicking `@spam1:evil.example`"}},
		{"kick", "$mods", nil, false, []string{"do not kick moderators"}},
		{"mute --for 2h loud", "$one", []string{`mute @spam1:evil.example in !dev:ours.example because "loud"`, `mute @spam1:evil.example in !lobby:ours.example because "loud"`}, false, []string{"Muting `@spam1:evil.example`"}},
		{"unban", "$one", nil, false, []string{"`@spam1:evil.example` is not banned"}},
		{"unban coc", "$one", nil, false, []string{"`@spam1:evil.example` is not banned"}},
		{"exempt coc a friend", "$one", []string{`rule user "@spam1:evil.example" in !coc:ours.example because "a friend", sure false`}, false, nil},
		{"exempt", "$two", nil, true, []string{"Write the exemptions into"}},
		{"unmute", "$one", nil, false, []string{"`@spam1:evil.example` is muted in no protected room"}},
		{"why", "$one", nil, false, []string{"`@spam1:evil.example` is **"}},
		{"why", "$two", nil, false, []string{"That is about several: `@spam1:evil.example` and `@rude:calm.example`."}},
		{"why", "", nil, false, []string{"Or write this in reply to a message"}},
		{"why nonsense", "$one", nil, false, []string{"`nonsense` is no user"}},
		{"strikes", "$one", nil, false, []string{"`@spam1:evil.example`"}},
		{"pardon", "$one", nil, false, []string{"Nothing counts against `@spam1:evil.example`"}},
		{"ban spam", "", nil, false, []string{"no user, server or room"}},
	} {
		w := newWorld()
		a := expect(t, w, newSet(w).InReply(tc.line, tc.to), tc.did, tc.want...)
		if a.Ask != tc.ask {
			t.Errorf("%q asks: %v", tc.line, a.Ask)
		}
	}
}
