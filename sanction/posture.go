package sanction

import (
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// Posture is how strict a community is just now.
type Posture int

// The postures, from the mildest on.
const (
	Calm Posture = iota
	Guarded
	Unattended // nobody of the team is there to mend anything
	Assault    // it is being attacked
)

// stance is a row of the table of postures.
type stance struct {
	name string
	// percent is how much of the usual a protection lets pass.
	percent int
	// lasts is for how long it is ordered unless somebody says.
	lasts time.Duration
	says  string
}

func (p Posture) row() stance {
	switch p {
	case Guarded:
		return stance{"guarded", 67, 12 * time.Hour, "Protections let pass two thirds of what they usually do."}
	case Unattended:
		return stance{"unattended", 50, 12 * time.Hour, "Protections let pass half of what they usually do, for nobody is there to look after them, and newcomers may write text only."}
	case Assault:
		return stance{"attack", 34, 2 * time.Hour, "Protections let pass a third of what they usually do, and those against floods, campaigns and waves are on also where they were off. Newcomers may write text only."}
	default:
		return stance{"calm", 100, 0, "Protections are as they are set."}
	}
}

// String is the posture's name.
func (p Posture) String() string { return p.row().name }

// Percent is how much of the usual protections let pass.
func (p Posture) Percent() int { return p.row().percent }

// Lasts is for how long it is ordered unless somebody says; zero for good.
func (p Posture) Lasts() time.Duration { return p.row().lasts }

// Says is what it means, in a sentence for moderators.
func (p Posture) Says() string { return p.row().says }

// Postures are all of them.
func Postures() []Posture { return []Posture{Calm, Guarded, Unattended, Assault} }

// ParsePosture reads a posture's name.
func ParsePosture(name string) (Posture, bool) {
	for _, p := range Postures() {
		if strings.EqualFold(p.String(), strings.TrimSpace(name)) {
			return p, true
		}
	}
	return Calm, false
}

// Source is what a posture comes from.
type Source string

// The sources, in the order in which they are named where several come to the same.
const (
	ByOrder   Source = "order" // of a moderator
	ByWave    Source = "wave"
	ByHours   Source = "hours"
	BySilence Source = "silence"
)

// Stance is the posture that holds, and why.
type Stance struct {
	Posture Posture
	Source  Source    // "" of calm that nobody ordered
	By      id.UserID // who ordered it
	Until   time.Time // when this source ends by itself; zero if it is not known
	// Close says that rooms which anybody could join are closed.
	Close bool
	// Hush says that only who is known can write.
	Hush bool
}

// Same reports whether two are the same.
func (s Stance) Same(o Stance) bool {
	return s.Posture == o.Posture && s.Source == o.Source && s.By == o.By && s.Close == o.Close && s.Hush == o.Hush && s.Until.Equal(o.Until)
}

// Ordered is a posture for a time.
type Ordered struct {
	Posture Posture   `json:"posture,omitempty"`
	By      id.UserID `json:"by,omitempty"`
	Until   time.Time `json:"until,omitzero"`
	Close   bool      `json:"close,omitempty"` // rooms that anybody could join
	Hush    bool      `json:"hush,omitempty"`  // who is not known
}

// Hours are hours of each day, in minutes by some clock: from the first, up to the second. They
// may go over midnight. Both equal is never.
type Hours struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// ParseHours reads hours such as 23:00-07:00.
func ParseHours(text string) (Hours, bool) {
	var from, to, fromMinute, toMinute int
	text = strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "–", "-")
	var rest string
	n, _ := fmt.Sscanf(text+" end", "%d:%d-%d:%d %s", &from, &fromMinute, &to, &toMinute, &rest)
	in := func(h, m int) bool { return h >= 0 && h < 24 && m >= 0 && m < 60 }
	h := Hours{from*60 + fromMinute, to*60 + toMinute}
	return h, n == 5 && rest == "end" && in(from, fromMinute) && in(to, toMinute) && h.From != h.To
}

// String writes hours as they are read.
func (h Hours) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

// in reports whether a time is within the hours by the clocks of a zone, and when that changes
// next: also on days on which those clocks are put forward or back.
func (h Hours) in(at time.Time, zone *time.Location) (is bool, changes time.Time) {
	if h.From == h.To {
		return false, time.Time{}
	}
	is, changes = h.until(at.In(zone))
	for {
		_, end := at.In(zone).ZoneBounds()
		if end.IsZero() || changes.Before(end) {
			return is, changes
		}
		now, next := h.until(end)
		if now != is {
			return is, end
		}
		at, changes = end, next
	}
}

// until is in while clocks go on as they do at that time, by which it is.
func (h Hours) until(at time.Time) (is bool, changes time.Time) {
	_, ahead := at.Zone()
	shown := at.UTC().Add(time.Duration(ahead) * time.Second)
	midnight := shown.Truncate(24 * time.Hour)
	minute := int(shown.Sub(midnight) / time.Minute)
	is = h.From <= minute && minute < h.To
	if h.From > h.To {
		is = minute >= h.From || minute < h.To
	}
	edge := h.From
	if is {
		edge = h.To
	}
	changes = midnight.Add(time.Duration(edge) * time.Minute)
	if !changes.After(shown) {
		changes = changes.Add(24 * time.Hour)
	}
	return is, at.Add(changes.Sub(shown))
}

// Watch says which posture holds. What holds follows from what is in it and from the time
// alone, so that no timer can be lost: it is stored as it is. What is automatic can make
// things stricter than a moderator has ordered, and never milder.
type Watch struct {
	Order Ordered `json:"order,omitzero"`
	Wave  Ordered `json:"wave,omitzero"`
	// Silence is after how long without a word of a moderator nobody is there; zero for
	// never. Spoke is when the last one was.
	Silence time.Duration `json:"silence,omitempty"`
	Spoke   time.Time     `json:"spoke,omitzero"`
	// Calmed is when a moderator ordered calm: for a while no wave makes it stricter again.
	Calmed time.Time `json:"calmed,omitzero"`
	// Hours are when nobody is there.
	Hours Hours `json:"hours,omitzero"`
}

// Set orders a posture. Calm ends what was ordered, and what a wave brought.
func (w *Watch) Set(o Ordered, now time.Time) {
	w.Heard(now)
	w.Order = o
	if w.Calmed = (time.Time{}); o.Posture == Calm {
		w.Order, w.Wave, w.Calmed = Ordered{}, Ordered{}, now
	}
}

// EndWave ends what a wave brought, and what a moderator ordered because of it, which is until a
// time; a wave makes it stricter again only after a while. It reports whether there was anything to
// end.
func (w *Watch) EndWave(ordered, now time.Time) (ended bool) {
	w.Heard(now)
	if ended = w.Wave.holds(now); ended {
		w.Wave = Ordered{}
	}
	if !ordered.IsZero() && w.Order.holds(now) && w.Order.Until.Equal(ordered) {
		w.Order, ended = Ordered{}, true
	}
	w.Calmed = now
	return ended
}

// leftCalm is how long no wave makes it stricter after a moderator ordered calm: they know
// of it.
const leftCalm = time.Hour

// Raise has a wave bring a posture, or go on with it. Of several that go on, what is
// strictest holds until the last one is over.
func (w *Watch) Raise(o Ordered, now time.Time) {
	if since := now.Sub(w.Calmed); !w.Calmed.IsZero() && since >= 0 && since < leftCalm {
		return
	}
	if w.Wave.holds(now) {
		o.Posture, o.Close, o.Hush = max(o.Posture, w.Wave.Posture), o.Close || w.Wave.Close, o.Hush || w.Wave.Hush
		if o.Until.Before(w.Wave.Until) {
			o.Until = w.Wave.Until
		}
	}
	w.Wave = o
}

// holds reports whether a posture that was ordered holds at a time.
func (o Ordered) holds(now time.Time) bool {
	return o.Posture != Calm && (o.Until.IsZero() || now.Before(o.Until))
}

// Heard notes that a moderator said something.
func (w *Watch) Heard(now time.Time) { w.Spoke = now }

// At is what holds at a time, with hours by the clocks of a zone, and when that may next change by
// itself: zero for never. A clock that was set back makes nobody silent, and ends no order early.
func (w *Watch) At(now time.Time, zone *time.Location) (s Stance, changes time.Time) {
	take := func(p Posture, from Source, by id.UserID, until time.Time) {
		if p > s.Posture {
			s = Stance{Posture: p, Source: from, By: by, Until: until, Close: s.Close, Hush: s.Hush}
		}
	}
	next := func(at time.Time) {
		if at.After(now) && (changes.IsZero() || at.Before(changes)) {
			changes = at
		}
	}
	for _, o := range []struct {
		Ordered
		from Source
	}{{w.Order, ByOrder}, {w.Wave, ByWave}} {
		if o.holds(now) {
			take(o.Posture, o.from, o.By, o.Until)
			s.Close, s.Hush = s.Close || o.Close, s.Hush || o.Hush
			next(o.Until)
		}
	}
	within, edge := w.Hours.in(now, zone)
	next(edge)
	if within {
		take(Unattended, ByHours, "", edge)
	}
	if w.Silence > 0 {
		silent := w.Spoke.Add(w.Silence)
		next(silent)
		if !now.Before(silent) {
			take(Unattended, BySilence, "", time.Time{})
		}
	}
	return s, changes
}
