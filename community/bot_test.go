package community_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community"
	"forseti/enforce"
	"forseti/internal/faults"
	"forseti/internal/homeserver"
	"forseti/internal/pgtest"
	"forseti/matrix"
	"forseti/store"
)

func TestMain(m *testing.M) {
	// The tests wait for a homeserver far more than they compute. A flag on the
	// command line wins.
	_ = flag.Set("test.parallel", "8")
	os.Exit(homeserver.Main(pgtest.Around(m)))
}

// patience is for what takes a fraction of a second on an idle machine.
const patience = 2 * time.Minute

// fixture is a community on a real homeserver: a bot, a moderator, a management
// room, a list of theirs and some protected rooms.
type fixture struct {
	t          *testing.T
	server     *homeserver.Server
	proxy      *faults.Proxy   // the running bot reaches the homeserver through it
	bot        *mautrix.Client // for asking; the running bot has a session of its own
	mod        *mautrix.Client
	management id.RoomID
	list       id.RoomID
	rooms      []id.RoomID
	edits      chan func(answer map[string]any) // for the next answer of sync
	database   string
	log        *zerolog.Logger // of the bot, if not the test's
	options    func(*community.Options)
	session    func(*matrix.Session, *community.Options) // before the bot runs

	stop  context.CancelFunc
	ended chan error
}

// long leaves out a story that plays for long on a homeserver, but where FORSETI_LONG is set, as in
// CI. What it shows of rules and words is held in milliseconds where those live.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("FORSETI_LONG") == "" {
		t.Skip("this story plays for long: FORSETI_LONG=1 plays it, and `make test-long` all such")
	}
}

// newFixture makes all but the running bot, and has the test run beside others.
// The moderator owns every room, and the bot has power 100 there.
func newFixture(t *testing.T, rooms int) *fixture {
	t.Helper()
	t.Parallel()
	f := &fixture{t: t, server: homeserver.ForTest(t)}
	f.bot, f.mod = f.server.Client(t, "bot"), f.server.Client(t, "mod")
	f.furnish(rooms)
	return f
}

// furnish makes what the fixture's users are in.
func (f *fixture) furnish(rooms int) {
	t := f.t
	t.Helper()
	f.proxy = faults.ForTest(t, f.server.URL)
	f.edits = make(chan func(map[string]any), 10)
	f.proxy.On(faults.Sync, faults.Edit(func(answer map[string]any) {
		for {
			select {
			case edit := <-f.edits:
				edit(answer)
			default:
				return
			}
		}
	}))
	f.database = "sqlite:" + filepath.Join(t.TempDir(), "forseti.db")
	f.management = f.room("management", "", f.bot)
	f.list = f.room("list", "m.policy", f.bot)
	for i := range rooms {
		f.rooms = append(f.rooms, f.room(fmt.Sprintf("room %d", i), "", f.bot))
	}
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": f.rooms}))
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.watched_lists", map[string]any{
		"references": []string{f.list.URI().MatrixToURL()},
	}))
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// room makes a room of the moderator's in which others are joined, and the bot has
// power.
func (f *fixture) room(name, kind string, others ...*mautrix.Client) id.RoomID {
	f.t.Helper()
	req := &mautrix.ReqCreateRoom{Name: name, Preset: "public_chat"}
	if kind != "" {
		req.CreationContent = map[string]any{"type": kind}
	}
	created, err := f.mod.CreateRoom(f.t.Context(), req)
	f.must(err)
	level := 100
	if kind == "m.policy" {
		level = 50 // enough to write, and the moderator can remove the bot
	}
	f.level(created.RoomID, f.bot.UserID, level)
	for _, other := range others {
		f.join(created.RoomID, other)
	}
	return created.RoomID
}

// level gives a user a power level. What else is in the event depends on the
// room version, which the homeserver chose.
func (f *fixture) level(room id.RoomID, user id.UserID, level int) {
	f.t.Helper()
	f.levelBy(f.mod, room, user, level)
}

// levelBy is level by somebody else: only the bot itself can take power from it
// where the moderator stands no higher.
func (f *fixture) levelBy(who *mautrix.Client, room id.RoomID, user id.UserID, level int) {
	f.t.Helper()
	var content map[string]any
	f.must(who.StateEvent(f.t.Context(), room, event.StatePowerLevels, "", &content))
	users, _ := content["users"].(map[string]any)
	if users == nil {
		users = map[string]any{}
	}
	users[string(user)] = level
	content["users"] = users
	_, err := who.SendStateEvent(f.t.Context(), room, event.StatePowerLevels, "", content)
	f.must(err)
}

func (f *fixture) join(room id.RoomID, user *mautrix.Client) {
	f.t.Helper()
	_, err := user.JoinRoomByID(f.t.Context(), room)
	f.must(err)
}

// start runs the bot until the test ends or stopBot is called.
func (f *fixture) start() {
	f.t.Helper()
	before := len(f.proxy.Requests(faults.Sync))
	f.launch()
	f.eventually("take in its first batch", func() bool { return len(f.proxy.Requests(faults.Sync)) > before+1 })
}

// launch is start for a bot that may not come to its first batch.
func (f *fixture) launch() {
	f.t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(f.t.Context()))
	f.stop, f.ended = stop, make(chan error, 1)
	log := zerolog.New(zerolog.NewTestWriter(f.t)).Level(zerolog.WarnLevel)
	if f.log != nil {
		log = *f.log
	}
	db, err := store.Open(ctx, f.database, log)
	f.must(err)
	home, err := db.Community(ctx, f.management)
	f.must(err)
	session, err := matrix.Open(ctx, matrix.Options{
		Homeserver: f.proxy.URL, User: f.bot.UserID, AccessToken: f.bot.AccessToken, Log: log,
	})
	f.must(err)
	options := community.Options{
		Self: f.bot.UserID, ManagementRoom: f.management, Store: home, Homeserver: session,
		Settings: enforce.Settings{Limits: enforce.Limits{Members: 10, Percent: 10}},
		FullLook: "@hourly", Version: "test", Log: log,
	}
	if f.options != nil {
		f.options(&options)
	}
	if f.session != nil {
		f.session(session, &options)
	}
	c := community.New(options)
	go func() {
		err := c.Run(ctx)
		db.Close()
		f.ended <- err
	}()
	f.t.Cleanup(f.stopBot)
}

func (f *fixture) stopBot() {
	if f.stop == nil {
		return
	}
	f.stop()
	f.stop = nil
	select {
	case err := <-f.ended:
		if err != nil {
			f.t.Errorf("the bot ended with %v", err)
		}
	case <-time.After(patience):
		f.t.Error("the bot did not end")
	}
}

// synced changes the next answer of sync, which is made to come at once.
func (f *fixture) synced(edit func(answer map[string]any)) {
	f.t.Helper()
	done := make(chan struct{})
	f.edits <- func(answer map[string]any) {
		defer close(done)
		edit(answer)
	}
	f.say("(something to sync)")
	select {
	case <-done:
	case <-time.After(patience):
		f.t.Fatal("the bot does not sync")
	}
}

// restart ends the bot in good order and starts it again.
func (f *fixture) restart() {
	f.t.Helper()
	f.stopBot()
	f.start()
}

// settle has the bot read everything anew, and returns its answer. All that came
// before is handled then, and all that the state of the rooms wants is under way.
func (f *fixture) settle() string {
	f.t.Helper()
	before := len(f.heard())
	f.say("!forseti sync")
	answer := ""
	f.eventually("answer sync", func() bool {
		for _, text := range f.heard()[before:] {
			if strings.HasPrefix(text, "Read ") || strings.Contains(text, "could be read") {
				answer = text
				return true
			}
		}
		return false
	})
	return answer
}

// say sends a message as the moderator.
func (f *fixture) say(text string) id.EventID {
	f.t.Helper()
	sent, err := f.mod.SendText(f.t.Context(), f.management, text)
	f.must(err)
	return sent.EventID
}

// heard returns what the bot said in the management room, oldest first. Edits
// count as messages.
func (f *fixture) heard() []string {
	f.t.Helper()
	var said []string
	for _, evt := range f.timeline(f.management) {
		if evt.Sender == f.bot.UserID && evt.Type.Type == "m.room.message" {
			body, _ := evt.Content.Raw["body"].(string)
			said = append(said, body)
		}
	}
	return said
}

// isAnswer reports whether a message of the bot is about a command, whether it quotes it or
// stands right below it.
func isAnswer(evt *event.Event, command id.EventID) bool {
	return evt.Content.AsMessage().RelatesTo.GetReplyTo() == command || evt.Content.Raw["forseti.answers"] == string(command)
}

// timeline is the latest events of a room, oldest first.
func (f *fixture) timeline(room id.RoomID) []*event.Event {
	f.t.Helper()
	messages, err := f.mod.Messages(f.t.Context(), room, "", "", mautrix.DirectionBackward, nil, 200)
	f.must(err)
	events := messages.Chunk
	for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
		events[i], events[j] = events[j], events[i]
	}
	return events
}

// hear waits until the bot has said something with all of the words, and returns
// it.
func (f *fixture) hear(words ...string) string {
	f.t.Helper()
	var found string
	f.eventually("hear "+strings.Join(words, ", "), func() bool {
		for _, text := range f.heard() {
			all := true
			for _, w := range words {
				all = all && strings.Contains(text, w)
			}
			if all {
				found = text
				return true
			}
		}
		return false
	})
	return found
}

// eventually waits for a condition. It looks again when the bot has asked or heard
// something, not oftener than makes sense, and now and then in any case: to ask the
// homeserver costs more of it than all that the bot does.
func (f *fixture) eventually(what string, condition func() bool) {
	f.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		news := f.proxy.News()
		if condition() {
			return
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("did not %s\nheard:\n%s", what, strings.Join(f.heard(), "\n---\n"))
		}
		time.Sleep(30 * time.Millisecond)
		select {
		case <-news:
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// membership is what a room says of a user.
func (f *fixture) membership(room id.RoomID, user id.UserID) event.Membership {
	f.t.Helper()
	var content struct {
		Membership event.Membership `json:"membership"`
	}
	err := f.mod.StateEvent(f.t.Context(), room, event.StateMember, string(user), &content)
	if err != nil {
		return ""
	}
	return content.Membership
}

// seen waits until an event has come as far as the timeline. A homeserver may
// deliver what it took in only a moment later, and a bot that starts before that
// begins with less.
func (f *fixture) seen(room id.RoomID, evt id.EventID) {
	f.t.Helper()
	f.eventually("deliver "+string(evt), func() bool {
		return slices.ContainsFunc(f.timeline(room), func(e *event.Event) bool { return e.ID == evt })
	})
}

func (f *fixture) everywhere(user id.UserID, m event.Membership) func() bool {
	return func() bool {
		for _, room := range f.rooms {
			if f.membership(room, user) != m {
				return false
			}
		}
		return true
	}
}

// deny is the deny list of a room's ACL.
func (f *fixture) deny(room id.RoomID) []string {
	var content struct {
		Deny []string `json:"deny"`
	}
	if err := f.mod.StateEvent(f.t.Context(), room, event.StateServerACL, "", &content); err != nil {
		return nil
	}
	return content.Deny
}

// rule writes a rule into a list as the moderator.
func (f *fixture) rule(list id.RoomID, kind, key, entity string) id.EventID {
	f.t.Helper()
	content := map[string]any{"entity": entity, "recommendation": "m.ban", "reason": "spam"}
	if entity == "" {
		content = map[string]any{}
	}
	return f.state(list, "m.policy.rule."+kind, key, content)
}

// state sends any state event as the moderator.
func (f *fixture) state(room id.RoomID, kind, key string, content any) id.EventID {
	f.t.Helper()
	sent, err := f.mod.SendStateEvent(f.t.Context(), room, event.Type{Type: kind, Class: event.StateEventType}, key, content)
	f.must(err)
	return sent.EventID
}

// times counts what the bot said with the words.
func (f *fixture) times(words string) (n int) {
	f.t.Helper()
	for _, text := range f.heard() {
		if !strings.HasPrefix(strings.TrimPrefix(text, "* "), "Read ") { // the answer to settle's sync, which lists what stands
			n += strings.Count(text, words)
		}
	}
	return n
}

// banned waits for a ban everywhere.
func (f *fixture) banned(user id.UserID) {
	f.t.Helper()
	f.eventually("ban "+string(user), f.everywhere(user, event.MembershipBan))
}

// freed waits for the end of a ban everywhere.
func (f *fixture) freed(user id.UserID) {
	f.t.Helper()
	f.eventually("free "+string(user), f.everywhere(user, event.MembershipLeave))
}

// untouched checks that a user is where they were.
func (f *fixture) untouched(user id.UserID) {
	f.t.Helper()
	if !f.everywhere(user, event.MembershipJoin)() {
		f.t.Errorf("%s was hit", user)
	}
}

// member joins a new user to all protected rooms.
func (f *fixture) member(name string) *mautrix.Client {
	f.t.Helper()
	cli := f.server.Client(f.t, name)
	var joins sync.WaitGroup
	for _, room := range f.rooms {
		joins.Go(func() { f.join(room, cli) })
	}
	joins.Wait()
	return cli
}

func banOf(user id.UserID) *mautrix.ReqBanUser { return &mautrix.ReqBanUser{UserID: user} }

// react answers the bot's last question.
func (f *fixture) react(key string) {
	f.t.Helper()
	f.reactAs(f.mod, key, "")
}
