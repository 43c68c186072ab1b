package main

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// What people write who want nothing: one message a line. That of corpora/innocent is by
// language, that of corpora/kind by what it is.
//
//go:embed corpora/innocent corpora/kind
var innocentLines embed.FS

// innocents are scenes of which none should be stopped.
func innocents() (scenes []Scene) {
	for _, folder := range []string{"corpora/innocent", "corpora/kind"} {
		files, err := fs.Glob(innocentLines, folder+"/*.txt")
		if err != nil {
			panic(err) // they are part of the program
		}
		for _, file := range files {
			scenes = append(scenes, innocentFile(file)...)
		}
	}
	return append(scenes, situations()...)
}

// innocentFile are the lines of a file, each by a newcomer who says nothing else, clear,
// encrypted, and as people send them; and all of them as a talk.
func innocentFile(file string) (scenes []Scene) {
	raw, err := innocentLines.ReadFile(file)
	if err != nil {
		panic(err)
	}
	name := strings.TrimSuffix(path.Base(file), ".txt")
	var all []map[string]any
	for _, text := range lines(string(raw)) {
		all = append(all, plain(text))
		ways := alone("innocent/"+name, false, plain(text), editTo("$earlier", text), caption(text), replying(text), plain(text))
		ways[4].Lines[0].Encrypted = true
		scenes = append(scenes, ways...)
	}
	return append(scenes, together("innocent/"+name, "talk", people(4), all))
}

// people are so many of whom nothing is known.
func people(n int) (all []id.UserID) {
	for i := range n {
		all = append(all, id.UserID(fmt.Sprintf("@friend%d:example.org", i)))
	}
	return all
}

// situations are what more than one message makes, or more than a text.
func situations() []Scene {
	const corpus = "innocent/situations"
	scene := func(name string, lines ...Line) Scene { return Scene{corpus, name, lines} }
	later := func(d time.Duration, l Line) Line { l.After = d; return l }
	in := func(room int, l Line) Line { l.Room = room; return l }
	const question = "Hello, since the last update my client says “unable to decrypt” for every message in this room, does anybody know what I can do? My log is at https://paste.example.net/abc123"
	scenes := []Scene{
		scene("the same question in two rooms", said("@asks:example.org", question), later(time.Minute, in(1, said("@asks:example.org", question)))),
		scene("the same question again after an hour", said("@asks:example.org", question), later(70*time.Minute, said("@asks:example.org", question))),
		burst(), greetings(), sameError(), screenshots(), mentions(), warned(), names(),
	}
	return scenes
}

// burst are ten short messages of somebody who is excited and has just come.
func burst() Scene {
	s := Scene{Corpus: "innocent/situations", Name: "ten short messages of an excited newcomer"}
	for i, text := range []string{"omg", "it works", "it really works", "I can't believe it", "three days!!", "and it was the firewall", "of course it was the firewall", "thank you", "thank you thank you", "ok I'll stop now 😅"} {
		l := said("@excited:example.org", text)
		if i > 0 {
			l.After = 1500 * time.Millisecond
		}
		s.Lines = append(s.Lines, l)
	}
	return s
}

// greetings are what everybody says.
func greetings() Scene {
	s := Scene{Corpus: "innocent/situations", Name: "thirty say the same"}
	for i, u := range people(30) {
		text := []string{"Happy new year everyone!", "happy new year 🎉", "Happy New Year to all of you!", "Happy new year everybody, stay healthy!"}[i%4]
		l := said(u, text)
		l.After = 40 * time.Second
		s.Lines = append(s.Lines, l)
	}
	return s
}

// sameError is an error that several have, each with words of their own.
func sameError() Scene {
	const message = "M_UNKNOWN: Internal server error while fetching room keys"
	s := Scene{Corpus: "innocent/situations", Name: "three have the same error"}
	for i, text := range []string{
		"Since this morning I get " + message + " on my laptop, but not on the phone. Is it me or the server?",
		"Me too! " + message + ", and logging in again did not help at all, I even cleared the cache of the browser.",
		"Same here, on two devices and with two accounts, one of them on another server: " + message + ".",
	} {
		l := said(people(3)[i], text)
		l.After = 2 * time.Minute
		s.Lines = append(s.Lines, l)
	}
	return s
}

// screenshots are pictures that belong to a question.
func screenshots() Scene {
	s := Scene{Corpus: "innocent/situations", Name: "a question, and then a picture of it"}
	picture := caption("image.png")
	s.Lines = []Line{
		said("@shows:example.org", "Hi, my settings look quite different from what the manual says, where do I find the button?"),
		{By: "@shows:example.org", After: 30 * time.Second, Content: caption("this is what I see")},
		{By: "@shows:example.org", After: 20 * time.Second, Content: picture},
	}
	return s
}

// mentions are calls in a talk of several people.
func mentions() Scene {
	s := Scene{Corpus: "innocent/situations", Name: "a talk in which people call each other"}
	all := people(5)
	for i, text := range []string{
		"what do you think of the proposal?", "did you both see the mail from yesterday?", "no, I was on the train until nine", "then have a look at page three before we talk",
		"that is a lot of pages for one small change", "shall we meet at four?", "four is fine for me", "could we make it half past?", "I will be there either way, and I bring cake",
		"what sort of cake, and is there enough?", "apple, and you know there never is", "the room upstairs is taken, so it is the kitchen", "good, the coffee is there as well", "who takes notes this time?", "not me again, please",
	} {
		by, whom, other := all[i%5], all[(i+1)%5], all[(i+2)%5]
		content := map[string]any{
			"msgtype": "m.text", "body": fmt.Sprintf("%s, %s: %s", whom.Localpart(), other.Localpart(), text),
			"m.mentions": map[string]any{"user_ids": []id.UserID{whom, other}},
		}
		s.Lines = append(s.Lines, Line{By: by, After: 15 * time.Second, Content: content})
	}
	return s
}

// warned are those who answer a campaign, and warn of it.
func warned() Scene {
	const spam = "Earn $5000 every week from home, no experience needed, guaranteed payout. Write to @profit_lisa77 today"
	s := Scene{Corpus: "innocent/situations", Name: "innocents in a campaign"}
	for i := range 6 {
		l := said(id.UserID(fmt.Sprintf("@bad%d:example.org", i)), spam)
		l.After, l.Spam = 20*time.Second, true
		s.Lines = append(s.Lines, l)
		if i == 1 {
			s.Lines = append(s.Lines, Line{By: "@asks:example.org", After: 5 * time.Second, Content: plain("what is that now, are they all the same person?")})
		}
		if i == 3 {
			s.Lines = append(s.Lines, Line{By: "@warns:example.org", After: 5 * time.Second, Content: plain("Please do not write to them, that is a scam, I know somebody who lost 2000 € to it")})
		}
	}
	return s
}

// names are names of people all over the world.
func names() Scene {
	s := Scene{Corpus: "innocent/situations", Name: "names of the world"}
	for i, name := range []string{
		"Владимир", "Ольга Ткаченко", "李小龙", "田中さくら", "محمد", "שירה", "नेहा", "Ağaoğlu", "Żaneta", "Þórdís", "김민수", "Γιώργος", "Nguyễn Văn An", "ქეთევანი",
		"xX_DarkLord_Xx", "🦊 Fox", "Dr. J. Müller-Lüdenscheidt", "anna (she/her)", "ᓄᓇᕗᑦ", "R2-D2",
	} {
		l := said(id.UserID(fmt.Sprintf("@person%d:example.org", i)), "good evening, may I ask something about rooms?")
		l.Name, l.After = name, 3*time.Minute
		if i%2 == 0 {
			l.Content = plain("hello from far away, nice weather today")
		}
		s.Lines = append(s.Lines, l)
	}
	return s
}
