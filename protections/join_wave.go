package protections

import (
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/sanction/trust"
	"forseti/text"
)

func joinWave() kit.Kind {
	w := &JoinWave{
		joins:   kit.Limit("joins", 20, 2, 1000, "How many users who join one room in this time are a wave."),
		closes:  kit.Switch("close", false, "Whether the protected rooms that anybody can join are closed for as long: who wants to come in has to ask, or be invited in old rooms. It makes the posture `guarded` at least.").Stricter(kit.Later, kit.NoYes()...),
		hush:    kit.Switch("hush", false, "Whether only members who are known can write in the protected rooms for as long. It makes the posture `guarded` at least.").Stricter(kit.Later, kit.NoYes()...),
		posture: kit.Choice("posture", "How strict all protections are from the beginning of a wave until half an hour after its end.", sanction.Calm.String(), sanction.Guarded.String(), sanction.Assault.String()).Stricter(kit.Later, postureWords()...),
		within:  kit.Duration("within", 5*time.Minute, time.Second, 24*time.Hour, "The time in which they are counted together. When nobody has joined for so long, the wave is over.").Stricter(kit.More),
	}
	return kit.Kind{
		Name:    "join-wave",
		Summary: "Tells of very many users who join a room in a short time, and who they are.",
		Details: "Moderators are told when a wave begins, every ten minutes while it goes on, and when it is over, each time with the names of those who came since. " +
			"Nothing is done to those who come, whatever `consequence` says: a wave may be a news page that has found you. " +
			"The message offers two answers: one brings the posture `attack` and closes the rooms that anybody can join, for two hours; the other removes all whom it names. " +
			"With `posture`, `close` or `hush` set, that begins by itself, and ends some half an hour after the wave; who may join and who may write is then exactly what it was. When a moderator orders calm, no wave changes that for an hour. " +
			"Each user counts once, however often they come and go. Who is trusted from other rooms is no part of a wave, so that a new room may be filled. " +
			"A popular room has a few who join in a minute, and a wave of accounts twenty in a few seconds; raise `joins` where news make crowds.",
		Spares:  trust.Regular,
		From:    sanction.Assault,
		Options: []kit.Option{w.joins, w.within, w.posture, w.closes, w.hush},
		New: func(g *kit.Given) kit.Protection {
			made := *w
			made.waves, made.wake = kit.NewTable[kit.Text, wave](g), g.Wake
			return &made
		},
	}
}

// JoinWave finds rooms that very many join. What is to hold there until it is over, such as
// another join rule, is a posture's matter.
type JoinWave struct {
	joins   kit.Typed[int]
	within  kit.Typed[time.Duration]
	posture kit.Typed[string]
	closes  kit.Typed[bool]
	hush    kit.Typed[bool]

	waves *kit.Table[kit.Text, wave] // by room
	wake  func(room id.RoomID, at time.Time)
}

// wave is who joined a room of late.
type wave struct {
	came  []joiner // the last of them
	on    bool
	began time.Time
	last  time.Time // when somebody joined
	told  time.Time
	total int
	fresh []id.UserID // who was not told yet
	more  int         // of them, whose names were too many
}

type joiner struct {
	user id.UserID
	at   time.Time
}

const (
	// mostJoiners bounds how many are remembered of a room, by name.
	mostJoiners = 1000
	// wavePause is how often moderators are told of a wave that goes on.
	wavePause = 10 * time.Minute
	// raisedFor is how long a posture holds after moderators were told last.
	raisedFor = 30 * time.Minute
)

// Check counts who joins.
func (j *JoinWave) Check(in kit.Signal, room kit.View) []kit.Finding {
	within := j.within.In(room)
	switch in.What {
	case kit.Joined:
	case kit.Ticked:
		return j.raised(room, j.goesOn(in.Room, in.Arrived, within))
	default:
		return nil
	}
	at, ok := in.When()
	if !ok {
		return nil
	}
	key := kit.Text(in.Room)
	w := j.waves.Keep(key, in.Arrived, 2*max(within, wavePause))
	began := w.add(in.Change.User, at, within, j.joins.In(room))
	j.waves.Resize(key, w.bytes())
	if !began {
		return nil
	}
	j.wake(in.Room, in.Arrived.Add(within))
	return j.raised(room, w.tell(in.Arrived, in.Event.ID, fmt.Sprintf("a wave of joins has begun: %s within %s", text.Count(w.total, "user"), text.Span(within))))
}

// raised has a wave bring a posture, if one is set.
func (j *JoinWave) raised(room kit.View, found []kit.Finding) []kit.Finding {
	to, _ := sanction.ParsePosture(j.posture.In(room))
	closes := j.closes.In(room)
	hush := j.hush.In(room)
	if closes || hush {
		to = max(to, sanction.Guarded)
	}
	for i := range found {
		found[i].Raises, found[i].Close, found[i].Hush, found[i].Lasts = to, closes, hush, raisedFor+j.within.In(room)
	}
	return found
}

// add takes in who joined, and reports whether that made it a wave.
func (w *wave) add(u id.UserID, at time.Time, within time.Duration, joins int) (began bool) {
	latest := at
	if w.last.After(at) {
		latest = w.last
	}
	w.last = latest
	before := latest.Add(-within)
	counted := w.on && slices.ContainsFunc(w.came, func(o joiner) bool { return o.user == u })
	w.came = slices.DeleteFunc(w.came, func(o joiner) bool { return o.user == u || !w.on && !o.at.After(before) })
	w.came = append(w.came, joiner{u, at})
	if len(w.came) > mostJoiners {
		w.came = slices.Delete(w.came, 0, len(w.came)-mostJoiners)
	}
	switch {
	case counted:
		return false
	case w.on:
		w.total++
		w.name(u)
		return false
	case len(w.came) < joins:
		return false
	}
	w.on, w.began, w.total = true, w.came[0].at, len(w.came)
	for _, o := range w.came {
		w.name(o.user)
	}
	return true
}

func (w *wave) name(u id.UserID) {
	if len(w.fresh) < mostJoiners {
		w.fresh = append(w.fresh, u)
	} else {
		w.more++
	}
}

func (w *wave) bytes() (n int) {
	const besides = 48
	for _, o := range w.came {
		n += len(o.user) + besides
	}
	for _, u := range w.fresh {
		n += len(u) + besides
	}
	return n
}

// tell gives all who came since it was told last.
func (w *wave) tell(now time.Time, offence id.EventID, why string) []kit.Finding {
	found := kit.Finding{Alert: true, Wave: true, Users: w.fresh, Offence: offence, Why: why}
	w.fresh, w.more, w.told = nil, 0, now
	return []kit.Finding{found}
}

// goesOn tells of a wave that does, or is over.
func (j *JoinWave) goesOn(room id.RoomID, now time.Time, within time.Duration) []kit.Finding {
	key := kit.Text(room)
	w := j.waves.Find(key, now)
	if w == nil || !w.on {
		return nil
	}
	over := now.Sub(w.last) >= within
	if !over {
		j.waves.Keep(key, now, 2*max(within, wavePause))
		j.wake(room, now.Add(within))
		if now.Sub(w.told) < wavePause || len(w.fresh) == 0 {
			return nil
		}
	}
	defer func() { j.waves.Resize(key, w.bytes()) }()
	how, sofar := "goes on", "so far"
	if over {
		how, sofar = "is over", "in all"
		defer func() { *w = wave{} }()
	}
	why := fmt.Sprintf("the wave of joins %s: %s %s within %s", how, text.Count(w.total, "user"), sofar, text.Duration(w.last.Sub(w.began)))
	if w.more > 0 {
		why += fmt.Sprintf(", of whom %d came since I told last whose names were too many for me", w.more)
	}
	return w.tell(now, "", why)
}

// postureWords are the postures, the mildest first.
func postureWords() (words []string) {
	for _, p := range sanction.Postures() {
		words = append(words, p.String())
	}
	return words
}
