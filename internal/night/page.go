package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

const introduction = `# A spam wave, message by message

%d accounts of one server come into %d rooms at night and post %d messages. A member of that server was here before whose name is like theirs, and another whose name is not. What follows is what a moderator wrote, where they tapped, and what the bot answered, on a homeserver with its default limits: %d messages and %d taps. Lines are as long as on a phone, and what is folded stands behind ▸. [A spam wave, step by step](spam-wave.md) says what else there is.

`

// transcript is the page.
func transcript(o options, nights []played) string {
	var b strings.Builder
	b.WriteString("<!-- Written by go run -tags goolm ./internal/night -update. -->\n\n")
	fmt.Fprintf(&b, introduction, o.accounts, o.rooms, o.accounts*o.rooms*o.each, nights[0].messages, nights[0].reactions)
	first := ""
	for i, n := range nights {
		title := "In a clear management room"
		if n.encrypted {
			title = "In an encrypted one"
		}
		went := n.told()
		switch {
		case i == 0:
			first = went
		case wordsOf(went) == wordsOf(first):
			went = "Word for word the same.\n"
		}
		fmt.Fprintf(&b, "## %s\n\n%s\n", title, went)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// told is a night as text.
func (n played) told() string {
	var b strings.Builder
	for _, t := range n.turns {
		switch {
		case t.reacts:
			fmt.Fprintf(&b, "**The moderator taps %s**\n\n", t.does)
		case t.does != "":
			fmt.Fprintf(&b, "**The moderator writes**\n\n    %s\n\n", t.does)
		default:
			fmt.Fprintf(&b, "*%s*\n\n", t.comment)
		}
		for _, r := range t.shown {
			if strings.HasPrefix(r.plain, looked) {
				continue
			}
			if t.reacts && strings.Contains(r.plain, "Yes, said ") {
				continue // the question, as it looks when it is answered
			}
			fmt.Fprintf(&b, "The bot, %s:\n\n", r.when(t))
			for _, line := range r.onPhone() {
				fmt.Fprintf(&b, "    %s\n", steady(line))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// new tells whether a reply came in that turn, and is not one of before that was edited.
func (r reply) new(t *turn) bool { return !t.reacts || r.edits == 0 }

// when says how long a reply took, no more exactly than it is the same the next time.
func (r reply) when(t *turn) string {
	switch {
	case !r.new(t) || r.settled > r.after+late:
		return "at once, and complete " + about(r.settled)
	default:
		return about(r.after)
	}
}

func about(d time.Duration) string {
	for _, most := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute} {
		if d <= most {
			return "within " + strings.Replace(most.String(), "m0s", "m", 1)
		}
	}
	return "after " + d.Round(time.Minute).String()
}

var (
	stamp = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`)
	ago   = regexp.MustCompile(`the first (?:about )?(?:a few seconds|\d+ seconds?|\d+ minutes?) ago`)
	count = regexp.MustCompile(`\d+`)
)

// steady has a line be the same whenever the night is played.
func steady(line string) string {
	line = strings.ReplaceAll(line, ":localhost", ":example.org")
	line = stamp.ReplaceAllString(line, "2026-01-31 03:00")
	return ago.ReplaceAllString(line, "the first about 1 minute ago")
}

// wordsOf are the words of a night, without numbers, times, and where lines break.
func wordsOf(page string) string {
	page = regexp.MustCompile(`The bot, [^:]*:`).ReplaceAllString(page, "The bot:")
	page = strings.Join(strings.Fields(page), " ") // and then what may be parted by the end of a line
	page = regexp.MustCompile(`the first .{1,30}? ago`).ReplaceAllString(page, "the first some time ago")
	return count.ReplaceAllString(page, "0")
}

// looked is how a word ends that is said only where a look took longer than two seconds.
const looked = "That was all that I had to look at."
