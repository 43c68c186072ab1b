package community

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/store"
	"forseti/text"
)

// What a question is about.
const (
	askRules   = "rules"   // Room is the list, Rules wait
	askRoom    = "room"    // Room waits for its first sweep
	askCommand = "command" // Line of Sender waits for confirmation
)

// questionDetails is a question as the store keeps it, so that it survives a
// restart, also one before it was posted.
type questionDetails struct {
	Kind    string       `json:"kind"`
	Text    string       `json:"text"`
	ReplyTo id.EventID   `json:"reply_to,omitempty"`
	Room    id.RoomID    `json:"room,omitempty"`
	Rules   []id.EventID `json:"rules,omitempty"`
	Line    string       `json:"line,omitempty"`
	Sender  id.UserID    `json:"sender,omitempty"`
	Command id.EventID   `json:"command,omitempty"`
}

type question struct {
	store.Question
	details questionDetails
}

const (
	yes = "✅"
	no  = "❌"
	// answerMark begins the stored form of an answer, which takes the same way as a
	// command. No message can begin with it.
	answerMark = "\x00answer "
)

// ask stores a question and then posts it.
func (c *Community) ask(d questionDetails, replyTo id.EventID) {
	d.ReplyTo = replyTo
	raw, _ := json.Marshal(d) // strings always marshal
	c.later(func(ctx context.Context) {
		q, err := c.store.Ask(ctx, store.Question{Room: c.opts.ManagementRoom, Kind: d.Kind, Details: raw})
		if err != nil {
			c.log.Err(err).Msg("Question not stored")
			return // what it is about stays held, and is asked about at the next start
		}
		c.post(func() { c.pose(&question{q, d}) })
	})
}

// pose posts a question, and offers both answers.
func (c *Community) pose(q *question) {
	text := q.details.Text + fmt.Sprintf("\n\nReact with %s for yes or %s for no.", yes, no)
	c.speakAs("question-"+q.ID, action.Message{Markdown: text, ReplyTo: q.details.ReplyTo}, func(evt id.EventID) {
		if evt == "" {
			return
		}
		q.Event = evt
		c.questions[evt] = q
		c.later(func(ctx context.Context) {
			if err := c.store.Posted(ctx, q.ID, evt); err != nil && ctx.Err() == nil {
				c.log.Err(err).Msg("Question's event not stored")
			}
		})
		for i, key := range []string{yes, no} {
			c.speakAs(fmt.Sprintf("question-%s-%d", q.ID, i), action.Message{ReplyTo: evt, Reaction: key}, nil)
		}
	})
}

// reaction reads an answer to a question from a reaction. It counts only from a
// moderator, only on a message of ours, and is carried out like a command.
func (c *Community) reaction(evt *event.Event) (store.Command, bool) {
	relates, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
	target, _ := relates["event_id"].(string)
	key, _ := relates["key"].(string)
	if c.world.Moderator(evt.Sender) && c.comparedBy(id.EventID(target), key) {
		return store.Command{}, false
	}
	q := c.questions[id.EventID(target)]
	if q == nil || !c.world.Moderator(evt.Sender) {
		return store.Command{}, false
	}
	answer := ""
	switch {
	case strings.HasPrefix(key, yes), strings.HasPrefix(key, "👍"):
		answer = "yes"
	case strings.HasPrefix(key, no), strings.HasPrefix(key, "👎"):
		answer = "no"
	default:
		return store.Command{}, false
	}
	return store.Command{
		Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender,
		Body: fmt.Sprintf("%s%s %s", answerMark, target, answer),
	}, true
}

// answer carries out a moderator's word on a question.
func (c *Community) answer(ctx context.Context, order store.Command) {
	target, word, _ := strings.Cut(strings.TrimPrefix(order.Body, answerMark), " ")
	q, found, err := c.store.Question(ctx, id.EventID(target))
	if err != nil || !found {
		c.log.Warn().Err(err).Str("event", target).Msg("Answer to no question")
		return
	}
	// Acted on before it is closed: after a crash in between it is acted on again,
	// which does no harm, where the reverse would lose it.
	if q.Answer != "" {
		return
	}
	var d questionDetails
	if err := json.Unmarshal(q.Details, &d); err != nil {
		c.log.Err(err).Msg("Question's details cannot be read")
		return
	}
	if d.Kind == askCommand && word == "yes" {
		c.carryOut(ctx, store.Command{Event: d.Command, Room: order.Room, Sender: d.Sender, Body: d.Line}, true)
	} else if err := c.do(ctx, func() { c.decide(d, word == "yes", order.Sender) }); err != nil {
		return
	}
	if err := c.flush(ctx); err != nil {
		c.log.Err(err).Msg("Answer not stored")
		return // the next start acts on it again
	}
	if err := c.store.Answer(ctx, q.ID, word, order.Sender); err != nil && !errors.Is(err, store.ErrNotOpen) {
		c.log.Err(err).Msg("Answer not stored")
	}
	c.post(func() { delete(c.questions, id.EventID(target)) })
}

// decide acts on an answer.
func (c *Community) decide(d questionDetails, agreed bool, by id.UserID) {
	now := time.Now()
	who := text.Code(string(by))
	switch {
	case d.Kind == askCommand:
		c.say(fmt.Sprintf("Left undone: %s said no.", who), d.ReplyTo, nil)
	case d.Kind == askRoom && agreed:
		c.saveSetting(heldRooms, string(d.Room), nil)
		c.enqueue(c.world.HoldRoom(d.Room, false), now)
	case d.Kind == askRoom:
		c.saveSetting(heldRooms, string(d.Room), "rejected")
		c.say(fmt.Sprintf("%s said no: I leave %s as it is. To look after it after all, remove and add it again.", who, c.roomLink(d.Room)), "", nil)
	case d.Kind == askRules && agreed:
		for _, rule := range d.Rules {
			delete(c.holds, rule)
			c.saveSetting(heldRules, string(rule), nil)
			c.enqueue(c.world.HoldRule(rule, false), now)
		}
	case d.Kind == askRules:
		for _, rule := range d.Rules {
			c.holds[rule] = "rejected"
			c.enqueue(c.world.RejectRule(rule), now)
			c.saveSetting(heldRules, string(rule), "rejected")
		}
		c.say(fmt.Sprintf("%s said no: I do not follow %s of %s.", who, pick(len(d.Rules) == 1, "this rule", fmt.Sprintf("these %d rules", len(d.Rules))), c.listLink(d.Room)), "", nil)
	}
}

// withdrawQuestions closes questions about rules that are all gone.
func (c *Community) withdrawQuestions(rule id.EventID) {
	for evt, q := range c.questions {
		if !slices.Contains(q.details.Rules, rule) {
			continue
		}
		if slices.ContainsFunc(q.details.Rules, func(r id.EventID) bool { return c.holds[r] == "asked" }) {
			continue
		}
		delete(c.questions, evt)
		c.speakUp(action.Message{Markdown: "~~" + firstLine(q.details.Text) + "~~ (No longer needed: the rule is gone.)", Edits: evt}, nil)
		c.later(func(ctx context.Context) { _ = c.store.Answer(ctx, q.ID, "withdrawn", c.self) })
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
