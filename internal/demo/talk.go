package demo

import (
	"cmp"
	"context"
	"errors"
	"html"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/demo/shown"
)

// line is something that was said in the management room, as it read when the moderator went on.
type line struct {
	by   string
	text string
}

// talk is what was said there, and how much of it was told.
type talk struct {
	mu     sync.Mutex
	orders []order
	told   map[id.EventID]bool
	last   id.EventID // of the orders, if it is to be answered
	news   string     // what the bot is to say by itself
}

// order is what the moderator said.
type order struct {
	evt  id.EventID
	at   time.Time
	text string
}

// said notes what the moderator wrote, or answered by a reaction, and when that was begun.
func (t *talk) said(evt id.EventID, at time.Time, text string, answered bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.orders = append(t.orders, order{evt, at, text})
	if t.last = ""; answered {
		t.last = evt
	}
}

// untold is what was said and not told yet, the oldest first.
func (t *talk) untold(bots []*event.Event) []line {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told == nil {
		t.told = map[id.EventID]bool{}
	}
	type dated struct {
		line
		at time.Time
	}
	var all []dated
	for _, o := range t.orders {
		if !t.told[o.evt] {
			t.told[o.evt] = true
			all = append(all, dated{line{moderatorName, o.text}, o.at})
		}
	}
	for _, evt := range bots {
		if edited(evt) == "" && !t.told[evt.ID] {
			t.told[evt.ID] = true
			all = append(all, dated{line{botName, latest(evt, bots, t.next(evt))}, time.UnixMilli(evt.Timestamp)})
		}
	}
	slices.SortStableFunc(all, func(a, b dated) int { return cmp.Compare(a.at.UnixMilli(), b.at.UnixMilli()) })
	lines := make([]line, 0, len(all))
	for _, d := range all {
		lines = append(lines, d.line)
	}
	return lines
}

// edited is the message that an event is an edit of, "" for none.
func edited(evt *event.Event) id.EventID {
	relates, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
	if relates["rel_type"] != string(event.RelReplace) {
		return ""
	}
	of, _ := relates["event_id"].(string)
	return id.EventID(of)
}

// expects has the bot's news of somebody waited for.
func (t *talk) expects(of id.UserID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.news = string(of)
}

// next is when the moderator went on after a message; zero if they did not yet.
func (t *talk) next(evt *event.Event) time.Time {
	for _, o := range t.orders {
		if o.at.UnixMilli() > evt.Timestamp {
			return o.at
		}
	}
	return time.Time{}
}

// latest is how a message reads at a time, by now if that is zero.
func latest(evt *event.Event, all []*event.Event, at time.Time) string {
	text := read(evt.Content.Raw)
	for _, other := range all {
		if edited(other) == evt.ID && (at.IsZero() || other.Timestamp < at.UnixMilli()) {
			if fresh, ok := other.Content.Raw["m.new_content"].(map[string]any); ok {
				text = read(fresh)
			}
		}
	}
	return text
}

var summary = regexp.MustCompile(`<summary>([^<]*)</summary>`)

// read is a message as plain text, with a mark at what a client folds.
func read(content map[string]any) string {
	text, _ := content["body"].(string)
	markup, _ := content["formatted_body"].(string)
	for _, found := range summary.FindAllStringSubmatch(markup, -1) {
		title := html.UnescapeString(found[1])
		text = strings.Replace("\n"+text, "\n"+title+"\n", "\n▸ "+title+"\n", 1)[1:]
	}
	return text
}

// answered waits a moment for the answer to the last order, and for what the bot is to tell by
// itself, so that both stand where they belong.
func (s *stage) answered(ctx context.Context) {
	s.talk.mu.Lock()
	last, news := s.talk.last, s.talk.news
	s.talk.last, s.talk.news = "", ""
	s.talk.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	_ = until(ctx, func() error {
		answered, told := last == "", news == ""
		for _, evt := range s.said() {
			body, _ := evt.Content.Raw["body"].(string)
			answered = answered || evt.Content.Raw["forseti.answers"] == string(last) || replied(evt) == last
			told = told || strings.Contains(body, news)
		}
		if !answered || !told {
			return errors.New("no answer")
		}
		return nil
	})
}

func replied(evt *event.Event) id.EventID {
	relates, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
	to, _ := relates["m.in_reply_to"].(map[string]any)
	of, _ := to["event_id"].(string)
	return id.EventID(of)
}

// The widths of what is told, in letters.
const (
	mostWidth = 78
	mostLines = 14 // of one message
)

// wrapped are the lines of a text.
func wrapped(text string) []string {
	lines := shown.Wrap(text, mostWidth)
	if len(lines) > mostLines {
		lines = append(lines[:mostLines-1], "…")
	}
	return lines
}
