package community_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
	"forseti/matrix/e2ee"
	"forseti/protections"
)

// stage is a room in which one protection is on, and who does there what it is for.
type stage struct {
	*fixture
	room    id.RoomID
	user    *mautrix.Client
	another func(name string) *mautrix.Client // somebody else who joins the room
}

// sends sends content of a message, encrypted where the room is.
func (s *stage) sends(who *mautrix.Client, content map[string]any) id.EventID {
	s.t.Helper()
	sent, err := who.SendMessageEvent(s.t.Context(), s.room, event.EventMessage, content)
	s.must(err)
	return sent.EventID
}

func (s *stage) says(text string) id.EventID {
	s.t.Helper()
	return s.sends(s.user, map[string]any{"msgtype": "m.text", "body": text})
}

// sets sends a state event as the user.
func (s *stage) sets(kind, key string, content map[string]any) id.EventID {
	s.t.Helper()
	sent, err := s.user.SendStateEvent(s.t.Context(), s.room, event.Type{Type: kind, Class: event.StateEventType}, key, content)
	s.must(err)
	return sent.EventID
}

// trial is what a protection is for, done on a homeserver.
type trial struct {
	settings []string // words after "config"
	// does returns what is to be removed.
	does func(s *stage) []id.EventID
	// told is what moderators read of it.
	told []string
	// holds is what becomes of it else.
	holds func(s *stage) bool
}

var trials = map[string]trial{
	"adverts": {
		does: func(s *stage) []id.EventID {
			return []id.EventID{s.says("Hello everybody! Earn $5000 a week from home with crypto, guaranteed profit, no experience needed. Only 3 places left, write me on Telegram: t.me/goldearner 🔥🔥🔥")}
		},
	},
	"changes": {
		does: func(s *stage) []id.EventID {
			var levels map[string]any
			s.must(s.mod.StateEvent(s.t.Context(), s.room, event.StatePowerLevels, "", &levels))
			levels["events"].(map[string]any)["m.room.join_rules"] = 0
			s.state(s.room, "m.room.power_levels", "", levels)
			s.sets("m.room.join_rules", "", map[string]any{"join_rule": "knock"})
			return nil
		},
		told: []string{"changes", "@changes"},
	},
	"churn": {
		settings: []string{"set churn moves 2"},
		does: func(s *stage) []id.EventID {
			for range 3 {
				_, err := s.user.LeaveRoom(s.t.Context(), s.room)
				s.must(err)
				s.join(s.room, s.user)
			}
			return nil
		},
		told: []string{"churn", "@churn"},
	},
	"first-message": {
		does: func(s *stage) []id.EventID { return []id.EventID{s.says("https://shop.example/now")} },
	},
	"flooding": {
		settings: []string{"set flooding within 1m"},
		does: func(s *stage) (sent []id.EventID) {
			for i := range 11 {
				sent = append(sent, s.says(fmt.Sprint("buy ", i)))
			}
			return sent
		},
		told: []string{"flooding", "@flooding"},
	},
	"invalid": {
		does: func(s *stage) []id.EventID {
			return []id.EventID{s.sends(s.user, map[string]any{"msgtype": "m.text", "body": "hello", "format": "org.matrix.custom.html", "formatted_body": 7})}
		},
	},
	"join-gate": {
		settings: []string{"set join-gate at voice"},
		does:     func(s *stage) []id.EventID { s.another("guest"); return nil },
		holds: func(s *stage) bool {
			var levels event.PowerLevelsEventContent
			s.must(s.mod.StateEvent(s.t.Context(), s.room, event.StatePowerLevels, "", &levels))
			for user, level := range levels.Users {
				if strings.HasPrefix(string(user), "@guest") {
					return level < levels.EventsDefault
				}
			}
			return false
		},
	},
	"join-wave": {
		settings: []string{"set join-wave joins 2"},
		does: func(s *stage) []id.EventID {
			s.another("wave1")
			s.another("wave2")
			return nil
		},
		told: []string{"a wave of joins has begun", "@wave2"},
	},
	"joiners": {
		settings: []string{"set joiners without-profile yes"},
		does:     func(s *stage) []id.EventID { s.another("nobody"); return nil },
		told:     []string{"joiners", "@nobody"},
	},
	"lag": {
		settings: []string{"set lag messages 3"},
		does: func(s *stage) []id.EventID {
			s.proxy.On(faults.Sync, faults.Edit(func(answer map[string]any) { late(answer, s.room, 20*time.Minute) }))
			for i := range 6 { // the poll that is under way is not changed
				s.says(fmt.Sprint("said long ago ", i))
			}
			return nil
		},
		told: []string{"late"},
	},
	"links": {
		settings: []string{"add links deny evil.example"},
		does: func(s *stage) []id.EventID {
			return []id.EventID{s.says("what do you think of HTTPS://evil.Example./x ?")}
		},
	},
	"media": {
		does: func(s *stage) []id.EventID {
			return []id.EventID{s.sends(s.user, map[string]any{"msgtype": "m.image", "body": "a.png", "url": "mxc://" + s.user.UserID.Homeserver() + "/abc"})}
		},
	},
	"mentions": {
		does: func(s *stage) []id.EventID {
			var called []string
			for i := range 8 {
				called = append(called, fmt.Sprintf("@user%d:example.org", i))
			}
			return []id.EventID{s.sends(s.user, map[string]any{
				"msgtype": "m.text", "body": "look " + strings.Join(called, " "), "m.mentions": map[string]any{"user_ids": called},
			})}
		},
	},
	"names": {
		does: func(s *stage) []id.EventID {
			return []id.EventID{s.sets("m.room.member", string(s.user.UserID), map[string]any{"membership": "join", "displayname": "nice \u202euser"})}
		},
		told: []string{"Removed 1 profile", "@names"},
	},
	"newcomers": {
		does: func(s *stage) []id.EventID {
			return []id.EventID{s.says("have a look at https://shop.example/now please")}
		},
	},
	"reactions": {
		settings: []string{"set reactions reactions 2"},
		does: func(s *stage) (sent []id.EventID) {
			for i := range 3 {
				to := s.says(fmt.Sprint("something said ", i))
				reaction, err := s.user.SendReaction(s.t.Context(), s.room, to, "👍")
				s.must(err)
				sent = append(sent, reaction.EventID)
			}
			return sent
		},
	},
	"repeats": {
		does: func(s *stage) (sent []id.EventID) {
			const advertisement = "earn a thousand a week from home without any risk at all: write to https://earn.example/now"
			for _, who := range []*mautrix.Client{s.user, s.another("second"), s.another("third")} {
				sent = append(sent, s.sends(who, map[string]any{"msgtype": "m.text", "body": advertisement}))
			}
			return sent
		},
	},
	"shape": {
		does: func(s *stage) []id.EventID { return []id.EventID{s.says(strings.Repeat("LOOK AT THIS ", 20))} },
	},
	"slow-mode": {
		does: func(s *stage) []id.EventID {
			s.says("one")
			return []id.EventID{s.says("and two")}
		},
	},
	"words": {
		settings: []string{"add words list.test ~zebracorn"},
		does:     func(s *stage) []id.EventID { return []id.EventID{s.says("buy zеbrасоrn now")} }, // with Cyrillic letters
	},
}

// apart are those with a test of their own on a homeserver, clear and encrypted: it takes a
// moderator's word to have them find anything.
var apart = map[string]string{"known-images": "TestBannedImages", "learned": "TestWhatIsMarkedIsLearned"}

// late makes what is said in a room older than it is.
func late(answer map[string]any, room id.RoomID, by time.Duration) {
	rooms, _ := answer["rooms"].(map[string]any)
	joined, _ := rooms["join"].(map[string]any)
	of, _ := joined[string(room)].(map[string]any)
	timeline, _ := of["timeline"].(map[string]any)
	events, _ := timeline["events"].([]any)
	for _, evt := range events {
		if e, ok := evt.(map[string]any); ok {
			if number, ok := e["origin_server_ts"].(json.Number); ok {
				at, _ := number.Int64()
				e["origin_server_ts"] = at - by.Milliseconds()
			}
		}
	}
}

// Each protection does on a homeserver what it is for, each in a room of its own, and
// leaves alone what somebody else says there.
func TestEveryKind(t *testing.T) {
	f := newFixture(t, len(trials))
	f.everyKind(
		func(name string, room id.RoomID) *mautrix.Client {
			who := f.server.Client(t, name)
			f.join(room, who)
			return who
		},
		func(line string) { f.say("!forseti " + line) },
		func(words ...string) { f.hear(words...) },
	)
}

// As TestEveryKind, where messages are encrypted.
func TestEveryKindEncrypted(t *testing.T) {
	long(t)
	s := newSealed(t, 0, e2ee.Any)
	for range trials {
		s.secretRoom()
	}
	s.everyKind(
		func(name string, room id.RoomID) *mautrix.Client { return s.talker(name, room).Client },
		func(line string) { s.whisper("!forseti " + line) },
		func(words ...string) { s.answered(words...) },
	)
}

// triedElsewhere are those that find only what moderators have shown them, which takes a test of its own.
var triedElsewhere = []string{"known-images", "learned"}

func (f *fixture) everyKind(enter func(string, id.RoomID) *mautrix.Client, command func(line string), told func(words ...string)) {
	t := f.t
	var stages []*stage
	var names, untried []string
	for _, kind := range protections.Kinds() {
		if slices.Contains(triedElsewhere, kind.Name) {
			continue
		}
		if apart[kind.Name] != "" {
			continue
		}
		if _, ok := trials[kind.Name]; !ok {
			untried = append(untried, kind.Name)
			continue
		}
		room := f.rooms[len(stages)]
		names = append(names, kind.Name)
		stages = append(stages, &stage{fixture: f, room: room, user: enter(kind.Name, room), another: func(name string) *mautrix.Client { return enter(name, room) }})
	}
	if len(untried) > 0 {
		t.Fatalf("protections that are not tried: %s", strings.Join(untried, ", "))
	}
	innocents := make([]*mautrix.Client, len(stages))
	for n, s := range stages {
		innocents[n] = s.another("innocent")
	}
	f.start()
	told("Hello")
	kept := map[id.RoomID]id.EventID{}
	for n, s := range stages {
		for _, setting := range trials[names[n]].settings {
			command("config " + setting)
		}
		command("enable " + names[n] + " --room " + string(s.room))
		told("`" + names[n] + "` is now on")
		kept[s.room] = s.sends(innocents[n], map[string]any{"msgtype": "m.text", "body": "good morning, does anybody know how to build this?"})
	}
	gone := make([][]id.EventID, len(stages))
	for n, s := range stages {
		gone[n] = trials[names[n]].does(s)
	}
	for n, s := range stages {
		if len(gone[n]) > 0 {
			s.removed(s.room, gone[n])
		}
		if said := trials[names[n]].told; len(said) > 0 {
			told(said...)
		}
		if holds := trials[names[n]].holds; holds != nil {
			s.eventually("see what "+names[n]+" does", func() bool { return holds(s) })
		}
	}
	for n, s := range stages {
		evt := s.timeline(s.room)
		at := slices.IndexFunc(evt, func(e *event.Event) bool { return e.ID == kept[s.room] })
		if at < 0 || evt[at].Unsigned.RedactedBecause != nil {
			t.Errorf("%s: what an innocent said is gone", names[n])
		}
	}
}
