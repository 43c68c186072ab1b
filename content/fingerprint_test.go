package content

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// jaccard is what two texts have in common, of all groups of three characters.
func jaccard(a, b string) float64 {
	groups := func(s string) map[string]bool {
		all := map[string]bool{}
		for r := []rune(s); len(r) >= 3; r = r[1:] {
			all[string(r[:3])] = true
		}
		return all
	}
	of, other := groups(a), groups(b)
	both := 0
	for g := range of {
		if other[g] {
			both++
		}
	}
	return float64(both) / float64(len(of)+len(other)-both)
}

const vocabulary = "join our telegram channel today and earn free bitcoin with a guaranteed profit of ten percent every single day no risk at all just send a message to the manager " +
	"привет друзья сегодня мы раздаём бесплатные монеты всем кто подпишется на наш канал и напишет слово спасибо в комментариях под этой записью 日本語の文章もここにあります"

// sentence is text of some words.
func sentence(r *rand.Rand, words int) string {
	all := strings.Fields(vocabulary)
	said := make([]string, words)
	for i := range said {
		said[i] = all[r.IntN(len(all))]
	}
	return strings.Join(said, " ")
}

// changed is a text of which some words are others.
func changed(r *rand.Rand, s string, words int) string {
	all, said := strings.Fields(vocabulary), strings.Fields(s)
	for range words {
		said[r.IntN(len(said))] = all[r.IntN(len(all))]
	}
	return strings.Join(said, " ")
}

// How alike two texts are is guessed about right, on the whole and of each.
func TestLikenessIsNear(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const pairs = 2000
	bias, square := 0.0, 0.0
	for range pairs {
		a := sentence(r, 12+r.IntN(40))
		b := changed(r, a, r.IntN(12))
		one, other := NewText(a), NewText(b)
		off := one.Fingerprint().Likeness(other.Fingerprint()) - jaccard(one.Core(), other.Core())
		bias, square = bias+off, square+off*off
	}
	if bias, deviation := bias/pairs, math.Sqrt(square/pairs); math.Abs(bias) > 0.01 || deviation > 0.06 {
		t.Errorf("it is off by %.3f on the whole, and by %.3f of each", bias, deviation)
	}
}

func TestLikeness(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		a := sentence(r, rapid.IntRange(15, 100).Draw(t, "words"))
		b := changed(r, a, rapid.IntRange(0, 30).Draw(t, "changes"))
		one, other := NewText(a), NewText(b)
		if min(len([]rune(one.Core())), len([]rune(other.Core()))) < MinNear {
			return // equal or not
		}
		got, want := one.Fingerprint().Likeness(other.Fingerprint()), jaccard(one.Core(), other.Core())
		// Six times the deviation: a test must not fail by chance.
		if math.Abs(got-want) > 0.35 {
			t.Fatalf("%s\n%s\n%.2f, want %.2f", a, b, got, want)
		}
		if back := other.Fingerprint().Likeness(one.Fingerprint()); back != got {
			t.Fatalf("%v one way and %v the other", got, back)
		}
		if (one.Core() == other.Core()) != (one.Fingerprint().Exact() == other.Fingerprint().Exact()) {
			t.Fatal("equal texts have the same hash, and others have not")
		}
	})
}

// A campaign's texts, each a little other than the last, are found; what honest people say is not taken for it.
func TestCampaign(t *testing.T) {
	texts := []string{
		"Earn up to $%d per day with our trading platform! Contact @manager%d on Telegram to begin your journey, %s",
		"🔥🔥 Free airdrop of %d tokens for the first %d users, connect your wallet at the link in my profile %s 🔥🔥",
		"Привет! Удалённая работа, доход от %d рублей в день, пишите в личные сообщения с кодом %d, количество мест ограничено %s",
		"恭喜您获得限时优惠活动资格，点击链接领取%d元红包，名额有限先到先得，邀请码%d，客服微信随时在线为您解答，加入我们的团队一起赚钱，每天都有新的收益%s",
	}
	names := []string{"dear friend", "Alice", "все", "朋友"}
	found, all := 0, 0
	kept := NewFingerprints[int](1000)
	for i, text := range texts {
		for n := range 50 {
			said := fmt.Sprintf(text, 1000+n*37, n, names[n%len(names)])
			if n%3 == 1 {
				said = strings.NewReplacer("a", "а", "e", "е", "o", "0").Replace(said)
			}
			if n%5 == 2 {
				said = strings.Join(strings.Split(said, " "), " \u200b ")
			}
			v := kept.Keep(NewText(said).Fingerprint(), Near)
			if n == 0 {
				*v = i + 1
				continue
			}
			if all++; *v == i+1 {
				found++
			} else if *v != 0 {
				t.Errorf("%s is taken for another campaign", said)
			}
		}
	}
	if found < all*95/100 {
		t.Errorf("%d of %d are found", found, all)
	}
	for _, said := range []string{
		"I have a question about the trading platform API: how do I begin a session with a token that I got from the wallet link in the docs?",
		"Привет! Подскажите пожалуйста, как настроить удалённую работу с сервером, если порт закрыт, и пишут ошибку соединения?",
		"Earnings season begins today, and our platform team has a meeting about the journey map at ten. Contact me for the link.",
	} {
		if v, much := kept.Find(NewText(said).Fingerprint(), Near); v != nil {
			t.Errorf("%s is taken for spam: %.2f", said, much)
		}
	}
}

// Short texts are equal or not.
func TestShortTexts(t *testing.T) {
	kept := NewFingerprints[string](10)
	*kept.Keep(NewText("thank you very much").Fingerprint(), Near) = "thanks"
	for said, want := range map[string]bool{"thank you very much!": true, "THANK YOU, very much": true, "thank you very muck": false, "": false, "👍": false} {
		if v, _ := kept.Find(NewText(said).Fingerprint(), Near); (v != nil) != want {
			t.Errorf("%s: %v", said, v != nil)
		}
	}
	if NewText("👍").Fingerprint().Exact() == NewText("👎").Fingerprint().Exact() {
		t.Error("texts without letters are all the same")
	}
}

// Near-equal texts meet, as often as they should by the number of bands: the store finds what a look at all would.
func TestBandsMeet(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	alike, met := 0, 0
	for range 3000 {
		a := sentence(r, 30)
		b := changed(r, a, r.IntN(6))
		one, other := NewText(a).Fingerprint(), NewText(b).Fingerprint()
		if one.Likeness(other) < Near {
			continue
		}
		kept := NewFingerprints[int](10)
		kept.Keep(one, Near)
		alike++
		if v, _ := kept.Find(other, Near); v != nil {
			met++
		}
	}
	if alike < 1000 || met < alike*98/100 {
		t.Errorf("%d of %d are found", met, alike)
	}
}

// However much comes, so many are kept and what finds them; what was asked for last is there.
func TestFingerprintsAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 20).Draw(t, "most")
		kept := NewFingerprints[int](most)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range rapid.IntRange(0, 60).Draw(t, "texts") {
			p := NewText(sentence(r, 3+r.IntN(30))).Fingerprint()
			*kept.Keep(p, Near) = i
			if v, much := kept.Find(p, Near); v == nil || *v != i || much < Near {
				t.Fatal("what was just kept is not there")
			}
			if r.IntN(4) == 0 {
				kept.Drop(p)
			}
			if n := kept.Len(); n > most || len(kept.exact) != n || kept.near.len() > bands*n {
				t.Fatalf("%d are kept, of %d: %d by their hash, %d by a band", n, most, len(kept.exact), kept.near.len())
			}
		}
		for kept.Front() != nil {
			kept.DropFront()
		}
		if kept.Len()+len(kept.exact)+kept.near.len() > 0 {
			t.Fatal("something is left of what was dropped")
		}
	})
}

// A text all in capitals is the same, in any script that has them.
func TestLikenessOfCapitals(t *testing.T) {
	for _, s := range []string{
		"Earn up to five hundred dollars a day with our platform, write to me and begin your journey today",
		"Если есть желание заработать, напиши мне сегодня, количество мест ограничено, условия хорошие",
		"Якщо є бажання заробити, напиши мені сьогодні, кількість місць обмежена, умови чудові й прості",
		"Αν θέλεις να κερδίσεις χρήματα, γράψε μου σήμερα, οι θέσεις είναι λίγες και οι όροι καλοί",
		"Եթե ցանկանում եք գումար վաստակել, գրեք ինձ այսօր, տեղերի թիվը սահմանափակ է, պայմանները լավն են",
		"Günde beş yüz lira kazanmak isteyenler bugün bana yazsın, yer sayısı sınırlı, şartlar çok iyi",
	} {
		one, other := NewText(s).Fingerprint(), NewText(strings.ToUpper(s)).Fingerprint()
		if much := one.Likeness(other); much < 0.9 {
			t.Errorf("%.2f: %s", much, s)
		}
	}
}

// Eight bins are compared at a time: that gives what comparing each gives.
func TestAgreeingBinsAreCounted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		one, other := &Fingerprint{exact: 1, bins: new(sample)}, &Fingerprint{exact: 2, bins: new(sample)}
		want := 0
		for i := range bins {
			one.bins[i] = uint8(r.Uint32())
			switch other.bins[i] = one.bins[i]; r.IntN(4) {
			case 0:
				other.bins[i] ^= 1 << r.IntN(8)
			case 1:
				other.bins[i] = uint8(r.Uint32())
			}
			if one.bins[i] == other.bins[i] {
				want++
			}
		}
		if got := one.Likeness(other); got != float64(want)/bins {
			t.Fatalf("%v, want %v", got, float64(want)/bins)
		}
	}
}
