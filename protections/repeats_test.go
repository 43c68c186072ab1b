package protections

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/rooms"
)

const (
	advert   = "Earn 5000 dollars a week from home, no experience needed, ask me how at https://t.example/rich today"
	russian  = "Если есть желание заработать, напиши мне сегодня на @boss_money, количество мест ограничено"
	longLink = "https://news.example.org/2026/11/27/technology/what-happened-to-the-servers-last-night-and-why-it-matters-to-everybody-who-talks-there?utm_source=chat&utm_campaign=autumn&session=8f14e45fceea167a5a36dedd4bea2543"
	slogan   = "We shall overcome, we shall overcome, we shall overcome some day, deep in my heart I do believe"
)

// each has several users do the same.
func each(n int, step func(u id.UserID) kittest.Step) kittest.Step {
	return func(b *kittest.Bench) (found []kit.Finding) {
		for i := range n {
			found = append(found, step(id.UserID(fmt.Sprintf("@u%d:hs", i+1)))(b)...)
		}
		return found
	}
}

func say(body string) func(id.UserID) kittest.Step {
	return func(u id.UserID) kittest.Step { return kittest.Says(u, body) }
}

// answers has a user answer a message.
func answers(u id.UserID, to, body string) kittest.Step {
	return kittest.Sends(u, "m.room.message", map[string]any{"msgtype": "m.text", "body": body, "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": to}}})
}

func TestRepeats(t *testing.T) {
	in := func(room id.RoomID, u id.UserID) kittest.Step { return kittest.SaysIn(room, u, advert) }
	edit := func(u id.UserID, of, body string) kittest.Step {
		return kittest.Sends(u, "m.room.message", map[string]any{
			"msgtype": "m.text", "body": "* " + body, "m.new_content": map[string]any{"msgtype": "m.text", "body": body},
			"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": of},
		})
	}
	third := []string{"spam @u3:hs $3: $3", "spam @u1:hs $1: $1", "spam @u2:hs $2: $2"}
	kittest.Run(t, repeats(), []kittest.Case{{
		Name: "a campaign of three, and who comes after them",
		In:   []kittest.Step{each(4, say(advert))},
		Want: append(slices.Clone(third), "spam @u4:hs $4: $4"),
	}, {
		Name: "across rooms",
		In:   []kittest.Step{in("!a:hs", "@x:hs"), in("!b:hs", "@y:hs"), in("!b:hs", "@x:hs"), kittest.Says("@z:hs", advert)},
		Want: []string{
			"spam @z:hs $4: $4", "spam @x:hs $1: $1 in !a:hs", "spam @y:hs $2: $2 in !b:hs", "spam @x:hs $3: $3 in !b:hs",
		},
	}, {
		Name: "that leads to a handle, or a number",
		In: []kittest.Step{
			each(3, say("Write to @rich_uncle on that other app and he will make all of you rich")),
			kittest.Wait(time.Hour), each(3, say("Call me at +49-170-1234567 and I will make all of you rich in no time at all")),
		},
		Want: append(slices.Clone(third), "spam @u3:hs $6: $6", "spam @u1:hs $4: $4", "spam @u2:hs $5: $5"),
	}, {
		Name: "that leads nowhere is a nuisance until it is a crowd",
		In:   []kittest.Step{each(7, say(slogan))},
		Want: []string{
			"nuisance @u3:hs $3: $3", "nuisance @u1:hs $1: $1", "nuisance @u2:hs $2: $2", "nuisance @u4:hs $4: $4", "nuisance @u5:hs $5: $5",
			"spam @u6:hs $6: $6", "spam @u7:hs $7: $7",
		},
	}, {
		Name: "hidden by letters, spaces, capitals and what nobody sees",
		In: []kittest.Step{
			kittest.Says("@u1:hs", advert), kittest.Says("@u2:hs", strings.ToUpper(strings.ReplaceAll(advert, "e", "\u0435"))),
			kittest.Says("@u3:hs", strings.Join(strings.Split(advert, ""), "\u200b")),
		},
		Want: third,
	}, {
		Name: "nearly the same",
		In: []kittest.Step{
			kittest.Says("@u1:hs", "Hello Anna! "+advert), kittest.Says("@u2:hs", "Dear Bert, "+advert+" !!! 777"), kittest.Says("@u3:hs", "hey "+advert+" ask Carl"),
		},
		Want: third,
	}, {
		Name: "formatted, a caption, a poll",
		In: []kittest.Step{
			kittest.Sends("@u1:hs", "m.room.message", map[string]any{"msgtype": "m.text", "body": "hi", "format": "org.matrix.custom.html", "formatted_body": "<b>" + advert + "</b>"}),
			kittest.Sends("@u2:hs", "m.room.message", map[string]any{"msgtype": "m.image", "body": advert, "filename": "a.png", "url": "mxc://hs/a"}),
			kittest.Sends("@u3:hs", "m.poll.start", map[string]any{"m.poll": map[string]any{
				"question": map[string]any{"m.text": []any{map[string]any{"body": advert}}}, "answers": []any{},
			}}),
		},
		Want: third,
	}, {
		Name: "an innocent message that is edited into it",
		In:   []kittest.Step{each(3, say("hello")), edit("@u1:hs", "$1", advert), edit("@u2:hs", "$2", advert), edit("@u3:hs", "$3", advert)},
		Want: []string{"spam @u3:hs $6: $6", "spam @u1:hs $4: $4", "spam @u2:hs $5: $5"},
	}, {
		Name: "edits of one's own message are the same message",
		In: []kittest.Step{
			kittest.Says(user, advert), edit(user, "$1", advert+"."), edit(user, "$1", advert+"!"), edit(user, "$1", advert+"?"), kittest.Says("@v:hs", advert),
		},
	}, {
		Name: "one user, again and again, where it leads somewhere",
		In:   []kittest.Step{kittest.Times(4, kittest.Says(user, advert))},
		Want: []string{"nuisance @u:hs $1: $1 $2 $3", "nuisance @u:hs $4: $4"},
	}, {
		Name: "one user in three rooms",
		In:   []kittest.Step{in("!a:hs", user), in("!b:hs", user), kittest.Says(user, advert)},
		Want: []string{"nuisance @u:hs $3: $3", "nuisance @u:hs $1: $1 in !a:hs", "nuisance @u:hs $2: $2 in !b:hs"},
	}, {
		Name: "one user, where it leads nowhere",
		In:   []kittest.Step{kittest.Times(5, kittest.Says(user, slogan))},
		Want: []string{"nuisance @u:hs $1: $1 $2 $3 $4 $5"},
	}, {
		Name: "a link, or an announcement, that two people share",
		In:   []kittest.Step{kittest.Times(2, each(2, say(advert)))},
	}, {
		Name: "two who go on with it",
		In:   []kittest.Step{kittest.Times(2, each(2, say(advert))), kittest.Says("@u1:hs", advert)},
		Want: []string{"nuisance @u1:hs $1: $1 $3 $5"},
	}, {
		Name: "what many say",
		In: []kittest.Step{
			each(20, say("hi")), each(20, say("+1")), each(20, say("thanks")), each(20, say("Good morning everybody, how are you?")), each(20, say("👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍")),
			each(20, say("https://news.example.org/2026/11/27/homeserver-in-trouble-again-today-what-we-know-so-far")), each(20, say("大家好，新人报到，请多多关照")),
			each(20, say("")), each(20, say("!remind me in ten minutes that the meeting of the working group begins")), each(20, say("ahahahahahahaha")),
		},
	}, {
		Name: "reactions",
		In:   []kittest.Step{each(20, func(u id.UserID) kittest.Step { return kittest.Sends(u, "m.reaction", reaction("$x", slogan)) })},
	}, {
		Name: "different questions in the same words",
		In: []kittest.Step{
			kittest.Says("@u1:hs", "How do I install Synapse on Debian? I followed https://docs.example/a and it says that the port is in use already"),
			kittest.Says("@u2:hs", "What is the best way to back up my keys, and can I read the old messages on a new phone as well?"),
			kittest.Says("@u3:hs", "Does anybody know why pictures do not load in the app since the last update came out on Monday?"),
		},
	}, {
		Name: "a long link that many share, with words of their own",
		In: []kittest.Step{
			kittest.Says("@u1:hs", "Has anybody read this already? It says a lot about servers: "+longLink), kittest.Says("@u2:hs", longLink+" is worth your time, I think, for the part on federation"),
			kittest.Says("@u3:hs", "I do not agree with what they write about encryption here "+longLink+" at all"),
		},
	}, {
		Name: "the same words with other links",
		In: []kittest.Step{each(3, func(u id.UserID) kittest.Step {
			return kittest.Says(u, "Earn 5000 dollars a week from home, no experience needed, ask at https://"+string(u[1:3])+".example/"+strings.Repeat(string(u[1:3]), 40))
		})},
		Want: third,
	}, {
		Name: "all in capitals, in Russian",
		In: []kittest.Step{
			kittest.Says("@u1:hs", russian), kittest.Says("@u2:hs", strings.ToUpper(russian)), kittest.Says("@u3:hs", strings.ReplaceAll(russian, "о", "o")),
		},
		Want: third,
	}, {
		Name: "after a long time",
		In:   []kittest.Step{each(2, say(advert)), kittest.Wait(time.Hour), kittest.Says("@u3:hs", advert)},
	}, {
		Name: "whoever quotes a campaign, or answers it in its words, is no part of it",
		In: []kittest.Step{
			each(3, say(advert)), kittest.Says("@v:hs", "> "+advert+"\nwhat is this?"),
			kittest.Sends("@w:hs", "m.room.message", map[string]any{"msgtype": "m.text", "body": "beware: " + advert,
				"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": "$1"}}}),
		},
		Want: append(slices.Clone(third), "nuisance @v:hs $4: $4", "nuisance @w:hs $5: $5"),
	}, {
		Name: "whoever answers it in its words and no others is",
		In: []kittest.Step{
			kittest.Says("@u1:hs", advert), answers("@u2:hs", "$1", advert), answers("@u3:hs", "$2", strings.ToUpper(advert)+"!!"), answers("@u4:hs", "$1", "> "+advert+"\n"+advert),
			answers("@u5:hs", "$3", strings.ReplaceAll(advert, "/rich", "/other")),
		},
		Want: append(slices.Clone(third), "spam @u4:hs $4: $4", "spam @u5:hs $5: $5"),
	}, {
		Name: "whoever warns of it in an answer is not",
		In: []kittest.Step{
			each(3, say(advert)), answers("@v1:hs", "$1", "don't click: "+advert), answers("@v2:hs", "$1", advert+" is a scam"), answers("@v3:hs", "$4", "don't click: "+advert),
			answers("@v4:hs", "$2", "> "+advert+"\n\ndon't click that"), answers("@v5:hs", "$1", advert+"\n\nплохой сайт"), answers("@v6:hs", "$1", "lol"),
			answers("@v7:hs", "$1", "don't click: https://t.example/rich, they ask me for dollars"),
		},
		Want: append(slices.Clone(third), "nuisance @v1:hs $4: $4", "nuisance @v2:hs $5: $5", "nuisance @v3:hs $6: $6", "nuisance @v4:hs $7: $7", "nuisance @v5:hs $8: $8"),
	}, {
		Name: "whoever says it below or beside a quote is",
		In: []kittest.Step{
			each(3, say(advert)), kittest.Says("@v:hs", "> x\n"+advert), kittest.Says("@v:hs", "> "+advert+"\n"+advert), kittest.Says("@v:hs", "> "+advert[:len(advert)/2]+"\n"+advert[len(advert)/2:]),
			kittest.Sends("@v:hs", "m.room.message", rich("<blockquote>so they say</blockquote>"+advert)), kittest.Sends("@w:hs", "m.room.message", rich("<blockquote>"+advert+"</blockquote>what is this?")),
		},
		Want: append(slices.Clone(third), "spam @v:hs $4: $4", "spam @v:hs $5: $5", "spam @v:hs $6: $6", "spam @v:hs $7: $7", "nuisance @w:hs $8: $8"),
	}, {
		Name: "… from the first on",
		In:   []kittest.Step{each(3, say("> x\n"+advert))},
		Want: third,
	}, {
		Name: "regular members, who are no part of it either",
		In: []kittest.Step{
			kittest.Regular("@u1:hs"), kittest.Times(9, kittest.Says("@u1:hs", advert)), kittest.Says("@u2:hs", advert), kittest.Says("@u3:hs", advert),
		},
	}, {
		Name: "settings",
		Set:  map[string]string{"messages": "2", "within": "1m", "length": "10", "likeness": "100"},
		In:   []kittest.Step{each(3, say("free money here")), kittest.Wait(time.Minute), each(2, say("free money here"))},
		Want: []string{"nuisance @u3:hs $3: $3", "nuisance @u1:hs $1: $1", "nuisance @u2:hs $2: $2"},
	}, {
		Name: "what cannot be read",
		In: []kittest.Step{each(9, func(u id.UserID) kittest.Step {
			return kittest.Sends(u, "m.room.encrypted", map[string]any{"ciphertext": slogan, "body": slogan})
		})},
	}})
}

func reaction(to, key string) map[string]any {
	return map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": to, "key": key}}
}

// The twentieth account of a campaign over five rooms is caught with its first message, in
// every room where it is, and nothing of the campaign is left.
func TestNothingOfACampaignRemains(t *testing.T) {
	b := kittest.New(t, repeats(), nil)
	said, gone := map[id.EventID]bool{}, map[id.EventID]bool{}
	var last []kit.Finding
	for n := range 20 {
		u := id.UserID(fmt.Sprintf("@spam%d:hs%d", n, n))
		for r := range 5 {
			b.Other(id.RoomID(fmt.Sprintf("!r%d:hs", r))).Restore(u, rooms.Member{Membership: event.MembershipJoin})
		}
		room := id.RoomID(fmt.Sprintf("!r%d:hs", n%5))
		last = kittest.SaysIn(room, u, fmt.Sprintf("%s %s, %d of you only!", []string{"Hi", "Hello", "Dear all"}[n%3], advert, 1000+n))(b)
		said[id.EventID(fmt.Sprint("$", b.Sent()))] = true
		for _, f := range last {
			for _, e := range f.Events {
				gone[e] = true
			}
		}
		b.Pass(time.Minute)
	}
	if len(gone) != len(said) {
		t.Errorf("%d of %d messages found", len(gone), len(said))
	}
	if len(last) != 5 {
		t.Errorf("the last account is found in %d rooms: %v", len(last), last)
	}
	for _, f := range last {
		if f.Weight != kit.Spam || f.User != "@spam19:hs19" {
			t.Errorf("found %s", kittest.Describe(f))
		}
	}
}

// Who is let off may say it again, and so may others.
func TestPardonEndsACampaign(t *testing.T) {
	b := kittest.New(t, repeats(), nil)
	var ban action.Action
	for _, u := range []id.UserID{"@u1:hs", "@u2:hs", user} {
		b.Join(u)
		if found := b.Say(u, advert); len(found) > 0 {
			ban = b.Seek(found[0])
		}
	}
	b.End(ban, action.Done)
	b.Member(kittest.Moderator, user, event.MembershipLeave)
	b.Join(user)
	for _, u := range []id.UserID{user, "@u4:hs"} {
		if found := b.Say(u, advert); found != nil {
			t.Errorf("found %v", found)
		}
	}
	if found := b.Say("@u5:hs", advert); len(found) != 3 {
		t.Errorf("of another campaign: %v", found)
	}
}

func TestRepeatsOfAnotherTime(t *testing.T) {
	b := kittest.New(t, repeats(), nil)
	b.Pass(48 * time.Hour)
	for n := range 9 {
		if found := b.Waited(id.UserID(fmt.Sprintf("@u%d:hs", n)), advert, kittest.Start.Add(time.Duration(n)*2*time.Hour)); found != nil {
			t.Errorf("what was said hours apart while nobody listened: %v", found)
		}
	}
	b.Pass(48 * time.Hour)
	found := 0
	for n := range 3 {
		found += len(b.Waited(id.UserID(fmt.Sprintf("@v%d:hs", n)), advert, b.Now.Add(time.Duration(n-9)*time.Minute)))
	}
	if found != 3 {
		t.Errorf("%d found of a campaign while nobody listened", found)
	}
}

// One that says it was sent in the year 3000 does not make all others of its campaign old.
func TestRepeatsAfterOneOfTheFuture(t *testing.T) {
	b := kittest.New(t, repeats(), nil)
	if found := b.Waited("@ahead:hs", advert, time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)); found != nil {
		t.Errorf("found of the first: %v", found)
	}
	found := 0
	for n := range 3 {
		found += len(b.Say(id.UserID(fmt.Sprintf("@v%d:hs", n)), advert))
	}
	if found != 3 {
		t.Errorf("%d found of a campaign after it", found)
	}
}

func TestReadLate(t *testing.T) {
	b := kittest.New(t, repeats(), nil)
	n := 0
	for _, u := range []id.UserID{"@u1:hs", "@u2:hs", "@u3:hs"} {
		in := kit.SaidBy(b.Message(u, "m.room.message", map[string]any{"msgtype": "m.text", "body": advert}), b.Now)
		in.Late, in.Encrypted = true, true
		n += len(b.Check(in)) + len(b.Check(in))
	}
	if n != 3 {
		t.Errorf("%d found", n)
	}
}

// A sign before a text makes no command of it, unless it looks like one.
func TestCommands(t *testing.T) {
	for said, want := range map[string]bool{
		"!help": true, "/me waves": true, "!remind me in ten minutes that the meeting begins": true, "!play-2 song_x": true, "!a": true,
		"": false, "!": false, "!!": false, "help": false, "! help": false, "!Hello": false, "!hello, friends": false, "!hello friends!": false, "/why is that?": false, "!12 of them": false, "!加入我们": false, "/ünder": false, "//x": false,
		"!say " + strings.Repeat("very long ", 10): false,
	} {
		if isCommand(said) != want {
			t.Errorf("%q: %t", said, !want)
		}
	}
}
