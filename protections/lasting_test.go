package protections

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit/kittest"
)

func TestLasting(t *testing.T) {
	for s, want := range map[string]struct {
		left string
		leet bool
	}{
		"":                                      {"", false},
		"nothing to drop here":                  {"nothing to drop here", false},
		"earn $1,500 or 20 000€ in 5 days":      {"earn $ or   in  days", false},
		"see https://a.example/x?y=1 now":       {"see  now", false},
		"see t.me/profit_22, it pays":           {"see , it pays", false},
		"ask @lisa_22 or @bob:example.org now":  {"ask  or  now", false},
		"on fast-trade.io today":                {"on  today", false},
		"500 on fast-trade.io today":            {" on  today", false},
		"see https://gold.еxamplе/1 now":        {"see  now", false},
		"mail me@example.org":                   {"mail ", false},
		"3arn m0ney, fr33":                      {"3arn m0ney, fr33", true},
		"每天收入1500元，联系@admin_518":                {"每天收入元，联系", false},
		"доход 850$ на 5 дней":                  {"доход $ на  дней", false},
		"1) first 2) second, v1.2.3 and H2O":    {") first ) second, v1.2.3 and H2O", true},
		"I can't.Believe it is 5 o'clock/5 p.m": {"I can't.Believe it is  o'clock/ p.m", false},
	} {
		if left, _, leet := lasting(s); left != want.left || leet != want.leet {
			t.Errorf("%q leaves %q, %t; want %q, %t", s, left, leet, want.left, want.leet)
		}
	}
}

// TestDisguisedLinksAreNotWhatLasts: what is hidden within a link makes no other text of it.
func TestDisguisedLinksAreNotWhatLasts(t *testing.T) {
	const text = "Earn thousands a week from home without any risk, ask Mr. Gold how: https://gold.example/"
	b := kittest.New(t, repeats(), nil)
	b.Say("@a:hs", text+"1")
	b.Say("@b:hs", strings.ReplaceAll(text, "a", "a\u200b")+"2")
	if got := b.Say("@c:hs", strings.ReplaceAll(text, "e", "е")+"3"); len(got) != 3 {
		t.Errorf("%d findings", len(got))
	}
}

// TestRepeatsWhatLasts: a campaign leads each to another place, and promises another sum.
func TestRepeatsWhatLasts(t *testing.T) {
	const offer = "Come to the market of wonders tonight, it is the last one: @one_11"
	step := func(user, text string) kittest.Step { return kittest.Says(id.UserID("@"+user+":hs"), text) }
	spam := func(text ...string) kittest.Case {
		c := kittest.Case{Name: text[0]}
		for i, s := range text {
			c.In = append(c.In, step(string(rune('a'+i)), s))
		}
		c.Want = []string{"spam @c:hs $3: $3", "spam @a:hs $1: $1", "spam @b:hs $2: $2"}
		return c
	}
	nothing := func(text ...string) kittest.Case { c := spam(text...); c.Want = nil; return c }
	kittest.Run(t, repeats(), []kittest.Case{
		spam("Guadagna $800 al giorno da casa, bastano 3 ore. Contatta @best_353", "Guadagna 5.000 € al giorno da casa, bastano 5 ore. Contatta wa.me/best_188", "Guadagna 20€ al giorno da casa, bastano 12 ore. Contatta https://t.me/x"),
		spam("诚招兼职，在家赚钱，每天收入1500元，无需经验，免费培训，名额有限。联系@admin_518", "诚招兼职，在家赚钱，每周收入500元，无需经验，免费培训，名额有限。联系wa.me/manager295", "诚招合伙人，在家赚钱，每天收入12.500元，无需经验，免费培训，名额有限。联系@lisa_678"),
		spam("Join the purple club tonight, bring all of your friends and win a golden hippo at https://a.example/1", "J0in the purpl3 club t0nigh7, bring all 0f y0ur fri3nds and w1n a gold3n hipp0 at https://b.example/2", "Jo1n 7he purple clu8 tonight, br1ng 4ll of y0ur friend5 4nd win 4 golden h1ppo at https://c.example/3"),
		{
			Name: "edits of what nobody of them wrote", In: []kittest.Step{
				kittest.Sends("@a:hs", "m.room.message", edited(offer)), kittest.Sends("@b:hs", "m.room.message", edited(offer)), kittest.Sends("@c:hs", "m.room.message", edited(offer)),
			}, Want: []string{"spam @c:hs $3: $3", "spam @a:hs $1: $1", "spam @b:hs $2: $2"},
		},
		nothing("my build 1234 fails at step 5 of 7 with an error", "has anybody seen the error at step 5 of 7", "step 5 of 7 works for me with build 1235, it is 6 that fails"),
	})
}

// FuzzLasting: what is left of a text is some of it, in its order.
func FuzzLasting(f *testing.F) {
	for _, s := range []string{"a.!b@c/d.e://", "1,2.3a", "@", "9", "x.", "€5", "\xff@1", "每@a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		left, numbers, _ := lasting(s)
		if numbers < 0 || len(left)+numbers > len(s) {
			t.Errorf("%q leaves %q and %d digits", s, left, numbers)
		}
		at := 0
		for i := range len(left) {
			for at < len(s) && s[at] != left[i] {
				at++
			}
			if at++; at > len(s) {
				t.Fatalf("%q leaves %q", s, left)
			}
		}
	})
}
