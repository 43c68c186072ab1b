package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// HowToAnswer begins the line that says how a question is answered.
const HowToAnswer = "React with "

// Asks puts below a question how it is answered: that begins with HowToAnswer.
func Asks(question, how string) string {
	blocks := blocksOf(question)
	if n := len(blocks); n == 0 || blocks[n-1].list || blocks[n-1].folded {
		return Paragraphs(question, how)
	}
	return question + "\n" + how
}

// OnScreen folds what a screen of so many rows would not show at once: the later points of lists, and if that is not
// enough, all but what comes first, and short paragraphs at the end that say what to do. All of that is one fold, together
// with what was folded already. A question at the end, and how it is answered, is shown whatever else is.
func OnScreen(markdown string, rows, letters int) string {
	if Rows(markdown, letters) <= rows {
		return markdown
	}
	s := screen{rows, letters}
	blocks := blocksOf(markdown)
	if said, fits := s.gather(blocks); fits {
		return said
	}
	if said, fits := s.shorten(blocks); fits {
		return said
	}
	return s.begin(blocks)
}

type screen struct{ rows, letters int }

// block is a paragraph, a list, or what is folded already. What it is made of is not parted.
type block struct {
	list, folded bool
	units        []string
}

func (b block) String() string { return strings.Join(b.units, "\n") }

func blocksOf(markdown string) (blocks []block) {
	for _, p := range Pieces(markdown) {
		if p.Folded {
			blocks = append(blocks, block{folded: true, units: []string{Fold(p.Title, p.Body)}})
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

// gather has all that is folded be one fold, where the last of it was.
func (s screen) gather(blocks []block) (said string, fits bool) {
	var shown, folds []string
	at := 0
	for _, b := range blocks {
		if b.folded {
			folds, at = append(folds, b.String()), len(shown)
			continue
		}
		shown = append(shown, b.String())
	}
	if len(folds) < 2 {
		return "", false
	}
	said = Paragraphs(Paragraphs(shown[:at]...), folded("More", folds), Paragraphs(shown[at:]...))
	return said, s.of(said) <= s.rows
}

// shorten folds the later points of lists; of the first as much as fits is shown.
func (s screen) shorten(blocks []block) (said string, fits bool) {
	room, cuts := s.rows-1, 0
	for _, b := range blocks {
		if !b.list && !b.folded {
			room -= s.of(b.String())
		}
	}
	if room < 0 {
		return "", false
	}
	var shown, more []string
	title, at := "", 0
	for _, b := range blocks {
		switch {
		case b.folded:
			more, cuts, at = append(more, b.String()), cuts+1, cmp.Or(at, len(shown))
			title = Pieces(b.String())[0].Title
			continue
		case !b.list:
			shown = append(shown, b.String())
			continue
		}
		n := 0
		for ; n < len(b.units) && s.of(b.units[n]) <= room; n++ {
			room -= s.of(b.units[n])
		}
		now, rest := slices.Clone(b.units[:n]), slices.Clone(b.units[n:])
		if len(rest) == 0 {
			shown = append(shown, b.String())
			continue
		}
		if title = fmt.Sprintf("%d more", len(rest)); n == 0 {
			title = fmt.Sprintf("All %d", len(rest))
			if first, left := s.cut(rest[0], room, false); first != "" {
				now, rest[0] = []string{first}, left
				room -= s.of(first)
			}
		}
		if len(now) > 0 {
			shown = append(shown, strings.Join(now, "\n"))
		} else if last := len(shown) - 1; cuts > 0 && last >= at && strings.HasSuffix(shown[last], ":") {
			// What a list is of goes with it, lest it stand behind the fold with nothing under it.
			more, shown = append(more, shown[last]), shown[:last]
		}
		more, cuts, at = append(more, strings.Join(rest, "\n")), cuts+1, cmp.Or(at, len(shown))
		room = 0 // points of a later list stand with its others, under what they are of
	}
	if cuts == 0 {
		return "", false // there is no list
	}
	if cuts > 1 {
		title = "More"
	}
	said = Paragraphs(Paragraphs(shown[:at]...), folded(title, more), Paragraphs(shown[at:]...))
	return said, s.of(said) <= s.rows
}

// Whole is the title of a fold that has all of the list that stands before it, so that nothing of
// that need be put into it.
const Whole = "All of it"

// folded folds parts, of which some may be folds.
func folded(title string, parts []string) string {
	parts, whole := slices.Clone(parts), ""
	for i, part := range parts {
		if p := Pieces(part); len(p) == 1 && p[0].Folded && p[0].Title == Whole {
			title, whole, parts[i] = Whole, p[0].Body, p[0].Body
		}
	}
	if whole != "" {
		parts = slices.DeleteFunc(parts, func(part string) bool { return part != whole && strings.Contains(whole, part) })
	}
	var all []string
	for _, part := range parts {
		part = Opened(part)
		if n := len(all); n > 0 && isPoint(lastLine(all[n-1])) && isPoint(part) {
			all = append(all, apart)
		}
		all = append(all, part)
	}
	return Fold(title, Paragraphs(all...))
}

// apart stands between two lists, which are one list else wherever they are shown.
const apart = "Also:"

// isPoint tells whether a text begins with a point of a list, or with what belongs to one.
func isPoint(s string) bool {
	s = strings.TrimLeft(s, " ")
	return strings.HasPrefix(s, "- ") || strings.HasPrefix(s, "* ")
}

// lastLine is the last line of a text that does not go on with a line before it.
func lastLine(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range slices.Backward(lines) {
		if i == 0 || !strings.HasPrefix(line, " ") {
			return line
		}
	}
	return s
}

// begin shows what comes first and the end, and folds what is between.
func (s screen) begin(blocks []block) string {
	var end, folds []string
	blocks = slices.DeleteFunc(blocks, func(b block) bool {
		if b.folded {
			folds = append(folds, b.String())
		}
		return b.folded
	})
	if ask, before, asks := s.question(blocks); asks {
		end, blocks = []string{ask}, before
	}
	room := s.rows / 2
	if len(end) > 0 {
		room = s.rows/3 - s.of(end[0])
	}
	for ; len(blocks) > 1; room = s.rows/3 - s.of(Paragraphs(end...)) {
		last := blocks[len(blocks)-1]
		if last.list || s.of(last.String()) > room {
			break
		}
		end, blocks = append([]string{last.String()}, end...), blocks[:len(blocks)-1]
	}
	full := false
	room = s.rows - 1 - s.of(Paragraphs(end...))
	var shown, more []string
	for _, b := range blocks {
		var now, rest []string
		for _, u := range b.units {
			if full {
				rest = append(rest, u)
				continue
			}
			first, left := s.cut(u, room, len(shown)+len(now) == 0 && (room > 0 || len(end) == 0))
			room -= s.of(first)
			if now = append(now, first); left != "" {
				rest, full = append(rest, left), true
			}
		}
		shown, more = append(shown, joined(now)), append(more, joined(rest))
	}
	if more = append(more, folds...); Paragraphs(more...) == "" {
		return Paragraphs(append(shown, end...)...)
	}
	return Paragraphs(Paragraphs(shown...), folded("More", more), Paragraphs(end...))
}

// question takes out of a text the question that it ends with, and how it is answered. Of a long paragraph that is its last
// sentences.
func (s screen) question(blocks []block) (ask string, before []block, asks bool) {
	n := len(blocks) - 1
	if n < 0 || blocks[n].list {
		return "", blocks, false
	}
	last := blocks[n].units
	how := last[len(last)-1]
	if before = blocks[:n]; !strings.HasPrefix(how, HowToAnswer) {
		return "", blocks, false
	}
	if last = last[:len(last)-1]; len(last) == 0 { // as below a list
		return how, before, true
	}
	room := s.rows/2 - s.of(how)
	if whole := strings.Join(last, "\n"); s.of(whole) <= room {
		return whole + "\n" + how, before, true
	}
	all := Sentences(last[len(last)-1])
	from := len(all) - 1
	for from > 0 && s.of(strings.Join(all[from-1:], " ")) <= room {
		from--
	}
	rest := slices.Clone(last[:len(last)-1])
	if from > 0 {
		rest = append(rest, strings.Join(all[:from], " "))
	}
	if len(rest) > 0 {
		before = append(slices.Clone(before), block{units: rest})
	}
	return strings.Join(all[from:], " ") + "\n" + how, before, true
}

// cut parts what does not fit between two sentences, or between two words of one that is too long for any screen. Something
// has to be shown first.
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
		return s.within(unit, room)
	}
	return strings.Join(all[:n], " "), strings.Join(all[n:], " ")
}

// within parts a line between two words, not within code or a name; if it has no such place that leaves what fits, not at
// all.
func (s screen) within(line string, room int) (shown, left string) {
	at := 0
	for i := 0; i < len(line); {
		if line[i] == ' ' && i > 0 {
			if s.of(line[:i]+" …") > room {
				break
			}
			at = i
		}
		if line[i] == '\\' && i+1 < len(line) {
			i += 2
			continue
		}
		_, length := span(line[i:])
		i += length
	}
	if at == 0 {
		return line, ""
	}
	return line[:at] + " …", "… " + strings.TrimSpace(line[at:])
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
