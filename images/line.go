package images

import (
	"slices"
	"time"
)

// Wish is a file that is to be downloaded.
type Wish struct {
	// Key is which file it is, and how it is read. Wishes for one file are one.
	Key    string
	Host   string // of the server that has it
	Sender string // of whoever showed it first
	// Most is how many bytes it may have. Of wishes that are one, the largest.
	Most int64
	// PerMinute is how many may begin within a minute, and PerSender how many of them for one sender.
	PerMinute, PerSender int
	// Shade says that it is only looked at for what would follow. Such a file takes neither a place nor a
	// download from one that counts.
	Shade bool
}

const (
	mostWaiting  = 100 // files
	mostOfSender = 20  // of them
	mostTogether = 50  // wishes for one file
	mostFlying   = 4   // downloads at a time
	mostOfHost   = 2   // of them, so that a server that is slow never holds up all
	window       = time.Minute
)

// Line is where wishes wait their turn, each with what it is for.
type Line[T any] struct {
	waiting []waiting[T]
	flying  []waiting[T]
	begun   []begun // within the last minute, the oldest first
}

type waiting[T any] struct {
	Wish
	what []T
}

type begun struct {
	at     time.Time
	sender string
	shade  bool
}

// Add takes in a wish; false if there is no place for it.
func (l *Line[T]) Add(w Wish, of T) bool {
	for n, line := range [][]waiting[T]{l.flying, l.waiting} {
		if i := slices.IndexFunc(line, func(o waiting[T]) bool { return o.Key == w.Key }); i >= 0 {
			if len(line[i].what) >= mostTogether {
				return false
			}
			line[i].what = append(line[i].what, of)
			line[i].Shade = line[i].Shade && w.Shade
			if n > 0 { // what is under way goes on with the bound that it has
				line[i].Most = max(line[i].Most, w.Most)
			}
			return true
		}
	}
	mine := 0
	for _, o := range l.waiting {
		if o.Sender == w.Sender && (w.Shade || !o.Shade) {
			mine++
		}
	}
	if mine >= mostOfSender {
		return false
	}
	if len(l.waiting) >= mostWaiting {
		shaded := slices.IndexFunc(l.waiting, func(o waiting[T]) bool { return o.Shade })
		if w.Shade || shaded < 0 {
			return false
		}
		l.waiting = slices.Delete(l.waiting, shaded, shaded+1)
	}
	l.waiting = append(l.waiting, waiting[T]{w, []T{of}})
	return true
}

// Next gives the file that may be downloaded now, if there is one, and the first thing that it is for. It is under way until
// Done.
func (l *Line[T]) Next(now time.Time) (next Wish, first T, ok bool) {
	l.begun = slices.DeleteFunc(l.begun, func(b begun) bool { return now.Sub(b.at) >= window })
	if len(l.flying) >= mostFlying {
		return next, first, false
	}
	for _, shade := range []bool{false, true} { // what counts first
		for i, w := range l.waiting {
			if w.Shade == shade && l.may(w.Wish) {
				l.waiting = slices.Delete(l.waiting, i, i+1)
				l.flying = append(l.flying, w)
				l.begun = append(l.begun, begun{now, w.Sender, shade})
				return w.Wish, w.what[0], true
			}
		}
	}
	return next, first, false
}

// may reports whether a file may be downloaded now. What is only looked at begins within what is left of all, in half
// of the places.
func (l *Line[T]) may(w Wish) bool {
	all, mine, there, shaded := 0, 0, 0, 0
	for _, b := range l.begun {
		if b.shade && !w.Shade {
			continue
		}
		if all++; b.sender == w.Sender {
			mine++
		}
	}
	for _, o := range l.flying {
		if o.Host == w.Host && (w.Shade || !o.Shade) {
			there++
		}
		if o.Shade {
			shaded++
		}
	}
	return all < w.PerMinute && mine < w.PerSender && there < mostOfHost && (!w.Shade || shaded < mostFlying/2)
}

// Done ends a download, and gives what it was for.
func (l *Line[T]) Done(key string) []T {
	i := slices.IndexFunc(l.flying, func(w waiting[T]) bool { return w.Key == key })
	if i < 0 {
		return nil
	}
	done := l.flying[i]
	l.flying = slices.Delete(l.flying, i, i+1)
	return done.what
}

// Due is when another may begin by itself; zero if none waits for the time.
func (l *Line[T]) Due() time.Time {
	if len(l.waiting) == 0 || len(l.begun) == 0 || len(l.flying) >= mostFlying {
		return time.Time{}
	}
	return l.begun[0].at.Add(window)
}

// Len is how many files wait or are under way.
func (l *Line[T]) Len() int { return len(l.waiting) + len(l.flying) }
