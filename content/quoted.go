package content

import "strings"

// Quoted parts what is shown: what it says is of others, in lines that begin with ">" and in
// blocks that clients show as quotes, and what its sender says. What old clients quote above a
// reply is in neither, for it is not shown.
func (m *Message) Quoted() (quoted, own string) {
	shown, from := m.Shown().String(), 0
	blocks := m.blocks()
	if len(blocks) == 0 && strings.IndexByte(shown, '>') < 0 {
		return "", shown
	}
	var q, o strings.Builder
	part := func(s string, block bool) {
		for line := range strings.Lines(s) {
			if block || strings.HasPrefix(line, ">") {
				q.WriteString(strings.TrimLeft(line, "> "))
			} else {
				o.WriteString(line)
			}
		}
	}
	for _, b := range blocks {
		begin, end := min(max(b.from, from), len(shown)), min(max(b.to, from), len(shown))
		part(shown[from:begin], false)
		part(shown[begin:end], true)
		from = end
	}
	part(shown[from:], false)
	return q.String(), o.String()
}

// blocks are where in what is shown quotes stand, if that is what was formatted, and nothing else.
func (m *Message) blocks() (all []span) {
	v := m.told().evidence.html
	if v == nil || len(v.blocks) == 0 || !strings.HasPrefix(v.text(), m.Shown().String()) {
		return nil
	}
	out := v.out.String()
	before := len(out) - len(strings.TrimLeft(out, " \t\r\n"))
	for _, b := range v.blocks {
		all = append(all, span{b.from - before, b.to - before})
	}
	return all
}
