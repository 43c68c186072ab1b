package protections

import (
	"strings"
	"sync"
	"unicode"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/sanction/trust"
)

func adverts() kit.Kind {
	a := &Adverts{
		marks:  kit.Limit("marks", 8, 6, 30, "From how many marks on a message is an advertisement."),
		weight: kit.Choice("weight", "How bad it is to advertise.", kit.Light.String(), kit.Note.String(), kit.Nuisance.String(), kit.Spam.String()).Stricter(kit.Later, kit.Classes()...),
	}
	return kit.Kind{
		Name:    "adverts",
		Summary: "Removes what newcomers advertise: earnings, work, investments, bets and the like, by what belongs to such a message.",
		Details: "No word makes an advertisement, but what comes together in one: something that is offered (earnings, work, investments, bets, pictures of others, forged money, goods at a discount), " +
			"and somebody to write to, a link, or a place to join; besides sums, percentages, how easy it is, how few places are left, that it is guaranteed, greetings to everybody, rows of emoji, and letters that look like others. " +
			"Each is one to three marks; what speaks of scams, asks about one, quotes one, or is code has some less. From `marks` marks on it is found, and only if something is offered and leads somewhere. " +
			"What is looked for stands in the program, in some twenty languages, and disguised words are found too. docs/quality.md says how often that is right.\n\n" +
			"It is light: the message goes, and its author may stay. Who is known may advertise unless `exempt-trust` says otherwise.",
		Options: []kit.Option{a.marks, a.weight},
		Spares:  trust.Known,
		New: func(*kit.Given) kit.Protection {
			made := *a
			return &made
		},
	}
}

// Adverts finds advertisements by what belongs to one.
type Adverts struct {
	marks  kit.Typed[int]
	weight kit.Typed[string]

	found kit.Tally // of the message that was looked at last
	own   kit.Tally // of what its author says there themselves
}

// The groups of phrases, in their order in advertsPhrases.
const (
	earns = iota
	recruits
	eases
	contacts
	markets
	bets
	illicit
	sells
	acts
	hurries
	vouches
	crowds
	wallets
	doubts
)

var advertsPhrases = sync.OnceValue(func() *kit.Phrases {
	return kit.NewPhrases(advertsEarn, advertsRecruit, advertsEase, advertsContact, advertsMarket, advertsBet, advertsIllicit,
		advertsSell, advertsAct, advertsHurry, advertsVouch, advertsCrowd, advertsWallet, advertsDoubt)
})

// fewestAdvertised is how many letters an advertisement has at least: with fewer nobody knows
// what is offered.
const fewestAdvertised = 25

// Check looks at what is shown of a message.
func (a *Adverts) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Said || in.Sealed {
		return nil
	}
	shown := in.Message.Shown()
	if lettersOf(shown.String(), fewestAdvertised) < fewestAdvertised || isCommand(shown.String()) && !leadsSomewhere(in.Message) {
		return nil
	}
	advertsPhrases().Count(shown, &a.found)
	most := a.marks.In(room)
	spoken := spokenMarks(a.found.Of)
	if offered(a.found.Of) == 0 || sum(spoken)+besides < most {
		return nil // as most messages: what else they are costs more to know
	}
	marks, leads := a.all(in.Message, spoken)
	if !leads || sum(marks) < most {
		return nil
	}
	return in.Found(sanction.ParseClass(a.weight.In(room)), "advertised (%s): %s", named(marks), kit.Quote(shown.String()))
}

// The marks of a message that say more than its phrases.
const (
	amountMarks = doubts + 1 + iota
	leadMarks
	disguiseMarks
	emojiMarks
	askMarks
	kindsOfMarks
)

// besides is how many marks those come to at most.
const besides = 3 + 1 + 3 + 2

// marks are how many there are of each group, and of what else there is.
type marks [kindsOfMarks]int

func sum(m marks) (all int) {
	for _, n := range m {
		all += n
	}
	return all
}

// named says in words for moderators what there is.
func named(m marks) string {
	words := [kindsOfMarks]string{
		earns: "earnings", recruits: "work or partners", eases: "how easy it is", contacts: "whom to write to", markets: "investments", bets: "bets",
		illicit: "what nobody sells openly", sells: "an offer", acts: "to join", hurries: "hurry", vouches: "promises", crowds: "to all",
		wallets: "wallets or accounts in danger", amountMarks: "sums", leadMarks: "a link or handle", disguiseMarks: "disguised words", emojiMarks: "rows of emoji",
	}
	var all []string
	for i, n := range m {
		if n > 0 {
			all = append(all, words[i])
		}
	}
	return strings.Join(all, ", ")
}

// spokenMarks are those of phrases.
func spokenMarks(counts []int) (m marks) {
	for group, n := range counts {
		switch some := min(n, 1); group {
		case earns, recruits, markets, contacts:
			m[group] = 2*some + min(n, 2)/2
		case bets:
			m[group] = 2 * min(n, 2)
		case illicit, wallets:
			m[group] = 3 * min(n, 2)
		case eases, sells:
			m[group] = min(n, 3)
		case acts, vouches:
			m[group] = min(n, 2)
		case doubts:
			m[group] = -3 * min(n, 2)
		default:
			m[group] = some
		}
	}
	return m
}

// offered is how many kinds of things are offered, by how many phrases of each group there
// are.
func offered(counts []int) (kinds int) {
	for _, group := range [...]int{earns, recruits, markets, bets, illicit, sells, wallets} {
		kinds += min(counts[group], 1)
	}
	return kinds
}

// all are all marks of a message, and whether something is offered there that leads
// somewhere: without that nobody advertises.
func (a *Adverts) all(m *content.Message, of marks) (marks, bool) {
	shown, counts := m.Shown(), a.found.Of
	sums, percents := amounts(shown.Folded())
	of[amountMarks] = 2*min(sums, 1) + min(percents, 1)
	away := leadsSomewhere(m)
	if away {
		of[leadMarks] = 1
	}
	of[disguiseMarks] = disguise(shown)
	of[emojiMarks] = min(m.Emoji()/3, 2)
	of[askMarks] = -a.asked(shown.String())
	offers := offered(counts) > 1 || sums+counts[illicit]+counts[wallets] > 0
	return of, offers && (away || counts[contacts]+counts[acts] > 0 || counts[eases] > 1)
}

// disguise is how many marks it is to write words so that they are not found.
func disguise(t *content.Text) int {
	is := t.Shape()
	switch {
	case is.Woven > 0:
		return 3
	case is.Mixed > 2 || is.Spaced > 8 || is.Invisible > 4 || decorated(t.String()) > 10:
		return 2
	}
	return 0
}

// decorated is how many letters are those of mathematics, in circles, or small capitals.
func decorated(s string) (n int) {
	for _, r := range s {
		if 0x1d400 <= r && r <= 0x1d7ff || 0x1f130 <= r && r <= 0x1f189 || 0x24b6 <= r && r <= 0x24e9 || 0x1d00 <= r && r <= 0x1d2b {
			n++
		}
	}
	return n
}

// asked is how many marks it takes away that somebody quotes and asks, or shows a program: as
// long as what they say themselves is no advertisement.
func (a *Adverts) asked(s string) int {
	const much, little = 4, 1
	said, quotes, program := ownWords(s)
	asks := strings.ContainsAny(said, "?？؟")
	switch {
	case !program && !(quotes && asks):
		if asks && strings.Count(s, "!") == 0 {
			return little
		}
		return 0
	case a.advertises(said):
		return 0
	}
	return much
}

// advertises tells whether a text by itself offers something and says where.
func (a *Adverts) advertises(s string) bool {
	if lettersOf(s, fewestAdvertised) < fewestAdvertised {
		return false
	}
	t := content.NewText(s)
	advertsPhrases().Count(t, &a.own)
	return offered(a.own.Of) > 0 && (a.own.Of[contacts]+a.own.Of[acts] > 0 || strings.Contains(s, "://") || strings.Contains(s, "t.me/") || strings.Contains(s, "@"))
}

// ownWords are a text without what it quotes, and without what stands between fences and
// looks like a program: anybody can write a fence around anything.
func ownWords(s string) (said string, quotes, program bool) {
	var b strings.Builder
	for i, part := range strings.Split(s, "```") {
		if i%2 == 1 && isProgram(part) {
			program = true
			continue
		}
		for line := range strings.Lines(part) {
			if strings.HasPrefix(line, ">") {
				quotes = true
			} else {
				b.WriteString(line)
			}
		}
	}
	return b.String(), quotes, program
}

// isProgram tells whether a text has as many brackets, signs and digits as a program, a
// log or a table.
func isProgram(s string) bool {
	const every = 12
	signs := 0
	for i := range len(s) {
		if strings.IndexByte("(){}[]<>=;:|\\_#\"'/*+-&^~", s[i]) >= 0 {
			signs++
		}
	}
	return signs > 0 && len(s)/signs <= every
}

// amounts counts sums of money and percentages in folded text.
func amounts(s string) (sums, percents int) {
	for i, r := range s {
		switch {
		case r == '%' || r == '٪':
			if digitBeside(s, i, len(string(r))) {
				percents++
			}
		case unicode.Is(unicode.Sc, r) || r == '💵' || r == '💰':
			if digitBeside(s, i, len(string(r))) {
				sums++
			}
		}
	}
	before := ""
	for word := range strings.FieldsSeq(s) {
		bare := strings.Trim(word, ".,;:!?()/-")
		number := strings.TrimLeft(bare, "0123456789.,")
		if currency(number) && (len(number) < len(bare) || endsInDigit(before)) { // 500usdt, 500 usdt
			sums++
		}
		before = word
	}
	return sums, percents
}

// currency tells whether money is called so, besides signs.
func currency(word string) bool {
	switch word {
	case "usd", "usdt", "eur", "euro", "euros", "dollar", "dollars", "bucks", "btc", "eth", "gbp", "rub", "rur", "руб", "рублей", "рубля", "р", "тыс", "т.р", "тр",
		"долларов", "долл", "баксов", "бакс", "зеленых", "зелёных", "евро", "гривен", "грн", "uah", "zł", "pln", "tl", "lira", "reais", "pesos", "inr", "rs", "rupees", "rupiah", "naira",
		"ngn", "yuan", "rmb", "cny", "元", "块", "万", "円", "원", "만원", "دولار", "ريال", "درهم", "تومان", "रुपये", "रुपए":
		return true
	}
	return false
}

func endsInDigit(s string) bool {
	return s != "" && '0' <= s[len(s)-1] && s[len(s)-1] <= '9'
}

// digitBeside tells whether a number stands before or behind a sign, or a space from it.
func digitBeside(s string, at, size int) bool {
	before, after := strings.TrimRight(s[:at], " +"), strings.TrimLeft(s[at+size:], " ")
	return endsInDigit(before) || after != "" && '0' <= after[0] && after[0] <= '9'
}
