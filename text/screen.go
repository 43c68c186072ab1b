package text

import (
	"fmt"
	"strings"
)

// OnScreen folds what a screen of so many rows would not show at once: the later points of lists, and if that is not
// enough, all but what comes first, and a short paragraph at the end that says what to do.
func OnScreen(markdown string, rows, letters int) string {
	if Rows(markdown, letters) <= rows {
		return markdown
	}
	s := screen{rows, letters}
	blocks := blocksOf(markdown)
	least := 0
	for _, b := range blocks {
		least += s.least(b)
	}
	if least > rows {
		return s.begin(blocks)
	}
	return s.shorten(blocks, least)
}

type screen struct{ rows, letters int }

// block is a paragraph, a list, or what is folded already. What it is made of is not parted.
type block struct {
	list  bool
	units []string
}

func (b block) String() string { return strings.Join(b.units, "\n") }

func blocksOf(markdown string) (blocks []block) {
	for _, p := range Pieces(markdown) {
		if p.Folded {
			blocks = append(blocks, block{units: []string{Fold(p.Title, p.Body)}})
			continue
		}
		blocks = append(blocks, parted(p.Body)...)
	}
	return blocks
}

// parted reads what is shown of a text.
func parted(body string) (blocks []block) {
	var now block
	end := func() {
		if len(now.units) > 0 {
			blocks = append(blocks, now)
		}
		now = block{}
	}
	fenced := false
	for line := range strings.SplitSeq(body, "\n") {
		point := strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "> ")
		fence := strings.HasPrefix(line, "```")
		switch {
		case fenced, now.list && strings.HasPrefix(line, " "): // belongs to what is before it
			now.units[len(now.units)-1] += "\n" + line
			fenced = fenced != fence
			continue
		case strings.TrimSpace(line) == "":
			end()
			continue
		case (point || fence) != now.list:
			end()
		}
		now.list, fenced = point || fence, fence
		now.units = append(now.units, line)
	}
	end()
	return blocks
}

func (s screen) of(text string) int { return Rows(text, s.letters) }

// least is how many rows a block fills at least.
func (s screen) least(b block) int {
	if b.list {
		return 1 // the title of a fold
	}
	return s.of(b.String())
}

// shorten folds the later points of lists.
func (s screen) shorten(blocks []block, least int) string {
	shown := make([]string, len(blocks))
	room := s.rows - least
	for i, b := range blocks {
		if !b.list || s.of(b.String()) <= room+1 {
			shown[i] = b.String()
			room -= s.of(shown[i]) - s.least(b)
			continue
		}
		n := 0
		for ; n < len(b.units) && s.of(b.units[n]) <= room; n++ {
			room -= s.of(b.units[n])
		}
		title := fmt.Sprintf("%d more", len(b.units)-n)
		if n == 0 {
			title = fmt.Sprintf("All %d", len(b.units))
		}
		shown[i] = Paragraphs(strings.Join(b.units[:n], "\n"), Fold(title, strings.Join(b.units[n:], "\n")))
	}
	return Paragraphs(shown...)
}

// begin shows what comes first and the end, and folds what is between.
func (s screen) begin(blocks []block) string {
	end := ""
	if last := blocks[len(blocks)-1]; len(blocks) > 1 && !last.list && !EndsFolded(last.String()) && s.of(last.String()) <= s.rows/2 {
		end, blocks = last.String(), blocks[:len(blocks)-1]
	}
	room := s.rows - 1 - s.of(end)
	var shown, more []string
	for _, b := range blocks {
		var now, rest []string
		for _, u := range b.units {
			if len(more)+len(rest) > 0 {
				rest = append(rest, u)
				continue
			}
			first, left := s.cut(u, room, len(shown)+len(now) == 0)
			room -= s.of(first)
			if now = append(now, first); left != "" {
				rest = append(rest, left)
			}
		}
		shown, more = append(shown, joined(now)), append(more, joined(rest))
	}
	if joined(more) == "" {
		return Paragraphs(append(shown, end)...)
	}
	return Paragraphs(Paragraphs(shown...), Fold("More", Opened(Paragraphs(more...))), end)
}

// cut parts what does not fit between two sentences. Something has to be shown first.
func (s screen) cut(unit string, room int, first bool) (shown, left string) {
	if s.of(unit) <= room {
		return unit, ""
	}
	if strings.Contains(unit, "\n") {
		return "", unit
	}
	all := Sentences(unit)
	n := len(all)
	for n > 0 && s.of(strings.Join(all[:n], " ")) > room {
		n--
	}
	if n == 0 && first {
		n = 1
	}
	return strings.Join(all[:n], " "), strings.Join(all[n:], " ")
}

// joined puts lines together, leaving out empty ones.
func joined(lines []string) string {
	var all []string
	for _, l := range lines {
		if l != "" {
			all = append(all, l)
		}
	}
	return strings.Join(all, "\n")
}

// Opened shows what was folded.
func Opened(markdown string) string {
	var all []string
	for _, p := range Pieces(markdown) {
		all = append(all, p.Title, p.Body)
	}
	return Paragraphs(all...)
}
