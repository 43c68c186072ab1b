package report

import (
	"fmt"
	"slices"

	"forseti/text"
)

// news are single lines of the next digest.
type news struct {
	items []item
	more  int // that there was no place for
}

type item struct {
	text  string
	short string // the same in fewer words, "" if there are none
	of    Key    // of a problem
	rest  bool   // it asks nothing of anybody
}

const (
	// mostNews is how many lines one digest shows, mostWaiting how many may wait for it.
	mostNews    = 8
	mostWaiting = 200
)

func (n *news) add(text string, of Key) { n.put(item{text: text, of: of}) }

func (n *news) put(i item) {
	if len(n.items) >= mostWaiting {
		n.more++
		return
	}
	n.items = append(n.items, i)
}

// asks reports whether some of it is for moderators to do something about.
func (n *news) asks() bool {
	return n.more > 0 || slices.ContainsFunc(n.items, func(i item) bool { return !i.rest })
}

// part takes what asks nothing of anybody out of it, or all else.
func (n *news) part(rest bool) (taken news) {
	all := n.take()
	for _, i := range all.items {
		if i.rest == rest {
			taken.items = append(taken.items, i)
		} else {
			n.items = append(n.items, i)
		}
	}
	if taken.more = all.more; rest {
		taken.more, n.more = 0, all.more
	}
	return taken
}

// unsay takes back what is to be said of a problem, and reports whether there was something.
func (n *news) unsay(of Key) bool {
	before := len(n.items)
	n.items = slices.DeleteFunc(n.items, func(i item) bool { return i.of == of })
	return len(n.items) < before
}

// reword changes what is to be said of a problem, and reports whether there was something.
func (n *news) reword(of Key, text string) bool {
	i := slices.IndexFunc(n.items, func(i item) bool { return i.of == of })
	if i >= 0 {
		n.items[i].text = text
	}
	return i >= 0
}

// take empties it.
func (n *news) take() news {
	taken := *n
	*n = news{}
	return taken
}

// say shows what there is, each line as it is now.
func (n *news) say(now func(item) string) (said []Part) {
	for _, i := range n.items[:min(len(n.items), mostNews)] {
		p := Part{now(i)}
		if i.short != "" {
			p = append(p, p[0], i.short) // it is as good as the quotes of others
		}
		said = append(said, p)
	}
	if more := len(n.items) - mostNews + n.more; more > 0 {
		said = append(said, Part{fmt.Sprintf("And %s of news: `!forseti status` shows what is left to mend.", text.Count(more, "more piece"))})
	}
	return said
}
