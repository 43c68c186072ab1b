package policy

// same is the rules with one pattern: whoever writes a list may have fifty thousand of them.
type same struct {
	first *entry
	more  *crowd[*entry]
}

func (s *same) add(e *entry) {
	if s.first == nil {
		s.first = e
		return
	}
	if s.more == nil {
		s.more = &crowd[*entry]{}
	}
	s.more.add(e)
}

func (s *same) remove(e *entry) {
	switch {
	case s.first != e:
		s.more.remove(e)
	case s.more == nil:
		s.first = nil
	default:
		s.first = s.more.pop()
	}
	if s.more != nil && len(s.more.all) == 0 {
		s.more = nil
	}
}

// each calls look for every one of them.
func (s *same) each(look func(*entry)) {
	look(s.first)
	if s.more != nil {
		for _, e := range s.more.all {
			look(e)
		}
	}
}

// deciding is the best of those that may decide; nil if none may. weights is the number of the last change of
// what decides.
func (s *same) deciding(weights uint64) (best *entry) {
	best = s.first
	if !best.decides() {
		best = nil
	}
	if s.more != nil {
		best = better(best, deciding(s.more, "", weights))
	}
	return best
}

// better is that of two rules which decides. Either may be nil.
func better(a, b *entry) *entry {
	if a == nil || b != nil && compare(b, a) < 0 {
		return b
	}
	return a
}
