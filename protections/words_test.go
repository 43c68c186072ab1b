package protections

import (
	"fmt"
	"strings"
	"testing"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// The words of which innocent ones are made (the Scunthorpe test), and others.
var rude = map[string]string{
	"list.english": "ass, cunt, penis, dick, tit, cum, sex, nazi, spam, hell, anal, cock, free money",
	"list.german":  "arsch, sau, huren*",
	"list.russian": "хуй, *блядь",
	"list.chinese": "赌博, 色情", "list.thai": "พนัน", "list.japanese": "バカ", "list.korean": "도박*", "list.arabic": "قمار", "list.hindi": "जुआ",
	"list.disguise": "~viagra, ~~casino, ~free coins",
	"list.pattern":  `/earn \$?\d{2,} (a|per) day/, /wa\.me\/\d+/`,
}

func TestWordsOfInnocents(t *testing.T) {
	spare(t, words(), rude, "Dick Cheney")
	b := kittest.New(t, words(), rude)
	for _, said := range []string{
		"Scunthorpe, Penistone, Sussex, classic assassins, a cockpit, the title, cumulative analysis, shellfish, hello", "basement", "Sauerkraut und Marschmusik", "Massachusetts",
		"страхуйте, употреблять можно", "psychoanalysis of dickens", "sexagesimal sextant", "cucumber cocktails", "casinos and viagras", "the 455 and 123", "freemoney",
		"free the money", "to earn $5 a day", "10 per day", "จัดพนักงาน"[:9], "赌 博", "arschitektur",
	} {
		if found := b.Say(user, said); found != nil {
			t.Errorf("%q: %s", said, found[0].Why)
		}
	}
}

func TestWordsAreFound(t *testing.T) {
	for _, said := range []string{
		"ass", "ASS!", "you ass.", "what an a\u200bs\u00ads", "ａｓｓ", "(ass)", "ass_hat", "free  money", "free\nmoney"[:4] + " money", "Arsch", "hurensohn", "ХУЙ", "разблядь!",
		"来赌博吧", "色情网站", "เว็บพนันออนไลน์", "このバカ野郎", "도박을 하자", "لعبة قمار", "जुआ खेलो", "buy vіаgrа", "v i a g r a for you", "VIAGRA", "c4s1n0", "ca$ino", "ｃａｓｉｎｏ", "frее соins",
		"Earn $500 per day from home", "https://WA.me/4912345",
	} {
		b := kittest.New(t, words(), rude)
		for _, body := range []map[string]any{
			plain(said), edited(said), rich("<b>" + said + "</b>"), {"msgtype": "m.image", "body": said, "filename": "cat.png", "url": "mxc://a/b"},
			{"msgtype": "m.file", "body": said, "url": "mxc://a/b"}, {"msgtype": "m.text", "body": []string{said}}, {"msgtype": 5, "body": said}, {"body": said},
			with(plain("> <@a:hs> "+said+"\n\nyes"), map[string]any{"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": "$x"}}}),
			rich(`<mx-reply>` + said + `</mx-reply>hello`), rich(`<a href="https://ok.example/">hi</a><span data-mx-color="#ffffff"> ` + said + `</span>`), rich(`<img alt="` + strings.ReplaceAll(said, `"`, "") + `">`),
			{"msgtype": "m.text", "body": "x", "com.example.extra": map[string]any{"deep": []any{said}}},
		} {
			if found := b.Send(b.Message(user, "m.room.message", body)); len(found) != 1 || found[0].Weight != kit.Light {
				t.Errorf("%q in %v: %v", said, body, found)
			}
		}
	}
}

func TestWords(t *testing.T) {
	bad := map[string]string{"list.a": "bad", "list.b": "worse, bad", "weight.b": "spam"}
	reply := map[string]any{"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": "$1"}}}
	kittest.Run(t, words(), []kittest.Case{{
		Name: "no list, and an empty one",
		Set:  map[string]string{"list.a": "none"},
		In:   []kittest.Step{kittest.Says(user, "none"), kittest.Says(user, ""), kittest.Says(user, "anything")},
	}, {
		Name: "of several lists the worst counts",
		Set:  bad,
		In:   []kittest.Step{kittest.Says(user, "bad"), kittest.Says(user, "worse"), kittest.Says(user, "good")},
		Want: []string{"spam @u:hs $1: $1", "spam @u:hs $2: $2"},
	}, {
		Name: "reactions, polls, topics, names",
		Set:  map[string]string{"list.a": "bad"},
		In: []kittest.Step{
			kittest.Sends(user, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": "$x", "key": "bad"}}),
			kittest.Sends(user, "m.poll.start", map[string]any{"m.poll": map[string]any{"question": map[string]any{"m.text": "which?"}, "answers": []any{map[string]any{"m.text": "bad"}}}}),
			kittest.Sets(user, "m.room.topic", "", map[string]any{"topic": "bad"}),
			kittest.Sets(user, "m.room.member", string(user), map[string]any{"membership": "join", "displayname": "very bad"}),
			kittest.Sets(user, "m.room.member", "@w:hs", map[string]any{"membership": "invite", "displayname": "very bad"}),
			kittest.Sets(user, "m.room.member", string(user), map[string]any{"membership": "leave", "reason": "bad room"}),
		},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $2: $2", "light @u:hs $state5: $state5", "light @u:hs $state6: $state6", "light @u:hs $state8: $state8"},
	}, {
		Name: "who quotes what was found, and who only says so",
		Set:  map[string]string{"list.a": "bad, worse"},
		In: []kittest.Step{
			kittest.Says(user, "bad"),
			kittest.Sends("@v:hs", "m.room.message", with(plain("> <@u:hs> bad\n\ngo away"), reply)),
			kittest.Sends("@w:hs", "m.room.message", with(plain("> <@u:hs> worse\n\ngo away"), reply)),
			kittest.Sends("@x:hs", "m.room.message", with(plain("> <@u:hs> bad\n\nbad"), reply)),
		},
		Want: []string{"light @u:hs $1: $1", "light @w:hs $3: $3", "light @x:hs $4: $4"},
	}})
}

// A bad list is refused with its place.
func TestBadLists(t *testing.T) {
	for value, want := range map[string]string{
		`/a(b/`: "missing closing ) at character 1, `a(b`", `ok, /x[z-a]/`: "invalid character class range at character 3, `z-a`", `/a{2000}/`: "invalid repeat count at character 2", `/(a{500}){2}/`: "large",
		`/((a{30}){30})/`: "large", `/a*/`: "matches every message", `/()/`: "matches every message", `//`: "matches every message", `/open`: "no `/` at its end",
		"/" + strings.Repeat("a", 301) + "/": "longer than 300 bytes", strings.Repeat("a", 101): "longer than 100 bytes", `*`: "is no word", `a*b`: "is no word", "\u200b": "is no word", `~`: "is no word",
		`*a*`: "very many words", `~/a/`: "without `~`", numbered("w%d,", 1001): "1000 at most, and this is 1001", numbered("/a%d/,", 21): "20 regular expressions at most",
		`/(?=a)/`: "invalid or unsupported Perl syntax", `/\xff(/`: "at character",
	} {
		if got, err := words().Set(nil, "list.a", value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50q: %q, %v, want %q", value, got, err, want)
		}
	}
	for value, want := range map[string]string{
		" a ,b,, A b ,a": "a, b, A b", `/a{1,3}/, x, /b,c/`: `/a{1,3}/, x, /b,c/`, `/wa\.me\/x/`: `/wa\.me\/x/`, "🍆, NONE": "🍆, NONE", "none": "none", "": "none",
	} {
		got, err := words().Set(nil, "list.a", value)
		if err != nil || got["list.a"] != want {
			t.Errorf("%q: %q, %v", value, got["list.a"], err)
		}
		again, err := words().Set(nil, "list.a", got["list.a"])
		if err != nil || again["list.a"] != want {
			t.Errorf("%q twice: %q, %v", value, again["list.a"], err)
		}
	}
	values, err := words().Written(kit.Standing{Values: map[string]string{"list.a": "x, y"}}, "", "list.a", "+ /z{1,2}/, y")
	if err != nil || values["list.a"] != "x, y, /z{1,2}/" {
		t.Error(values, err)
	}
	values, err = words().Written(kit.Standing{Values: values}, "", "list.a", "- /z{1,2}/, X")
	if err != nil || values["list.a"] != "y" {
		t.Error(values, err)
	}
}

// BenchmarkWords is what twenty lists of a thousand words cost, of the longest message.
func BenchmarkWords(b *testing.B) {
	values := map[string]string{}
	for i := range 4 {
		var list strings.Builder
		for j := range 1000 {
			fmt.Fprintf(&list, "word%dx%d,", i, j)
		}
		values[fmt.Sprint("list.", i)] = list.String()
	}
	for name, body := range map[string]string{"ordinary": strings.Repeat("hello words of all ", 10), "worst": strings.Repeat("word1x", 10_000)} {
		b.Run(name, func(b *testing.B) {
			bench := kittest.New(b, words(), values)
			for b.Loop() {
				bench.Say(user, body)
			}
		})
	}
}
