package community

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/enforce"
	"forseti/matrix"
	"forseti/store"
)

// After an answer about a list that is reviewed, the next that comes new into it waits for the next day, however soon it
// comes; what came before the answer and was not shown with the question is asked about no sooner either.
func TestAnAnswerIsNoReasonToAskAgain(t *testing.T) {
	const wave = 11
	for _, tc := range []struct {
		name, word string
		between    bool // something comes that the question does not show
	}{{"yes", "yes", false}, {"no", "no", false}, {"yes, and more came", "yes", true}, {"no, and more came", "no", true}} {
		t.Run(tc.name, func(t *testing.T) {
			r := newReader(t, openStore(t), 0)
			r.progress.live, r.progress.begun = true, true
			r.begin(nil)
			for r.places.following.readOne(time.Now()) {
			}
			enforce.SetReviewed(r.world, readFrom, true)
			comes := func(rules ...*event.Event) {
				list := matrix.RoomBatch{Room: readFrom, Membership: event.MembershipJoin, State: rules}
				r.store(r.take(&matrix.Batch{Arrived: time.Now(), Rooms: []matrix.RoomBatch{list}}))
			}
			qs, topic := r.orders.questions, rulesOf(readFrom)
			if comes(spamRules(wave)...); !qs.board.Due().Before(time.Now().Add(2 * time.Second)) {
				t.Fatalf("a wave is asked about at %v", qs.board.Due())
			}
			q, ok := qs.board.Next(qs.board.Due())
			d, waits := qs.wording(topic)
			if !ok || !waits {
				t.Fatalf("%+v is asked about, %t", q, waits)
			}
			qs.board.Asking(topic, "q")
			qs.topics.weigher.askedAbout(topic, time.Now())
			qs.details["q"] = d
			qs.board.Posted(topic, "q", "$question", d.UpTo, time.Now())
			if tc.between {
				comes(listed("between", "@between:x", "m.ban", "$between"))
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				r.loop.Run(func() time.Duration { return time.Hour })
			}()
			r.orders.answer(t.Context(), store.Command{Sender: "@mod:hs", Body: fmt.Sprintf("%s$question %s %d", answerMark, tc.word, d.UpTo)})
			r.loop.Stop(nil)
			<-ended
			if _, open := qs.board.Of(topic); open {
				t.Fatal("it is open still")
			}
			comes(listed("later", "@later:x", "m.ban", "$later"))
			if due := qs.board.Due(); due.Before(time.Now().Add(23 * time.Hour)) {
				t.Errorf("asked again after %v", time.Until(due))
			}
		})
	}
}
