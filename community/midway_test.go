package community

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/community/approval"
	"forseti/enforce"
	"forseti/store"
)

// What a list says after all of it was weighed, and before that is followed, is weighed by
// what will be then: an exemption that goes shields nobody from a rule that comes.
func TestWeighedByAWholePicture(t *testing.T) {
	const members = 300
	for name, meanwhile := range map[string]bool{"in the middle": true, "after it": false} {
		r := newReader(t, openStore(t), members)
		l, w := r.places.following.lists[readFrom], r.places.following.weigher
		r.places.following.setExempting(l, true, time.Now())
		r.begin([]*event.Event{listed("free", "@spam*:evil.example", "fi.mau.meowlnir.unban", "$free")})
		for r.places.following.readOne(time.Now()) {
		}
		r.places.following.decide(readFrom, decision{UpTo: r.world.Book.Turn()}, time.Now(), nil)
		r.begin(nil) // read anew, it is gone
		for meanwhile && !l.reading().weighed || !meanwhile && l.reading() != nil {
			r.places.following.readOne(time.Now())
		}
		var out store.Commit
		role, _ := r.places.roles(readFrom)
		r.intake.takeState(listed("all", "@spam*:evil.example", "m.ban", "$all"), time.Now(), role, &out)
		if meanwhile && !l.unweighed() {
			t.Errorf("%s: moderators are asked about what is not weighed", name)
		}
		for r.places.following.readOne(time.Now()) {
		}
		if n := r.banned(); n > 0 || len(w.waitingIn(readFrom).slots) != 1 {
			t.Errorf("%s: %d are banned, and nobody was asked", name, n)
		}
	}
}

// Of very many changes that may not be followed together only some are looked at by
// themselves: to look takes time, and waits for nobody's harm.
func TestMostWait(t *testing.T) {
	const rules = 2*mostSingly + 100
	r := newReader(t, openStore(t), rules)
	r.begin(spamRules(rules))
	for r.places.following.readOne(time.Now()) {
	}
	if n := r.banned(); n > 0 {
		t.Errorf("%d are banned, and nobody was asked", n)
	}
	if n := len(r.places.following.weigher.waitingIn(readFrom).slots); n != rules {
		t.Errorf("%d of %d wait", n, rules)
	}
}

// The rules of a list that is to be watched no longer go a part at a time; if it is to be
// watched after all, it is read anew.
func TestUnwatchedByParts(t *testing.T) {
	const rules = 3*readingPart + 7
	for name, again := range map[string]bool{"by a command": false, "by a yes": false, "not at all": true} {
		r := newReader(t, openStore(t), rules)
		r.world.Settings.Limits = enforce.Limits{Members: 2 * rules, Percent: 100}
		l := r.begin(spamRules(rules))
		for r.places.following.readOne(time.Now()) {
		}
		if n := r.banned(); n != rules {
			t.Fatalf("%d of %d are banned", n, rules)
		}
		r.reads(states{})
		f := r.places.following
		if name == "by a yes" {
			r.world.Settings.Limits = enforce.Limits{Members: 10, Percent: 10}
			topic := approval.Topic{Kind: approval.Unwatch, About: string(readFrom)}
			if r.become(typeWatchedLists); f.leaving[readFrom] != asked || f.readOne(time.Now()) {
				t.Fatal("nobody is asked")
			}
			for range 2 { // the second has nothing left to decide
				r.orders.questions.topics.decide(approval.Question{Topic: topic}, questionDetails{}, true, "@mod:hs")
			}
			if left := f.leaving[readFrom]; left != "" || !f.readOne(time.Now()) {
				t.Errorf("after a crash it would be asked again: %q", left)
			}
		} else {
			f.weigher.expected.Add(approval.Write{List: readFrom, Content: leavingLists}, time.Now())
			r.become(typeWatchedLists)
		}
		turns := 0
		for ; f.readOne(time.Now()); turns++ {
			if turns == 2 && again {
				r.become(typeWatchedLists, readFrom)
			}
			if turns == 3 {
				r.become(typeProtectedRooms, benchRoom) // something else is written down
				f.setWatched(f.wanted)
			}
		}
		if n := r.banned(); n != 0 || r.world.Rules.LenOf(readFrom) != 0 || turns < rules/readingPart {
			t.Errorf("%s: after %d turns %d are to be banned, of %d rules", name, turns, n, r.world.Rules.LenOf(readFrom))
		}
		switch left := f.lists[readFrom]; {
		case again && (left != l || l.loaded || !r.surveying.survey.Reading(readFrom) || f.marks.rooms[readFrom] != neverRead):
			t.Errorf("it is not read anew")
		case !again && (left != nil || f.leaving[readFrom] != ""):
			t.Errorf("it is watched, and waits: %q", f.leaving[readFrom])
		}
	}
}
