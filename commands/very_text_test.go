package commands

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
)

// Rules that others wrote so that they match nobody are found, shown and removed by their
// very text, however odd it is.
func TestRulesByTheirVeryText(t *testing.T) {
	for _, tc := range []struct {
		kind   policy.Kind
		entity string
		forms  []string // besides the quoted text
	}{
		{policy.Server, "evil.example.", []string{"evil.example.", "`evil.example.`"}},
		{policy.Server, "evil.example:8448", []string{"evil.example:8448"}},
		{policy.Server, "https://evil.example/x", []string{"https://evil.example/x", "<https://evil.example/x>"}},
		{policy.Server, "пример.example", []string{"пример.example"}},
		{policy.Server, "*.evil.example.", []string{"*.evil.example."}},
		{policy.Server, "evil", nil},
		{policy.Server, "--dry-run", nil},
		{policy.Server, "members", nil},
		{policy.User, "@spammer", []string{"@spammer"}},
		{policy.User, "spammer@evil.example", []string{"spammer@evil.example"}},
		{policy.User, "@a b:evil.example,", nil},
		{policy.User, "@a\u200b:evil.example.", []string{`@a\u{200b}:evil.example.`, "`@a\\u{200b}:evil.example.`"}},
		{policy.User, "a\n@b:evil.example", []string{`"a\\u{a}@b:evil.example"`}},
		{policy.User, "`@a:evil.example.`", nil},
		{policy.RoomKind, "#lobby", []string{"#lobby"}},
		{policy.RoomKind, strings.Repeat("x", 3000), []string{strings.Repeat("x", 255) + "…"}},
	} {
		for _, written := range append(tc.forms, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(tc.entity)+`"`) {
			w := newWorld()
			r := w.rule("!coc:ours.example", tc.kind, tc.entity)
			w.rules[0].StateKey = "key"
			if policy.Unmatchable(r) == "" && tc.entity != "evil" && tc.entity != "#lobby" && tc.entity != "members" && tc.entity != "--dry-run" {
				t.Fatalf("%q matches somebody", tc.entity)
			}
			expect(t, w, "match "+written, nil, "1 rule ", "in `coc`")
			expect(t, w, "unban "+written, []string{`remove "key" from !coc:ours.example`}, "Removed 1 rule", "!!stays banned", "!!not banned")
			w.rules[0].List = "!theirs:else.example"
			if a := expect(t, w, "unban "+written, nil, "!!Did you mean"); policy.Unmatchable(r) != "" && strings.Contains(a.Markdown, "stays banned") {
				t.Errorf("%s: %s", written, a.Markdown)
			}
		}
	}
	// What nobody wrote is a mistake, as ever.
	expect(t, newWorld(), "unban evil.example.", nil, "Write it as `evil.example`")
}

// The very text goes before what a word would be read as, but a mention is of a user.
func TestVeryTextIsOnlyWhatItSays(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.Server, "evil.example:8448")
	w.rule("!coc:ours.example", policy.Server, "evil.example")
	expect(t, w, "unban evil.example:8448", []string{`remove "evil.example:8448" from !coc:ours.example`})

	w = newWorld()
	link := grammar.Link{Target: "@a:evil.example"}.String()
	w.rule("!coc:ours.example", policy.Server, link)
	w.rule("!coc:ours.example", policy.User, "@a:evil.example")
	w.banned["@a:evil.example"] = []id.RoomID{"!lobby:ours.example"}
	a := expect(t, w, "unban "+link+" --no-confirm", []string{`remove "@a:evil.example" from !coc:ours.example`, `remove "` + link + `" from !coc:ours.example`, `unban @a:evil.example in !lobby:ours.example because ""`})
	if a.Ask {
		t.Error(a.Markdown)
	}

	w = newWorld()
	w.rule("!coc:ours.example", policy.User, "@free:calm.example.")
	w.rules[0].Recommendation = policy.Exempt
	expect(t, w, "exempt end @free:calm.example.", []string{`remove "@free:calm.example." from !coc:ours.example`})
	expect(t, newWorld(), "exempt end @free:calm.example.", nil, "Write it as `@free:calm.example`")
	w.rules[0].Recommendation = policy.Ban
	expect(t, w, "exempt end @free:calm.example.", nil, "There is no exemption")
}

// Who looks for the entity that was meant is told of the rules that miss it.
func TestRulesThatMissAreShown(t *testing.T) {
	for _, tc := range []struct {
		kind          policy.Kind
		entity, meant string
	}{
		{policy.Server, "evil.example.", "evil.example"}, {policy.Server, "EVIL.example:8448", "evil.example"}, {policy.Server, "https://evil.example/", "evil.example"},
		{policy.Server, "пример.example", "xn--e1afmkfd.example"}, {policy.User, "@a:evil.example.", "@a:evil.example"}, {policy.User, "a@evil.example", "@a:evil.example"},
		{policy.User, "https://matrix.to/#/@a:evil.example", "@a:evil.example"},
	} {
		w := newWorld()
		w.rule("!coc:ours.example", tc.kind, tc.entity)
		expect(t, w, "match "+tc.meant, nil, "No rule matches `"+tc.meant+"`", "Besides, a rule is written so that it matches nobody", "`"+tc.entity+"`", "matches nobody:")
		expect(t, w, "unban "+tc.meant, nil, "Not removed: a rule is written so")
		expect(t, w, "match other.example", nil, "!!Besides")
	}
}

// What is no entity is answered with what was most likely meant, and that is one.
func TestMendedEntities(t *testing.T) {
	for written, meant := range map[string]string{
		"spam*:evil.example": "@spam*:evil.example", "http://evil.example:8448/x": "evil.example", "https://evil.example.": "evil.example", "https://u@evil.example?x#y": "evil.example",
		"2001:db8::1": "[2001:db8::1]", "@a:evil.example:": "@a:evil.example", "@a:evil.example:8448.": "@a:evil.example:8448", "evil.example.:8448": "evil.example", "evil.example#x": "evil.example",
		"mailto:a@b.example": "@a:b.example", "＠a:evil.example": "@a:evil.example", "@a：evil.example": "@a:evil.example", "evil。example": "evil.example", "(@a:evil.example)": "@a:evil.example",
		"@a:evil.example)": "@a:evil.example", "user:@a:evil.example": "@a:evil.example", "@user:evil.example/": "@user:evil.example", "…@a:evil.example…": "@a:evil.example",
	} {
		e, err := parseEntity(wordOf(written))
		if err == nil || !strings.Contains(err.Error(), "`"+meant+"`") || !strings.Contains(err.Error(), written) {
			t.Errorf("%s: %+v, %v", written, e, err)
		}
		if _, err := parseEntity(wordOf(meant)); err != nil {
			t.Errorf("%s: %v", meant, err)
		}
	}
}

// Looking for what was meant comes to an end, and to something that can be written.
func FuzzEntities(f *testing.F) {
	for _, s := range []string{"user:user:room:@a:hs", "(((((", "http://http://x", "@@a:b", "a@b@c", "https://[::1]:8448/@x", "＠＠：", "x#y#z/a", "[[::1]]", "*?*", "mailto:mailto:a@b.c"} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, quoted bool) {
		e, err := parseEntity(grammar.Word{Text: s, Raw: s, Quoted: quoted})
		if err == nil && (e.name == "" || len(e.name) > maxID) {
			t.Fatalf("%q: %+v", s, e)
		}
		if better := mended(s); better != "" {
			if _, err := readEntity(better, false); err != nil {
				t.Fatalf("%q: %q is suggested, and is none: %v", s, better, err)
			}
		}
	})
}
