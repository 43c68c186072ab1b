package policy

import (
	"iter"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"forseti/glob"
)

// sorted is the servers in view by their names, and by their names from the end, so that those that begin or end in
// some way are found without a look at the others; and all names as one text, in which a piece is found much sooner
// than in each of them.
type sorted struct {
	forward, backward *btree.BTreeG[*server]
	text              string // with a line break, which is in no name, after each; "" until it is asked for
	lines             []line
}

type line struct {
	end int // of its line in the text
	*server
}

func newSorted() sorted {
	by := func(less func(a, b *server) bool) *btree.BTreeG[*server] {
		return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
	}
	return sorted{
		forward:  by(func(a, b *server) bool { return a.name < b.name }),
		backward: by(func(a, b *server) bool { return a.back < b.back }),
	}
}

func (s *sorted) add(srv *server) {
	s.forward.Set(srv)
	s.backward.Set(srv)
	s.text, s.lines = "", nil
}

func (s *sorted) remove(srv *server) {
	s.forward.Delete(srv)
	s.backward.Delete(srv)
	s.text, s.lines = "", nil
}

// near gives all servers that a pattern matches, and few others: those that have the longest of the texts that its
// matches begin with, end with, or have in between.
func (s *sorted) near(g glob.Pattern) iter.Seq[*server] {
	head, tail, piece := g.Head(), g.Tail(), g.Piece()
	switch longest := max(len(head), len(tail), len(piece)); {
	case longest == 0 || longest == len(head):
		return s.starting(head)
	case longest == len(tail):
		return s.ending(tail)
	default:
		return s.holding(piece)
	}
}

func (s *sorted) starting(head string) iter.Seq[*server] {
	return func(yield func(*server) bool) {
		s.forward.Ascend(&server{name: head}, func(srv *server) bool {
			return strings.HasPrefix(srv.name, head) && yield(srv)
		})
	}
}

func (s *sorted) ending(tail string) iter.Seq[*server] {
	return func(yield func(*server) bool) {
		back := reversed(tail)
		s.backward.Ascend(&server{back: back}, func(srv *server) bool {
			return strings.HasPrefix(srv.back, back) && yield(srv)
		})
	}
}

func (s *sorted) holding(piece string) iter.Seq[*server] {
	return func(yield func(*server) bool) {
		names, from := s.joined(), 0
		for {
			at := strings.Index(names[from:], piece)
			if at < 0 {
				return
			}
			i, _ := slices.BinarySearchFunc(s.lines, from+at+1, func(l line, at int) int { return l.end - at })
			if !yield(s.lines[i].server) {
				return
			}
			from = s.lines[i].end
		}
	}
}

// joined is the text of all names.
func (s *sorted) joined() string {
	if s.text == "" && s.forward.Len() > 0 {
		var all strings.Builder
		s.lines = make([]line, 0, s.forward.Len())
		s.forward.Scan(func(srv *server) bool {
			all.WriteString(srv.name)
			all.WriteByte('\n')
			s.lines = append(s.lines, line{all.Len(), srv})
			return true
		})
		s.text = all.String()
	}
	return s.text
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
