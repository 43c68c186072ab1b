package protections

import (
	"fmt"
	"slices"
	"time"

	"forseti/protections/kit"
	"forseti/servername"
	"forseti/text"
)

func lag() kit.Kind {
	l := &Lag{
		late:     kit.Duration("lag", 3*time.Minute, 10*time.Second, time.Hour, "How late messages must come for it to be told.").Stricter(kit.Less),
		messages: kit.Number("messages", 5, 3, mostSamples, "How many messages of a server must be known for that.").Stricter(kit.Less),
	}
	return kit.Kind{
		Name:    "lag",
		Summary: "Tells when messages come late: all of them, those of one room, or those of one server.",
		Details: "Who moderates what was said minutes ago should know it. A message is late by the time that its server gives it; what counts is the middle one of a server's last " + fmt.Sprint(mostSamples) + " within ten minutes, so that a single one says nothing; of a room, and of all, it is the middle one of the last of each server, from three servers on. " +
			"It is told once, when it begins, and again only after it has been half of `lag` or less for an hour. " +
			"If all are late, or all of a room, that is told and not each server: then it is my homeserver that is behind, or the room that is too much for it. " +
			"A server may also have a wrong clock. What is more than six hours late was written before, or brought over by a bridge, and does not count, nor does what waited while I was away. " +
			"Nothing else follows, whatever `consequence` says.",
		Tells:   true,
		Options: []kit.Option{l.late, l.messages},
		New: func(g *kit.Given) kit.Protection {
			made := *l
			made.of = kit.NewTable[source, lateness](g)
			return &made
		},
	}
}

// Lag finds rooms and servers whose messages come late.
type Lag struct {
	late     kit.Typed[time.Duration]
	messages kit.Typed[int]

	of *kit.Table[source, lateness]
}

// source is where messages come from: a server, a room, or all if it is neither.
type source struct{ server, room string }

// Bytes is the length of both.
func (s source) Bytes() int { return len(s.server) + len(s.room) }

// lateness is how late the last messages of a source came.
type lateness struct {
	last []sample
	on   bool
	good time.Time // since when it is well again
}

type sample struct {
	server string
	by     time.Duration
	at     time.Time
}

const (
	mostSamples = 20
	sampleBytes = 64
	sampled     = 10 * time.Minute // how long one counts
	// latest is beyond which a time says nothing about the way that a message took.
	latest = 6 * time.Hour
	// lagPause is how long it must be well before it is told again.
	lagPause = time.Hour
	// fewestServers is from how many on it is not the servers' matter.
	fewestServers = 3
)

// Check measures how late a message is.
func (l *Lag) Check(in kit.Signal, room kit.View) []kit.Finding {
	if !in.CountsAsMessage() || in.Backlog {
		return nil
	}
	sent, ok := in.Sent()
	by := max(in.Arrived.Sub(sent), 0)
	if !ok || by > latest {
		return nil
	}
	server := servername.Host(in.Sender.Homeserver())
	late, least := l.late.In(room), l.messages.In(room)
	wider := false
	var found []kit.Finding
	for _, from := range [...]source{{}, {room: string(in.Room)}, {server: server}} {
		of := l.of.Keep(from, in.Arrived, lagPause+sampled)
		n := least
		if from.server == "" {
			n = fewestServers
			of.forget(server) // each has one voice there, however much it sends
		}
		middle := of.add(sample{server, by, in.Arrived})
		l.of.Resize(from, sampleBytes*len(of.last))
		if began := of.turn(middle, late, len(of.last) >= n, in.Arrived); began && !wider {
			found = append(found, kit.Finding{Alert: true, Offence: in.Event.ID, Why: from.said(middle)})
		}
		wider = wider || of.on
	}
	return found
}

// forget drops what came from a server.
func (l *lateness) forget(server string) {
	l.last = slices.DeleteFunc(l.last, func(o sample) bool { return o.server == server })
}

// add takes in a message, and gives how late the middle one of the last is.
func (l *lateness) add(s sample) (middle time.Duration) {
	l.last = slices.DeleteFunc(l.last, func(o sample) bool { return s.at.Sub(o.at) >= sampled })
	if len(l.last) >= mostSamples {
		l.last = slices.Delete(l.last, 0, 1)
	}
	l.last = append(l.last, s)
	var all [mostSamples]time.Duration
	for i, o := range l.last {
		all[i] = o.by
	}
	const half = 2
	slices.Sort(all[:len(l.last)])
	return all[len(l.last)/half]
}

// turn takes in how late messages are now, and reports whether that is to be told.
func (l *lateness) turn(middle, late time.Duration, enough bool, now time.Time) (began bool) {
	const half = 2
	switch {
	case !enough:
	case middle >= late:
		began = !l.on
		l.on, l.good = true, time.Time{}
	case !l.on || middle > late/half:
		l.good = time.Time{}
	case l.good.IsZero():
		l.good = now
	case now.Sub(l.good) >= lagPause:
		l.on = false
	}
	return began
}

// said is what is told of messages that are so late.
func (s source) said(by time.Duration) string {
	how := text.Duration(by.Round(time.Second)) + " late"
	switch {
	case s.server != "":
		return "messages from " + kit.Quote(s.server) + " come " + how + ", or its clock is wrong"
	case s.room != "":
		return "messages come " + how + ", whichever server they are from"
	default:
		return "and in all other rooms messages come " + how + ", so what I do comes late as well. My homeserver may be behind; ask who runs it"
	}
}
