package report

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Speech is a message to send. The same name is the same send, also after a restart.
type Speech struct {
	Name    string
	Message action.Message
}

// What one message may hold, in bytes of Markdown. Moderators read on a phone; and an event has room for 65,536 bytes,
// in which the text stands twice, an edit's four times, encrypted a third longer.
const (
	mostFirst = 12_000
	mostEdit  = 6_000
	// mostSaid and mostWaiting are how many messages and lines of news may wait, as while the homeserver is away.
	mostSaid    = 500
	mostWaiting = 200
)

// outbox is what is to be said, one message at a time: two that are under way at once would overtake each other.
type outbox struct {
	seq    uint64
	said   []saying // by others, as it is
	flying *flight
	story  *flight // the notice that was said last, if nothing was said since
}

type saying struct {
	seq    uint64
	speech Speech
}

// flight is a message under way, and what it is about.
type flight struct {
	speech Speech
	failed bool
	again  time.Time // when to send it anew, if it failed

	answer *answer
	final  bool
	text   string // in full

	limit bool

	notice bool
	single decisionKey // of a notice about one decision
	cause  action.Cause
	tally  tally
	edits  id.EventID
	event  id.EventID
	at     time.Time
}

// Say says something as it is, after what was to be said before. It reports false if too much waits already.
func (r *Report) Say(name string, m action.Message) bool {
	if len(r.said) >= mostSaid {
		return false
	}
	r.seq++
	m.Markdown = fit(m.Markdown, mostFirst)
	r.said = append(r.said, saying{r.seq, Speech{name, m}})
	return true
}

// Speak gives what is to be sent now. Each is then to be Posted or Failed before more is given.
func (r *Report) Speak(now time.Time) []Speech {
	if r.flying != nil {
		return r.again(now)
	}
	r.flying = r.choose(now)
	if r.flying == nil {
		return nil
	}
	return []Speech{r.flying.speech}
}

// again sends anew what failed.
func (r *Report) again(now time.Time) []Speech {
	f := r.flying
	if f == nil || !f.failed || now.Before(f.again) {
		return nil
	}
	f.failed = false
	return []Speech{f.speech}
}

// choose says what comes first: that the homeserver limits us, then what was asked for in the order of asking, then how
// that ended, then news, then progress.
func (r *Report) choose(now time.Time) *flight {
	r.overdue(now)
	r.limitQuiet(now)
	if r.limitFirst() {
		return r.limitFlight(now)
	}
	if f := r.nextReply(now); f != nil {
		return f
	}
	for _, a := range slices.Clone(r.answers) {
		if a.posted && r.complete(a) {
			return r.answerFlight(a, now)
		}
	}
	if (len(r.ready) > 0 || len(r.news) > 0) && !now.Before(r.pace.next) {
		if f := r.digest(now); f != nil {
			return f
		}
	}
	if r.limit.posted && (!now.Before(r.limit.next) || r.limitEnds(now)) {
		if f := r.limitFlight(now); f != nil {
			return f
		}
	}
	for _, a := range r.answers {
		if a.posted && !now.Before(a.next) {
			if f := r.answerFlight(a, now); f != nil {
				return f
			}
		}
	}
	return nil
}

// nextReply is the first reply of a command, or what another said, in the order in which they came. A command waits a
// moment for its effects, but nobody who comes after waits for it.
func (r *Report) nextReply(now time.Time) *flight {
	a := r.unsaid()
	if len(r.said) > 0 && (a == nil || r.said[0].seq < a.seq) {
		f := &flight{speech: r.said[0].speech}
		r.said = r.said[1:]
		return f
	}
	if a == nil || now.Before(r.replyDue(a)) {
		return nil
	}
	return r.answerFlight(a, now)
}

func (r *Report) unsaid() *answer {
	for _, a := range r.answers {
		if !a.posted {
			return a
		}
	}
	return nil
}

// replyDue is when the first of the unsaid replies should be sent.
func (r *Report) replyDue(a *answer) time.Time {
	if len(r.said) > 0 {
		return a.at // somebody waits behind it
	}
	for _, other := range r.answers {
		if !other.posted && r.complete(other) {
			return a.at
		}
	}
	return a.at.Add(patience)
}

// answerFlight is a command's reply, or an edit of it; nil if there is nothing new to say.
func (r *Report) answerFlight(a *answer, now time.Time) *flight {
	f := &flight{answer: a, final: r.complete(a), text: r.replyText(a, now)}
	if a.posted && f.text == a.said && !f.final {
		a.next = now.Add(r.pauseOfEdits())
		return nil
	}
	m := action.Message{Markdown: fit(f.text, mostFirst), ReplyTo: a.command}
	name := "answer-" + hash(string(a.command))
	if a.posted {
		// What came of the command must have its place, however long what it says is.
		m = action.Message{Markdown: fit(fit(a.text, mostEdit/2)+strings.TrimPrefix(f.text, a.text), mostEdit), Edits: a.event}
		name += "-" + hash(f.text, stamp(now))
	}
	f.speech = Speech{name, m}
	return f
}

func (r *Report) pauseOfEdits() time.Duration {
	if r.limit.on {
		return 2 * r.limit.pause() // what is said about the limits tells how far we are
	}
	return editPause
}

// limitFirst reports whether moderators have yet to hear of the homeserver's limits. What holds up nothing but speech is
// no news.
func (r *Report) limitFirst() bool {
	return r.limit.on && !r.limit.posted && r.held() != "" && !r.dry
}

// limitQuiet forgets limits that are over, of which nobody was told.
func (r *Report) limitQuiet(now time.Time) {
	if r.limitEnds(now) && !r.limit.posted {
		r.limit.on = false
	}
}

func (r *Report) limitFlight(now time.Time) *flight {
	f := &flight{limit: true, final: r.limitEnds(now), text: r.limitText(now)}
	if f.text == r.limit.said {
		r.limit.next = now.Add(r.limit.pause())
		return nil
	}
	name := "limit-" + hash(stamp(r.limit.since))
	if r.limit.posted {
		name += "-" + hash(f.text, stamp(now))
	}
	f.speech = Speech{name, action.Message{Markdown: f.text, Edits: r.limit.event}}
	return f
}

// Failed says that a message could not be sent, and when to try again.
func (r *Report) Failed(name string, again time.Time) {
	if f := r.flying; f != nil && f.speech.Name == name {
		f.failed, f.again = true, again
	}
}

// Posted says which event a message became, or "" if it cannot be sent at all. It returns the commands that are answered
// for good.
func (r *Report) Posted(name string, event id.EventID, now time.Time) []id.EventID {
	f := r.flying
	if f == nil || f.speech.Name != name {
		return nil
	}
	r.flying = nil
	switch {
	case f.answer != nil:
		return r.postedAnswer(f, event, now)
	case f.limit:
		r.postedLimit(f, event, now)
	case f.notice:
		r.postedNotice(f, event, now)
	default:
		r.story = nil
	}
	return nil
}

func (r *Report) postedAnswer(f *flight, event id.EventID, now time.Time) []id.EventID {
	a := f.answer
	if !a.posted {
		a.posted, a.event, r.story = true, event, nil
	}
	a.said, a.next = f.text, now.Add(r.pauseOfEdits())
	if a.again && a.event != "" {
		// What stands there may be of before the restart.
		a.again, a.said, a.next = false, "", now
		return nil
	}
	// Without an event there is nothing to edit: this was all that could be said.
	if a.event != "" && (!r.complete(a) || r.replyText(a, now) != f.text) {
		return nil
	}
	r.close(a, now)
	return []id.EventID{a.command}
}

func (r *Report) postedLimit(f *flight, event id.EventID, now time.Time) {
	if !r.limit.posted {
		r.limit.posted, r.limit.event, r.story = true, event, nil
	}
	r.limit.said, r.limit.next = f.text, now.Add(r.limit.pause())
	if f.final || r.limit.event == "" {
		r.limit = limit{}
	}
}

func (r *Report) postedNotice(f *flight, event id.EventID, now time.Time) {
	r.pace.spoke(now)
	f.event, f.at = event, now
	if f.edits != "" {
		f.event = f.edits
	}
	r.story = f
	if event == "" || f.single == (decisionKey{}) {
		r.story = nil
	}
}

// Due is when Speak may next have something; zero if not before something happens.
func (r *Report) Due(now time.Time) time.Time {
	if f := r.flying; f != nil {
		if !f.failed {
			return time.Time{}
		}
		return later(f.again, now)
	}
	var at time.Time
	sooner := func(t time.Time) {
		if t = later(t, now); at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if r.limitFirst() || len(r.said) > 0 {
		return now
	}
	if a := r.unsaid(); a != nil {
		sooner(r.replyDue(a))
	}
	for _, a := range r.answers {
		switch {
		case !a.posted:
		case r.complete(a):
			sooner(now)
		default:
			sooner(a.next)
		}
	}
	if len(r.ready) > 0 || len(r.news) > 0 {
		sooner(r.pace.next)
	}
	if r.limit.posted {
		sooner(r.limit.next)
		if r.Left() == 0 || r.dry {
			sooner(r.limit.until)
		}
	}
	if len(r.aging) > 0 {
		sooner(r.aging[0].began.Add(tooLong))
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// SpeakClear is Speak where nothing can be said in secret: it gives only what is to be said all the same.
func (r *Report) SpeakClear(now time.Time) []Speech {
	if r.flying != nil || len(r.said) == 0 || !r.said[0].speech.Message.Clear {
		return r.again(now)
	}
	r.flying = &flight{speech: r.said[0].speech}
	r.said = r.said[1:]
	return []Speech{r.flying.speech}
}

// Drop forgets what waits to be said in secret, when nothing can be. It returns the commands that are done with all the
// same.
func (r *Report) Drop(now time.Time) (done []id.EventID) {
	r.said = slices.DeleteFunc(r.said, func(s saying) bool { return !s.speech.Message.Clear })
	if r.flying != nil && !r.flying.speech.Message.Clear {
		r.flying = nil
	}
	r.news, r.story = nil, nil
	for _, d := range slices.Clone(r.ready) {
		r.told(d)
	}
	for _, a := range slices.Clone(r.answers) {
		if r.complete(a) {
			r.close(a, now)
			done = append(done, a.command)
		}
	}
	if r.limitEnds(now) {
		r.limit = limit{}
	}
	return done
}

// stamp makes names differ by when something was said. To edit a message twice does no harm; to take an edit for an
// earlier one, because it has the same text, would.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// hash makes a short name of parts that may hold anything.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// fit cuts a message between two lines, or two words if it is one line.
func fit(markdown string, most int) string {
	if weight(markdown) <= most {
		return markdown
	}
	room, end := most, 0
	for i, r := range markdown {
		if room -= weight(string(r)); room < 0 {
			break
		}
		end = i
	}
	markdown = markdown[:end]
	if line := strings.LastIndexByte(markdown, '\n'); line > 0 {
		return strings.TrimRight(markdown[:line], "\n") + "\n\n… (cut)"
	}
	// One line: between two sentences, so that no code span is left open.
	if sentence := strings.LastIndex(markdown, ". "); sentence > 0 {
		return markdown[:sentence+1] + " … (cut)"
	}
	return strings.TrimRight(markdown, "\\") + " … (cut)"
}

// weight is about how much a text takes in an event, where some characters become several.
func weight(s string) int {
	n := len(s)
	for _, special := range `<>&"` {
		n += 4 * strings.Count(s, string(special))
	}
	return n
}
