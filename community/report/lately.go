package report

import "time"

// lately counts what was done in the last minutes, in slots, to tell how fast it goes.
type lately struct {
	slots [12]int
	last  int64 // number of the newest slot
	first time.Time
}

const slot = 10 * time.Second

func (l *lately) add(now time.Time) {
	if l.count(now) == 0 {
		l.first = now
	}
	l.turn(now)
	l.slots[l.last%int64(len(l.slots))]++
}

func (l *lately) turn(now time.Time) {
	n := now.UnixNano() / int64(slot)
	if n-l.last > int64(len(l.slots)) {
		l.slots = [12]int{}
		l.last = n
		return
	}
	for l.last < n {
		l.last++
		l.slots[l.last%int64(len(l.slots))] = 0
	}
}

func (l *lately) count(now time.Time) (n int) {
	l.turn(now)
	for _, more := range l.slots {
		n += more
	}
	return n
}

// rate is how many were done in a second; 0 if too little is known.
func (l *lately) rate(now time.Time) float64 {
	const least = 3
	n := l.count(now)
	if n < least {
		return 0
	}
	window := min(now.Sub(l.first), time.Duration(len(l.slots))*slot)
	return float64(n) / max(window, time.Second).Seconds()
}
