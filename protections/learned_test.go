package protections

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/protections/learning"
)

const trained = "Earn 5000 dollars a week with our trading robot, ask @seller:evil.example and join today"

// teaches has a moderator mark texts.
func teaches(class learning.Class, texts ...string) kittest.Step {
	return func(b *kittest.Bench) []kit.Finding {
		if b.Set.Samples == nil {
			b.Set.Samples = learning.New([]byte("secret"))
		}
		for _, said := range texts {
			evt := b.Message("@spammer:hs", "m.room.message", plain(said))
			_, _ = b.Set.Samples.Mark(class, learning.Marking{By: kittest.Moderator, Event: evt.ID, Said: content.Read(evt.Type.Type, evt.Content.VeryRaw), At: b.Now})
		}
		return nil
	}
}

func TestLearned(t *testing.T) {
	said := func(body string) kittest.Step { return kittest.Says(user, body) }
	marked := teaches(learning.Spam, trained, "call me", "加入我们的频道每天赚很多钱联系客服", "free nitro at nitro-gifts.example for the first hundred members")
	reply := map[string]any{"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": "$5"}}}
	kittest.Run(t, learned(), []kittest.Case{
		{Name: "nothing is known", In: []kittest.Step{said(trained), said(""), said("hello")}},
		{Name: "the same and nearly the same", In: []kittest.Step{
			marked, said(trained), said(strings.ToUpper(trained)), said(strings.ReplaceAll(trained, "seller:evil", "other:worse")), said(strings.ReplaceAll(trained, "a", "а")), said("Earn 9000 dollars a week with our trading robot, ask @x:y.example and join today!"),
		}, Want: []string{"spam @u:hs $5: $5", "spam @u:hs $6: $6", "spam @u:hs $7: $7", "spam @u:hs $8: $8", "spam @u:hs $9: $9"}},
		{Name: "in all that people see", In: []kittest.Step{
			marked, kittest.Sends(user, "m.room.message", edited(trained)), kittest.Sends(user, "m.room.message", rich("<b>"+trained+"</b>")),
			kittest.Sends(user, "m.room.message", map[string]any{"msgtype": "m.image", "body": trained, "filename": "cat.png", "url": "mxc://a/b"}),
			kittest.Sends(user, "m.room.message", map[string]any{"msgtype": 7, "body": trained}),
		}, Want: []string{"spam @u:hs $5: $5", "spam @u:hs $6: $6", "spam @u:hs $7: $7", "spam @u:hs $8: $8"}},
		{Name: "a script without spaces", In: []kittest.Step{marked, said("加入我们的频道每天赚很多钱联系客服"), said("我们今天更新了服务器请大家重新登录")}, Want: []string{"spam @u:hs $5: $5"}},
		{Name: "something else, and what is too short", In: []kittest.Step{
			marked, said("call me"), said("How do I join a room with a robot, and does it cost dollars?"), said("Is there free nitro for the members?"), kittest.Sends(user, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": "$1", "key": trained}}),
		}},
		{Name: "short ones if they are to count", Set: map[string]string{"letters": "5"}, In: []kittest.Step{marked, said("Call me!")}, Want: []string{"spam @u:hs $5: $5"}},
		{Name: "who answers and quotes it", In: []kittest.Step{
			marked, said(trained), kittest.Sends("@other:hs", "m.room.message", with(plain("> "+trained+"\nis that true?"), reply)),
			kittest.Sends("@other:hs", "m.room.message", with(rich("<blockquote>"+trained+"</blockquote>is that true?"), reply)),
			kittest.Sends("@other:hs", "m.room.message", with(plain("> <@u:hs> "+trained+"\n\nis that true?"), reply)),
		}, Want: []string{"spam @u:hs $5: $5"}},
		{Name: "who answers and says it", In: []kittest.Step{
			marked, said(trained), kittest.Sends("@other:hs", "m.room.message", with(plain(trained), reply)),
			kittest.Sends("@other:hs", "m.room.message", with(plain("> "+trained+"\n"+trained), reply)),
			kittest.Sends("@other:hs", "m.room.message", with(plain("> hello\n"+trained), reply)),
			kittest.Sends("@other:hs", "m.room.message", with(plain("> "+trained[:len(trained)/2]+"\n"+trained[len(trained)/2:]), reply)),
			kittest.Sends("@other:hs", "m.room.message", with(rich("<blockquote>hello</blockquote>"+trained), reply)),
		}, Want: []string{"spam @u:hs $5: $5", "spam @other:hs $6: $6", "spam @other:hs $7: $7", "spam @other:hs $8: $8", "spam @other:hs $9: $9", "spam @other:hs $10: $10"}},
		{Name: "who quotes what was not found here", In: []kittest.Step{
			marked, kittest.Sends("@other:hs", "m.room.message", with(plain("> "+trained), reply)),
		}, Want: []string{"spam @other:hs $5: $5"}},
		{Name: "regular members", In: []kittest.Step{marked, kittest.Regular(user), said(trained)}},
		{Name: "it is none after all", In: []kittest.Step{marked, teaches(learning.Ham, trained), said(trained)}},
		{Name: "only equal ones", Set: map[string]string{"alike": "100"}, In: []kittest.Step{marked, said(trained + " or tomorrow"), said(trained)}, Want: []string{"spam @u:hs $6: $6"}},
	})
}

// What others marked is believed less.
func TestLearnedFromOthers(t *testing.T) {
	b := kittest.New(t, learned(), nil)
	b.Set.Samples = learning.New([]byte("secret"))
	if _, err := b.Set.Samples.Import(kittest.Moderator, []learning.Line{{Text: trained}}, b.Now); err != nil {
		t.Fatal(err)
	}
	if found := b.Say(user, trained+"!"); len(found) != 1 || found[0].Weight != kit.Light || !strings.Contains(found[0].Why, "imported") {
		t.Errorf("%v", found)
	}
}

// What has much of several that were marked is found once enough is known, and goes alone; the
// messages of regulars that stood are what it is told from.
func TestLearnedIsLikely(t *testing.T) {
	b := kittest.New(t, learned(), nil)
	b.Set.Samples = learning.New([]byte("secret"))
	offers := []string{"earn dollars with crypto signals", "casino bonus for new players", "invest with our expert trader", "hot girls in your city", "loans without any papers", "followers and likes are cheap"}
	calls := []string{"write me on telegram now", "click the link in my profile", "contact my mentor today", "guaranteed profit every week", "limited offer ends soon"}
	for i, offer := range offers {
		for j, call := range calls {
			teaches(learning.Spam, fmt.Sprintf("Hello, %s, %s %d", offer, call, i*10+j))(b)
		}
		b.Pass(25 * time.Hour)
	}
	talk := []string{"the server does not start", "my client shows an error", "you can look at the log", "thanks, that works now", "is there a new release today", "I write a test for it"}
	for i := range 240 {
		u := id.UserID(fmt.Sprint("@regular", i%12, ":hs"))
		if i < 12 {
			b.Regular(u)
		}
		b.Pass(2 * time.Minute)
		if found := b.Say(u, fmt.Sprintf("Hello, %s and %s, %s in the room with the link %d", talk[i%6], talk[i/6%6], talk[i/36%6], i)); found != nil {
			t.Fatalf("%v", found)
		}
		if i%12 == 11 {
			b.Pass(learning.Stands)
		}
	}
	if s := b.Set.Samples.Standing(); !s.Ready {
		t.Fatalf("%+v", s)
	}
	found := b.Say(user, "Hello, invest with crypto signals and my mentor, guaranteed profit, write me on telegram today")
	if len(found) != 1 || found[0].Weight != kit.Light || !strings.Contains(found[0].Why, "likely spam") {
		t.Errorf("%v", found)
	}
	for _, said := range []string{"Hello, my client does not start, can you look at the log?", "crypto", "Hello, is there a room for crypto?", "Guten Tag, wie kann ich den Server einrichten?", "profit"} {
		if found := b.Say(user, said); found != nil {
			t.Errorf("%s: %s", said, found[0].Why)
		}
	}
	b.Configure(kit.Standing{Mode: kit.On, Values: map[string]string{"likely": "100"}})
	if found := b.Say(user, "Hello, invest with crypto signals and my mentor, guaranteed profit, write me on telegram today!"); found != nil {
		t.Errorf("%v", found)
	}
}

// A message of a regular that is removed within the hour is not innocent.
func TestWhatIsRemovedIsNotLearned(t *testing.T) {
	b := kittest.New(t, learned(), nil)
	b.Set.Samples = learning.New([]byte("secret"))
	b.Regular(user)
	for i := range 3 {
		b.Say(user, fmt.Sprintf("the server does not start and my client shows an error %d", i))
		b.Pass(learning.Stands / 2)
	}
	b.Send(b.Message(kittest.Owner, "m.room.redaction", map[string]any{"redacts": "$3"}))
	b.Pass(2 * learning.Stands)
	b.Say(user, "and now it works with the new release")
	if s := b.Set.Samples.Standing(); s.Stood != 1 {
		t.Errorf("%+v", s)
	}
}
