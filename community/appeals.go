package community

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/content"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// appeals are the direct chats in which users were told of what was done to them, and what
// they have to say against it: it is brought to the moderators, once for each case.
type appeals struct {
	loop    *loop.Loop
	log     zerolog.Logger
	commits *commits.Writer
	store   *store.Cases
	speaker *speaker
	runner  *enforce.Runner
	ledger  *sanction.Ledger
	cases   *cases

	chats map[id.RoomID]*toldChat
	order []id.RoomID // of chats, the one where something was told last at the end
}

// toldChat is a direct chat in which a user was told something.
type toldChat struct {
	User id.UserID `json:"user"`
	Case int64     `json:"case"`
	At   time.Time `json:"at"`
	// Appeal is what they answered, and Brought that the moderators know.
	Appeal  *appeal `json:"appeal,omitempty"`
	Brought bool    `json:"brought,omitempty"`
}

const (
	// toldNamespace keeps them, so that an appeal is heard after a restart too.
	toldNamespace = "told"
	mostTold      = 1000
	// mostAppeal bounds what is brought of an appeal, in letters.
	mostAppeal = 1000
)

// load takes up the chats of before a restart.
func (as *appeals) load(stored map[string]json.RawMessage) {
	for room, raw := range stored {
		c := new(toldChat)
		if json.Unmarshal(raw, c) == nil {
			as.chats[id.RoomID(room)] = c
			as.order = append(as.order, id.RoomID(room))
		}
	}
	slices.SortFunc(as.order, func(a, b id.RoomID) int {
		return cmp.Or(as.chats[a].At.Compare(as.chats[b].At), cmp.Compare(a, b))
	})
}

// delivered notes where a user was told of something.
func (as *appeals) delivered(e action.Ending, now time.Time) {
	a := e.Action
	if e.Fate != action.Done || e.Result.Room == "" || a.Verb.Row().Open || a.Cause.Kind != action.ByProtection && a.Cause.Kind != action.ByModerator {
		return
	}
	of, known := as.ledger.Find(sanction.EntryID(a.Cause, a.Room))
	if !known || of.Case == 0 {
		return
	}
	room := e.Result.Room
	as.order = append(slices.DeleteFunc(as.order, func(other id.RoomID) bool { return other == room }), room)
	as.chats[room] = &toldChat{User: a.User, Case: of.Case, At: now}
	as.keep(room)
	for len(as.order) > mostTold {
		as.drop(as.order[0])
	}
}

func (as *appeals) keep(room id.RoomID) {
	as.commits.Setting(toldNamespace, string(room), as.chats[room])
}

func (as *appeals) drop(room id.RoomID) {
	if as.chats[room] == nil {
		return
	}
	delete(as.chats, room)
	as.order = slices.DeleteFunc(as.order, func(other id.RoomID) bool { return other == room })
	as.commits.Setting(toldNamespace, string(room), nil)
}

// take hears what is said in such a chat. What is said there is stored with the batch that
// brought it, and so it is not lost.
func (as *appeals) take(in *matrix.RoomBatch, b *matrix.Batch) {
	c := as.chats[in.Room]
	switch {
	case c == nil:
		return
	case in.Membership == event.MembershipLeave:
		as.drop(in.Room)
		return
	case b.Initial || c.Appeal != nil:
		return
	}
	for _, evt := range in.Timeline {
		if evt.StateKey != nil || evt.Sender != c.User || evt.Type.Type != event.EventMessage.Type {
			continue
		}
		said := strings.TrimSpace(text.OneLine(content.Read(evt.Type.Type, evt.Content.VeryRaw).Seen().String()))
		if said == "" {
			continue
		}
		c.Appeal = &appeal{Room: in.Room, At: b.Arrived, Text: text.Clip(said, mostAppeal)}
		as.keep(in.Room)
		as.bring(in.Room)
		return
	}
}

// resume brings what could not be brought before a restart.
func (as *appeals) resume() {
	for room, c := range as.chats {
		if c.Appeal != nil && !c.Brought {
			as.bring(room)
		}
	}
}

// bring opens the case again, and tells moderators what its user has to say. The name of the
// message makes it one, also if we are stopped in between.
func (as *appeals) bring(room id.RoomID) {
	c := *as.chats[room]
	as.loop.Later("bring an appeal", func(ctx context.Context) {
		row, found, err := as.store.Find(ctx, c.Case)
		if err == nil && found && row.Decision != overturned {
			if err = as.loop.Do(ctx, func() {
				of := as.cases.take(row, time.Now())
				of.Decision, of.DecidedBy, of.Decided, of.said.Appeal = "", "", time.Time{}, c.Appeal
				of.keep(as.commits.Next())
			}); err == nil {
				err = as.commits.Put(ctx, store.Commit{})
			}
		}
		if err != nil {
			as.log.Err(err).Int64("case", c.Case).Msg("An appeal is not brought yet")
			return
		}
		as.loop.See(func() { as.tell(room, c, row, found) })
	}, nil)
}

// tell brings an appeal to the moderators, and its user that they have it.
func (as *appeals) tell(room id.RoomID, c toldChat, row store.Case, found bool) {
	said := fmt.Sprintf("%s appeals case %d", text.Code(string(c.User)), c.Case)
	if found {
		by := "a moderator's warning"
		if row.OpenedBy == "" {
			by = "protection " + text.Code(readCase(row).said.Protection)
		}
		said += fmt.Sprintf(" (%s: %s)", by, text.Escape(row.Reason, text.MostReason))
	}
	said += fmt.Sprintf(":\n\n> %s\n\n%s shows it. Answer with %s or %s, and with words for them behind it if you like.", text.Escape(c.Appeal.Text, 2*mostAppeal),
		text.Code(fmt.Sprintf("!forseti case %d", c.Case)), text.Code(fmt.Sprintf("!forseti case %d overturn", c.Case)), text.Code(fmt.Sprintf("!forseti case %d uphold", c.Case)))
	if found && row.Decision == overturned {
		said += " It was overturned before."
	}
	as.speaker.speakAs(fmt.Sprintf("appeal-%d", c.Case), action.Message{Markdown: said}, func(id.EventID) {
		if now := as.chats[room]; now != nil && now.Case == c.Case {
			now.Brought = true
			as.keep(room)
		}
	})
	as.runner.Want(sayIn(room, fmt.Sprintf("forseti-appealed-%d", c.Case), fmt.Sprintf("I brought that to the moderators, as case %d. You will read here what they say. What else you write here does not reach them.", c.Case)), time.Now())
}

// answer tells who appealed what the moderators decided.
func (as *appeals) answer(of *caseFile, order id.EventID) {
	as.runner.Want(sayIn(of.said.Appeal.Room, "forseti-decided-"+string(order), of.answered()), time.Now())
}
