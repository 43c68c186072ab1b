package community

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/matrix/e2ee"
	"forseti/matrix/e2ee/verify"
	"forseti/store"
)

// asking is a community in whose room $q is an open question.
func asking(o Options) *Community {
	o.Store, o.Self, o.ManagementRoom = &store.Store{}, "@warden:ours.example", "!mods:ours.example"
	c := New(o)
	topic := approval.Topic{Kind: approval.Command, About: "ban"}
	c.orders.questions.board.Asking(topic, "q")
	c.orders.questions.board.Posted(topic, "q", "$q", 0, time.Now())
	return c
}

// What of a moderator's words answers a question: a reply to it that is a yes or a no, and nothing else that is said near it.
func TestAnswersInWords(t *testing.T) {
	c := asking(Options{})
	for _, tc := range []struct{ content, want string }{
		{`{"msgtype":"m.text","body":"yes","m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, "yes"},
		{`{"msgtype":"m.text","body":"> <@warden:ours.example> Ban them?\n\nNo.","format":"org.matrix.custom.html","formatted_body":"<mx-reply>Ban them?</mx-reply>No.","m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, "no"},
		{`{"msgtype":"m.text","body":"!mod yes","m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, "yes"},
		{`{"msgtype":"m.text","body":"Warden: no","m.mentions":{"user_ids":["@warden:ours.example"]},"m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, "no"},
		{`{"msgtype":"m.text","body":"yes","m.relates_to":{"rel_type":"m.thread","event_id":"$r","is_falling_back":false,"m.in_reply_to":{"event_id":"$q"}}}`, "yes"},
		{`{"msgtype":"m.text","body":"no","m.relates_to":{"rel_type":"m.thread","event_id":"$q","is_falling_back":true,"m.in_reply_to":{"event_id":"$q"}}}`, ""},
		{`{"msgtype":"m.text","body":"yes"}`, ""},
		{`{"msgtype":"m.text","body":"yes","m.relates_to":{"m.in_reply_to":{"event_id":"$other"}}}`, ""},
		{`{"msgtype":"m.text","body":"yes, but spare @a:b","m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, "hint"},
		{`{"msgtype":"m.text","body":"who is that?","m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, ""},
		{`{"msgtype":"m.text","body":"!mod ban @a:b","m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, ""},
		{`{"msgtype":"m.notice","body":"yes","m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, ""},
		{`{"msgtype":"m.text","body":"* yes","m.new_content":{"msgtype":"m.text","body":"yes"},"m.relates_to":{"rel_type":"m.replace","event_id":"$q","m.in_reply_to":{"event_id":"$q"}}}`, ""},
		{`{"msgtype":"m.text","body":"yes","m.relates_to":{"m.in_reply_to":{"event_id":["$q"]}}}`, ""},
	} {
		order, ok, answers := c.hearing.messages.answer(worded(t, tc.content))
		got := strings.TrimSuffix(strings.TrimPrefix(order.Body, answerMark+"$q "), " 0")
		if answers && !ok {
			got = "hint"
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.content, got, tc.want)
		}
	}
	// Of a question that is not known yet the answer is kept, and read when it is.
	if early := c.orders.questions.early.take("$other"); len(early) != 1 || early[0].sign != approval.Yes {
		t.Errorf("kept %+v", early)
	}
}

// In an encrypted room a word proves no more than a command does.
func TestAnswersInWordsAreDoubted(t *testing.T) {
	c := asking(Options{Obeyed: Obeyed{Trust: e2ee.CrossSigned}})
	c.places.management.room.take(c.opts.Self, stateEvent("!mods:ours.example", "m.room.encryption", "", c.opts.Self, "$enc", json.RawMessage(`{"algorithm":"m.megolm.v1.aes-sha2"}`)), time.Unix(0, 0))
	for _, to := range []string{"$q", "$other"} {
		if _, ok, _ := c.hearing.messages.answer(worded(t, `{"msgtype":"m.text","body":"yes","m.relates_to":{"m.in_reply_to":{"event_id":"`+to+`"}}}`)); ok {
			t.Errorf("what came unencrypted answers %s", to)
		}
	}
	if early := c.orders.questions.early.take("$other"); len(early) != 0 {
		t.Errorf("kept %+v", early)
	}
}

// A reply answers what is asked about a verification, too.
func TestVerificationIsAnsweredInWords(t *testing.T) {
	c := asking(Options{Verifier: nobody{}})
	c.hearing.verifications.comparing["$v"] = compared{which: verify.ID{User: "@mod:ours.example"}}
	order, ok, answers := c.hearing.messages.answer(worded(t, `{"msgtype":"m.text","body":"yes","m.relates_to":{"m.in_reply_to":{"event_id":"$v"}}}`))
	if ok || !answers || len(c.hearing.verifications.comparing) != 0 {
		t.Errorf("%+v, %v, %v", order, ok, answers)
	}
}

func worded(t *testing.T, content string) *event.Event {
	t.Helper()
	evt := &event.Event{ID: "$c", RoomID: "!mods:ours.example", Sender: "@mod:ours.example", Type: event.EventMessage}
	if err := json.Unmarshal([]byte(content), &evt.Content); err != nil {
		t.Fatal(err)
	}
	return evt
}

// nobody verifies nobody.
type nobody struct{}

func (nobody) Start(context.Context, id.UserID, id.RoomID) (verify.ID, error) {
	return verify.ID{}, nil
}
func (nobody) Confirm(context.Context, verify.ID) error      { return nil }
func (nobody) Mismatch(context.Context, verify.ID) error     { return nil }
func (nobody) CompareEmoji(context.Context, verify.ID) error { return nil }
func (nobody) Notices() <-chan verify.Notice                 { return nil }
