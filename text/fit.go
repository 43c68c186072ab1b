package text

import (
	"strings"
	"unicode/utf8"
)

// cutMark ends what was cut.
const cutMark = "… (cut)"

// Fit cuts a text to most bytes as they weigh in an event: what is folded first, and then what comes before its end. The
// last paragraph, what it asks and how it is answered stay, unless that alone is as long: then its last sentences do.
func Fit(markdown string, most int) string {
	if weight(markdown) <= most {
		return markdown
	}
	f := fitting{blocks: blocksOf(Gathered(markdown, most/4))}
	tail := f.tail(most / 4)
	room := most - weight(tail) - 3*len(cutMark)
	shown := 0
	for _, b := range f.blocks {
		if !b.folded {
			shown += weight(b.String()) + 2
		}
	}
	f.shown, f.folded = room, max(room-shown, 0)
	if f.folded > 0 {
		f.shown = shown
	} else if f.folds() {
		f.shown, f.folded = room*3/4, room/4
	}
	all := make([]string, 0, len(f.blocks)+1)
	for i, b := range f.blocks {
		if i == f.last && tail != "" {
			all = append(all, tail)
		}
		all = append(all, f.cut(b))
	}
	if f.last == len(f.blocks) {
		all = append(all, tail)
	}
	return Paragraphs(all...)
}

// fitting is a text that is cut, block by block, and what it may still weigh.
type fitting struct {
	blocks        []block // without its tail, which stands
	last          int     // before this one
	shown, folded int
	full          bool // something that is shown was left out
}

func (f *fitting) folds() bool {
	for _, b := range f.blocks {
		if b.folded {
			return true
		}
	}
	return false
}

// tail takes out what the text ends with: a question, or a short paragraph.
func (f *fitting) tail(most int) string {
	f.last = len(f.blocks)
	i := len(f.blocks) - 1
	for i >= 0 && f.blocks[i].folded {
		i--
	}
	if i < 0 || f.blocks[i].list {
		return ""
	}
	units := f.blocks[i].units
	var tail string
	how, asks := units[len(units)-1], strings.HasPrefix(units[len(units)-1], HowToAnswer)
	switch whole := f.blocks[i].String(); {
	case weight(whole) <= most && (i > 0 || asks):
		tail, units = whole, nil
	case !asks:
		return ""
	default:
		if tail, units = cutTo(how, most), units[:len(units)-1]; len(units) == 0 {
			break
		}
		all := Sentences(units[len(units)-1])
		n := len(all)
		for n > 0 && weight(strings.Join(all[n-1:], " "))+weight(tail) <= most {
			n--
		}
		if n < len(all) {
			tail = strings.Join(all[n:], " ") + "\n" + tail
			units = append(units[:len(units)-1:len(units)-1], strings.Join(all[:n], " "))
		}
	}
	if f.last = i; len(units) > 0 {
		f.blocks[i].units, f.last = units, i+1
	} else {
		f.blocks = append(f.blocks[:i:i], f.blocks[i+1:]...)
	}
	return tail
}

// cut is a block, as much of it as there is room for.
func (f *fitting) cut(b block) string {
	if b.folded {
		p := Pieces(b.String())[0]
		room := f.folded - weight(p.Title) - 10 // with what begins and ends it
		f.folded -= weight(b.String()) + 2
		if room < len(cutMark) {
			return ""
		}
		return Fold(p.Title, cutTo(p.Body, room))
	}
	if f.full {
		return ""
	}
	whole := b.String()
	weighs := weight(whole) + 2
	if weighs <= f.shown {
		f.shown -= weighs
		return whole
	}
	f.full = true
	return cutTo(whole, f.shown)
}

// cutTo cuts between two lines, else between two sentences, so that no code is left open.
func cutTo(markdown string, most int) string {
	if weight(markdown) <= most {
		return markdown
	}
	room, end := max(most-2*len(cutMark), 0), 0
	for i, r := range markdown {
		if room -= weight(string(r)); room < 0 {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	markdown = strings.ToValidUTF8(markdown[:min(end, len(markdown))], "")
	if line := strings.LastIndexByte(markdown, '\n'); line > 0 {
		markdown = strings.TrimRight(markdown[:line], "\n")
		if strings.Count("\n"+markdown, "\n```")%2 > 0 {
			markdown += "\n```"
		}
		return markdown + "\n\n" + cutMark
	}
	if sentence := strings.LastIndex(markdown, ". "); sentence > 0 {
		return markdown[:sentence+1] + " " + cutMark
	}
	return strings.TrimRight(markdown, "\\") + " " + cutMark
}

// weight is about how much a text takes in an event, where some characters become several.
func weight(s string) int {
	n := len(s)
	for _, special := range `<>&"` {
		n += 4 * strings.Count(s, string(special))
	}
	return n
}
