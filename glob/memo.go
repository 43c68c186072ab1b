package glob

import (
	"strings"
	"sync"

	"github.com/gobwas/glob"
)

// compiled remembers compiled patterns: to compile one costs a hundred matches. It is all that this package keeps, and
// nobody can tell but by the time it takes.
var compiled memo

// The bounds of one generation: of patterns, and of their texts together, since a compiled one takes some fifty times
// the memory of its text.
const (
	mostPatterns = 4096
	mostText     = 1 << 17
)

// memo has two generations. When the young one is full the old one is forgotten, save what was asked for meanwhile.
type memo struct {
	mu         sync.Mutex
	young, old map[string]*glob.Pattern
	text       int // bytes of the texts of the young ones
}

// get gives a compiled pattern; nil for one that is no valid UTF-8, which the library does not take.
func (m *memo) get(text string) *glob.Pattern {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p, known := m.young[text]; known {
		return p
	}
	p, known := m.old[text]
	if !known {
		p, _ = glob.Compile(escape(text)) // nothing else can be wrong with it
	}
	if m.young == nil || len(m.young) >= mostPatterns || m.text+len(text) > mostText {
		m.old, m.young, m.text = m.young, make(map[string]*glob.Pattern), 0
	}
	m.young[text] = p
	m.text += len(text)
	return p
}

// escape makes a pattern of ours one of the library's.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(`\[]{},`, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
