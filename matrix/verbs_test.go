package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/internal/homeserver"
)

// between is what happens while a request is on its way to the homeserver.
type between struct {
	http.RoundTripper
	before func(*http.Request)
	late   int // how many more reads of an event find nothing
	refuse func(*http.Request) bool
}

func (b *between) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.before != nil {
		b.before(r)
	}
	if b.refuse != nil && b.refuse(r) {
		return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"errcode":"M_FORBIDDEN","error":"no"}`))}, nil
	}
	if b.late > 0 && strings.Contains(r.URL.Path, "/event/") {
		b.late--
		return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"errcode":"M_NOT_FOUND","error":"Event not found"}`))}, nil
	}
	return b.RoundTripper.RoundTrip(r)
}

// verbs is a room of a real homeserver with a bot, a moderator and a user.
type verbs struct {
	*testing.T
	s    *Session
	way  *between
	mod  *mautrix.Client
	user *mautrix.Client
	room id.RoomID
}

func newVerbs(t *testing.T) *verbs {
	t.Helper()
	server := homeserver.ForTest(t)
	v := &verbs{T: t, way: &between{RoundTripper: http.DefaultTransport}, mod: server.Client(t, "mod"), user: server.Client(t, "user")}
	bot := server.Client(t, "bot")
	var err error
	v.s, err = Open(t.Context(), Options{Homeserver: server.URL, AccessToken: bot.AccessToken, HTTP: &http.Client{Transport: v.way}})
	v.must(err)
	made, err := v.mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Preset: "public_chat"})
	v.must(err)
	v.room = made.RoomID
	for _, who := range []*mautrix.Client{bot, v.user} {
		_, err := who.JoinRoomByID(t.Context(), v.room)
		v.must(err)
	}
	v.level(bot.UserID, 60)
	return v
}

func (v *verbs) must(err error) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
}

// content reads state as the moderator.
func (v *verbs) content(kind event.Type) json.RawMessage {
	v.Helper()
	var raw json.RawMessage
	v.must(v.mod.StateEvent(v.Context(), v.room, kind, "", &raw))
	return raw
}

// level gives a user a level as the moderator; an odd key says who wrote last.
func (v *verbs) level(user id.UserID, level any) {
	v.Helper()
	var content map[string]any
	v.must(json.Unmarshal(v.content(event.StatePowerLevels), &content))
	users, _ := content["users"].(map[string]any)
	if users == nil {
		users = map[string]any{}
	}
	users[string(user)] = level
	content["users"], content["org.example.kept"] = users, map[string]any{"by": "mod"}
	if events, ok := content["events"].(map[string]any); ok {
		events[event.StatePowerLevels.Type] = 50
	}
	_, err := v.mod.SendStateEvent(v.Context(), v.room, event.StatePowerLevels, "", content)
	v.must(err)
}

func (v *verbs) act(a action.Action) (action.Result, error) {
	a.Room = v.room
	return v.s.Act(v.Context(), a)
}

func (v *verbs) speaks() bool {
	_, err := v.user.SendText(v.Context(), v.room, "hello")
	return err == nil
}

// kind is that of an error; "" for none.
func kind(err error) action.FailureKind {
	if err == nil {
		return ""
	}
	return action.FailureOf(err).Kind
}

// TestMute: who is muted cannot speak, and gets back exactly the level they had.
func TestMute(t *testing.T) {
	v := newVerbs(t)
	for name, before := range map[string]any{"no level of their own": nil, "a level": 20, "the default": 0} {
		if before != nil {
			v.level(v.user.UserID, before)
		}
		levels := v.content(event.StatePowerLevels)
		result, err := v.act(action.Action{Verb: action.Mute, User: v.user.UserID})
		v.must(err)
		if v.speaks() {
			t.Errorf("%s: speaks", name)
		}
		if _, err := v.act(action.Action{Verb: action.Mute, User: v.user.UserID}); kind(err) != action.Already {
			t.Errorf("%s: muted twice: %v", name, err)
		}
		_, err = v.act(action.Action{Verb: action.Unmute, User: v.user.UserID, Was: result.Was})
		v.must(err)
		if now := v.content(event.StatePowerLevels); !same(now, levels) {
			t.Errorf("%s: %s became %s", name, levels, now)
		}
		if !v.speaks() {
			t.Errorf("%s: cannot speak again", name)
		}
		if _, err := v.act(action.Action{Verb: action.Unmute, User: v.user.UserID, Was: result.Was}); kind(err) != action.Already {
			t.Errorf("%s: unmuted twice: %v", name, err)
		}
	}
	// Who was muted by hand is heard again without anything that we knew.
	v.level(v.user.UserID, -10)
	_, err := v.act(action.Action{Verb: action.Unmute, User: v.user.UserID})
	v.must(err)
	if !v.speaks() {
		t.Error("muted by hand: cannot speak again")
	}
}

// TestMuteKnowsItsPlace: never who stands as high as we do, and never over what
// somebody decided since.
func TestMuteKnowsItsPlace(t *testing.T) {
	v := newVerbs(t)
	v.level(v.user.UserID, 60)
	if _, err := v.act(action.Action{Verb: action.Mute, User: v.user.UserID}); kind(err) != action.Forbidden {
		t.Errorf("as high: %v", err)
	}
	v.level(v.user.UserID, 10)
	result, err := v.act(action.Action{Verb: action.Mute, User: v.user.UserID, Level: new(int64(-7))})
	v.must(err)
	if l, err := readLevels(v.content(event.StatePowerLevels)); err != nil || l.of(v.user.UserID) != -7 {
		t.Errorf("level %d, %v", l.of(v.user.UserID), err)
	}
	v.level(v.user.UserID, 30)
	if _, err := v.act(action.Action{Verb: action.Unmute, User: v.user.UserID, Was: result.Was}); kind(err) != action.Already {
		t.Errorf("somebody decided since: %v", err)
	}
	if l, _ := readLevels(v.content(event.StatePowerLevels)); l.of(v.user.UserID) != 30 {
		t.Error("their decision was undone")
	}
}

// TestMuteAtTheSameTime: what somebody else changes while we do stays, whatever it is,
// and though our own event cannot be read at once.
func TestMuteAtTheSameTime(t *testing.T) {
	for name, c := range map[string]struct {
		edit  func(v *verbs)
		other id.UserID
		want  int64
		muted bool
	}{
		"somebody else's level": {func(v *verbs) { v.level("@other:x", 40) }, "@other:x", 40, true},
		"the same user's":       {func(v *verbs) { v.level(v.user.UserID, 30) }, "", 0, true},
		"they mute too":         {func(v *verbs) { v.level(v.user.UserID, -1) }, "", 0, true},
		"they raise the user":   {func(v *verbs) { v.level(v.user.UserID, 60) }, "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVerbs(t)
			once := true
			v.way.late = 2
			v.way.before = func(r *http.Request) {
				if once && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "m.room.power_levels") {
					once = false
					c.edit(v)
				}
			}
			_, err := v.act(action.Action{Verb: action.Mute, User: v.user.UserID})
			if c.muted != (err == nil || kind(err) == action.Already) {
				t.Errorf("%v", err)
			}
			l, err := readLevels(v.content(event.StatePowerLevels))
			v.must(err)
			if l.of(c.other) != c.want || l.fields["org.example.kept"] == nil || v.speaks() == c.muted {
				t.Errorf("%s", v.content(event.StatePowerLevels))
			}
		})
	}
}

// TestSetJoinRule: what there was comes back as it was.
func TestSetJoinRule(t *testing.T) {
	v := newVerbs(t)
	v.level(v.s.User(), 100)
	odd := json.RawMessage(`{"join_rule":"knock","org.example.kept":[1]}`)
	_, err := v.mod.SendStateEvent(t.Context(), v.room, event.StateJoinRules, "", odd)
	v.must(err)
	closed := action.Action{Verb: action.SetJoinRule, State: &action.State{Type: event.StateJoinRules, Content: json.RawMessage(`{"join_rule":"invite"}`)}}
	result, err := v.act(closed)
	v.must(err)
	if !same(result.Was, odd) {
		t.Errorf("was %s", result.Was)
	}
	if _, err := v.act(closed); kind(err) != action.Already {
		t.Errorf("again: %v", err)
	}
	back := closed
	back.State = &action.State{Type: event.StateJoinRules, Content: result.Was}
	_, err = v.act(back)
	v.must(err)
	if now := v.content(event.StateJoinRules); !same(now, odd) {
		t.Errorf("now %s", now)
	}
	back.State = &action.State{Type: event.StateServerACL, Content: json.RawMessage(`{}`)}
	if _, err := v.act(back); kind(err) != action.Invalid {
		t.Errorf("an ACL by this way: %v", err)
	}
}

// TestSetVoice: levels are set over those that they were worked out from, and over no others.
func TestSetVoice(t *testing.T) {
	v := newVerbs(t)
	v.level(v.s.User(), 60)
	found := v.content(event.StatePowerLevels)
	var hushed map[string]json.RawMessage
	v.must(json.Unmarshal(found, &hushed))
	hushed["events_default"] = json.RawMessage("1")
	var events map[string]json.RawMessage
	v.must(json.Unmarshal(hushed["events"], &events))
	events["m.room.message"] = json.RawMessage("1")
	hushed["events"], _ = json.Marshal(events)
	content, err := json.Marshal(hushed)
	v.must(err)
	set := action.Action{Verb: action.SetVoice, Was: found, State: &action.State{Type: event.StatePowerLevels, Content: content}}
	_, err = v.act(set)
	v.must(err)
	if v.speaks() {
		t.Error("the user can write")
	}
	if _, err := v.act(set); kind(err) != action.Already {
		t.Errorf("again: %v", err)
	}
	// Who is muted now is muted still when it is over.
	_, err = v.act(action.Action{Verb: action.Mute, User: v.user.UserID})
	v.must(err)
	back := set
	back.Was, back.State = content, &action.State{Type: event.StatePowerLevels, Content: found}
	if _, err := v.act(back); kind(err) != action.Gone {
		t.Errorf("over a mute: %v", err)
	}
	if l, err := readLevels(v.content(event.StatePowerLevels)); err != nil || l.of(v.user.UserID) != -1 {
		t.Errorf("muted to %d, %v", l.of(v.user.UserID), err)
	}
	_, err = v.act(action.Action{Verb: action.Unmute, User: v.user.UserID})
	v.must(err)
	// What somebody sets between our reading and our writing stays.
	once := true
	v.way.before = func(r *http.Request) {
		if once && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "m.room.power_levels") {
			once = false
			v.level("@other:x", 40)
		}
	}
	back.Was = v.content(event.StatePowerLevels)
	if _, err := v.act(back); kind(err) != action.Gone {
		t.Errorf("at the same time: %v", err)
	}
	if l, err := readLevels(v.content(event.StatePowerLevels)); err != nil || l.of("@other:x") != 40 {
		t.Errorf("theirs is %d, %v", l.of("@other:x"), err)
	}
	back.Was = v.content(event.StatePowerLevels)
	_, err = v.act(back)
	v.must(err)
	if !same(v.content(event.StatePowerLevels), found) || !v.speaks() {
		t.Errorf("now %s", v.content(event.StatePowerLevels))
	}
	back.State = &action.State{Type: event.StateServerACL, Content: json.RawMessage(`{}`)}
	if _, err := v.act(back); kind(err) != action.Invalid {
		t.Errorf("an ACL by this way: %v", err)
	}
}

// TestTellOut: a user is told why, once, and is out.
func TestTellOut(t *testing.T) {
	v := newVerbs(t)
	a := action.Action{ID: "tell", Verb: action.TellOut, User: v.user.UserID, Reason: "spam", Message: &action.Message{Markdown: "You were removed: **spam**."}}
	_, err := v.act(a)
	v.must(err)
	if _, err := v.act(a); kind(err) != action.Gone {
		t.Errorf("again: %v", err)
	}
	var sync *mautrix.RespSync
	for end, still := time.Now().Add(30*time.Second), true; still; { // what was done is there a moment later
		sync, err = v.user.FullSyncRequest(t.Context(), mautrix.ReqSync{FullState: true})
		v.must(err)
		_, still = sync.Rooms.Join[v.room]
		if still = still || len(sync.Rooms.Invite) == 0; still && time.Now().After(end) {
			t.Fatalf("in %d rooms, invited to %d", len(sync.Rooms.Join), len(sync.Rooms.Invite))
		}
	}
	if len(sync.Rooms.Invite) != 1 {
		t.Fatalf("%d invitations", len(sync.Rooms.Invite))
	}
	for chat := range sync.Rooms.Invite {
		_, err := v.user.JoinRoomByID(t.Context(), chat)
		v.must(err)
		found := false
		for end := time.Now().Add(30 * time.Second); !found; { // what was said is there a moment later
			said, err := v.user.Messages(t.Context(), chat, "", "", mautrix.DirectionBackward, nil, 20)
			v.must(err)
			for _, evt := range said.Chunk {
				body, _ := evt.Content.Raw["body"].(string)
				found = found || strings.Contains(body, "You were removed")
			}
			if !found && time.Now().After(end) {
				t.Fatal("was not told")
			}
		}
	}
}

// TestNotify: a user is told something, once, and stays; what they are told next is said in
// the same direct chat, as long as they are in it and it is not encrypted.
func TestNotify(t *testing.T) {
	v := newVerbs(t)
	a := action.Action{ID: "notify", Verb: action.Notify, User: v.user.UserID, Message: &action.Message{Markdown: "You were muted."}}
	first, err := v.act(a)
	v.must(err)
	same := a
	same.ID = "next"
	if second, err := v.act(same); err != nil || second.Room != first.Room || first.Room == "" {
		t.Errorf("told in %s, then in %s (%v)", first.Room, second.Room, err)
	}
	defer func() {
		_, err := v.user.LeaveRoom(t.Context(), first.Room)
		v.must(err)
		for end := time.Now().Add(30 * time.Second); ; { // that they left is known a moment later
			same.ID += "+"
			if third, err := v.act(same); err == nil && third.Room != first.Room {
				return
			} else if time.Now().After(end) {
				t.Fatalf("told in a chat that they left (%v)", err)
			}
		}
	}()
	if _, err := v.act(a); kind(err) != action.Gone {
		t.Errorf("again: %v", err)
	}
	for end := time.Now().Add(30 * time.Second); ; { // what was done is there a moment later
		sync, err := v.user.FullSyncRequest(t.Context(), mautrix.ReqSync{FullState: true})
		v.must(err)
		if _, in := sync.Rooms.Join[v.room]; in && len(sync.Rooms.Invite) == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("in %d rooms, invited to %d", len(sync.Rooms.Join), len(sync.Rooms.Invite))
		}
	}
}

// TestNotifyHere: a user is told something in the room, once, and nobody else is called, whatever
// the words are.
func TestNotifyHere(t *testing.T) {
	v := newVerbs(t)
	a := action.Action{ID: "here", Verb: action.NotifyHere, User: v.user.UserID, Message: &action.Message{
		Markdown: "Bob: something that you wrote was removed. @room " + string(v.mod.UserID), Mentions: []id.UserID{v.user.UserID},
	}}
	first, err := v.act(a)
	v.must(err)
	if again, err := v.act(a); err != nil || again.Event != first.Event || first.Room != "" {
		t.Errorf("%+v, and again %+v (%v)", first, again, err)
	}
	evt, err := v.mod.GetEvent(t.Context(), v.room, first.Event)
	for end := time.Now().Add(30 * time.Second); errors.Is(err, mautrix.MNotFound) && time.Now().Before(end); { // it can be read a moment later
		evt, err = v.mod.GetEvent(t.Context(), v.room, first.Event)
	}
	v.must(err)
	if content := string(evt.Content.VeryRaw); evt.Type != event.EventMessage || !strings.Contains(content, `"m.mentions":{"user_ids":["`+string(v.user.UserID)+`"]}`) || !strings.Contains(content, `"msgtype":"m.notice"`) {
		t.Errorf("said %s", content)
	}
}

// TestUninvite: an invitation is taken back, and who has accepted it stays.
func TestUninvite(t *testing.T) {
	v := newVerbs(t)
	if _, err := v.act(action.Action{Verb: action.Uninvite, User: v.user.UserID}); kind(err) != action.Gone {
		t.Errorf("of a member: %v", err)
	}
	if !v.speaks() {
		t.Error("a member was removed")
	}
	guest := homeserver.ForTest(t).Client(t, "guest")
	_, err := v.mod.InviteUser(t.Context(), v.room, &mautrix.ReqInviteUser{UserID: guest.UserID})
	v.must(err)
	_, err = v.act(action.Action{Verb: action.Uninvite, User: guest.UserID})
	v.must(err)
	for end := time.Now().Add(30 * time.Second); ; { // what was done is there a moment later
		var is event.MemberEventContent
		v.must(v.mod.StateEvent(t.Context(), v.room, event.StateMember, string(guest.UserID), &is))
		if is.Membership == event.MembershipLeave {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the guest is %q", is.Membership)
		}
	}
}

// TestRules: a rule is written and removed by its verbs.
func TestRules(t *testing.T) {
	v := newVerbs(t)
	v.level(v.s.User(), 100)
	rule := &action.State{Type: event.StatePolicyUser, Key: "k", Content: json.RawMessage(`{"entity":"@x:y","recommendation":"m.ban","reason":"spam"}`)}
	written, err := v.act(action.Action{Verb: action.WriteRule, State: rule})
	v.must(err)
	removed, err := v.act(action.Action{Verb: action.RemoveRule, State: &action.State{Type: rule.Type, Key: "k", Content: json.RawMessage(`{}`)}})
	v.must(err)
	if written.Event == "" || removed.Event == "" || written.Event == removed.Event {
		t.Errorf("%s, %s", written.Event, removed.Event)
	}
	_, err = v.act(action.Action{Verb: action.Invite, User: v.mod.UserID})
	if kind(err) != action.Gone {
		t.Errorf("invite of who is there: %v", err)
	}
}

// TestNoAdministration: a homeserver that offers none refuses in words, and for good.
func TestNoAdministration(t *testing.T) {
	v := newVerbs(t)
	for _, verb := range action.Verbs() {
		if verb.Row().Power != action.AdminPower {
			continue
		}
		_, err := v.s.Act(context.WithoutCancel(t.Context()), action.Action{Verb: verb, Room: v.room, User: v.user.UserID, Event: "$x"})
		if kind(err) != action.Unsupported || !strings.Contains(err.Error(), "this homeserver cannot") {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

// TestEveryVerbHasARequest: a verb of the table that nothing here carries out would be
// found out by whoever uses it first.
func TestEveryVerbHasARequest(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"event_id":"$new","room_id":"!new:x","capabilities":{}}`)
	}))
	defer server.Close()
	client, err := mautrix.NewClient(server.URL, "@bot:x", "token")
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(client, Options{})
	for _, verb := range action.Verbs() {
		_, err := s.Act(t.Context(), action.Action{
			Verb: verb, Room: "!r:x", User: "@u:x", Event: "$e", Alias: "#a:x", Level: new(int64(50)),
			State:  &action.State{Type: event.StateJoinRules, Content: json.RawMessage(`{"join_rule":"invite"}`)},
			Create: &action.NewRoom{}, Data: &action.AccountData{Type: "t", Content: json.RawMessage(`{}`)}, Message: &action.Message{Markdown: "x"},
			Profile: &action.Profile{Name: "n"}, Was: json.RawMessage(`{"events_default":0}`),
		})
		if err != nil && strings.Contains(err.Error(), "no request for") {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

// TestSetLevel: a level is set by what stands there, and never over what somebody decided
// since.
func TestSetLevel(t *testing.T) {
	v := newVerbs(t)
	set := func(level, seen int64) error {
		_, err := v.act(action.Action{Verb: action.SetLevel, User: v.user.UserID, Level: &level, Was: json.RawMessage(fmt.Sprintf(`{"level":%d}`, seen))})
		return err
	}
	is := func(want int64) {
		t.Helper()
		l, err := readLevels(v.content(event.StatePowerLevels))
		v.must(err)
		if l.of(v.user.UserID) != want || l.fields["org.example.kept"] == nil {
			t.Errorf("%s", v.content(event.StatePowerLevels))
		}
	}
	v.must(set(50, 0))
	is(50)
	if err := set(50, 0); kind(err) != action.Already {
		t.Errorf("again: %v", err)
	}
	if err := set(20, 0); kind(err) != action.Invalid {
		t.Errorf("over what somebody decided: %v", err)
	}
	if err := set(61, 50); kind(err) != action.Forbidden {
		t.Errorf("more than ours: %v", err)
	}
	v.must(set(60, 50))
	if err := set(0, 60); kind(err) != action.Forbidden {
		t.Errorf("who stands as high: %v", err)
	}
	is(60)
	v.level(v.user.UserID, 10)
	once := true
	v.way.before = func(r *http.Request) {
		if once && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "m.room.power_levels") {
			once = false
			v.level(v.user.UserID, 30)
		}
	}
	if err := set(50, 10); kind(err) != action.Invalid {
		t.Errorf("at the same time: %v", err)
	}
	is(30)
}

// TestAliases: an address leads where it is to, and is not taken from where nobody has seen it.
func TestAliases(t *testing.T) {
	v := newVerbs(t)
	alias := id.NewRoomAlias("verbs"+string(v.room[1:6]), v.s.User().Homeserver())
	other, err := v.s.client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{})
	v.must(err)
	point := func(verb action.Verb, room, seen id.RoomID) error {
		_, err := v.s.Act(t.Context(), action.Action{Verb: verb, Room: room, Alias: alias, Was: json.RawMessage(fmt.Sprintf(`{"room":%q}`, seen))})
		return err
	}
	led := func(want id.RoomID) {
		t.Helper()
		if is, err := leads(t.Context(), v.s.caller, alias); err != nil || is != want {
			t.Errorf("it leads to %s (%v)", is, err)
		}
	}
	v.must(point(action.PointAlias, other.RoomID, ""))
	led(other.RoomID)
	if err := point(action.PointAlias, other.RoomID, ""); kind(err) != action.Already {
		t.Errorf("again: %v", err)
	}
	for _, verb := range []action.Verb{action.PointAlias, action.DropAlias} {
		if err := point(verb, v.room, ""); kind(err) != action.Invalid {
			t.Errorf("%s over another room: %v", verb, err)
		}
	}
	// What cannot be given to the new room leads to the old one again.
	fails := 1
	v.way.refuse = func(r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/directory/room/") {
			fails--
		}
		return fails == 0 && r.Method == http.MethodPut
	}
	if err := point(action.PointAlias, v.room, other.RoomID); err == nil {
		t.Error("it is not refused")
	}
	v.way.refuse = nil
	led(other.RoomID)
	v.must(point(action.PointAlias, v.room, other.RoomID))
	led(v.room)
	v.must(point(action.DropAlias, v.room, ""))
	led("")
	if err := point(action.DropAlias, v.room, ""); kind(err) != action.Already {
		t.Errorf("removed again: %v", err)
	}
}

// TestList: a room is in the directory, and out of it.
func TestList(t *testing.T) {
	v := newVerbs(t)
	made, err := v.s.client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{})
	v.must(err)
	for _, verb := range []action.Verb{action.List, action.Unlist} {
		a := action.Action{Verb: verb, Room: made.RoomID}
		_, err := v.s.Act(t.Context(), a)
		v.must(err)
		if is, err := v.s.Listed(t.Context(), made.RoomID); err != nil || is != (verb == action.List) {
			t.Errorf("%s: listed %v (%v)", verb, is, err)
		}
		if _, err := v.s.Act(t.Context(), a); err != nil {
			t.Errorf("%s again: %v", verb, err)
		}
	}
}
