package community_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
	"forseti/sanction/trust"
	"forseti/store"
)

// settingLevels are requests that set power levels.
func settingLevels(method, path string) bool {
	return method == http.MethodPut && strings.Contains(path, "/state/"+event.StatePowerLevels.Type)
}

// acquainted has the bot know a user from before it is started.
func (f *fixture) acquainted(u id.UserID) {
	f.t.Helper()
	book := trust.NewBook()
	at := time.Now().Add(-10 * 24 * time.Hour)
	for n := range 9 * 12 {
		for i, who := range []id.UserID{u, "@a:x", "@b:x", "@c:x"} {
			book.Accept(trust.Message{Room: f.rooms[0], User: who, Event: id.EventID(fmt.Sprint("$", n, "-", i))}, at.Add(time.Duration(n)*2*time.Hour))
		}
	}
	if level := book.Level(u, time.Now()); level < trust.Known {
		f.t.Fatalf("they are %s", level)
	}
	var known store.Known
	for _, row := range book.Changed() {
		known.Trust = append(known.Trust, store.TrustRow(row))
	}
	db, err := store.Open(f.t.Context(), f.database, zerolog.Nop())
	f.must(err)
	defer db.Close()
	home, err := db.Community(f.t.Context(), f.management)
	f.must(err)
	f.must(home.Commit(f.t.Context(), store.Commit{Known: known}))
}

// For as long as a posture says so, only who is known can write, wherever the bot ends in the
// middle; and then all is as it was found, for who was muted meanwhile as well.
func TestOnlyWhoIsKnownCanWriteForAWhile(t *testing.T) {
	long(t)
	f := newFixture(t, 2)
	known, newcomer := f.member("known"), f.member("newcomer")
	f.acquainted(known.UserID)
	found := []map[string]any{f.content(f.rooms[0], event.StatePowerLevels.Type), f.content(f.rooms[1], event.StatePowerLevels.Type)}
	writes := func(user *mautrix.Client, room id.RoomID) bool {
		_, err := user.SendText(t.Context(), room, "hello all of you")
		if err != nil && !strings.Contains(err.Error(), "M_FORBIDDEN") {
			t.Fatal(err)
		}
		return err == nil
	}
	stopped := func(words string) {
		t.Helper()
		gate := faults.NewGate()
		open := f.proxy.On(settingLevels, gate.Fault)
		f.proxy.Times(1, settingLevels, faults.Pass)
		f.say(words)
		select {
		case <-gate.Held():
		case <-time.After(patience):
			t.Fatal("there was nothing to stop in")
		}
		f.stopBot()
		open()
		f.start()
	}
	f.start()
	f.hear("Hello")
	f.say("!forseti enable join-gate")
	f.say("!forseti config set join-gate at voice")
	f.hear("`at`", "voice")
	stopped("!forseti posture guarded --hush")
	for _, room := range f.rooms {
		f.eventually("keep newcomers from writing", func() bool { return !writes(newcomer, room) })
		if !writes(known, room) {
			t.Error("who is known cannot write")
		}
	}
	// Who has to accept the rules meanwhile cannot write before it is over, though they accept; who
	// accepts later not before they do.
	type asked struct {
		user     *mautrix.Client
		chat     id.RoomID
		question id.EventID
	}
	var early, late asked
	for name, who := range map[string]*asked{"early": &early, "late": &late} {
		who.user = f.server.Client(t, name)
		f.join(f.rooms[0], who.user)
		who.chat, who.question = f.asked(who.user, "as soon as new members may write there again")
	}
	accepts := func(who asked) {
		own := func() any {
			users, _ := f.content(f.rooms[0], event.StatePowerLevels.Type)["users"].(map[string]any)
			return users[string(who.user.UserID)]
		}
		f.eventually("mute who joined", func() bool { return own() != nil })
		_, err := who.user.SendReaction(t.Context(), who.chat, who.question, "✅")
		f.must(err)
		f.eventually("end that mute", func() bool { return own() == nil })
	}
	accepts(early)
	if writes(early.user, f.rooms[0]) {
		t.Error("who accepted the rules can write before newcomers may")
	}
	f.say("!forseti mute " + string(known.UserID))
	for _, room := range f.rooms {
		f.eventually("mute", func() bool { return !writes(known, room) })
	}
	stopped("!forseti posture calm")
	for n, room := range f.rooms {
		f.eventually("let newcomers write", func() bool { return writes(newcomer, room) })
		if writes(known, room) {
			t.Error("the mute is over")
		}
		if now := f.content(room, event.StatePowerLevels.Type); reflect.DeepEqual(now, found[n]) {
			t.Errorf("muted, and %v", now)
		}
	}
	if !writes(early.user, f.rooms[0]) || writes(late.user, f.rooms[0]) {
		t.Error("who has accepted the rules cannot write, or who has not can")
	}
	accepts(late)
	f.eventually("let who accepts now write", func() bool { return writes(late.user, f.rooms[0]) })
	f.say("!forseti unmute " + string(known.UserID))
	for n, room := range f.rooms {
		f.eventually("give all back", func() bool { return reflect.DeepEqual(f.content(room, event.StatePowerLevels.Type), found[n]) })
		f.eventually("let who was muted write", func() bool { return writes(known, room) })
	}
}

// A room that somebody takes out in another client while it is closed and hushed is given back
// what was found there, and then let go.
func TestARoomTakenOutElsewhereIsOpened(t *testing.T) {
	long(t)
	f := newFixture(t, 2)
	room := f.rooms[1]
	rule, levels := f.content(room, "m.room.join_rules"), f.content(room, event.StatePowerLevels.Type)
	f.start()
	f.hear("Hello")
	f.say("!forseti posture attack --close --hush")
	for _, r := range f.rooms {
		f.eventually("close", func() bool {
			return !reflect.DeepEqual(f.content(r, "m.room.join_rules"), rule) && !reflect.DeepEqual(f.content(r, event.StatePowerLevels.Type), levels)
		})
	}
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": f.rooms[:1]}))
	f.eventually("open it", func() bool {
		return reflect.DeepEqual(f.content(room, "m.room.join_rules"), rule) && reflect.DeepEqual(f.content(room, event.StatePowerLevels.Type), levels)
	})
	said, asked := "room 1", time.Time{}
	f.eventually("let it go", func() bool {
		if time.Since(asked) > 10*time.Second {
			said, asked = f.roomsShown(), time.Now()
		}
		return !strings.Contains(said, "room 1")
	})
	if reflect.DeepEqual(f.content(f.rooms[0], "m.room.join_rules"), rule) {
		t.Error("the other is open, too")
	}
}

// roomsShown is what the bot says of its rooms, of which one is room 0.
func (f *fixture) roomsShown() (said string) {
	before := len(f.heard())
	f.say("!forseti rooms")
	f.eventually("show its rooms", func() bool {
		for _, said = range f.heard()[before:] {
			if strings.Contains(said, "room 0") {
				return true
			}
		}
		return false
	})
	return said
}
