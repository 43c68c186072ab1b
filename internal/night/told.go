package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// turn is what the moderator did, and what the bot said to it.
type turn struct {
	does    string // what they wrote, or the sign that they reacted with
	reacts  bool
	comment string // what happened besides
	told    []*reply
	shown   []reply // as they were when the moderator went on
}

// reply is a message of the bot, as it came out after all edits.
type reply struct {
	event   id.EventID
	to      id.EventID // what it replies to, "" for nothing
	plain   string
	html    string
	edits   int
	after   time.Duration // from what the moderator did to its first words
	settled time.Duration // to its last words
}

// played is a night as it went.
type played struct {
	encrypted bool
	turns     []*turn
	wrong     []string
	messages  int // of the moderator
	reactions int
}

// night plays one.
type night struct {
	*stage
	played
	at    time.Time // by the homeserver's clock: when the moderator did what they did last
	seen  map[id.EventID]*reply
	known int // events of the moderator's client that were looked at
	last  id.EventID
}

func (n *night) wrongf(format string, args ...any) {
	n.wrong = append(n.wrong, fmt.Sprintf(format, args...))
}

// ends closes the present turn.
func (n *night) ends() {
	n.listen()
	if len(n.turns) == 0 {
		return
	}
	t := n.turns[len(n.turns)-1]
	for _, r := range t.told {
		t.shown = append(t.shown, *r)
	}
}

// begins opens a turn in which the moderator does nothing.
func (n *night) begins(comment string) {
	n.ends()
	n.at = time.Time{}
	n.turns = append(n.turns, &turn{comment: comment})
}

// says writes a command.
func (n *night) says(ctx context.Context, text string) error {
	n.ends()
	n.turns = append(n.turns, &turn{does: text})
	n.messages++
	n.at = time.Now()
	sent, err := n.moderator.SendText(ctx, n.management, text)
	if err == nil {
		n.last = sent.EventID
	}
	return err
}

// reacts answers the latest question.
func (n *night) reacts(ctx context.Context, sign string) error {
	n.listen()
	var question id.EventID
	for _, r := range n.seen {
		if strings.Contains(r.plain, "React with") && n.turns[len(n.turns)-1].has(r) {
			question = r.event
		}
	}
	if question == "" {
		return errors.New("there is no question")
	}
	if err := n.until(ctx, "offer "+sign, glance, func() bool { return n.offers(question, sign) }); err != nil {
		return err
	}
	n.ends()
	n.turns = append(n.turns, &turn{does: sign, reacts: true})
	n.reactions++
	n.at = time.Now()
	_, err := n.moderator.SendReaction(ctx, n.management, question, sign)
	return err
}

// offers tells whether the bot has put a sign under a question, as somebody sees who taps on it.
func (n *night) offers(question id.EventID, sign string) bool {
	return slices.ContainsFunc(n.moderator.Events(), func(evt *event.Event) bool {
		relates, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
		return evt.Sender == n.account.UserID && relates["event_id"] == string(question) && relates["key"] == sign
	})
}

func (t *turn) has(r *reply) bool { return slices.Contains(t.told, r) }

// hears waits until the bot has said something with all of the words in this turn.
func (n *night) hears(ctx context.Context, words ...string) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var found *reply
	err := n.until(ctx, "hear "+strings.Join(words, ", "), glance, func() bool {
		n.listen()
		for _, r := range n.turns[len(n.turns)-1].told {
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(r.plain, w) }) {
				found = r
			}
		}
		return found != nil
	})
	return found, err
}

// glance is how often is looked whether the moderator's client has heard something.
const glance = 200 * time.Millisecond

// look is how often is looked at what rooms say, which costs the homeserver more than all that
// the bot does.
func (n *night) look() time.Duration {
	return max(glance, time.Duration(n.accounts*len(n.rooms)*n.each)*3*time.Millisecond)
}

// until waits for a condition.
func (n *night) until(ctx context.Context, what string, every time.Duration, condition func() bool) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-n.bot.Exited():
			return errors.New("the bot ended")
		case <-ctx.Done():
			var said []string
			for _, r := range n.turns[len(n.turns)-1].told {
				said = append(said, r.plain)
			}
			return fmt.Errorf("the bot did not %s; it said:\n%s", what, strings.Join(said, "\n---\n"))
		}
	}
	return nil
}

// listen takes in what the bot said.
func (n *night) listen() {
	all := n.moderator.Events()
	for _, evt := range all[n.known:] {
		if n.speaks(evt) && len(n.turns) > 0 {
			n.hear(evt)
		}
	}
	n.known = len(all)
}

func (n *night) hear(evt *event.Event) {
	now := n.turns[len(n.turns)-1]
	after := time.UnixMilli(evt.Timestamp).Sub(n.at)
	if n.at.IsZero() {
		after = 0
	}
	content := evt.Content.Raw
	relates, _ := content["m.relates_to"].(map[string]any)
	if relates["rel_type"] == "m.replace" {
		of, _ := relates["event_id"].(string)
		r := n.seen[id.EventID(of)]
		if r == nil {
			return
		}
		news, _ := content["m.new_content"].(map[string]any)
		r.plain, r.html, r.edits, r.settled = field(news, "body"), field(news, "formatted_body"), r.edits+1, after
		if !now.has(r) && !now.reacts {
			n.wrongf("what was told before %q was edited under it: %.200s", now.does, r.plain)
		}
		if !now.has(r) {
			now.told = append(now.told, r)
		}
		return
	}
	if n.seen[evt.ID] != nil {
		return
	}
	r := &reply{event: evt.ID, plain: field(content, "body"), html: field(content, "formatted_body"), after: after, settled: after}
	if to, ok := relates["m.in_reply_to"].(map[string]any); ok {
		r.to = id.EventID(field(to, "event_id"))
	}
	if r.to != "" && n.last != "" && r.to != n.last {
		n.wrongf("a reply to something else came after %q: %.200s", now.does, r.plain)
	}
	n.seen[evt.ID] = r
	now.told = append(now.told, r)
}

func field(content map[string]any, key string) string {
	s, _ := content[key].(string)
	return s
}

// A phone shows so many signs in a line, and a reply is to fit on its screen.
const (
	phoneWidth = 48
	phoneLines = 10
)

var (
	folds  = regexp.MustCompile(`(?s)<details>\s*<summary>(.*?)</summary>.*?</details>`)
	breaks = regexp.MustCompile(`<(?:/p|br ?/?|/li|/h\d|/pre)>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

// onPhone are the lines that are shown of a reply before anything is unfolded.
func (r *reply) onPhone() (lines []string) {
	shown := r.plain
	if r.html != "" {
		shown = folds.ReplaceAllString(r.html, "▸ $1</p>")
		shown = html.UnescapeString(tags.ReplaceAllString(breaks.ReplaceAllString(shown, "\n"), ""))
	}
	for line := range strings.Lines(shown) {
		// The outcome under a question that was answered is for those who read it later.
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "Yes, said ") {
			lines = append(lines, wrap(line)...)
		}
	}
	return lines
}

// wrap breaks a line between words.
func wrap(line string) (lines []string) {
	now := ""
	for word := range strings.FieldsSeq(line) {
		if now != "" && len([]rune(now))+1+len([]rune(word)) > phoneWidth {
			lines, now = append(lines, now), ""
		}
		if now != "" {
			now += " "
		}
		now += word
	}
	return append(lines, now)
}
