package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"forseti/action"
	"forseti/internal/cryptoclient"
	"forseti/internal/homeserver"
	"forseti/matrix/e2ee"
	"forseti/store"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// secret is a session with encryption on a real homeserver, and a person to talk
// to in an encrypted room.
type secret struct {
	t       *testing.T
	server  *homeserver.Server
	session *Session
	machine *e2ee.Machine
	bot     *mautrix.Client
	person  *cryptoclient.Client
	room    id.RoomID
	db      *store.Database
	path    string

	since string
}

func newSecret(t *testing.T) *secret {
	t.Helper()
	s := &secret{t: t, server: homeserver.ForTest(t), path: "sqlite:" + filepath.Join(t.TempDir(), "bot.db")}
	s.bot = s.server.Client(t, "bot")
	human := s.server.Client(t, "person")
	var err error
	if s.person, err = cryptoclient.Start(t.Context(), s.server.URL, human.UserID, human.AccessToken, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.person.Close() })
	s.open()
	s.room = s.newRoom(true)
	return s
}

func (s *secret) newRoom(encrypted bool) id.RoomID {
	s.t.Helper()
	req := &mautrix.ReqCreateRoom{Preset: "public_chat", Invite: []id.UserID{s.bot.UserID}}
	if encrypted {
		req.InitialState = []*event.Event{{Type: event.StateEncryption, Content: event.Content{Raw: map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}}
	}
	made, err := s.person.CreateRoom(s.t.Context(), req)
	s.must(err)
	_, err = s.bot.JoinRoomByID(s.t.Context(), made.RoomID)
	s.must(err)
	_, err = s.person.State(s.t.Context(), made.RoomID)
	s.must(err)
	return made.RoomID
}

func (s *secret) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// open starts the bot's session, as after a restart if there was one.
func (s *secret) open() {
	s.t.Helper()
	var err error
	s.db, err = store.Open(s.t.Context(), s.path, zerolog.Nop())
	s.must(err)
	s.t.Cleanup(func() { _ = s.db.Close() })
	s.session, err = Open(s.t.Context(), Options{Homeserver: s.server.URL, AccessToken: s.bot.AccessToken, User: s.bot.UserID})
	s.must(err)
	s.machine, err = s.session.Encrypt(s.t.Context(), Encryption{DB: s.db.DB(), Key: []byte("pickle"), SendTo: e2ee.Any})
	s.must(err)
}

// restart closes the store as a crash would leave it, and opens all anew.
func (s *secret) restart() {
	s.t.Helper()
	s.machine.Close()
	s.must(s.db.Close())
	s.open()
}

// sync handles batches until one of them satisfies done, and that one to its end.
func (s *secret) sync(done func(b *Batch) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	ended, finished := errors.New("enough"), false
	var came []string // for whoever looks why it did not
	err := s.session.Run(ctx, s.since, func(_ context.Context, b *Batch) (time.Duration, error) {
		came = append(came, b.Next, fmt.Sprint(len(b.AccountData), " account data, ", len(b.Late), " late"))
		for _, room := range b.Rooms {
			for _, evt := range room.Timeline {
				came = append(came, evt.Type.Type+" of "+string(evt.Sender))
			}
		}
		if finished {
			return 0, ended
		}
		if s.since = b.Next; done(b) {
			finished = true
			return 0, s.bot.SetAccountData(ctx, "example.nudge", map[string]any{"at": time.Now().UnixNano()})
		}
		return 0, nil
	})
	if !errors.Is(err, ended) {
		s.t.Fatalf("sync: %v; finished: %t, came: %q", err, finished, came)
	}
}

// hear waits for messages and returns their bodies, in order. Homeservers may bring a
// message before its key: then it comes late.
func (s *secret) hear(n int) (heard []*event.Event) {
	s.t.Helper()
	s.sync(func(b *Batch) bool {
		said := slices.Clone(b.Late)
		for _, room := range b.Rooms {
			said = append(said, room.Timeline...)
		}
		for _, evt := range said {
			if evt.Sender == s.person.UserID && evt.Type.Type == event.EventMessage.Type {
				heard = append(heard, evt)
			}
		}
		return len(heard) >= n
	})
	return heard
}

func saidBy(evt *event.Event) string {
	text, _ := evt.Content.Raw["body"].(string)
	return text
}

func (s *secret) tell(text string) {
	s.t.Helper()
	_, err := s.person.SendText(s.t.Context(), s.room, text)
	s.must(err)
}

func TestEncryptedBothWays(t *testing.T) {
	s := newSecret(t)
	s.sync(func(*Batch) bool { return true })
	s.tell("hello bot")
	heard := s.hear(1)
	if saidBy(heard[0]) != "hello bot" || !heard[0].Mautrix.WasEncrypted || heard[0].Content.Parsed != nil {
		t.Errorf("heard %+v", heard[0])
	}
	_, err := s.session.Act(t.Context(), action.Action{ID: "answer", Verb: action.Say, Room: s.room, Message: &action.Message{Markdown: "hello **person**"}})
	s.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	answer, err := s.person.Await(ctx, func(evt *event.Event) bool {
		return evt.Sender == s.bot.UserID && evt.Type.Type == event.EventMessage.Type
	})
	s.must(err)
	if !answer.Mautrix.WasEncrypted || saidBy(answer) == "" {
		t.Errorf("the answer was %v", answer.Content.Raw)
	}
	// After a restart the device is the same and goes on.
	before := s.machine.Fingerprint()
	s.restart()
	if s.machine.Fingerprint() != before {
		t.Error("another device after the restart")
	}
	s.tell("still there?")
	if heard := s.hear(1); saidBy(heard[0]) != "still there?" {
		t.Errorf("heard %v", heard[0].Content.Raw)
	}
}

// A batch that was not handled to its end comes again, and can be read again.
func TestSecretsAreReadAgainAfterACrash(t *testing.T) {
	s := newSecret(t)
	s.sync(func(*Batch) bool { return true })
	s.tell("once")
	since := s.since
	if heard := s.hear(1); saidBy(heard[0]) != "once" {
		t.Fatalf("heard %v", heard[0].Content.Raw)
	}
	s.since = since // the token was never stored
	s.restart()
	if heard := s.hear(1); saidBy(heard[0]) != "once" {
		t.Errorf("heard %v", heard[0].Content.Raw)
	}
}

func TestRoomBecomesEncrypted(t *testing.T) {
	s := newSecret(t)
	s.room = s.newRoom(false)
	s.sync(func(*Batch) bool { return true })
	s.tell("in clear")
	if heard := s.hear(1); heard[0].Mautrix.WasEncrypted {
		t.Error("taken for encrypted")
	}
	_, err := s.person.SendStateEvent(t.Context(), s.room, event.StateEncryption, "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	s.must(err)
	_, err = s.person.State(t.Context(), s.room)
	s.must(err)
	s.tell("in secret")
	heard := s.hear(1)
	if saidBy(heard[0]) != "in secret" || !heard[0].Mautrix.WasEncrypted {
		t.Errorf("heard %v", heard[0].Content.Raw)
	}
	result, err := s.session.Act(t.Context(), action.Action{ID: "a", Verb: action.Say, Room: s.room, Message: &action.Message{Markdown: "psst"}})
	s.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	answer, err := s.person.Await(ctx, func(evt *event.Event) bool { return evt.ID == result.Event })
	s.must(err)
	if answer.Type.Type != event.EventEncrypted.Type {
		t.Errorf("the bot answered in clear: %v", answer.Content.Raw)
	}
	// Nobody can make the bot talk in clear again.
	_, err = s.person.SendStateEvent(t.Context(), s.room, event.StateEncryption, "", map[string]any{})
	s.must(err)
	s.tell("last")
	s.hear(1)
	if !s.machine.Encrypted(s.room) {
		t.Error("the room counts as clear again")
	}
}

// What cannot be read is parked and comes later, once.
func TestKeyComesLate(t *testing.T) {
	s := newSecret(t)
	s.sync(func(*Batch) bool { return true })
	s.tell("first") // makes the session and shares it
	s.hear(1)
	// The person forgets that the bot has a device, and so keeps the next key from it.
	s.must(s.person.Machine().CryptoStore.RemoveOutboundGroupSession(t.Context(), s.room))
	s.must(s.person.Machine().ShareGroupSession(t.Context(), s.room, []id.UserID{s.person.UserID}))
	outbound, err := s.person.Machine().CryptoStore.GetOutboundGroupSession(t.Context(), s.room)
	s.must(err)
	key := outbound.ShareContent()
	s.tell("unreadable")
	var unread *event.Event
	s.sync(func(b *Batch) bool {
		for _, room := range b.Rooms {
			for _, evt := range room.Timeline {
				if evt.Sender == s.person.UserID && evt.Type.Type == event.EventEncrypted.Type {
					unread = evt
				}
			}
		}
		return unread != nil
	})
	if n, err := s.machine.Unread(t.Context()); err != nil || n[s.room] != 1 {
		t.Errorf("unread %v, %v", n, err)
	}
	s.restart()
	// The key comes after all.
	device, err := s.person.Machine().GetOrFetchDevice(t.Context(), s.bot.UserID, s.session.Device())
	s.must(err)
	s.must(s.person.Machine().SendEncryptedToDevice(t.Context(), device, event.ToDeviceRoomKey, key))
	var late []*event.Event
	s.sync(func(b *Batch) bool { late = append(late, b.Late...); return len(late) > 0 })
	if late[0].ID != unread.ID || saidBy(late[0]) != "unreadable" || late[0].RoomID != s.room {
		t.Errorf("late: %+v", late[0])
	}
	// Once handled it is not read again, whatever comes.
	s.restart()
	s.tell("next")
	s.sync(func(b *Batch) bool {
		if len(b.Late) > 0 {
			t.Errorf("late again: %v", b.Late)
		}
		return len(b.Rooms) > 0
	})
	if n, err := s.machine.Unread(t.Context()); err != nil || n[s.room] != 0 {
		t.Errorf("unread %v, %v", n, err)
	}
}

// An encrypted event that says it is a redaction is none.
func TestEncryptedRedactionIsNone(t *testing.T) {
	s := newSecret(t)
	s.sync(func(*Batch) bool { return true })
	s.tell("first")
	first := s.hear(1)[0]
	encrypted, err := s.person.Crypto.Encrypt(t.Context(), s.room, event.EventRedaction, map[string]any{"redacts": first.ID})
	s.must(err)
	_, err = s.person.SendMessageEvent(t.Context(), s.room, event.EventEncrypted, encrypted)
	s.must(err)
	s.tell("second")
	s.sync(func(b *Batch) bool {
		seen := false
		for _, room := range b.Rooms {
			for _, evt := range room.Timeline {
				if evt.Type.Type == event.EventRedaction.Type {
					t.Error("taken for a redaction")
				}
				seen = seen || saidBy(evt) == "second"
			}
		}
		return seen
	})
}

// An encrypted message is handed on whatever is in it: what no client of a moderator
// shows may still show in somebody's.
func TestOddSecretsAreHandedOn(t *testing.T) {
	s := newSecret(t)
	s.sync(func(*Batch) bool { return true })
	odd := []map[string]any{
		{"msgtype": "m.text", "body": 5}, {"body": []any{"x"}}, {"msgtype": 1, "body": "x", "m.mentions": "x"},
		{"msgtype": "m.text", "body": "x", "m.new_content": 5, "url": map[string]any{}},
	}
	for _, content := range odd {
		_, err := s.person.SendMessageEvent(t.Context(), s.room, event.EventMessage, content)
		s.must(err)
	}
	for i, evt := range s.hear(len(odd)) {
		if !evt.Mautrix.WasEncrypted || evt.Content.Raw["body"] == nil || len(evt.Content.Raw) != len(odd[i]) {
			t.Errorf("of %v came %v", odd[i], evt.Content.Raw)
		}
	}
}

// stalled never answers what is asked about devices.
type stalled struct{ http.RoundTripper }

func (s stalled) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/keys/query") {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return s.RoundTripper.RoundTrip(r)
}

// A homeserver of others that does not tell about its users' devices keeps nobody's
// messages from us.
func TestStalledDevicesDelayLittle(t *testing.T) {
	s := newSecret(t)
	s.sync(func(*Batch) bool { return true })
	s.tell("first")
	s.hear(1)
	s.session.client.Client.Transport = stalled{s.session.client.Client.Transport}
	another := s.server.NewDevice(t, s.person.UserID)
	other, err := cryptoclient.Start(t.Context(), s.server.URL, another.UserID, another.AccessToken, t.TempDir())
	s.must(err)
	t.Cleanup(func() { _ = other.Close() })
	s.tell("second")
	if heard := s.hear(1); saidBy(heard[0]) != "second" {
		t.Errorf("heard %v", heard[0].Content.Raw)
	}
}

// padding makes answers as long as those about rooms of thousands.
type padding struct{ http.RoundTripper }

func (p padding) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.RoundTripper.RoundTrip(r)
	if err == nil && (strings.HasSuffix(r.URL.Path, "/members") || strings.HasSuffix(r.URL.Path, "/keys/query")) {
		resp.ContentLength = -1
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(resp.Body, strings.NewReader(strings.Repeat(" ", 8<<20))), resp.Body}
	}
	return resp, err
}

func TestSecretsOfBigRooms(t *testing.T) {
	s := newSecret(t)
	s.session.client.Client.Transport = padding{s.session.client.Client.Transport}
	s.sync(func(*Batch) bool { return true })
	_, err := s.session.Act(t.Context(), action.Action{ID: "a", Verb: action.Say, Room: s.room, Message: &action.Message{Markdown: "to thousands"}})
	s.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	_, err = s.person.Await(ctx, func(evt *event.Event) bool { return saidBy(evt) == "to thousands" })
	s.must(err)
}

// What cannot be read is kept no longer than anybody needs it.
func TestOldIsNotWaitedFor(t *testing.T) {
	s := newSecret(t)
	evt := &event.Event{ID: "$old", RoomID: s.room, Sender: "@writer:x", Type: event.EventEncrypted}
	evt.Content.VeryRaw = []byte(`{"session_id":"s"}`)
	s.must(s.machine.Park(t.Context(), evt, time.Now().Add(-15*24*time.Hour)))
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	ended := make(chan struct{})
	go func() { defer close(ended); s.machine.Run(ctx) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		n, err := s.machine.Unread(ctx)
		s.must(err)
		if n[s.room] == 0 {
			break
		}
		<-tick.C
	}
	stop()
	<-ended
}

// What a protection looks at is where it would be in a clear message: the new text
// of an edit, the caption of a picture.
func TestEncryptedEditsAndCaptions(t *testing.T) {
	s := newSecret(t)
	s.sync(func(*Batch) bool { return true })
	first, err := s.person.SendText(t.Context(), s.room, "innocent")
	s.must(err)
	for _, content := range []map[string]any{
		{
			"msgtype": "m.text", "body": "* spam", "m.new_content": map[string]any{"msgtype": "m.text", "body": "spam"},
			"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": first.EventID},
		},
		{"msgtype": "m.image", "body": "buy this", "filename": "cat.png", "file": map[string]any{"url": "mxc://x/y"}},
	} {
		_, err := s.person.SendMessageEvent(t.Context(), s.room, event.EventMessage, content)
		s.must(err)
	}
	heard := s.hear(3)
	edit, picture := heard[1].Content.Raw, heard[2].Content.Raw
	newContent, _ := edit["m.new_content"].(map[string]any)
	relation, _ := edit["m.relates_to"].(map[string]any)
	if newContent["body"] != "spam" || relation["event_id"] != string(first.EventID) || relation["rel_type"] != "m.replace" {
		t.Errorf("the edit reads %v", edit)
	}
	if picture["body"] != "buy this" || picture["filename"] != "cat.png" || picture["file"] == nil {
		t.Errorf("the picture reads %v", picture)
	}
}

// A sync from nothing says of a room only whether it is encrypted: of the members it has us,
// and those few that a homeserver thinks a client wants to show, however many there are. Who
// came while nobody listened is asked for before anything is said there.
func TestFirstSyncIsSmall(t *testing.T) {
	t.Parallel()
	const silent, shown = 12, 7
	s := newSecret(t)
	plain := s.newRoom(false)
	for i := range silent {
		_, err := s.server.Client(t, fmt.Sprint("silent", i)).JoinRoomByID(t.Context(), plain)
		s.must(err)
	}
	first := func() (rooms int) {
		s.since = ""
		s.sync(func(b *Batch) bool {
			for _, room := range b.Rooms {
				rooms++
				members := 0
				for _, evt := range room.State {
					switch {
					case evt.Type.Type == event.StateMember.Type:
						members++
					case evt.Type.Type != event.StateEncryption.Type && evt.Type.Type != "m.room.history_visibility" && !slices.Contains(room.Timeline, evt):
						t.Errorf("the first sync has %s of %s", evt.Type.Type, *evt.StateKey)
					}
				}
				if members > shown {
					t.Errorf("the first sync has %d members of %s", members, room.Room)
				}
			}
			return b.Initial
		})
		return rooms
	}
	for first() < 2 { // Dendrite may show a room a moment after it was joined
	}
	if !s.machine.Encrypted(s.room) || s.machine.Encrypted(plain) {
		t.Errorf("encrypted are %t and %t", s.machine.Encrypted(s.room), s.machine.Encrypted(plain))
	}
	say := func(text string) {
		_, err := s.session.Act(t.Context(), action.Action{ID: text, Verb: action.Say, Room: s.room, Message: &action.Message{Markdown: text}})
		s.must(err)
	}
	say("before")
	human := s.server.Client(t, "newcomer")
	newcomer, err := cryptoclient.Start(t.Context(), s.server.URL, human.UserID, human.AccessToken, t.TempDir())
	s.must(err)
	t.Cleanup(func() { _ = newcomer.Close() })
	s.must(newcomer.Enter(t.Context(), s.room))
	first()
	say("after")
	for _, reader := range []*cryptoclient.Client{s.person, newcomer} {
		_, err := reader.Await(t.Context(), func(evt *event.Event) bool { return evt.Content.AsMessage().Body == "after" })
		s.must(err)
	}
}

// Whether a room is encrypted is known from whatever tells of it first: sync may be a moment
// behind, and nothing is said in clear for that.
func TestStateTellsOfEncryption(t *testing.T) {
	t.Parallel()
	s := newSecret(t)
	plain := s.newRoom(false)
	for _, room := range []id.RoomID{s.room, plain} {
		_, err := s.session.State(t.Context(), room)
		s.must(err)
	}
	if !s.machine.Encrypted(s.room) || s.machine.Encrypted(plain) {
		t.Fatalf("encrypted are %t and %t", s.machine.Encrypted(s.room), s.machine.Encrypted(plain))
	}
	_, err := s.session.Act(t.Context(), action.Action{ID: "hello", Verb: action.Say, Room: s.room, Message: &action.Message{Markdown: "hello"}})
	s.must(err)
	evt, err := s.person.Await(t.Context(), func(evt *event.Event) bool { return evt.Content.AsMessage().Body == "hello" })
	if s.must(err); !evt.Mautrix.WasEncrypted {
		t.Error("said in clear")
	}
}
