package community

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/text"
)

// speaker is how what the report says gets into the management room: one message after
// another, for two at once would overtake each other.
type speaker struct {
	report *report.Report

	loop     *loop.Loop
	log      zerolog.Logger
	door     *door
	commits  *commits.Writer
	runner   *enforce.Runner
	throttle *throttle
	room     id.RoomID
	live     func() bool                          // whether the picture is whole
	mute     func() bool                          // whether nothing may be said that the homeserver must not read
	answered func([]id.EventID)                   // hears which commands are done with
	alerted  func(report.Speech) func(id.EventID) // gives what to do once findings are told
	heard
	posted map[string]func(id.EventID) // what to do once a message is there, by its name
	voice  voice
}

// voice is how far we are with speaking.
type voice struct {
	run    int64 // tells the messages of this run from those of others
	spoken int
	tries  int       // of the present message
	muted  time.Time // when it was last logged that nothing can be said
	log    logRoom
}

// problemNamespace keeps what was told, so that a restart does not tell it again.
const problemNamespace = "problem"

// tell says something with the next digest.
func (s *speaker) tell(line string) { s.report.Tell(line) }

// note says with the next digest what asks nothing of anybody.
func (s *speaker) note(line string) { s.report.Note(line) }

// say posts a message in the management room.
func (s *speaker) say(said string, replyTo id.EventID, posted func(id.EventID)) {
	s.speakUp(action.Message{Markdown: said, ReplyTo: replyTo}, posted)
}

func (s *speaker) speakUp(m action.Message, posted func(id.EventID)) {
	s.voice.spoken++
	s.speakAs(fmt.Sprintf("%d-%d", s.voice.run, s.voice.spoken), m, posted)
}

// speakAs is speakUp for what must be said once, also if we are gone before we know that it was: with the same name it
// is the same send.
func (s *speaker) speakAs(name string, m action.Message, posted func(id.EventID)) {
	s.heardAs(s.report.Say, name, m, posted)
}

// speakAside is speakAs in the log room.
func (s *speaker) speakAside(name string, m action.Message, posted func(id.EventID)) {
	s.heardAs(s.report.SayAside, name, m, posted)
}

func (s *speaker) heardAs(say func(string, action.Message) bool, name string, m action.Message, posted func(id.EventID)) {
	if !say(name, m) {
		s.log.Error().Str("said", m.Markdown).Msg("Too much waits to be said: a message to the moderators is dropped")
		return
	}
	if posted != nil && (m.Clear || !s.mute()) {
		s.posted[name] = posted
	}
}

// problem tells of something that moderators should mend.
func (s *speaker) problem(key report.Key, sentence string) {
	s.report.Problems.Tell(key, sentence, time.Now())
}

// reply says what came of a command. What it set off is told in the same message.
func (s *speaker) reply(command id.EventID, a commands.Answer) {
	s.report.Replies.Answer(report.Answer{Command: command, Text: a.Markdown, Follows: a.Rules}, time.Now())
}

// loadProblem takes up a problem that was told before. What an older version told in other words is forgotten.
func (s *speaker) loadProblem(stored, sentence string) {
	key, ok := report.ParseKey(stored)
	if !ok {
		s.commits.Setting(problemNamespace, stored, nil)
		return
	}
	s.report.Problems.Restore(key, sentence, time.Now())
}

// keepProblems stores which problems stand.
func (s *speaker) keepProblems() {
	for _, change := range s.report.Problems.Changes() {
		if change.Text == "" {
			s.commits.Setting(problemNamespace, change.Key.String(), nil)
		} else {
			s.commits.Setting(problemNamespace, change.Key.String(), change.Text)
		}
	}
}

// speak sends what is due.
func (s *speaker) speak(now time.Time) {
	s.keepProblems()
	due := s.report.Due(now)
	s.runner.Pace.Speaks(pick(s.live() && !s.mute(), due, time.Time{}))
	switch {
	case !s.live(): // the picture is not whole yet
	case s.mute():
		if now.Sub(s.voice.muted) > time.Minute {
			s.voice.muted = now
			s.log.Error().Msg("The management room is encrypted and nothing can be said in secret: messages to the moderators are not sent. Set encryption.key, or mend the identity with forseti restore")
		}
		s.answered(s.report.Drop(now))
		for _, said := range s.report.SpeakClear(now) {
			s.utter(said)
		}
	case s.runner.Pace.Free(now, sortOf(s.report, now)).After(now):
	default:
		for _, said := range s.report.Speak(now) {
			s.utter(said)
		}
	}
}

// sortOf is how long what is said next may wait.
func sortOf(r *report.Report, now time.Time) enforce.Sort {
	return pick(r.Pressing(now), enforce.Answer, enforce.News)
}

// speechDue is when something may have to be said; zero if nothing waits.
func (s *speaker) speechDue(now time.Time) time.Time {
	if !s.live() || s.mute() {
		return time.Time{}
	}
	due := s.report.Due(now)
	if free := s.runner.Pace.Free(now, sortOf(s.report, now)); !due.IsZero() && due.Before(free) {
		return free
	}
	return due
}

// mostGathered is how long the fold is that names whom a message only counts, in bytes.
const mostGathered = 8_000

// utter lets a worker post one message.
func (s *speaker) utter(said report.Speech) {
	if s.late(said) {
		return
	}
	tells := s.alerts(said)
	a := s.worded(&said)
	s.runner.Pace.Spend(time.Now(), enforce.Answer)
	first := func(context.Context) {}
	if tells {
		first = s.store
	}
	s.door.tryAfter(first, enforce.Job{Action: a}, func(t enforce.Attempt) { s.uttered(said, t) })
}

// alerts reports whether a message is an alert that was not sent yet.
func (s *speaker) alerts(said report.Speech) bool {
	return len(said.Alerts) > 0 && s.posted[said.Name] == nil
}

// mostStored is how long an alert waits for the database. What is not stored then may be told twice, which is better than
// not at all.
const mostStored = 2 * time.Second

// store has what is known by now be stored before something is sent.
func (s *speaker) store(ctx context.Context) {
	ctx, end := context.WithTimeout(ctx, mostStored)
	defer end()
	if err := s.commits.Flush(ctx); err != nil {
		s.log.Warn().Err(err).Msg("That an alert is sent is not stored yet")
	}
}

// worded is a message as it is posted, and where.
func (s *speaker) worded(said *report.Speech) action.Action {
	room := s.where(said)
	if s.alerts(*said) { // not again if it is sent anew
		s.posted[said.Name] = s.alerted(*said)
	}
	said.Message.ReplyTo = cmp.Or(s.choices.of[said.Message.ReplyTo], said.Message.ReplyTo)
	if said.Message.Thread = s.threads.of(said.Message.ReplyTo); said.Message.Thread == nowhere {
		said.Message.Thread, said.Message.ReplyTo = "", ""
	}
	if room == s.room {
		said.Message = s.newest.unquoted(said.Message)
	}
	said.Message.Markdown = text.OnScreen(text.Gathered(said.Message.Markdown, mostGathered), report.MostRows, report.RowLetters)
	return action.Action{
		ID:   "forseti-" + said.Name,
		Verb: action.Say, Room: room, Message: &said.Message, Cause: action.Cause{Kind: action.ByForseti},
	}
}

func (s *speaker) uttered(said report.Speech, t enforce.Attempt) {
	now, name := time.Now(), said.Name
	f := t.Failure
	switch {
	case f == nil:
		s.runner.Pace.Passed(now)
	case s.missed(said, t.Action.Room, f, now):
		return
	case f.Kind == action.Unauthorized:
		s.loop.Stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
		return
	case f.Kind == action.Broken: // with this message it would again, and others wait
		s.log.Error().Err(f).Msg("Message given up")
	case !f.Final():
		const first, longest = time.Second, time.Minute
		pause := max(min(first<<min(s.voice.tries, 10), longest), f.Pause())
		s.voice.tries++
		if f.Kind == action.RateLimited {
			pause = max(f.Pause(), first)
			s.runner.Pace.Refused(enforce.Answer, f.Pause(), now)
			s.throttle.limited(f.Pause(), now)
		} else {
			s.log.Warn().Err(f).Msg("Message not sent; it will be tried again")
		}
		s.report.Failed(name, now.Add(pause))
		return
	default:
		s.log.Error().Err(f).Msg("Message cannot be sent")
	}
	s.voice.tries = 0
	if t.Action.Room == s.room {
		s.newest.posted(said.Message, t.Result.Event)
	}
	s.answerStands(said.Answers, t.Result.Event)
	s.answered(s.report.Posted(name, t.Result.Event, now))
	if posted := s.posted[name]; posted != nil {
		delete(s.posted, name)
		s.voice.log.spoke = s.voice.log.is(t.Action.Room)
		posted(t.Result.Event)
	}
}
