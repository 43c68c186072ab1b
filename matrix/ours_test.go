package matrix

import (
	"context"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/internal/homeserver"
)

// TestStrangers holds whose a message of our account is.
func TestStrangers(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	said := func(evt id.EventID, txn string) *event.Event {
		return &event.Event{ID: evt, Unsigned: event.Unsigned{TransactionID: txn}}
	}
	for name, c := range map[string]struct {
		do   func(o *ours)
		want int // a minute and a little later
		end  int // a quarter of an hour later, all in all
	}{
		"ours":                       {func(o *ours) { o.begin("t", at); o.answered("t", "$a"); o.echo(said("$a", "t"), at) }, 0, 0},
		"no transaction in the echo": {func(o *ours) { o.begin("t", at); o.answered("t", "$a"); o.echo(said("$a", ""), at) }, 0, 0},
		"the echo overtakes":         {func(o *ours) { o.begin("t", at); o.echo(said("$a", ""), at); o.answered("t", "$a") }, 0, 0},
		"the answer is lost":         {func(o *ours) { o.begin("t", at); o.echo(said("$a", "t"), at) }, 0, 0},
		"and so is the transaction":  {func(o *ours) { o.begin("t", at); o.echo(said("$a", ""), at) }, 0, 1},
		"another device":             {func(o *ours) { o.echo(said("$a", ""), at) }, 1, 1},
		"the same login elsewhere":   {func(o *ours) { o.begin("t", at); o.answered("t", "$a"); o.echo(said("$b", "u"), at) }, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var o ours
			c.do(&o)
			if found := o.strange(at.Add(time.Second)); len(found) > 0 {
				t.Fatalf("at once: %v", found)
			}
			n := len(o.strange(at.Add(strangeAfter + time.Second)))
			if n != c.want {
				t.Errorf("after a minute: %d", n)
			}
			if n += len(o.strange(at.Add(15 * time.Minute))); n != c.end {
				t.Errorf("at last: %d", n)
			}
			if again := o.strange(at.Add(time.Hour)); len(again) > 0 {
				t.Errorf("again: %v", again)
			}
		})
	}
}

// TestStrangersAreBounded: whoever speaks without end in our name costs no more memory
// than one who did so once.
func TestStrangersAreBounded(t *testing.T) {
	var o ours
	at := time.Unix(1_800_000_000, 0)
	for i := range 3 * maxOurs {
		txn := fmt.Sprint(i)
		o.begin(txn, at)
		o.answered(txn, id.EventID("$ours"+txn))
		o.echo(&event.Event{ID: id.EventID("$" + txn)}, at)
	}
	if len(o.txns.in) > maxOurs || len(o.txns.order) > maxOurs || len(o.events.in) > maxOurs || len(o.unclaimed) > maxUnclaimed {
		t.Errorf("%d %d %d %d", len(o.txns.in), len(o.txns.order), len(o.events.in), len(o.unclaimed))
	}
}

// TestOwnMessagesAreClaimed holds against a real homeserver that no message of this
// session is taken for another's, and that one of another device is unclaimed.
func TestOwnMessagesAreClaimed(t *testing.T) {
	server := homeserver.ForTest(t)
	bot := server.Client(t, "bot")
	other := server.NewDevice(t, bot.UserID)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	s, err := Open(ctx, Options{Homeserver: server.URL, AccessToken: bot.AccessToken})
	if err != nil {
		t.Fatal(err)
	}
	created, err := bot.CreateRoom(ctx, &mautrix.ReqCreateRoom{})
	if err != nil {
		t.Fatal(err)
	}
	heard := 0
	_ = s.Run(ctx, "", func(_ context.Context, b *Batch) (time.Duration, error) {
		if b.Initial {
			for _, txn := range []string{"one", "two"} {
				if _, err := s.Act(ctx, action.Action{ID: txn, Verb: action.Say, Room: created.RoomID, Message: &action.Message{Markdown: txn}}); err != nil {
					t.Error(err)
				}
			}
			return 0, nil
		}
		for _, r := range b.Rooms {
			for _, evt := range r.Timeline {
				if evt.Type.Type != event.EventMessage.Type {
					continue
				}
				if heard++; heard == 2 {
					if _, err := other.SendText(ctx, created.RoomID, "who is this?"); err != nil {
						t.Error(err)
					}
				}
			}
		}
		if heard > 2 {
			stop()
		}
		return 0, nil
	})
	if len(s.ours.unclaimed) != 1 || heard != 3 {
		t.Fatalf("heard %d, unclaimed %d", heard, len(s.ours.unclaimed))
	}
	if found := s.ours.strange(time.Now().Add(2 * strangeAfter)); len(found) != 1 || found[0].Content.Raw["body"] != "who is this?" {
		t.Errorf("strange: %v", found)
	}
}
