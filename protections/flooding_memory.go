package protections

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	// lateness is how long after a flood messages still count to it: they were
	// under way when the ban was made, or come late from another server.
	lateness = 10 * time.Minute
	// maxRemembered bounds the writers and messages that are kept in mind, some
	// 30 MB at worst. Attackers can have thousands of accounts in each of many
	// rooms.
	maxRemembered = 100_000
)

// memory is what Flooding has counted.
type memory struct {
	writers map[writer]*burst
	size    int // writers, and the messages of all of them
	limit   int
	swept   time.Time
}

type writer struct {
	room id.RoomID
	user id.UserID
}

// burst is what one user sent of late in one room, in order of time. What waited
// for us is apart: its times are of another clock.
type burst struct {
	live     []sent
	backlog  []sent
	returned time.Time  // when the last of the backlog reached us
	until    time.Time  // while caught, everything of theirs is redacted …
	offence  id.EventID // … as part of the flood that this message completed
}

type sent struct {
	event id.EventID
	at    time.Time
}

func newMemory() memory {
	return memory{writers: map[writer]*burst{}, limit: maxRemembered}
}

func (m *memory) of(who writer) *burst {
	b := m.writers[who]
	if b == nil {
		b = &burst{}
		m.writers[who] = b
		m.size++
	}
	return b
}

func (b *burst) has(event id.EventID) bool {
	same := func(s sent) bool { return s.event == event }
	return slices.ContainsFunc(b.live, same) || slices.ContainsFunc(b.backlog, same)
}

// addLive adds a message and returns how many came within the time before it. A
// backlog from just before may be of the same flood and is kept for so long.
func (m *memory) addLive(b *burst, s sent, within time.Duration) int {
	m.forget(b, s.at.Add(-within))
	b.live = append(b.live, s)
	m.size++
	return len(b.live)
}

// addBacklog adds a message that waited for us, and returns how many of the
// backlog were sent within the time before the newest of it. Servers' clocks may
// be set back, and events come out of order.
func (m *memory) addBacklog(b *burst, s sent, arrived time.Time, within time.Duration) int {
	before := len(b.backlog)
	i, _ := slices.BinarySearchFunc(b.backlog, s.at, func(s sent, at time.Time) int { return s.at.Compare(at) })
	b.backlog = slices.Insert(b.backlog, i, s)
	b.backlog = since(b.backlog, b.backlog[before].at.Add(-within))
	b.returned = arrived
	m.size += len(b.backlog) - before
	return len(b.backlog)
}

// caught forgets the messages and returns them; until the time given, whatever
// else the writer sends belongs to them.
func (m *memory) caught(b *burst, until time.Time) []id.EventID {
	var events []id.EventID
	for _, s := range slices.Concat(b.backlog, b.live) {
		events = append(events, s.event)
	}
	m.size -= len(events)
	b.live, b.backlog, b.until = nil, nil, until
	return events
}

// forget drops what reached us at or before the given time.
func (m *memory) forget(b *burst, before time.Time) {
	had := len(b.live) + len(b.backlog)
	b.live = since(b.live, before)
	if !b.returned.After(before) {
		b.backlog = nil
	}
	m.size -= had - len(b.live) - len(b.backlog)
}

// since is what is after the given time.
func since(messages []sent, before time.Time) []sent {
	n := 0
	for n < len(messages) && !messages[n].at.After(before) {
		n++
	}
	return messages[n:]
}

// sweep forgets, once in a window, who has been quiet. Once there is too much to
// remember it forgets sooner, from the oldest on, until half of it is gone: those
// who write the most are the last to be forgotten.
func (m *memory) sweep(now time.Time, within time.Duration) {
	switch {
	case m.size >= m.limit:
		for _, share := range []time.Duration{2, 16, 128, 1024} {
			m.drop(now, within/share, lateness/share)
			if m.size <= m.limit/2 {
				return
			}
		}
		clear(m.writers)
		m.size = 0
	case now.Sub(m.swept) >= within:
		m.swept = now
		m.drop(now, within, lateness)
	}
}

// drop forgets what was sent longer ago than within, and who was caught longer
// ago than late.
func (m *memory) drop(now time.Time, within, late time.Duration) {
	for who, b := range m.writers {
		m.forget(b, now.Add(-within))
		if len(b.live)+len(b.backlog) == 0 && !now.Before(b.until.Add(late-lateness)) {
			delete(m.writers, who)
			m.size--
		}
	}
}
