package protections

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// innocents are what ordinary newcomers write: in many languages, code, tables, poetry,
// logs, quotes, and questions with links. No protection that looks at single messages has
// anything against them with its defaults, unless it says so.
var innocents = []string{
	"hello", "Hi everyone!", "thanks 🙏", "👍", "🎉🎉🎉", "ok", "?", "lol", "AFK", "WTF", "brb", "+1", "...",
	"Good morning. Does anybody know why my client says that it cannot decrypt messages after I logged in anew?",
	"Guten Morgen zusammen, weiß jemand, warum die Straßenbahn heute größere Verspätung hat? Übrigens: schöne Grüße!",
	"Bonjour, j'ai une question : est-ce que l'élève où ça pèche s'aperçoit que c'était déjà réglé ? Merci d'avance.",
	"¿Alguien sabe cómo configurar esto? ¡Gracias! El niño añadió una petición mañana.",
	"Olá, não consigo instalar a atualização; alguém já conseguiu? São três erros diferentes.",
	"Ciao a tutti, perché non funziona più? È già così da ieri, però il server è su.",
	"Cześć, czy ktoś może mi pomóc? Żółć, źdźbło, święto, miłość, gęś.",
	"Dobrý den, příliš žluťoučký kůň úpěl ďábelské ódy. Děkuji!",
	"Merhaba, bu ayarı nasıl değiştirebilirim? Şu an İstanbul'dayım, çok teşekkürler.",
	"Xin chào, tôi không thể đăng nhập được nữa. Mọi người giúp tôi với, cảm ơn rất nhiều!",
	"Привет! Подскажите, пожалуйста, как настроить шифрование в комнате? Ёлки, не получается уже второй день.",
	"Добрий день! Чи хтось знає, як це налаштувати? Ґанок, їжак, є питання.",
	"Γεια σας, μήπως ξέρει κανείς πώς ρυθμίζεται αυτό; Ευχαριστώ πολύ.",
	"שלום לכולם, האם מישהו יודע איך מגדירים את זה? תודה רבה.",
	"مرحبا، هل يعرف أحدكم كيف يمكنني ضبط هذا الإعداد؟ شكرًا جزيلًا لكم.",
	"سلام، آیا کسی می\u200cداند چگونه می\u200cتوانم این را تنظیم کنم؟ خیلی ممنون می\u200cشوم.",
	"नमस्ते, क्या कोई बता सकता है कि यह कैसे ठीक होगा? धन्यवाद।",
	"வணக்கம், இதை எப்படி சரிசெய்வது என்று யாராவது சொல்ல முடியுமா? நன்றி.",
	"สวัสดีครับ มีใครรู้วิธีตั้งค่านี้บ้างไหมครับ ขอบคุณมากครับ",
	"你好，请问有人知道怎么设置加密吗？我用的是 Element 1.11 版本，谢谢大家！",
	"こんにちは。設定の方法を教えていただけますか？LINEではなくMatrixを使っています。よろしくお願いします。",
	"안녕하세요, 이 설정을 어떻게 바꾸는지 아시는 분 계신가요? Element에서요. 감사합니다!",
	"გამარჯობა, ვინმემ იცის როგორ გავასწორო ეს? დიდი მადლობა.",
	"```go\nfunc main() {\n\tfmt.Println(\"@room\", os.Args[1:])\n\tif err != nil { return fmt.Errorf(\"x: %w\", err) }\n}\n```",
	"@Override public String toString() { @SuppressWarnings(\"x\") @Nullable @Deprecated String s; }",
	"{\"dependencies\": {\"@babel/core\": \"^7\", \"@babel/preset-env\": \"^7\", \"@types/node\": \"20\", \"@types/react\": \"18\", \"@vue/cli\": \"5\"}}",
	"@@ -1,3 +1,4 @@\n-old line\n+new line\n context\n@@ -20,6 +21,7 @@\n+another",
	"| name | value | unit |\n|------|-------|------|\n| a    | 1     | m    |\n| b    | 22    | kg   |\n| c    | 333   | s    |",
	"Nov 27 04:12:01 host synapse[812]: ERROR - 403 - M_FORBIDDEN: user @a:example.org not in room !x:example.org\nNov 27 04:12:02 host synapse[812]: retry @b:example.org",
	"SELECT * FROM USERS WHERE ID = 5 AND NAME LIKE 'A%' ORDER BY CREATED_AT DESC LIMIT 10;",
	"Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\nRough winds do shake the darling buds of May,\nAnd summer's lease hath all too short a date.",
	"> buy cheap coins now\n\nI got this by mail, is it a scam?",
	"The error is at https://github.com/element-hq/synapse/issues/1234 and the manual says https://matrix.org/docs/guides/ otherwise.",
	"git clone ssh://git@github.com/element-hq/synapse.git or git@github.com:x/y.git, then pip install -r requirements.txt",
	"see https://matrix.to/#/!room:example.org/$event:example.org, that is what I mean; ask in #synapse:matrix.org otherwise",
	"docs: https://spec.matrix.org/v1.11/client-server-api/#mentioning-the-replied-to-user",
	"I live in Scunthorpe, near Penistone, and studied classics in Essex. Dick Cheney and the assassin of the bass player.",
	"ERROR: ENOENT", "NASA, UNESCO, and the EU", "HTTP 404", "I o u one", "a b c", "x = y + z", "H2O, CO₂, E = mc²", "1st, 2nd, 3rd", "π ≈ 3.14159, Δx → 0, Ω = 50 kΩ",
	"what does @room do?", "mail me at me@example.org", "ping @alice:example.org", "hey @bob, you here?",
	"─────────────\n│ box │\n─────────────", "¯\\_(ツ)_/¯", "(╯°□°)╯︵ ┻━┻", "ʕ•ᴥ•ʔ", "haha 😂😂😂", "noooooooooooo!!!", "🇩🇪 🇫🇷 🇪🇺", "👨\u200d👩\u200d👧\u200d👦", "❤\ufe0f",
	"The key is 0x1F4A9 and the hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.",
	"-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQENBFTxK0MBCADUZK2wGBM8\nAQIDBAUGBwgJCgsMDQ4P\n-----END PGP PUBLIC KEY BLOCK-----",
	"ІТ-відділ працює", "НАТО и США", "STALKER: Тінь Чорнобиля", "Кока-Cola", "ПК и Wi-Fi", "β-carotene and μSv", "naïve café, façade, Ærøskøbing, Þingvellir",
	"setup.py and README.md are in main.rs, see also node.js", "Is it 10:30 or 11:45? v1.2.3, 192.168.0.1, ::1",
}

// edited is a message as an edit has it, whose fallback is innocent.
func edited(body string) map[string]any {
	return map[string]any{
		"msgtype": "m.text", "body": "* hello", "m.new_content": map[string]any{"msgtype": "m.text", "body": body},
		"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": "$old"},
	}
}

func plain(body string) map[string]any { return map[string]any{"msgtype": "m.text", "body": body} }

func rich(html string) map[string]any {
	return map[string]any{"msgtype": "m.text", "body": "hello", "format": "org.matrix.custom.html", "formatted_body": html}
}

// with is content with some more of it.
func with(content map[string]any, more map[string]any) map[string]any {
	content = maps.Clone(content)
	maps.Copy(content, more)
	return content
}

// spare plays what innocents write, each by somebody who has just come, clear, as an edit
// and as a caption.
func spare(t *testing.T, kind kit.Kind, values map[string]string, but ...string) {
	t.Helper()
	t.Run("innocents", func(t *testing.T) {
		b := kittest.New(t, kind, values)
		for i, said := range innocents {
			exempt := false
			for _, part := range but {
				exempt = exempt || strings.Contains(said, part)
			}
			if exempt {
				continue
			}
			for n, content := range []map[string]any{
				plain(said), edited(said), with(plain(said), map[string]any{"m.mentions": map[string]any{}}),
			} {
				u := id.UserID(fmt.Sprintf("@u%d-%d:hs", i, n))
				b.Join(u)
				for _, f := range b.Send(b.Message(u, "m.room.message", content)) {
					t.Errorf("%q: %s", said, f.Why)
				}
			}
		}
	})
}
