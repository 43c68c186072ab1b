package learning

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/content"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func book() *Book { return New([]byte("a secret of ours")) }

func says(body string) *content.Message {
	raw, err := json.Marshal(map[string]any{"msgtype": "m.text", "body": body})
	if err != nil {
		panic(err)
	}
	return content.Read("m.room.message", raw)
}

// offers and talk are what is said in these tests: spam and innocent messages of the same
// language, which share its small words and one that is not small.
func offer(i int) string {
	who := []string{"thanks to my mentor", "our expert shows you", "this trader taught me", "a broker of trust", "the manager helps everybody", "I met a lady", "join our team"}
	what := []string{"to earn with crypto signals", "a trading course for free", "the best investment plan", "a casino bonus today", "passive income from home", "how bitcoin mining pays",
		"forex robots that never lose", "part time work on the phone", "cheap followers and likes", "hot pictures of girls", "loans without papers"}
	how := []string{"guaranteed profit every week", "daily withdrawal of dollars", "no experience needed", "double your deposit in hours", "payout on the same day", "legal and transparent",
		"only few places left", "serious people only", "results within a month", "it changed my life", "zero risk for you", "ask for my proofs", "limited offer ends soon"}
	call := []string{"write me on whatsapp", "telegram in my profile", "click the link below", "send plus in private", "contact her now", "message me directly", "register with my code",
		"hurry up and subscribe", "inbox for details"}
	return fmt.Sprintf("%s %s, %s, %s", who[i%7], what[i*3%11], how[i*5%13], call[i*7%9])
}

func talk(i int) string {
	when := []string{"yesterday", "after the update", "since this morning", "on my laptop", "in the new version"}
	what := []string{"the server", "the client", "my build", "this bitcoin node", "the database"}
	how := []string{"stops with an error", "is slow", "does not start", "loses the connection", "works for me"}
	ask := []string{"can you look at the log", "is there an issue for it", "what do you think of it", "I write more in the thread for you", "thanks to you for the help",
		"you can click the button on the left", "it shows a broken link", "join the call in a bit", "I am part of the team of today"}
	return fmt.Sprintf("%s %s %s, and %s %d", when[i%5], what[i/5%5], how[i/25%5], ask[(i+i/5)%9], i)
}

// taught is a book that knows enough.
func taught(t testing.TB) *Book {
	t.Helper()
	b := book()
	for i := range 25 {
		if _, err := b.Mark(Spam, Marking{id.UserID(fmt.Sprintf("@mod%d:hs", i%2)), id.EventID(fmt.Sprint("$spam", i)), says(offer(i)), start, false}); err != nil {
			t.Fatal(i, err)
		}
	}
	at := start
	for i := range 120 {
		b.Heard(id.EventID(fmt.Sprint("$ham", i)), id.UserID(fmt.Sprint("@u", i, ":hs")), says(talk(i)), at)
		at = at.Add(time.Minute)
	}
	b.settle(at.Add(Stands))
	if s := b.Standing(); !s.Ready || s.Stood != 120 {
		t.Fatalf("%+v", s)
	}
	return b
}

func TestWhatIsLearned(t *testing.T) {
	b := taught(t)
	caught := 0
	for i := range 200 {
		if v := b.Judge(says(offer(i + 25))); v.Score > 0.95 {
			caught++
		}
		if v := b.Judge(says(talk(i + 500))); v.Score > 0.2 || v.Alike > 0.9 {
			t.Errorf("%.3f, %.2f: %s", v.Score, v.Alike, talk(i+500))
		}
	}
	if caught < 180 {
		t.Errorf("%d of 200 offers are found", caught)
	}
	for name, body := range map[string]string{
		"one word of it":               "Bitcoin",
		"a question with a common one": "Does anybody here use crypto?",
		"another language":             "Bonjour, je voudrais savoir comment installer la nouvelle version sur mon ordinateur",
		"another alphabet":             "Привет, подскажите как настроить сервер после обновления",
		"no words":                     "+1 👍",
		"nothing":                      "",
	} {
		if v := b.Judge(says(body)); v.Score > 0.8 || v.Alike > 0 {
			t.Errorf("%s: %+v", name, v)
		}
	}
	for name, body := range map[string]string{
		"as it is":                   "a broker of trust shows you passive income, zero risk, click the link",
		"in letters that look alike": "а brоkеr оf trust shоws yоu раssivе inсоmе, zеrо risk, сliсk thе link",
		"with letters apart":         "a broker of trust shows you p a s s i v e income, zero r i s k, click the link",
		"in capitals":                "A BROKER OF TRUST SHOWS YOU PASSIVE INCOME, ZERO RISK, CLICK THE LINK",
	} {
		if v := b.Judge(says(body)); v.Score < 0.9 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// A marked message is found again, as it was and nearly so, from the first mark on.
func TestNearEqual(t *testing.T) {
	b := book()
	const text = "Earn 5000 dollars a day with our crypto robot, ask @seller:evil.example how it works and join us today"
	if _, err := b.Mark(Spam, Marking{"@mod:hs", "$1", says(text), start, false}); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"the same": text, "by another seller": strings.ReplaceAll(text, "@seller:evil.example", "@other:worse.example"),
		"nearly": strings.ReplaceAll(text, "5000", "7000"), "in capitals": strings.ToUpper(text), "look-alike": strings.ReplaceAll(text, "o", "о"),
	} {
		if v := b.Judge(says(body)); v.Alike < content.Near || v.Sample == "" || v.Score != Unknown {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if v := b.Judge(says("How do I earn points in this game, and how many dollars does it cost?")); v.Alike != 0 {
		t.Errorf("%+v", v)
	}
	if s := b.Find("$1"); s == nil || strings.Contains(s.Text, "seller") {
		t.Errorf("kept %+v", s)
	}
	// That it is none forgets it, and what is like it.
	done, err := b.Mark(Ham, Marking{"@mod:hs", "$2", says(strings.ReplaceAll(text, "5000", "9000")), start, false})
	if v := b.Judge(says(text)); err != nil || done.Unlearns != 1 || v.Alike != 0 {
		t.Errorf("%+v, %v, %+v", done, err, v)
	}
	if b.model.total.spam != 0 || b.model.total.ham != whole {
		t.Errorf("%+v", b.model.total)
	}
}

func TestNothingIsSaidOfFew(t *testing.T) {
	b := book()
	for i := range FewestSpam - 1 {
		if _, err := b.Mark(Spam, Marking{"@mod:hs", id.EventID(fmt.Sprint("$", i)), says(offer(i * 7)), start, false}); err != nil {
			t.Fatal(err)
		}
	}
	at := start
	for i := range FewestHam + 10 {
		b.Heard(id.EventID(fmt.Sprint("$h", i)), id.UserID(fmt.Sprint("@u", i)), says(talk(i)), at)
		at = at.Add(time.Minute)
	}
	b.settle(at.Add(Stands))
	if v := b.Judge(says(offer(300))); v.Score != Unknown {
		t.Errorf("%+v", v)
	}
}

// model as it is, to compare.
func state(b *Book) string {
	alike := map[string]int{}
	for name, s := range b.samples {
		alike[name] = s.alike
	}
	return fmt.Sprint(b.model.total, b.model.counts, alike)
}

// all are all rows that there are of what is known.
func all(b *Book) []Row {
	clear(b.changed)
	for name := range b.samples {
		b.changed[name] = true
	}
	return b.Changed()
}

// Whatever is marked, forgotten and marked otherwise, what is known is what the samples that are
// left say, in whatever order they came; and to take one out again is as if it had not been.
func TestForgettingIsTheReverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, at := book(), start
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			at = at.Add(time.Hour)
			evt := id.EventID(fmt.Sprint("$", rapid.IntRange(0, 12).Draw(t, "event")))
			body := offer(rapid.IntRange(0, 6).Draw(t, "offer"))
			if rapid.Bool().Draw(t, "short") {
				body = body[20:50]
			}
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				b.Forget(string(evt))
			case 1:
				_, _ = b.Mark(Ham, Marking{"@mod:hs", evt, says(body), at, false})
			case 2:
				_, _ = b.Import("@mod:hs", []Line{{Text: body}}, at)
			default:
				_, _ = b.Mark(Spam, Marking{"@mod:hs", evt, says(body), at, false})
			}
		}
		rows := all(b)
		other := book()
		if unread := other.Load(rapid.Permutation(rows).Draw(t, "rows")); unread != 0 {
			t.Fatalf("%d rows unread", unread)
		}
		if state(other) != state(b) {
			t.Fatalf("loaded\n%s\nis not\n%s", state(other), state(b))
		}
		one := &Sample{ID: "x", Class: Spam, Text: offer(3)}
		b.fill(one)
		before := state(b)
		b.add(one)
		b.drop(one)
		if state(b) != before {
			t.Fatalf("one in and out again\n%s\nis not\n%s", state(b), before)
		}
		for _, s := range b.ordered(func(*Sample) bool { return true }) {
			b.drop(s)
		}
		if len(b.model.counts) != 0 || b.model.total != (tally{}) || len(b.standing.by) != 0 {
			t.Fatalf("all forgotten: %s", state(b))
		}
	})
}

// Who marks very much is held to a day's bound and to a share, and what others marked stays.
func TestOneModeratorDoesNotDecide(t *testing.T) {
	b := taught(t)
	at, refused, gone := start.AddDate(0, 0, 2), 0, 0
	for i := range 1000 {
		done, err := b.Mark(Spam, Marking{"@rogue:hs", id.EventID(fmt.Sprint("$r", i)), says(talk(i + 1000)), at, false})
		if errors.Is(err, ErrPerDay) {
			refused++
		}
		gone += done.Gone
	}
	if s := b.Standing(); refused != 1000-PerDay || s.Spam != 25+PerDay {
		t.Errorf("in a day %d were refused, %+v", refused, s)
	}
	for i := range 1000 {
		at = at.Add(time.Hour)
		done, _ := b.Mark(Spam, Marking{"@rogue:hs", id.EventID(fmt.Sprint("$s", i)), says(fmt.Sprintf("%s and %x is %x of %x", talk(i+3000), i*7919, i*104729, i*i)), at, false})
		gone += done.Gone
	}
	theirs := b.count(func(s *Sample) bool { return s.Class == Spam && s.By == "@rogue:hs" })
	if theirs > Share || theirs < Share-1 || gone == 0 || b.count(func(s *Sample) bool { return s.By == "@mod0:hs" || s.By == "@mod1:hs" }) != 25 {
		t.Errorf("of the rogue there are %d, and %d went", theirs, gone)
	}
	if v := b.Judge(says(offer(77))); v.Score < 0.9 {
		t.Errorf("what others taught is lost: %+v", v)
	}
}

// A thousand marks of nearly the same are no more than one.
func TestNearEqualOnesAreOne(t *testing.T) {
	b := book()
	known := 0
	for i := range 1000 {
		if _, err := b.Mark(Spam, Marking{id.UserID(fmt.Sprint("@m", i/PerDay)), id.EventID(fmt.Sprint("$", i)), says(fmt.Sprint("free free bitcoin for everybody who joins our wonderful channel right now ", i%10)), start, false}); errors.Is(err, ErrKnown) {
			known++
		}
	}
	if b.model.total.spam > whole || b.model.total.spam < whole*9/10 || known != 1000-mostAlike {
		t.Errorf("they weigh %d of %d, %d were known", b.model.total.spam, whole, known)
	}
}

// What stands for an hour is innocent, what is removed before or after is not, and nobody fills
// all of it.
func TestWhatStandsIsInnocent(t *testing.T) {
	b := book()
	b.Heard("$1", "@a:hs", says(talk(1)), start)
	b.Heard("$2", "@b:hs", says(talk(2)), start.Add(time.Minute))
	b.Heard("$3", "@c:hs", says("too short"), start.Add(2*time.Minute))
	b.Removed("$2")
	if b.settle(start.Add(59 * time.Minute)); b.Standing().Stood != 0 {
		t.Error("it counts at once")
	}
	b.settle(start.Add(2 * time.Hour))
	if b.Standing().Stood != 1 {
		t.Errorf("%+v", b.Standing())
	}
	if b.Removed("$1"); b.Standing().Stood != 0 || b.model.total.ham != 0 {
		t.Errorf("%+v", b.Standing())
	}
	at := start
	for i := range 3_000 {
		at = at.Add(11 * time.Minute)
		b.Heard(id.EventID(fmt.Sprint("$x", i)), "@one:hs", says(talk(i)), at)
		if i%100 == 0 {
			b.Heard(id.EventID(fmt.Sprint("$y", i)), id.UserID(fmt.Sprint("@", i, ":hs")), says(talk(i)), at.Add(10*time.Minute))
		}
	}
	if s := b.Standing(); s.Stood > mostOfOne+30 || s.Stood < mostOfOne {
		t.Errorf("%+v", s)
	}
	for i := range 1_600 {
		at = at.Add(11 * time.Minute)
		b.Heard(id.EventID(fmt.Sprint("$z", i)), id.UserID(fmt.Sprint("@", i, ":hs")), says(talk(i)), at)
	}
	if s := b.Standing(); s.Stood != MostHam || len(b.standing.waiting) > mostWaiting {
		t.Errorf("%+v", s)
	}
}

// Samples of others are read whole or not at all, weigh less, and one's own come back as they went.
func TestExchange(t *testing.T) {
	b := taught(t)
	parts := b.Export(400, true)
	for _, part := range parts {
		if len(part) > 400 {
			t.Errorf("a part of %d bytes", len(part))
		}
	}
	text := strings.Join(parts, "")
	if n := strings.Count(text, "\n"); n != 25 || strings.Contains(text, "mod0") || strings.Contains(text, "laptop") {
		t.Errorf("%d lines: %s", n, text)
	}
	other := book()
	lines, err := ReadLines("# of the neighbours\n\n" + text)
	if err != nil {
		t.Fatal(err)
	}
	done, err := other.Import("@them:hs", lines, start)
	if err != nil || done.Taken+done.Known != 25 || done.Taken < 10 || other.Standing().Imported != done.Taken {
		t.Fatalf("%+v, %v, %+v", done, err, other.Standing())
	}
	if other.model.total.spam != uint32(done.Taken)*importedWeight {
		t.Errorf("they weigh %d", other.model.total.spam)
	}
	if MostImported*importedWeight >= Share*whole {
		t.Error("samples of others can outweigh a moderator")
	}
	if v := other.Judge(says(offer(0))); v.Alike < content.Near || !v.Imported {
		t.Errorf("%+v", v)
	}
	if again, err := other.Import("@them:hs", lines, start); err != nil || again.Taken != 0 {
		t.Errorf("%+v, %v", again, err)
	}
	if other.Export(100, true) != nil {
		t.Error("what was imported is passed on")
	}
	var many []Line
	for i := range MostImported {
		many = append(many, Line{Text: fmt.Sprintf("%x spam %x and %x", i*7919, i*104729+5, i*1299709+7)})
	}
	before := state(other)
	if _, err := other.Import("@them:hs", many, start); err == nil || state(other) != before {
		t.Errorf("too many: %v", err)
	}
	for wrong, want := range map[string]string{
		"":                          "no sample in it",
		`{"text":"a b"}` + "\nspam": "line 2 is no sample",
		`{"text":1}`:                "line 1 is no sample",
		`{"words":"x"}`:             "line 1 is no sample",
		`{"text":"a"} {"text":"b"}`: "line 1 has something behind",
		`{}`:                        "neither text nor hosts",
		`{"text":"` + strings.Repeat("x", 2001) + `"}`: "2001 bytes",
		`{"hosts":[""]}`:                         "host that is none",
		strings.Repeat(`{"text":"a"}`+"\n", 501): "more than 500",
	} {
		if _, err := ReadLines(wrong); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v", wrong, err)
		}
	}
}

// Rows that are no samples keep none of the others from being read.
func TestLoadReadsWhatItCan(t *testing.T) {
	b := taught(t)
	rows := all(b)
	n := len(rows)
	for _, body := range []string{"", "null", "[]", `{"hashes":"AAA="}`, `{"hashes":1}`, `{"text":{}}`, "\x00"} {
		rows = append(rows, Row{ID: body, Kind: "ham", Body: []byte(body)}, Row{ID: body + "x", Kind: "other", Body: []byte("{}")})
	}
	other := book()
	if unread := other.Load(rows); len(other.samples) < n || len(other.samples)+unread != len(rows) {
		t.Errorf("%d of %d, %d unread", len(other.samples), n, unread)
	}
	if len(other.Changed()) != 0 {
		t.Error("what was read is to be stored")
	}
	// Nothing of a message of others than spammers is in the rows.
	for _, row := range rows[:n] {
		if strings.Contains(string(row.Body), "laptop") || strings.Contains(string(row.Body), "$spam") {
			t.Errorf("%s", row.Body)
		}
	}
	if theirs := New([]byte("another secret !")); maps.Equal(theirs.secretCounts(rows[:n]), b.model.counts) {
		t.Error("the secret does not matter")
	}
}

func (b *Book) secretCounts(rows []Row) map[uint32]tally {
	b.Load(rows)
	return b.model.counts
}

// Full to all its bounds with the largest messages it takes 16 MB.
func TestMemoryIsBounded(t *testing.T) {
	long := func(i int) string {
		var s strings.Builder
		for j := range 150 {
			fmt.Fprintf(&s, "%xword%d ", i*7919+j*104729, (i*31+j)%997)
		}
		return s.String()
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b := book()
	for i := range MostSpam {
		one := &Sample{ID: fmt.Sprint("s", i), Class: Spam, By: id.UserID(fmt.Sprint("@", i%20)), At: start, Text: long(i)}
		b.fill(one)
		b.samples[one.ID] = one // near-equal to none
		b.enter(one)
		b.model.learn(Spam, one.hashes, one.weight())
	}
	for i := range MostHam + MostMarked {
		f := b.reader.read(content.NewText(long(i+5000)), nil)
		b.add(&Sample{ID: fmt.Sprint("h", i), Class: Ham, At: start, hashes: f.hashes()})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 16<<20 {
		t.Errorf("%d kB", used>>10)
	} else {
		t.Logf("%d kB for %d features", used>>10, len(b.model.counts))
	}
	runtime.KeepAlive(b)
}

func FuzzFeatures(f *testing.F) {
	for _, s := range []string{"", "free bitcoin", "加入我们免费", "สวัสดีครับ ทำงาน", "\xff\x00", "a b c d e f", strings.Repeat("x", 5000), "नमस्ते आप", "https://x.example/ www.y"} {
		f.Add(s)
	}
	b := taught(f)
	f.Fuzz(func(t *testing.T, s string) {
		found := b.reader.read(content.NewText(s), []string{"a.example"})
		if len(found.all) > mostFeatures || found.places > 64 || len(found.hashes()) != len(found.all) {
			t.Errorf("%d features in %d places", len(found.all), found.places)
		}
		for _, one := range found.all {
			if one.from > one.to || int(one.to) >= found.places {
				t.Errorf("%+v", one)
			}
		}
		if v := b.model.score(found); !(v >= 0 && v <= 1) {
			t.Error(v)
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	known := taught(b)
	for name, body := range map[string]string{"ordinary": talk(777), "spam": offer(77), "long": strings.Repeat(talk(3)+" "+offer(5)+" ", 20)} {
		b.Run(name, func(b *testing.B) {
			m := says(body)
			m.Shown().Fingerprint() // the views are everybody's
			m.Shown().Folded()
			m.Links()
			b.ReportAllocs()
			for b.Loop() {
				known.last = nil
				known.Judge(m)
			}
		})
	}
}

func BenchmarkMark(b *testing.B) {
	known := taught(b)
	for i := range 900 {
		one := &Sample{ID: fmt.Sprint("s", i), Class: Spam, At: start, Text: fmt.Sprintf("%s %x %x", offer(i), i*7919, i*104729)}
		known.fill(one)
		known.add(one)
	}
	m := says("Thanks to nobody I write what nobody wrote before, and it is of no use to anybody at all")
	for b.Loop() {
		_, _ = known.Mark(Spam, Marking{"@x:hs", "$x", m, start, false})
		known.Forget("$x")
		known.refresh()
	}
}
