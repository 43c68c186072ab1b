package protections

import (
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

func TestAdverts(t *testing.T) {
	const u id.UserID = "@u:hs"
	const offer = "Looking for people who want to earn $500 a week from home, no experience needed. Write to @lisa_22 today"
	says := func(text string) kittest.Case {
		return kittest.Case{Name: text, In: []kittest.Step{kittest.Says(u, text)}, Want: []string{"light @u:hs $1: $1"}}
	}
	passes := func(text string) kittest.Case {
		return kittest.Case{Name: text, In: []kittest.Step{kittest.Says(u, text)}}
	}
	sends := func(name string, content map[string]any, want ...string) kittest.Case {
		return kittest.Case{Name: name, In: []kittest.Step{kittest.Sends(u, "m.room.message", content)}, Want: want}
	}
	kittest.Run(t, adverts(), []kittest.Case{
		says(offer),
		says("!Earn $500 a week from home, no experience needed. Write to @lisa_22 today"),
		says("/earn $500 a week from home, no experience needed: https://jobs.example/"),
		says("L00k1ng f0r pe0ple wh0 w4nt t0 e4rn $500 a w33k fr0m h0me, n0 exp3rience n33ded. Wr1te t0 @lisa_22 t0day"),
		says("Lооking fоr реорlе whо wаnt tо еаrn $500 а wееk frоm hоmе, nо ехреriеnсе nееdеd. Writе tо @lisa_22 tоdау"),
		says("L\u200booking for p\u200beople who want to e\u200barn $500 a week from h\u200bome, no ex\u200bperience needed. W\u200brite to @lisa_22"),
		says("E A R N 500 USD a week from home, i n v e s t in b i t c o i n with us, g u a r a n t e e d. Write to @lisa_22"),
		says("НАБИРАЕМ ЛЮДЕЙ В КОМАНДУ! ДОХОД ОТ 900$ В НЕДЕЛЮ, ОБУЧЕНИЕ БЕСПЛАТНО, ПИШИТЕ В ЛС"),
		says("Buscamos personas para trabajar desde casa, gana 300 € al día sin experiencia, escríbeme por privado"),
		says("Verdiene 2.000 € pro Woche von zu Hause, ohne Vorkenntnisse, nur noch 3 Plätze frei, schreib mir privat"),
		says("诚招兼职，在家赚钱，每天收入500元，无需经验，名额有限，联系微信"),
		says("Your wallet will be suspended today. Validate your wallet and your recovery phrase at https://restore.example"),
		says("Leaked nudes of any girl, private photos and videos, only today 50% off, write to @bot_of_ours"),
		sends("an edit", edited(offer), "light @u:hs $1: $1"),
		sends("a caption", with(plain(offer), map[string]any{"msgtype": "m.image", "filename": "a.jpg", "url": "mxc://hs/a"}), "light @u:hs $1: $1"),
		sends("formatted", rich("Looking for p<b>eople</b> who want to earn <i>$500 a week</i> from home, no experience needed. Write to @lisa_22 today"), "light @u:hs $1: $1"),
		{Name: "known members may", In: []kittest.Step{kittest.Trusts(u, trust.Known), kittest.Says(u, offer)}},
		{Name: "as bad as it is set", Set: map[string]string{"weight": "spam"}, In: []kittest.Step{kittest.Says(u, offer)}, Want: []string{"spam @u:hs $1: $1"}},
		{Name: "from more marks on", Set: map[string]string{"marks": "30"}, In: []kittest.Step{kittest.Says(u, offer)}},

		says("```\n" + offer + "\n```"),
		says("```" + offer),
		says("> hello\n\n" + offer + ". Interested?"),
		says("```go\nx := f(1)\n```\n" + offer),
		passes("> " + offer + "\n\nIs that a scam? I got it in private an hour after I joined."),
		passes("Somebody wrote to me and offered $500 a week for work from home, no experience needed. Scam, right? I reported it."),
		passes("I earn my living with embedded software, from home, and invest nothing"),
		passes("What does one earn as a beginner in Berlin? I was offered 42.000 € a year, remote, no experience needed."),
		passes("We are looking for people to test the new build, no experience needed, write to me privately"),
		passes("Я работаю удалённо, зарплата 80 тысяч рублей в месяц, график гибкий"),
		passes("Ищем людей помочь с переводом, опыт не нужен, пишите в личку"),
		passes("Is there a free course on trading? My professor recommended one, but the link is dead: https://example.org/course"),
		passes("```\nprofit = invest(500, \"USD\")  # $500, 10% daily, guaranteed\njoin(telegram, \"@profit\")\n```"),
		passes("earn $500 now"), // too little to know
		sends("a body that is none", map[string]any{"msgtype": "m.text", "body": 5}),
		{Name: "a reaction", In: []kittest.Step{kittest.Sends(u, "m.reaction", map[string]any{
			"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": "$x", "key": offer},
		})}, Want: []string{"light @u:hs $1: $1"}},
	})
	spare(t, adverts(), nil)
}

// TestAdvertsAmounts holds what is a sum of money.
func TestAdvertsAmounts(t *testing.T) {
	for text, want := range map[string][2]int{
		"$500": {1, 0}, "500$": {1, 0}, "500 €": {1, 0}, "€ 500": {1, 0}, "500 usd a day": {1, 0}, "500usdt": {1, 0}, "20 000 руб": {1, 0}, "500元": {1, 0},
		"5 % per day": {0, 1}, "100%": {0, 1}, "$HOME and a$b": {0, 0}, "usd": {0, 0}, "in 5 days": {0, 0}, "%s and %d": {0, 0}, "": {0, 0}, "$": {0, 0}, "%": {0, 0},
	} {
		if sums, percents := amounts(text); [2]int{sums, percents} != want {
			t.Errorf("%q has %d sums and %d percentages, want %v", text, sums, percents, want)
		}
	}
}
