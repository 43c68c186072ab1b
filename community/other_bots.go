package community

import (
	"strings"
	"sync"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/commits"
	"forseti/wire"
)

// otherBots are the accounts in the management room that programs write with: what begins
// with another bot's name may be meant for them. Anybody may ask.
type otherBots struct {
	commits *commits.Writer
	here    *sync.Map // who is in the room, by name
	writing sync.Map  // who wrote a notice, as bots do and people do not
}

// botNamespace keeps who wrote notices.
const botNamespace = "bot"

// mostBots bounds who is remembered for notices.
const mostBots = 100

// saw looks at who wrote an event.
func (b *otherBots) saw(evt *event.Event) {
	if evt.Type != event.EventMessage || wire.Of(evt.Content.Raw).Text("msgtype") != string(event.MsgNotice) {
		return
	}
	n := 0
	for range b.writing.Range {
		n++
	}
	if _, known := b.writing.Load(evt.Sender); !known && n < mostBots {
		b.load(string(evt.Sender), "")
		b.commits.Setting(botNamespace, string(evt.Sender), "notice")
	}
}

// load takes up one that was seen before a restart.
func (b *otherBots) load(user, _ string) { b.writing.Store(id.UserID(user), true) }

// is tells whether somebody is one, as far as one can see.
func (b *otherBots) is(user id.UserID) bool {
	value, _ := b.here.Load(user)
	name, _ := value.(string)
	_, writes := b.writing.Load(user)
	return writes || botName(user.Localpart()) || botName(name)
}

// none tells whether no other bot is in the room, as far as one can see.
func (b *otherBots) none() bool {
	for key := range b.here.Range {
		if user, _ := key.(id.UserID); b.is(user) {
			return false
		}
	}
	return true
}

// botName tells whether somebody is called as bots are.
func botName(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, known := range []string{"mjolnir", "mjölnir", "draupnir", "meowlnir"} {
		if strings.Contains(name, known) {
			return true
		}
	}
	return strings.HasSuffix(name, "bot")
}
