package matrix

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// What stood before is what none of them set, whoever gave back what of theirs meanwhile.
func TestBefore(t *testing.T) {
	const self = "@bot:x"
	for name, tc := range map[string]struct {
		said  string // newest first: who set what
		want  string
		known bool
		fails bool
	}{
		"one":                                    {"s:spam o:name", "name", true, false},
		"again and again":                        {"s:spam s:more s:spam o:name o:old", "name", true, false},
		"another spammer's before":               {"s:spam t:spam2 o:name", "name", true, false},
		"another spammer's since":                {"t:spam2 s:spam o:name", "name", true, false},
		"of somebody who is none of them":        {"s:spam u:theirs o:name", "theirs", true, false},
		"what we gave back":                      {"s:spam bot:name t:spam2 o:name", "name", true, false},
		"what we gave back is a spammer's":       {"bot:spam t:spam2 s:spam o:name", "name", true, false},
		"and is before theirs":                   {"t:spam2 bot:spam t:x s:spam o:name", "name", true, false},
		"somebody has set it since":              {"o:mine s:spam o:name", "", false, true},
		"somebody has set the same since":        {"o:spam s:spam o:name", "", false, true},
		"it was given back":                      {"bot:name s:spam o:name", "", false, true},
		"we set it ourselves":                    {"bot:name s:spam", "", false, true},
		"all of it is theirs":                    {"s:spam t:spam2", "", false, false},
		"nothing was set, as far as one can see": {"", "", false, true},
	} {
		var said []*event.Event
		for of := range strings.FieldsSeq(tc.said) {
			who, what, _ := strings.Cut(of, ":")
			content, err := json.Marshal(map[string]string{"name": what})
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, &event.Event{Sender: id.UserID("@" + who + ":x"), Content: event.Content{VeryRaw: content}})
		}
		got, known, err := before(said, self, func(u id.UserID) bool { return u == "@s:x" || u == "@t:x" })
		want := ""
		if tc.known {
			want = `{"name":"` + tc.want + `"}`
		}
		if string(got) != want || known != tc.known || (err != nil) != tc.fails {
			t.Errorf("%s: %s, %v, %v", name, got, known, err)
		}
	}
}

func TestSettable(t *testing.T) {
	for _, tc := range []struct {
		kind          event.Type
		content, want string
	}{
		{event.StateTopic, `{}`, `{"topic":""}`}, {event.StateRoomName, `{"x":1}`, `{"name":"","x":1}`}, {event.StateRoomName, `{"name":"a"}`, `{"name":"a"}`},
		{event.StateTopic, `[]`, `{"topic":""}`}, {event.StateRoomAvatar, `{}`, `{}`},
	} {
		if got, err := settable(tc.kind, json.RawMessage(tc.content)); err != nil || !same(got, json.RawMessage(tc.want)) {
			t.Errorf("%s %s: %s, %v", tc.kind.Type, tc.content, got, err)
		}
	}
}

// TestGiveBack: what a spammer made of a room is what it was before, also when what they set
// was removed meanwhile; what somebody else has set since stays.
func TestGiveBack(t *testing.T) {
	v := newVerbs(t)
	v.level(v.user.UserID, 50)
	v.level(v.s.User(), 60)
	set := func(by *mautrix.Client, kind event.Type, content string) id.EventID {
		t.Helper()
		sent, err := by.SendStateEvent(t.Context(), v.room, kind, "", json.RawMessage(content))
		v.must(err)
		for end := time.Now().Add(30 * time.Second); ; { // it is there a moment later
			var now json.RawMessage
			if err := v.mod.StateEvent(t.Context(), v.room, kind, "", &now); err == nil && same(now, json.RawMessage(content)) {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s is not there", content)
			}
			time.Sleep(10 * time.Millisecond)
		}
		return sent.EventID
	}
	giveBack := func(kind event.Type) error {
		_, err := v.act(action.Action{Verb: action.GiveBack, User: v.user.UserID, State: &action.State{Type: kind, Content: json.RawMessage(`{}`)}})
		return err
	}
	const name = `{"name":"The lobby","org.example.kept":[1]}`
	set(v.mod, event.StateRoomName, name)
	set(v.user, event.StateRoomName, `{"name":"Spam"}`)
	set(v.user, event.StateRoomName, `{"name":"More spam"}`)
	v.must(giveBack(event.StateRoomName))
	if now := v.content(event.StateRoomName); !same(now, json.RawMessage(name)) {
		t.Errorf("named %s", now)
	}
	if err := giveBack(event.StateRoomName); kind(err) != action.Gone {
		t.Errorf("again: %v", err)
	}
	// Nothing stood there before.
	set(v.user, event.StateTopic, `{"topic":"Spam"}`)
	v.must(giveBack(event.StateTopic))
	if now := v.content(event.StateTopic); !same(now, json.RawMessage(`{"topic":""}`)) {
		t.Errorf("the topic is %s", now)
	}
	// What they set is gone already, and with it what the homeserver said of it.
	const picture = `{"url":"mxc://x/y"}`
	set(v.mod, event.StateRoomAvatar, picture)
	spam := set(v.user, event.StateRoomAvatar, `{"url":"mxc://x/spam"}`)
	_, err := v.act(action.Action{ID: "gone", Verb: action.Redact, Event: spam})
	v.must(err)
	v.must(giveBack(event.StateRoomAvatar))
	if now := v.content(event.StateRoomAvatar); !same(now, json.RawMessage(picture)) {
		t.Errorf("the picture is %s", now)
	}
	// Somebody else has set it since, or does so at this moment.
	set(v.user, event.StateRoomName, `{"name":"Spam"}`)
	set(v.mod, event.StateRoomName, `{"name":"Mine"}`)
	if err := giveBack(event.StateRoomName); kind(err) != action.Gone {
		t.Errorf("set since: %v", err)
	}
	set(v.user, event.StateRoomName, `{"name":"Spam"}`)
	once := true
	v.way.before = func(r *http.Request) {
		if once && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "m.room.name") {
			once = false
			set(v.mod, event.StateRoomName, `{"name":"Now"}`)
		}
	}
	if err := giveBack(event.StateRoomName); err != nil && kind(err) != action.Gone {
		t.Error(err)
	}
	if now := v.content(event.StateRoomName); !same(now, json.RawMessage(`{"name":"Now"}`)) {
		t.Errorf("named %s", now)
	}
}

// behindhand is a homeserver whose history is behind what its rooms say: so many newest events are
// missing in each answer, one answer after the other.
type behindhand struct {
	http.RoundTripper
	missing []int
}

func (b *behindhand) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err != nil || len(b.missing) == 0 || !strings.HasSuffix(r.URL.Path, "/messages") {
		return answer, err
	}
	n := b.missing[0]
	b.missing = b.missing[1:]
	var page map[string]any
	err = json.NewDecoder(answer.Body).Decode(&page)
	_ = answer.Body.Close()
	chunk, _ := page["chunk"].([]any)
	page["chunk"] = chunk[min(n, len(chunk)):]
	raw, _ := json.Marshal(page)
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return answer, err
}

// What a spammer set a moment ago is taken back though the history does not have it yet: neither
// an empty one nor one that ends with somebody else's says that somebody else has set it since.
func TestGiveBackWhereHistoryIsBehind(t *testing.T) {
	v := newVerbs(t)
	v.level(v.user.UserID, 50)
	v.level(v.s.User(), 60)
	_, err := v.mod.SendStateEvent(t.Context(), v.room, event.StateTopic, "", json.RawMessage(`{"topic":"Ours"}`))
	v.must(err)
	_, err = v.user.SendStateEvent(t.Context(), v.room, event.StateTopic, "", json.RawMessage(`{"topic":"Spam"}`))
	v.must(err)
	late := &behindhand{http.DefaultTransport, []int{100, 1}}
	v.way.RoundTripper = late
	_, err = v.act(action.Action{Verb: action.GiveBack, User: v.user.UserID, State: &action.State{Type: event.StateTopic, Content: json.RawMessage(`{}`)}})
	v.must(err)
	if now := v.content(event.StateTopic); !same(now, json.RawMessage(`{"topic":"Ours"}`)) || len(late.missing) != 0 {
		t.Errorf("the topic is %s, %d answers were not asked for", now, len(late.missing))
	}
}
