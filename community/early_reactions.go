package community

import (
	"context"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// early are the latest reactions to messages of which it is not known that they ask
// something. Sync may bring a question and the answer to it before the homeserver tells
// us which event the question became.
type early []reactedTo

type reactedTo struct {
	message  id.EventID
	reaction *event.Event
	sign     string
	words    bool // it is a reply, whose words stand for the sign
}

// mostEarly is how many are kept.
const mostEarly = 20

func (e *early) keep(one reactedTo) {
	*e = append(*e, one)
	*e = (*e)[max(len(*e)-mostEarly, 0):]
}

// take gives the reactions to a message.
func (e *early) take(message id.EventID) (reactions []reactedTo) {
	*e = slices.DeleteFunc(*e, func(r reactedTo) bool {
		if r.message == message {
			reactions = append(reactions, r)
		}
		return r.message == message
	})
	return reactions
}

// hearEarly takes the answers to a question that came before it was known as one.
func (qs *questions) hearEarly(question id.EventID) {
	var commit store.Commit
	for _, one := range qs.early.take(question) {
		if order, ok := qs.again(one); ok {
			commit.Commands = append(commit.Commands, order)
		}
	}
	if len(commit.Commands) == 0 {
		return
	}
	qs.loop.Later("store an answer", func(ctx context.Context) {
		if err := qs.commits.Keep(ctx, commit); err != nil {
			qs.log.Err(err).Msg("Answer not stored")
			return
		}
		qs.loop.Post(func() {
			qs.obey(slices.DeleteFunc(commit.Commands, func(o store.Command) bool { return o.Seen }))
		})
	}, nil)
}

// again reads an early answer once more.
func (qs *questions) again(one reactedTo) (store.Command, bool) {
	if one.words {
		return qs.signed(one.reaction, one.message, one.sign, true)
	}
	return qs.reaction(one.reaction)
}
