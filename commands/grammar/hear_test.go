package grammar

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	self    = id.UserID("@warden:ours.example")
	spam    = "@spam:evil.example"
	spamURL = "https://matrix.to/#/@spam:evil.example"
)

func pill(user, shown string) string {
	return `<a href="https://matrix.to/#/` + user + `">` + shown + `</a>`
}

func named(name string) Hearer {
	return Hearer{Self: self, DisplayName: func() string { return name }}
}

// The answer to what is heard, for tables: "" is silence, "?" an objection.
func heard(h Hearer, m Message) string {
	got, ok := h.Hear(m)
	switch {
	case !ok:
		return ""
	case got.Objection != "":
		return "?"
	default:
		return "=" + got.Line
	}
}

// Who is mentioned is told by the link, whatever stands in the body in its place.
func TestMentionsAreReadByTheirLinks(t *testing.T) {
	for _, tc := range []struct{ body, html, want string }{
		{"!mod ban Spammer coc", "!mod ban " + pill(spam, "Spammer") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban ban coc", "!mod ban " + pill(spam, "ban") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban coc coc", "!mod ban " + pill(spam, "coc") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban A & <b> coc", "!mod ban " + pill(spam, "A &amp; &lt;b&gt;") + " coc", "ban " + spamURL + " coc"},
		// The ID stands in the body already, as MSC4269 has it.
		{"!mod ban @spam:evil.example coc", "!mod ban " + pill(spam, "@spam") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban @spam:evil.example coc", "!mod ban " + pill(spam, "Some One") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban @spam:evil.example", "!mod ban " + pill(spam, "spam"), "ban " + spamURL},
		{"!mod ban @spam:evil.example", "!mod ban " + pill(spam, "@spam:evil.example"), "ban " + spamURL},
		{"!mod ban @spam:evil.example.", "!mod ban " + pill(spam, "@spam") + ".", "ban " + spamURL},
		// Markdown, and what an Android client makes of HTML.
		{"!mod ban [Bad Guy](https://matrix.to/#/@spam:evil.example) coc", "!mod ban " + pill(spam, "Bad Guy") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban [Bad Guy](<https://matrix.to/#/@spam:evil.example>) coc", "!mod ban " + pill(spam, "Bad Guy") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban [Bad [x] Guy](https://matrix.to/#/%40spam%3Aevil.example) coc", "!mod ban " + pill(spam, "Bad [x] Guy") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban @[Bad Guy] coc", "!mod ban " + pill(spam, "@Bad Guy") + " coc", "ban " + spamURL + " coc"},
		{`!mod ban "Bad Guy" (https://matrix.to/#/@spam:evil.example) coc spam`, "!mod ban " + pill(spam, "Bad Guy") + " coc spam", "ban " + spamURL + " coc spam"},
		{"!mod ban Bad Guy (https://matrix.to/#/@spam:evil.example) coc", "!mod ban " + pill(spam, "Bad Guy") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban https://matrix.to/#/@spam:evil.example coc", "!mod ban " + pill(spam, "Bad Guy") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban <https://matrix.to/#/@spam:evil.example> coc", "!mod ban " + pill(spam, "Bad Guy") + " coc", "ban <" + spamURL + "> coc"},
		{`!mod ban "Bad Guy" coc`, `!mod ban &quot;` + pill(spam, "Bad Guy") + `&quot; coc`, `ban "` + spamURL + `" coc`},
		{`!mod ban \*Bad\_Guy\* coc`, `!mod ban ` + pill(spam, "*Bad_Guy*") + ` coc`, `ban ` + spamURL + ` coc`},
		{"!mod ban Spammer: rude", "!mod ban " + pill(spam, "Spammer") + ": rude", "ban " + spamURL + " rude"},
		// Names that look like something else.
		{"!mod ban good.example spam", "!mod ban " + pill(spam, "@good.example") + " spam", "ban " + spamURL + " spam"},
		{"!mod ban good.example spam", "!mod ban " + pill(spam, "good.example") + " spam", "ban " + spamURL + " spam"},
		{"!mod ban --no-confirm coc", "!mod ban " + pill(spam, "--no-confirm") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban !room coc", "!mod ban " + pill(spam, "!room") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban 🎉 coc", "!mod ban " + pill(spam, "🎉") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban --- coc", "!mod ban " + pill(spam, "---") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban Bad\u202eGuy coc", "!mod ban " + pill(spam, "BadGuy") + " coc", "ban " + spamURL + " coc"},
		{"!mod ban [x](https://matrix.to/#/@good:a.example) [y](https://matrix.to/#/@spam:evil.example) coc",
			"!mod ban " + pill(spam, "x](https://matrix.to/#/@good:a.example) [y") + " coc", "ban " + spamURL + " coc"},
		// Two of one name.
		{"!mod kick Bad Bad", "!mod kick " + pill("@a:b.example", "Bad") + " " + pill(spam, "Bad"), "kick https://matrix.to/#/@a:b.example " + spamURL},
		{"!mod kick Bad, who is Bad", "!mod kick Bad, who is " + pill(spam, "Bad"), "kick Bad, who is " + spamURL},
		// IDs of old, with spaces.
		{"!mod ban Old coc", `!mod ban <a href="https://matrix.to/#/@ a b :evil.example">Old</a> coc`, "ban https://matrix.to/#/@%20a%20b%20:evil.example coc"},
		// Rooms and messages.
		{"!mod redact Message in Lobby rude", `!mod redact <a href="https://matrix.to/#/!r:a.example/$e?via=a.example">Message in Lobby</a> rude`,
			"redact https://matrix.to/#/%21r:a.example/$e?via=a.example rude"},
		{"!mod redact [Message in Lobby](https://matrix.to/#/!r:a.example/$e?via=a.example&via=b.example) rude", `!mod redact <a href="https://matrix.to/#/!r:a.example/$e?via=a.example&amp;via=b.example">Message in Lobby</a> rude`,
			"redact https://matrix.to/#/%21r:a.example/$e?via=a.example&via=b.example rude"},
		{"!mod redact (https://matrix.to/#/!r:a.example/$e?via=a.example), rude", `!mod redact (<a href="https://matrix.to/#/!r:a.example/$e?via=a.example">Message in Lobby</a>), rude`,
			"redact ( https://matrix.to/#/%21r:a.example/$e?via=a.example ), rude"},
		{"!mod rooms add **https://matrix.to/#/!r:a.example?via=a.example**", `!mod rooms add <strong><a href="https://matrix.to/#/!r:a.example?via=a.example">Lobby</a></strong>`,
			"rooms add ** https://matrix.to/#/%21r:a.example?via=a.example **"},
		{"!mod watch #bans:a.example", `!mod watch <a href="https://matrix.to/#/#bans:a.example">#bans:a.example</a>`, "watch https://matrix.to/#/%23bans:a.example"},
		// Nothing else is touched.
		{"!mod ban @*x*:y.example", "!mod ban @<em>x</em>:y.example", "ban @*x*:y.example"},
		{"!mod ban @spam*:evil.example", `!mod ban @spam*:<a href="http://evil.example">evil.example</a>`, "ban @spam*:evil.example"},
		{"!mod ban x see [this](https://a.example/b)", "!mod ban x see <a href='https://a.example/b'>this</a>", "ban x see [this](https://a.example/b)"},
		{"!mod kick y", "<mx-reply>" + pill("@a:b", "y") + "</mx-reply>!mod kick y", "kick y"},
		{"!mod kick `@a:b`", "<p>!mod kick <code>@a:b</code></p>", "kick `@a:b`"},
		{"!mod status\n1. one\n2. two", "!mod status<ol><li>one</li><li>two</li></ol>", "status\n1. one\n2. two\n" + Unlike},
		{"!mod status", "<script>x</script><style>y</style>!mod status<!-- z -->", "status"},
	} {
		if got := heard(named("Forseti"), Message{Body: tc.body, HTML: tc.html}); got != "="+tc.want {
			h, _ := named("Forseti").Hear(Message{Body: tc.body, HTML: tc.html})
			t.Errorf("%s\n%s: %q %s\nwant %q", tc.body, tc.html, got, h.Objection, tc.want)
		}
	}
}

// What cannot be placed, or is shown otherwise than it is said, is not carried out.
func TestWhatDisagreesIsNotCarriedOut(t *testing.T) {
	for _, tc := range []struct{ body, html, says string }{
		{"!mod ban gone", "!mod ban " + pill(spam, "other"), "`@spam:evil.example` is mentioned"},
		{"!mod ban good.example spam", "!mod ban " + pill(spam, "") + " spam", "is mentioned"},
		{"!mod ban Badger coc", "!mod ban " + pill(spam, "Bad") + " coc", "is mentioned"},
		{"!mod ban @good:a.example coc", "!mod ban " + pill(spam, "Bad") + " coc", "is mentioned"},
		{"!mod ban @good:a.example coc", "!mod ban " + pill(spam, "@good:a.example") + " coc", "leads to `@spam:evil.example`"},
		{"!mod ban @spam:evil.example coc", "!mod ban " + pill(spam, "@good:a.example") + " coc", "shows `@good:a.example`"},
		{"!mod ban @spam:evil.example.org coc", "!mod ban " + pill(spam, "@spam") + " coc", "plain text"},
		{"!mod ban https://matrix.to/#/@good:a.example", "!mod ban " + pill(spam, "https://matrix.to/#/@good:a.example"), "shows `@good:a.example`"},
		{"!mod ban [@good:a.example](https://matrix.to/#/@spam:evil.example)", "", "shows `@good:a.example`"},
		{"!mod ban @a:b --no-confirm", "!mod ban @a:b", "plain text"},
		{"!mod ban @a:b", "!mod ban @c:d", "plain text"},
		{"!mod ban @a:b", "hello", "plain text"},
		{"!mod ban @a:b", "<script>!mod ban @a:b</script>", "plain text"},
		{"hello", "!mod ban @a:b", "plain text"},
		{"hello", pill(string(self), "Fair Judge") + " ban @a:b", "`@warden:ours.example` is mentioned"},
	} {
		h, ok := named("Forseti").Hear(Message{Body: tc.body, HTML: tc.html})
		if !ok || h.Line != "" || !strings.Contains(h.Objection, tc.says) {
			t.Errorf("%s\n%s: %v %+v", tc.body, tc.html, ok, h)
		}
	}
}

// Of a message that may mean one thing or another, both are told, with whom each is about: one of them is chosen.
func TestWhatMayBeMeant(t *testing.T) {
	const good = "https://matrix.to/#/@good:a.example"
	strange := func(href, shown string) string { return `<a href="` + href + `">` + shown + `</a>` }
	for _, tc := range []struct {
		body, html string
		mentions   []string
		want       []string
	}{
		{"!mod ban coc", "!mod ban " + pill(spam, "Bad Guy") + " coc", nil, []string{"ban  " + spamURL + "  coc", "ban coc"}},
		{"!mod ban @good:a.example coc", "!mod ban " + pill(spam, "Bad") + " coc", nil, []string{"ban  " + spamURL + "  coc", "ban @good:a.example coc"}},
		{"!mod ban @good:a.example coc", "!mod ban " + pill(spam, "@good:a.example") + " coc", nil, []string{"ban  " + good + "  coc", "ban  " + spamURL + "  coc"}},
		{"!mod ban [@good:a.example](https://matrix.to/#/@spam:evil.example) coc", "", nil, []string{"ban " + good + " coc", "ban " + spamURL + " coc"}},
		{"!mod ban Bad coc", "!mod ban " + strange("https://chat.example/profile/@spam:evil.example", "Bad") + " coc", nil, []string{"ban  " + spamURL + "  coc", "ban Bad coc"}},
		{"!mod ban Bad coc", "!mod ban " + strange("https://chat.example/?who=%40spam%3Aevil.example", "Bad") + " coc", nil, []string{"ban  " + spamURL + "  coc", "ban Bad coc"}},
		{"!mod ban [Bad Guy](https://chat.example/profile/@spam:evil.example) coc", "", nil, []string{"ban " + spamURL + " coc"}},
		{"!mod ban Spammer coc", "", []string{spam}, []string{"ban Spammer coc"}},
		{"hello", "!mod ban " + pill(spam, "Bad"), nil, nil},
		// Nothing is offered that others cannot see as a command.
		{"!mod ban coc", "<code>!mod ban " + pill(spam, "Bad Guy") + " coc</code>", nil, []string{"ban coc"}},
		{"!mod ban @a:b --no-confirm", "!mod ban @a:b", nil, nil},
	} {
		h, ok := named("Forseti").Hear(Message{Body: tc.body, HTML: tc.html, Mentions: tc.mentions})
		if !ok || h.Line != "" || h.Objection == "" || !slices.Equal(h.Perhaps, tc.want) {
			t.Errorf("%s\n%s: %v %+v, want %q", tc.body, tc.html, ok, h, tc.want)
		}
	}
	for _, href := range []string{"https://x.example/@friend", "https://x.example/a:b", "https://x.example/@a:b.example/@c:d.example", "mailto:a@b.example", "https://x.example/@a:b.example" + strings.Repeat("x", 3000), "https://@a:b.example"} {
		if h, _ := named("Forseti").Hear(Message{Body: "!mod warn @a:b see this", HTML: "!mod warn @a:b see " + strange(href, "this")}); h.Objection != "" {
			t.Errorf("%s: %s", href, h.Objection)
		}
	}
	if h, _ := named("Forseti").Hear(Message{Body: "!mod ban @spam:evil.example", HTML: "!mod ban " + strange("https://chat.example/@spam:evil.example", "@spam:evil.example")}); h.Line != "ban @spam:evil.example" {
		t.Errorf("%+v", h)
	}
}

// Whom an event says that it mentions has to stand in it, by their ID or a link: nobody is left
// out because a client put only a name into the text.
func TestMentionsBesideTheText(t *testing.T) {
	for _, tc := range []struct{ body, html, want string }{
		{"!mod ban Spammer coc", "", "?"},
		{"!mod ban good.example", "!mod ban <b>good.example</b>", "?"},
		{"!mod ban @spam:evil.example coc", "", "=ban @spam:evil.example coc"},
		{"!mod ban " + spamURL, "", "=ban " + spamURL},
		{"!mod ban https://matrix.to/#/%40spam%3Aevil.example", "", "=ban https://matrix.to/#/%40spam%3Aevil.example"},
		{"!mod ban matrix:u/spam:evil.example", "", "=ban matrix:u/spam:evil.example"},
		{"!mod ban Spammer coc", "!mod ban " + pill(spam, "Spammer") + " coc", "=ban " + spamURL + " coc"},
		{"!mod ban [Spammer](" + spamURL + ")", "", "=ban " + spamURL},
		{"Spammer, read the rules", "", ""},
	} {
		if got := heard(named("Forseti"), Message{Body: tc.body, HTML: tc.html, Mentions: []string{string(self), spam}}); got != tc.want {
			t.Errorf("%s with %s: %q, want %q", tc.body, tc.html, got, tc.want)
		}
	}
}

// What is quoted, or shown as code, is talk about a command.
func TestQuotedCommandsAreNotCarriedOut(t *testing.T) {
	for _, tc := range []struct{ body, html, want string }{
		{"!mod ban @a:b", "<pre><code>!mod ban @a:b</code></pre>", "?"},
		{"!mod ban @a:b", "<code>!mod ban @a:b</code>", "?"},
		{"!mod ban @a:b", "<p>!mod <code>ban @a:b</code></p>", "?"},
		{"!mod ban @a:b", "<code>!mod</code> ban @a:b", "?"},
		{"`!mod ban @a:b`", "<code>!mod ban @a:b</code>", "?"},
		{"```\n!mod ban @a:b\n```", "<pre><code>!mod ban @a:b\n</code></pre>", "?"},
		{"```\n!mod ban @a:b\n```", "", "?"},
		{"`!mod ban @a:b`", "", "?"},
		{"Forseti: ban @a:b", "<pre>" + pill(string(self), "Forseti") + ": ban @a:b</pre>", "?"},
		{"!mod ban @a:b", "<blockquote>!mod ban @a:b</blockquote>", ""},
		{"> !mod ban @a:b", "<blockquote>!mod ban @a:b</blockquote>", ""},
		{"> !mod ban @a:b", "", ""},
		{"!mod ban @a:b", "<blockquote><p><code>!mod ban @a:b", ""},
		{"> !mod ban @a:b\n\nshall we?", "<blockquote>!mod ban @a:b</blockquote>shall we?", ""},
		{"!mod ban @a:b", "<code></code><blockquote></blockquote>!mod ban @a:b", "=ban @a:b"},
		{"!mod ban `@a:b`", "!mod ban <code>@a:b</code>", "=ban `@a:b`"},
		{"!mod ban @a:b", strings.Repeat("<b>", 9000) + "!mod ban @a:b", "=ban @a:b"},
		{"!mod ban @a:b", strings.Repeat("<blockquote>", 4000) + "!mod ban @a:b", ""},
		{"!mod ban @a:b", "</code></pre></blockquote></a></mx-reply>!mod ban @a:b", "=ban @a:b"},
		{"!mod ban @a:b", "<a href='x'><a href='y'>!mod ban @a:b", "=ban @a:b"},
		{"!mod ban @a:b", "!mod ban @a:b" + strings.Repeat(" ", mostBytes), "?"},
		{"!mod " + strings.Repeat("a", mostBytes), "", "?"},
		{"hello", strings.Repeat("a", mostBytes), ""},
	} {
		if got := heard(named("Forseti"), Message{Body: tc.body, HTML: tc.html}); got != tc.want {
			t.Errorf("%.60s\n%.60s: %.80q, want %q", tc.body, tc.html, got, tc.want)
		}
	}
}

// A bot is heard by whatever name it has, in whatever form a client writes it.
func TestNamesAreHeard(t *testing.T) {
	me := string(self)
	for _, name := range []string{"Fair Judge", "Judge", "R2-D2!", "Mod: Bot", "Judge (bot)", "Ünïc ödé", "Forseti ⚖️", "The 2nd", "«Juge»", "判官", "[Bot] Judge"} {
		h := named(name)
		for _, tc := range []struct {
			body, html string
			mentioned  bool
		}{
			{name + ": status", "", false},
			{name + " : status", "", false},
			{name + "\u00a0: status", "", false},
			{name + "： status", "", false},
			{name + ", status", "", false},
			{"@" + name + ": status", "", false},
			{name + " status", "", true},
			{"@" + name + " status", "", true},
			{strings.ToUpper(name) + ": status", "", false},
			{"[" + name + "](https://matrix.to/#/" + me + ") status", "", false},
			{"[" + name + "](https://matrix.to/#/" + me + "): status", "", false},
			{"[@" + name + "](https://matrix.to/#/" + me + ") : status", "", false},
			{name + " (https://matrix.to/#/" + me + "): status", "", false},
			{"https://matrix.to/#/" + me + " status", "", false},
			{me + ": status", "", false},
			{name + ": status", pill(me, name) + ": status", false},
			{name + " status", pill(me, name) + " status", false},
			{name + " : status", pill(me, name) + " : status", false},
			{"@" + name + " status", pill(me, name) + " status", false},
			{me + " status", pill(me, name) + " status", false},
			{"[" + name + "](https://matrix.to/#/" + me + ") status", pill(me, name) + " status", false},
			{"**" + name + "** status", "<strong>" + pill(me, name) + "</strong> status", false},
		} {
			got := heard(h, Message{Body: tc.body, HTML: tc.html, Mentioned: tc.mentioned})
			if strings.HasPrefix(tc.body, "**") {
				continue // Marks around a name are no name. Silence or not, it must not break.
			}
			if got != "=status" {
				o, _ := h.Hear(Message{Body: tc.body, HTML: tc.html, Mentioned: tc.mentioned})
				t.Errorf("%s with %s: %q %s", tc.body, tc.html, got, o.Objection)
			}
		}
		if name == "«Juge»" {
			continue
		}
		if got := heard(h, Message{Body: `"` + name + `" (https://matrix.to/#/` + me + `): status`}); got != "=status" {
			t.Errorf("%s quoted: %q", name, got)
		}
		for _, body := range []string{"I like " + name, name + "s are here", name + " is here", "@" + name + ":hs.example said so"} {
			if got := heard(h, Message{Body: body}); got != "" {
				t.Errorf("%s: %q", body, got)
			}
		}
	}
}

// Nothing that is sent breaks the reading, and no mention is lost on the way.
func FuzzHear(f *testing.F) {
	f.Add("!mod ban Spammer coc", "!mod ban "+pill(spam, "Spammer")+" coc", true)
	f.Add("!mod ban [a](https://matrix.to/#/@b:c) d", "!mod ban "+pill("@b:c", "a")+" d", false)
	f.Add("```!mod```", "<pre><code><blockquote><a href='matrix:u/a:b'>", false)
	f.Add("Forseti : \"x\" (https://matrix.to/#/@b:c)", "", false)
	f.Fuzz(func(t *testing.T, body, html string, mentioned bool) {
		h, ok := named("Forseti the Just").Hear(Message{Body: body, HTML: html, Mentioned: mentioned})
		if !ok || h.Objection != "" {
			return
		}
		if strings.Contains(h.Line, "\x00") {
			t.Fatalf("%q became %q", body, h.Line)
		}
		for _, p := range shown(html) {
			if p.link != nil && p.link.Target != string(self) && !strings.Contains(h.Line, p.link.String()) && !strings.ContainsFunc(strings.TrimSpace(body), isNewline) {
				// Mentions before our own name are no part of the line.
				if _, before, _ := strings.Cut(html, p.href); !strings.Contains(before, "matrix.to") {
					t.Fatalf("%q with %q became %q", body, html, h.Line)
				}
			}
		}
	})
}

// What is made to be slow is not: the owner waits for it.
func TestHearIsQuick(t *testing.T) {
	for name, m := range map[string]Message{
		"brackets": {Body: "!mod " + strings.Repeat("[", 4000) + strings.Repeat("]", 4000), HTML: "!mod " + strings.Repeat(pill(spam, "["), 1000)},
		"dashes":   {Body: "!mod " + strings.Repeat("-", 8000), HTML: "!mod " + pill(spam, strings.Repeat("-", 60_000))},
		"links":    {Body: "!mod " + strings.Repeat("https://matrix.to/#/)", 390), HTML: "!mod " + strings.Repeat(pill(spam, ""), 1000)},
		"deep":     {Body: "!mod x", HTML: strings.Repeat("<blockquote><a href='https://a'>", 2000)},
		"plain":    {Body: "!mod " + strings.Repeat(`[a](b) "x" (`, 600)},
	} {
		began := time.Now()
		named("Forseti").Hear(m)
		if took := time.Since(began); took > 5*time.Second { // some milliseconds; whatever is quadratic takes minutes
			t.Errorf("%s took %s", name, took)
		}
	}
}
