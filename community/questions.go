package community

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

// questions is what moderators are asked, and what they say.
type questions struct {
	world    *enforce.World
	loop     *loop.Loop
	log      zerolog.Logger
	store    *store.Store
	commits  *commits.Writer
	speaker  *speaker
	topics   *topics
	alerts   *alerts
	settled  settled
	live     func() bool
	compared func(target id.EventID, sign string) bool // carries out an answer about a verification
	obey     func([]store.Command)

	board   *approval.Board
	details map[string]questionDetails
	untimely
}

// questionDetails is a question as the store keeps it, so that it survives a
// restart, also one before it was posted.
type questionDetails struct {
	Kind    approval.Kind  `json:"kind"`
	Text    string         `json:"text"`
	ReplyTo id.EventID     `json:"reply_to,omitempty"`
	Room    id.RoomID      `json:"room,omitempty"`
	UpTo    int64          `json:"up_to,omitempty"`
	Rules   []id.EventID   `json:"rules,omitempty"` // of version 3, which asked about each change
	Line    string         `json:"line,omitempty"`
	Sender  id.UserID      `json:"sender,omitempty"`
	Command id.EventID     `json:"command,omitempty"`
	Plan    *commands.Plan `json:"plan,omitempty"`
	Replied bool           `json:"replied,omitempty"` // to the command, with how far it was
	// Weight is what the text says that it would do, of what is counted.
	Weight commands.Weight `json:"weight,omitzero"`
	// marks are what the text is about, to be known again if it goes and comes back.
	marks map[mark]bool
	// earlier is what the message said before, by the turns of its texts.
	earlier map[int64]said
	course  // of a command: the further lines of its message
}

// said is what one text of a question's message was about.
type said struct {
	marks  map[mark]bool
	weight commands.Weight
}

func (d questionDetails) topic() approval.Topic {
	if d.Kind == approval.Command {
		// What goes on with other lines is another question.
		return approval.Topic{Kind: d.Kind, About: strings.Join(append([]string{d.Line}, d.Rest...), "\n")}
	}
	return approval.Topic{Kind: d.Kind, About: string(d.Room)}
}

const (
	yes = approval.Yes
	no  = approval.No
	// shownTexts is the settings namespace of what a question's message says since it
	// was edited, by the question's ID: the texts, or as of old just a turn.
	shownTexts = "shown"
	// answerMark begins the stored form of an answer, which takes the same way as a
	// command. No message can begin with it.
	answerMark = "\x00answer "
)

// ask stores a question and then posts it.
func (qs *questions) ask(d questionDetails, now time.Time) {
	q := store.Question{ID: rand.Text(), Room: qs.speaker.room, Kind: string(d.Kind)}
	q.Details, _ = json.Marshal(d) // strings always marshal
	topic := d.topic()
	qs.board.Asking(topic, q.ID)
	qs.topics.weigher.askedAbout(topic, now)
	qs.details[q.ID] = d
	stored := func(err error) {
		if err != nil {
			qs.log.Err(err).Msg("Question not stored")
			qs.board.Close(topic, now)
			qs.board.Failed(topic, time.Now()) // what it is about stays held, and is asked about again
			return
		}
		qs.pose(q.ID, d)
	}
	qs.loop.Later("store a question", func(ctx context.Context) {
		_, err := qs.store.Questions.Ask(ctx, q)
		qs.loop.Post(func() { stored(err) })
	}, stored)
}

// pose posts a question that is stored, and offers both answers.
func (qs *questions) pose(question string, d questionDetails) {
	qs.speaker.speakAs("question-"+question, action.Message{Markdown: text.Asks(d.Text, offer), ReplyTo: d.ReplyTo}, func(evt id.EventID) {
		topic := d.topic()
		if q, open := qs.board.Of(topic); !open || q.ID != question {
			return
		}
		if evt == "" {
			qs.board.Failed(topic, time.Now())
			return
		}
		qs.board.Posted(topic, question, evt, d.UpTo, time.Now())
		qs.hearEarly(evt)
		qs.speaker.offer(evt, []string{approval.Yes, approval.No}, false)
		qs.loop.Later("store where a question stands", func(ctx context.Context) {
			err := qs.commits.Flush(ctx) // what it offers comes first: a start does not offer it beneath what stands there
			if err == nil {
				err = qs.store.Questions.Posted(ctx, question, evt)
			}
			if err != nil && ctx.Err() == nil {
				qs.log.Err(err).Msg("Question's event not stored")
			}
		}, nil)
	})
}

// open reports whether a message of ours waits for an answer.
func (qs *questions) open(evt id.EventID) bool {
	_, asked := qs.board.At(evt)
	_, chosen := qs.speaker.choices.at[evt]
	return asked || chosen || qs.alerts.open(evt)
}

const offer = text.HowToAnswer + approval.Yes + " or " + approval.No + ", or reply yes or no."

// questionDue is when there may be something to ask; zero if nothing is new.
func (qs *questions) due() time.Time {
	if !qs.live() || qs.speaker.mute() {
		return time.Time{}
	}
	return earlier(qs.board.Due(), qs.late.due())
}

// askQuestions asks what is due, and brings what is asked up to date.
func (qs *questions) askDue(now time.Time) {
	if !qs.live() || qs.speaker.mute() {
		return
	}
	qs.lookLate(now)
	for {
		q, ok := qs.board.Next(now)
		if !ok {
			return
		}
		if qs.topics.unweighed(q.Topic) {
			qs.board.Settled(q.Topic, 0) // and again when it is
			continue
		}
		d, waits := qs.wording(q.Topic)
		before := qs.details[q.ID]
		if counted(q.Topic.Kind) {
			d.UpTo = q.UpTo
			if q.ID == "" || before.Text != d.Text {
				d.UpTo++
			}
		}
		switch {
		case !waits && q.ID == "":
			qs.board.Settled(q.Topic, 0)
		case !waits:
			qs.withdraw(q, "(No longer needed: nothing of it waits any more.)", now)
		case q.ID == "":
			qs.ask(d, now)
		case q.Event == "":
			qs.pose(q.ID, before)
		case qs.topics.weigher.anew(q, d.UpTo, now):
			qs.withdraw(q, "(Asked anew below.)", now)
			qs.board.Touch(q.Topic, now)
		case before.Text == d.Text && (q.UpTo >= d.UpTo || d.marks != nil && maps.Equal(before.marks, d.marks)):
			qs.board.Settled(q.Topic, d.UpTo)
			if d.UpTo > q.UpTo {
				qs.keepShown(q)
			}
		default:
			qs.revise(q, d)
		}
	}
}

// wording says what waits of a topic; false if nothing does.
func (qs *questions) wording(t approval.Topic) (questionDetails, bool) {
	if t.Kind != approval.Command {
		return qs.topics.wording(t)
	}
	known, _ := qs.board.Of(t)
	d := qs.details[known.ID]
	return d, d.Text != ""
}

// revise brings an open question's message up to date.
func (qs *questions) revise(q approval.Question, d questionDetails) {
	qs.speaker.speakUp(action.Message{Markdown: text.Asks(d.Text, offer), Edits: q.Event}, func(evt id.EventID) {
		if evt == "" {
			qs.board.Failed(q.Topic, time.Now())
			return
		}
		now, open := qs.board.Of(q.Topic)
		if !open || now.ID != q.ID {
			return
		}
		qs.board.Posted(q.Topic, q.ID, evt, d.UpTo, time.Now())
		before := qs.details[q.ID]
		d.earlier = map[int64]said{now.UpTo: {before.marks, before.Weight}}
		for _, shown := range qs.board.ShownOf(q.Topic) {
			if text, known := before.earlier[shown.UpTo]; known {
				d.earlier[shown.UpTo] = text
			}
		}
		qs.details[q.ID] = d
		// Only now: after a crash a yes must not be about what nobody has read.
		qs.keepShown(q)
	})
}

// keepShown stores what a question's message says, and since when.
func (qs *questions) keepShown(q approval.Question) {
	qs.commits.Setting(shownTexts, q.ID, qs.board.ShownOf(q.Topic))
}

// echoed takes in that sync has brought a message of ours: who answers after it may
// have read it.
func (qs *questions) echoed(evt *event.Event) {
	if q, news := qs.board.Echoed(evt.ID, time.UnixMilli(evt.Timestamp)); news {
		qs.keepShown(q)
	}
}

// withdraw ends a question that nobody answered.
func (qs *questions) withdraw(q approval.Question, words string, now time.Time) {
	qs.close(q, words, now)
	qs.loop.Later("close a question", func(ctx context.Context) { qs.closeStored(ctx, q.ID, "withdrawn", qs.world.Self()) }, nil)
}

// close ends a question, and makes its message look closed.
func (qs *questions) close(q approval.Question, words string, now time.Time) {
	d := qs.details[q.ID]
	if !qs.board.Close(q.Topic, now) {
		return
	}
	delete(qs.details, q.ID)
	qs.commits.Setting(shownTexts, q.ID, nil)
	if q.Event != "" {
		qs.speaker.speakUp(action.Message{Markdown: d.Text + "\n\n" + words, Edits: q.Event}, nil)
	}
}

func (qs *questions) closeStored(ctx context.Context, question, answer string, by id.UserID) {
	if err := qs.store.Questions.Answer(ctx, question, answer, by); err != nil && !errors.Is(err, store.ErrNotOpen) && ctx.Err() == nil {
		qs.log.Err(err).Msg("Question not closed in the store")
	}
}

// reaction reads an answer to a question from a reaction. It counts only from a
// moderator, only on a message of ours, and is carried out like a command.
func (qs *questions) reaction(evt *event.Event) (store.Command, bool) {
	relates := wire.Of(evt.Content.Raw).Object("m.relates_to")
	target, sign := id.EventID(relates.Text("event_id")), relates.Text("key")
	// Of another relation no client shows the others who agreed.
	if relates.Text("rel_type") != string(event.RelAnnotation) || !qs.world.Moderator(evt.Sender) || qs.compared(target, sign) {
		return store.Command{}, false
	}
	if order, ok := qs.speaker.choice(evt, target, sign); ok {
		return order, true
	}
	if order, ok := qs.alerts.reaction(evt, target, sign); ok {
		return order, true
	}
	return qs.signed(evt, target, sign, false)
}

// signed reads the sign of an answer, which somebody gave or put into words, to what may be a question.
func (qs *questions) signed(evt *event.Event, target id.EventID, sign string, words bool) (store.Command, bool) {
	turn, open := qs.board.Read(target, time.UnixMilli(evt.Timestamp), time.Now())
	agreed, ok := approval.Answer(sign)
	switch {
	case !open && (ok || !words):
		qs.early.keep(reactedTo{target, evt, sign, words})
		if ok {
			qs.late.note(lateAnswer{lateTold: lateTold{target, evt.Sender}, agreed: agreed}, time.Now())
		}
		return store.Command{}, false
	case !ok:
		if qs.board.Hint(target) {
			qs.speaker.say(approval.Yes+" or "+approval.No+"? Only these two count as an answer, or a reply that is just yes or no.", target, nil)
		}
		return store.Command{}, false
	}
	return store.Command{
		Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender,
		Body: fmt.Sprintf("%s%s %s %d", answerMark, target, pick(agreed, "yes", "no"), turn),
	}, true
}

// sweepTime is how long a yes waits until it is known what it is to. Lists that go on
// changing must not keep it for ever: it is asked anew then.
const sweepTime = 10 * time.Second

// answer carries out a moderator's word on a question. What is no command's is acted on
// before it is closed in the store: after a crash in between it is acted on again, which
// comes to nothing, where the reverse would lose it. False means that nothing more comes of
// it.
func (o *orders) answer(ctx context.Context, order store.Command) (goesOn bool) {
	target, word, turn := answered(order.Body)
	var q approval.Question
	var d questionDetails
	var open, known, grown bool
	decide := func(late bool) {
		if q, open = o.questions.board.At(id.EventID(target)); !open {
			known = true // somebody was faster, or nothing of it waits any more
			o.questions.late.note(lateAnswer{lateTold: lateTold{id.EventID(target), order.Sender}, agreed: word == "yes"}, time.Now())
			return
		}
		if known = late || word != "yes" || !o.questions.topics.unswept(q.Topic); !known {
			return
		}
		d = o.questions.details[q.ID]
		if turn < q.UpTo {
			q.UpTo, d.marks, d.Weight = turn, d.earlier[turn].marks, d.earlier[turn].weight
		}
		now := time.Now()
		grown = word == "yes" && o.questions.topics.outgrown(q.Topic, d.Weight)
		switch {
		case d.Kind == approval.Command:
		case grown:
			o.questions.close(q, answeredWords(word, order.Sender)+" But it has grown much since I asked, so I ask anew below.", now)
			o.questions.board.Touch(q.Topic, now)
		default:
			o.questions.topics.decide(q, d, word == "yes", order.Sender)
			o.questions.close(q, answeredWords(word, order.Sender), now)
			o.questions.topics.askAgain(q.Topic, now)
		}
	}
	var err error
	for began := time.Now(); err == nil && !known; { // each time the owner finds out a part more
		err = o.loop.Do(ctx, func() { decide(time.Since(began) > sweepTime) })
	}
	switch {
	case err != nil:
		return true // the next start acts on it
	case !open:
		return false
	case d.Kind == approval.Command:
		return o.confirm(ctx, order, q, d, word)
	}
	if err := o.commits.Flush(ctx); err != nil {
		o.log.Err(err).Msg("Answer not stored")
		return true // the next start acts on it again
	}
	o.questions.closeStored(ctx, q.ID, pick(grown, "outgrown", word), order.Sender)
	return false
}

// answered reads the stored form of an answer: to which message, with which word, and
// up to which turn that message was read.
func answered(body string) (target, word string, turn int64) {
	target, word, _ = strings.Cut(strings.TrimPrefix(body, answerMark), " ")
	word, last, _ := strings.Cut(word, " ")
	turn, err := strconv.ParseInt(last, 10, 64)
	if err != nil {
		turn = math.MaxInt64 // earlier versions did not say
	}
	return target, word, turn
}

func answeredWords(word string, by id.UserID) string {
	return fmt.Sprintf("%s, said %s.", pick(word == "yes", "Yes", "No"), text.Code(string(by)))
}
