package rules_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"forseti/content"
	"forseti/protections/learning"
	"forseti/protections/rules"
)

// memory is what is remembered in a test.
type memory struct {
	trust   int
	points  float64
	seen    int
	similar map[time.Duration]int
	listed  map[string]bool
	asked   []string
}

func (m *memory) Trust() int      { m.asked = append(m.asked, "trust"); return m.trust }
func (m *memory) Points() float64 { m.asked = append(m.asked, "points"); return m.points }
func (m *memory) Seen() int       { m.asked = append(m.asked, "seen"); return m.seen }
func (m *memory) Similar(within time.Duration) int {
	m.asked = append(m.asked, "similar")
	return m.similar[within]
}
func (m *memory) Learned() learning.Verdict {
	m.asked = append(m.asked, "learned")
	return learning.Verdict{Alike: 0.8, Score: 0.97}
}
func (m *memory) Listed(list string) bool { m.asked = append(m.asked, "listed"); return m.listed[list] }

func said(content string) *rules.Subject { return about("m.room.message", content) }

func about(kind, raw string) *rules.Subject {
	return &rules.Subject{
		Message: content.Read(kind, json.RawMessage(raw)), Encrypted: true,
		Sender: rules.Sender{ID: "@new:evil.example", Level: 5, Stay: 3 * time.Minute},
		Room:   rules.Room{ID: "!room:hs", Members: 20},
		State:  &memory{points: 2.5, similar: map[time.Duration]int{10 * time.Minute: 3}, listed: map[string]bool{"spam": true}},
	}
}

func body(text string) *rules.Subject {
	raw, _ := json.Marshal(map[string]any{"msgtype": "m.text", "body": text})
	return said(string(raw))
}

func TestHolds(t *testing.T) {
	link := said(`{"msgtype":"m.text","body":"look","format":"org.matrix.custom.html","formatted_body":"<a href=\"https://evil.example/x\">https://bank.example</a>"}`)
	picture := said(`{"msgtype":"m.image","body":"caption","filename":"a.png","url":"mxc://hs/a","info":{"mimetype":"image/png","size":1e300,"w":-5}}`)
	join := about("m.room.member", `{"membership":"join","displayname":"Free Crypt\u043e","avatar_url":"mxc://hs/a"}`)
	for _, tc := range []struct {
		is   *rules.Subject
		rule string
		want bool
	}{
		{link, `trust() < KNOWN && text.links.size() > 0`, true},
		{link, `trust() == TRUSTED || points() < 2.5`, false},
		{link, `points() > 2`, true},
		{link, `text.links.exists(l, l.deceives && l.host == "evil.example" && l.scheme == "https")`, true},
		{link, `text.links.exists(l, l.invites)`, false},
		{link, `text.body == "https://bank.example" && text.hidden.contains("evil.example")`, true},
		{body("FREE money"), `text.folded == "free money" && text.capitals > 0.4 && text.words == 2`, true},
		{body("fr\u0435\u0435 m\u043eney"), `text.skeleton.contains(skeleton("free money"))`, true},
		{body("fr\u0435\u0435 m\u043eney"), `text.folded.contains(folded("FREE money"))`, false},
		{body("fr\u0435\u0435 m\u043eney"), `text.mixed > 0`, true},
		{body("f r e e"), `text.core.contains(core("Free!")) && text.spaced > 0.9`, true},
		{body("x"), `text.folded.matches("^fre+")`, false},
		{body("xfreee"), `text.folded.matches("fre+")`, true},
		{body(strings.Repeat("x", 5000) + "end"), `text.body.contains("end")`, false},
		{body("😀😀a"), `text.emoji == 2 && text.length == 3 && text.emoji_share > 0.5`, true},
		{picture, `message.kind == "picture" && message.files.exists(f, f.type == "image/png" && f.size >= 0 && f.width == 0) && text.body == "caption"`, true},
		{picture, `message.kind in ["video", "file"]`, false},
		{about("m.reaction", `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$x","key":"🍆"}}`), `message.kind == "reaction" && message.reaction == "🍆"`, true},
		{said(`{"msgtype":"m.text","body":"* new","m.new_content":{"msgtype":"m.text","body":"new"},"m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}`), `message.edit && text.body == "new"`, true},
		{said(`{"msgtype":"m.text","body":17}`), `"body is a number" in message.faults`, true},
		{said(`{"msgtype":"m.text","body":"@room hi","m.mentions":{"user_ids":["@a:hs","@b:hs"],"room":true}}`), `mentions.room && mentions.hidden == 2 && "@a:hs" in mentions.users`, true},
		{body("x"), `joined_for() < duration("5m") && joined_for() > duration("2m")`, true},
		{body("x"), `seen_before()`, false},
		{body("x"), `learned() && spam_score() > 0.9 && spam_score() < 0.98`, true},
		{body("x"), `similar_count("10m") <= 32 && 33 > similar_count("10m") && similar_count("10m") != 40 && spam_score() <= 1`, true},
		{body("x"), `similar_count("10m") == 3 && similar_count(duration("11m")) == 0`, true},
		{body("x"), `matches_list("spam") && !matches_list("other")`, true},
		{body("x"), `sender.server == "evil.example" && sender.id.startsWith("@new") && sender.level == 5`, true},
		{body("x"), `room.id == "!room:hs" && room.members * 2 == 40 && !room.encrypted && message.encrypted`, true},
		{join, `join.skeleton.contains(skeleton("crypto")) && join.picture && trust() == NEW`, true},
		{join, `join.name == ""`, false},
	} {
		e, err := rules.Compile(tc.rule)
		if err != nil {
			t.Errorf("%s: %v", tc.rule, err)
			continue
		}
		if got, err := e.Holds(tc.is); got != tc.want || err != nil {
			t.Errorf("%s: %t, %v", tc.rule, got, err)
		}
		if e.Joins() != (tc.is == join) || e.Cost() == 0 || e.Cost() > rules.MostCost || e.String() != tc.rule {
			t.Errorf("%s: about joins %t, costs %d", tc.rule, e.Joins(), e.Cost())
		}
	}
}

// What is remembered is asked for when it is needed, and not before.
func TestAskedAsNeeded(t *testing.T) {
	e, err := rules.Compile(`text.length > 100 && trust() < KNOWN && similar_count("1h") > 2`)
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{}
	s := body("short")
	s.State = m
	if holds, err := e.Holds(s); holds || err != nil || len(m.asked) > 0 {
		t.Errorf("%t, %v, asked for %q", holds, err, m.asked)
	}
}

// Mistakes are told with their place and with what would be right.
func TestMistakes(t *testing.T) {
	for _, tc := range []struct {
		rule string
		line int
		at   int
		want string
	}{
		{"", 0, 0, "is empty"},
		{"  \n ", 0, 0, "is empty"},
		{strings.Repeat("x", rules.MostLength+1), 0, 0, "4097 bytes, and 4096 is the most"},
		{"text.body == \"\xff\"", 0, 0, "no text"},
		{`text.lnks.size() > 0`, 1, 5, "did you mean `links`"},
		{`text.zzzzzzzzzz == ""`, 1, 5, "it has body, folded"},
		{`text.links.exists(l, l.hst == "x")`, 1, 23, "no `hst` here"},
		{`txt.body == ""`, 1, 1, "did you mean `text`"},
		{`trust < KNOWN`, 1, 1, "write `trust()`"},
		{`trust(1) < KNOWN`, 1, 6, "given a whole number"},
		{`trust() < "known"`, 1, 9, "`<` does not go between a whole number and a text"},
		{`trust() < KNWN`, 1, 11, "did you mean `KNOWN`"},
		{`text.body`, 0, 0, "a text, and has to be true or false"},
		{`text.body.contains(`, 1, 20, "ends too early"},
		{`text.body == "a" &&`, 1, 20, "ends too early"},
		{`text.body.startswith("x")`, 1, 21, "did you mean `startsWith`"},
		{`seen_before() and true`, 1, 15, "write `&&`"},
		{`text.body == 'a`, 1, 14, "has no end"},
		{`text.body = "x"`, 1, 11, "write `==`"},
		{`seen_before() & true`, 1, 15, "`&&`"},
		{`text.body == “free”`, 1, 14, "straight ones"},
		{"seen_before() &&\ntext.lnks.size() > 0", 2, 5, "did you mean `links`"},
		{`similar_count("10x") > 1`, 1, 15, "is no time"},
		{`similar_count("1h") >= 40`, 1, 21, "`similar_count` is from 0 to 32, so that this is never true"},
		{`similar_count("1h") > 32`, 1, 21, "never true"},
		{`similar_count("1h") == 33 || seen_before()`, 1, 21, "never true"},
		{`similar_count("1h") < 0`, 1, 21, "never true"},
		{`40.5 <= similar_count("1h")`, 1, 6, "never true"},
		{`spam_score() > 90`, 1, 14, "`spam_score` is from 0 to 1"},
		{`similar_count(text.body) > 1`, 1, 14, "given a text"},
		{`joined_for() < duration(text.body)`, 1, 24, "stand in the rule"},
		{`text.body.matches("(")`, 1, 19, "missing closing"},
		{`text.body.matches(text.folded)`, 1, 18, "pattern has to stand in the rule"},
		{`text.body.matches("(a{1000}){1000}")`, 1, 19, "no pattern"},
		{`text.links[0].host == "x"`, 1, 11, "exists"},
		{`text.emoji / text.length > 0`, 1, 12, "texts of no length"},
		{`text.emoji % 0 == 0`, 1, 12, "is not 0"},
		{`text == text`, 1, 6, "only fields"},
		{`Text{body: "x"}.body == ""`, 1, 5, "makes no objects"},
		{`{"a": 1}.size() == 1`, 1, 1, "makes no objects"},
		{`skeleton(text.body) == "x"`, 1, 14, "stands in the rule"},
		{`int(text.body) == 1`, 1, 4, "I do not know `int`"},
		{`dyn(text.body) == 1`, 1, 4, "I do not know `dyn`"},
		{`@subject.trust() == 1`, 1, 1, "does not belong"},
		{`join.name == text.body`, 1, 14, "make two rules"},
		{`join.name == "" && seen_before()`, 1, 31, "make two rules"},
		{`text.links.exists(l, text.body.matches("a.*b"))`, 0, 0, "costs up to"},
		{`text.links.exists(a, text.links.exists(b, text.links.exists(c, a.host == c.host)))`, 1, 60, "loops"},
		{strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200), -1, -1, ""},
	} {
		_, err := rules.Compile(tc.rule)
		m, ok := errors.AsType[*rules.Mistake](err)
		if !ok {
			t.Errorf("%.60s: %v", tc.rule, err)
			continue
		}
		if !strings.Contains(m.Words, tc.want) || tc.line >= 0 && (m.Line != tc.line || m.Column != tc.at) || len(m.Error()) > 400 {
			t.Errorf("%.60s: %d:%d %s; want %d:%d %s", tc.rule, m.Line, m.Column, m.Words, tc.line, tc.at, tc.want)
		}
	}
}

// hostile are subjects that are made to break something.
func hostile() []*rules.Subject {
	var all []*rules.Subject
	for _, raw := range []string{
		`{}`, `null`, `[]`, `17`, ``, `{"msgtype":"m.text","body":""}`, `{"msgtype":[],"body":{},"formatted_body":7,"m.mentions":"x","info":[]}`,
		`{"msgtype":"m.image","body":"a","url":"mxc://a/b","info":{"size":9223372036854775807,"w":-9223372036854775808,"h":1e308}}`,
		`{"msgtype":"m.text","body":"` + strings.Repeat("a\u0301\u0302\u200b", 5000) + `"}`,
		`{"msgtype":"m.text","body":"` + strings.Repeat("https://a.example/ ", 3000) + `"}`,
		`{"msgtype":"m.text","body":"` + strings.Repeat("@a:b.example ", 3000) + `"}`,
		"{\"msgtype\":\"m.text\",\"body\":\"\xff\xfe\\ud800\\udfff\"}",
	} {
		s := said(raw)
		s.Sender.Level, s.Sender.ID, s.Room.ID = -1<<63, "@\xff", ""
		all = append(all, s)
	}
	return append(all, about("m.room.member", `{"displayname":[],"avatar_url":7}`), about(strings.Repeat("x", 60000), `{"membership":"join"}`))
}

// No field fails, whatever a stranger writes: a rule that failed would be switched off by
// whoever it is against.
func TestNoFieldFails(t *testing.T) {
	n := 0
	for _, f := range rules.Fields() {
		e, err := rules.Compile(f)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for i, s := range hostile() {
			if _, err := e.Holds(s); err != nil {
				t.Errorf("%s of subject %d: %v", f, i, err)
			}
			n++
		}
	}
	if n < 500 {
		t.Errorf("only %d were asked", n)
	}
}

// FuzzCompile: what can be read can be asked, and fails for no message but by a number that
// is too large.
func FuzzCompile(f *testing.F) {
	for _, seed := range append(rules.Fields(), `text.links.exists(l, l.host.matches("a|b"))`, `[1, 2].map(x, x * 2).size() > text.length`, `text.length * 9223372036854775807 > 1`, `-(-9223372036854775807 - 1) > 0`) {
		f.Add(seed)
	}
	all := hostile()
	f.Fuzz(func(t *testing.T, written string) {
		e, err := rules.Compile(written)
		if err != nil {
			if m, ok := errors.AsType[*rules.Mistake](err); !ok || m.Words == "" {
				t.Errorf("%v", err)
			}
			return
		}
		if e.Cost() > rules.MostCost {
			t.Errorf("costs %d", e.Cost())
		}
		for _, s := range all {
			if _, err := e.Holds(s); err != nil && !strings.Contains(err.Error(), "too large") {
				t.Errorf("%v", err)
			}
		}
	})
}

// One expression is asked by several goroutines.
func TestAskedBySeveral(t *testing.T) {
	e, err := rules.Compile(`text.links.exists(l, l.host == "evil.example") && text.folded.matches("fre+")`)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 100 {
				want := i%2 == 0
				s := body("free https://evil.example/")
				if !want {
					s = body("free https://good.example/")
				}
				if got, err := e.Holds(s); got != want || err != nil {
					t.Errorf("%t, %v", got, err)
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkTen(b *testing.B) {
	var ten []*rules.Expression
	for _, rule := range []string{
		`trust() < KNOWN && text.links.size() > 0`, `text.length > 1000 && text.lines > 30`, `text.folded.matches("free (money|crypto)")`, `text.skeleton.contains(skeleton("paypal"))`,
		`mentions.count > 10 || mentions.room && trust() < REGULAR`, `message.kind in ["picture", "video"] && joined_for() < duration("1h")`, `text.links.exists(l, l.invites)`, `seen_before() && points() > 1`,
		`text.capitals > 0.8 && text.words > 5`, `sender.server == "evil.example"`,
	} {
		e, err := rules.Compile(rule)
		if err != nil {
			b.Fatal(err)
		}
		ten = append(ten, e)
	}
	raw, _ := json.Marshal(map[string]any{"msgtype": "m.text", "body": "Hi all, does anybody know how to set the retention of a room in Synapse? I read https://docs.example.org/retention and did not find out what the default is. Thank you!"})
	for _, tc := range []struct {
		name string
		ask  []*rules.Expression
	}{{"ten", ten}, {"none", nil}, {"plain", ten[:1]}, {"pattern", ten[2:3]}, {"skeleton", ten[3:4]}} {
		b.Run(tc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := said(string(raw))
				s.Message.Shown().Folded()
				for _, e := range tc.ask {
					if _, err := e.Holds(s); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func ExampleCompile() {
	_, err := rules.Compile(`text.lnks.size() > 0`)
	fmt.Println(err)
	// Output: At character 5: `text` has no `lnks`: did you mean `links`?
}

// What is written in a rule is worked out once, and not for each message: a large pattern leaves no
// more garbage than a small one, and no more than none.
func TestConstantsAreCompiledOnce(t *testing.T) {
	costs := func(rule string) float64 {
		e, err := rules.Compile(rule)
		if err != nil {
			t.Fatal(err)
		}
		s := said(`{"msgtype":"m.text","body":"hello"}`)
		return testing.AllocsPerRun(200, func() {
			if _, err := e.Holds(s); err != nil {
				t.Fatal(err)
			}
		})
	}
	small, large := costs(`text.body.matches("a")`), costs(`text.body.matches("(abc|def|ghi){1,20}[a-z0-9]{5,30}(x|y|z)+")`)
	if large > small+2 {
		t.Errorf("a large pattern leaves %.0f allocations, a small one %.0f", large, small)
	}
	plain, made := costs(`text.skeleton == "free"`), costs(`text.skeleton == skeleton("a rather long text that has a skeleton of its own, with many letters")`)
	if made > plain+2 {
		t.Errorf("a skeleton of a constant leaves %.0f allocations, a text %.0f", made, plain)
	}
}
