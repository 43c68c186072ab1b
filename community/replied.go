package community

import (
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/community/approval"
	"forseti/matrix/e2ee"
	"forseti/store"
	"forseti/wire"
)

// answer reads a reply to a question of ours, or about a verification, that begins with yes or no; answers is false if it is
// none, and perhaps a command. It has to come from a device that commands may come from. What is only said in the thread of a
// question is talk, and so is an edit.
func (m *messages) answer(evt *event.Event) (order store.Command, ok, answers bool) {
	said := wire.Of(evt.Content.Raw)
	relates := said.Object("m.relates_to")
	to := repliedOnSite(relates)
	if to == "" || said.Text("msgtype") != string(event.MsgText) {
		return order, false, false
	}
	heard := m.words(said, true)
	written := heard.Body
	if line, called := m.set.Hear(heard); called {
		written = line
	}
	sign, begun := approval.Word(written)
	compares := begun && m.questions.compared(to, "")
	_, asks := m.questions.board.At(to)
	doubt := m.secrecy.doubts(evt)
	switch {
	case !begun, !compares && !asks && doubt != e2ee.NoDoubt:
		return order, false, false
	case !compares && !asks: // it may turn out to be a question
		_, _ = m.questions.signed(evt, to, sign, true)
		return order, false, false
	case doubt != e2ee.NoDoubt:
		m.secrecy.refuseOrder(evt, doubt, time.Now())
	case compares:
		m.questions.compared(to, sign)
	default:
		order, ok = m.questions.signed(evt, to, sign, true)
	}
	return order, ok, true
}
