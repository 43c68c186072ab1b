package protections

import (
	"strings"
	"testing"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

func TestShape(t *testing.T) {
	spare(t, shape(), nil)
	b := kittest.New(t, shape(), nil)
	for name, said := range map[string]string{
		"a log": strings.Repeat("Nov 27 04:12:01 host synapse[812]: ERROR - 403\n", 100), "code": strings.Repeat("\tif err != nil {\n\t\treturn err\n\t}\n", 40),
		"a rule": strings.Repeat("=", 120), "emoji": strings.Repeat("🎉", 30), "emoji in words": strings.Repeat("so good 🎉 ", 40), "capitals": strings.Repeat("NASA ", 20),
		"science": "μSv, β-carotene, the αβγ-test, and ΔTmax", "Arabic": strings.Repeat("مُحَمَّدٌ رَسُولُ ", 50), "Hindi": strings.Repeat("स्त्री क्षेत्र ", 50), "Thai": strings.Repeat("ที่นี่ผู้ใหญ่", 50),
		"Vietnamese": strings.Repeat("người Việt Nam ", 50), "Hebrew": strings.Repeat("בְּרֵאשִׁית ", 50), "Persian": strings.Repeat("می\u200cخواهم نمی\u200cدانم ", 50), "families": strings.Repeat("👨\u200d👩\u200d👧\u200d👦 and ", 30),
		"a matrix": strings.Repeat("a b c\n", 3), "Japanese": strings.Repeat("LINEのアカウントとTシャツ", 20), "Chinese": strings.Repeat("我 你 他 ", 30),
		"a long post in Russian": strings.Repeat("Здравствуйте, у меня вопрос. ", 250), "a long post in Japanese": strings.Repeat("こんにちは。設定の方法を教えてください。", 300),
	} {
		for _, f := range b.Say(user, said) {
			t.Errorf("%s: %s", name, f.Why)
		}
	}
	for name, said := range map[string]string{
		"long": strings.Repeat("word ", 2100), "very long": strings.Repeat("word ", 12_000), "lines": strings.Repeat("a\n", 300), "emoji": strings.Repeat("🎉 ", 31), "families": strings.Repeat("👨\u200d👩\u200d👧\u200d👦", 40),
		"capitals": strings.Repeat("BUY COINS NOW ", 12), "Cyrillic capitals": strings.Repeat("КУПИ СЕЙЧАС ", 12), "marks": strings.Repeat("Z\u0335\u0336\u0337\u0338\u0339\u033a\u033b\u033c", 10), "many marks": strings.Repeat("Z\u0335\u0336\u0337\u0338\u0339\u033a\u033b\u033c", 300),
		"invisible": strings.Repeat("f\u200br\u200be\u200be ", 10), "bidi": strings.Repeat("\u202eabc\u202c ", 20), "mixed": "frее соins fоr аll оf уou, jоin nоw", "spaced": strings.Repeat("f r e e c o i n s ", 4), "repeated": strings.Repeat("o", 400),
	} {
		for _, content := range []map[string]any{
			plain(said), edited(said), rich(strings.ReplaceAll(said, "\n", "<br>")), {"msgtype": "m.image", "body": said, "filename": "cat.png", "url": "mxc://a/b"}, {"msgtype": 4, "body": said},
		} {
			want := kit.Light
			if name == "many marks" {
				want = kit.Nuisance
			}
			if found := b.Send(b.Message(user, "m.room.message", content)); len(found) != 1 || found[0].Weight != want {
				t.Errorf("%s in %.60v: %v", name, content, found)
			}
		}
	}
}

// TestShapeEndings: who puts an ending of their own language to many foreign words disguises
// none of them.
func TestShapeEndings(t *testing.T) {
	kittest.Run(t, shape(), []kittest.Case{{
		Name: "many", In: []kittest.Step{kittest.Says("@u:hs", "все PRы приняты, IPшник сменил, JSONы и APIшку поправил, SSDшник заказал")},
	}})
}
