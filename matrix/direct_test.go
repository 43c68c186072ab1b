package matrix

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// accountData is a homeserver that keeps the direct chats of an account, into which others write.
type accountData struct {
	mu       sync.Mutex
	content  string // "" if there is none
	writes   int
	refuses  bool
	before   func(n int) // the nth write of ours, while nothing is held
	after    func(n int)
	directs  *directs
	unlocked sync.Mutex // one request at a time
}

// writes has another client write, and sync bring it.
func (a *accountData) put(content string) {
	a.mu.Lock()
	a.content = content
	a.mu.Unlock()
}

func (a *accountData) synced(content string) {
	evt := &event.Event{Type: event.Type{Type: directChats, Class: event.AccountDataEventType}}
	evt.Content.VeryRaw = json.RawMessage(content)
	a.directs.hear([]*event.Event{evt})
}

func (a *accountData) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/account_data/"+directChats) {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodGet {
		a.mu.Lock()
		defer a.mu.Unlock()
		switch {
		case a.refuses:
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"errcode":"M_UNKNOWN"}`)
		case a.content == "":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"errcode":"M_NOT_FOUND"}`)
		default:
			fmt.Fprint(w, a.content)
		}
		return
	}
	a.unlocked.Lock()
	defer a.unlocked.Unlock()
	raw, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.writes++
	n := a.writes
	a.mu.Unlock()
	if a.before != nil {
		a.before(n)
	}
	a.put(string(raw))
	a.synced(string(raw))
	if a.after != nil {
		a.after(n)
	}
	fmt.Fprint(w, `{}`)
}

func newAccountData(t *testing.T, content string) *accountData {
	t.Helper()
	a := &accountData{content: content}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	client, err := mautrix.NewClient(server.URL, "@bot:hs", "token")
	if err != nil {
		t.Fatal(err)
	}
	client.DefaultHTTPRetries = 0
	a.directs = newDirects(client)
	return a
}

// noted are the chats with a user, as they are in the end.
func (a *accountData) noted(t *testing.T, user string) (rooms []any) {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(a.content), &all); err != nil {
		t.Fatal(err)
	}
	rooms, _ = all[user].([]any)
	return rooms
}

// What others noted is never lost by what we note, nor is that by what they do: as far as it can be
// seen.
func TestDirectChatsAreNoted(t *testing.T) {
	const ours = "!ours:hs"
	var many []string
	for n := range 10 {
		many = append(many, fmt.Sprintf(`"!%d:hs"`, n))
	}
	for name, tc := range map[string]struct {
		content       string
		before, after func(a *accountData, n int)
		want          map[string]string // what is there in the end
		fails         bool
		writes        int
	}{
		"the first": {want: map[string]string{"@u:hs": "[!ours:hs]"}, writes: 1},
		"one that is there": {
			content: `{"@u:hs":["!ours:hs","!b:hs"]}`, want: map[string]string{"@u:hs": "[!ours:hs !b:hs]"},
		},
		"among many, and odd ones": {
			content: `{"@u:hs":[` + strings.Join(many, ",") + `,5,null],"@v:hs":["!v:hs"],"@odd:hs":7}`,
			want:    map[string]string{"@u:hs": "[!0:hs !1:hs !2:hs !3:hs !4:hs !5:hs !6:hs !7:hs !8:hs !9:hs 5 <nil> !ours:hs]", "@v:hs": "[!v:hs]"}, writes: 1,
		},
		"nothing that could be added to": {content: `{"@u:hs":"!a:hs"}`, want: map[string]string{"@u:hs": "[!ours:hs]"}, writes: 1},
		"another client writes over it": {
			content: `{"@v:hs":["!v:hs"]}`,
			after: func(a *accountData, n int) {
				if n == 1 {
					a.put(`{"@v:hs":["!v:hs","!new:hs"]}`)
				}
			},
			want: map[string]string{"@u:hs": "[!ours:hs]", "@v:hs": "[!v:hs !new:hs]"}, writes: 2,
		},
		"another client wrote meanwhile, and sync says so": {
			content: `{"@v:hs":["!v:hs"]}`,
			before: func(a *accountData, n int) {
				if n == 1 {
					theirs := `{"@v:hs":["!v:hs","!new:hs"],"@u:hs":["!theirs:hs"]}`
					a.put(theirs)
					a.synced(theirs)
				}
			},
			want: map[string]string{"@u:hs": "[!ours:hs !theirs:hs]", "@v:hs": "[!v:hs !new:hs]"}, writes: 2,
		},
		"others write over and over": {
			after: func(a *accountData, _ int) { a.put(`{"@v:hs":["!v:hs"]}`) },
			want:  map[string]string{"@v:hs": "[!v:hs]"}, fails: true, writes: mostNotes,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccountData(t, tc.content)
			a.before = func(n int) {
				if tc.before != nil {
					tc.before(a, n)
				}
			}
			a.after = func(n int) {
				if tc.after != nil {
					tc.after(a, n)
				}
			}
			if err := a.directs.note(t.Context(), "@u:hs", ours); (err != nil) != tc.fails {
				t.Error(err)
			}
			for user, want := range tc.want {
				if got := fmt.Sprint(a.noted(t, user)); got != want {
					t.Errorf("%s: %s, want %s", user, got, want)
				}
			}
			if a.writes != tc.writes {
				t.Errorf("written %d times", a.writes)
			}
			if a.synced(`{"@x:hs":["!x:hs"]}`); a.directs.heard != nil {
				t.Error("what nobody asks for is remembered")
			}
		})
	}
}

// What cannot be read is not written.
func TestUnreadDirectChatsStay(t *testing.T) {
	a := newAccountData(t, `{"@v:hs":["!v:hs"]}`)
	a.refuses = true
	if err := a.directs.note(t.Context(), "@u:hs", "!ours:hs"); err == nil || a.writes != 0 {
		t.Errorf("%v, written %d times", err, a.writes)
	}
}

// However many are noted at once, each is, and the latest are found first.
func TestManyDirectChatsAtOnce(t *testing.T) {
	a := newAccountData(t, "")
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			if err := a.directs.note(t.Context(), id.UserID(fmt.Sprint("@", n, ":hs")), id.RoomID(fmt.Sprint("!", n, ":hs"))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for n := range 20 {
		if got := a.noted(t, fmt.Sprint("@", n, ":hs")); len(got) != 1 {
			t.Errorf("%d: %v", n, got)
		}
	}
	for n := range 2 * mostNoted {
		if err := a.directs.note(t.Context(), "@u:hs", id.RoomID(fmt.Sprint("!r", n, ":hs"))); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := a.directs.read(t.Context())
	if err != nil || len(kept.list("@u:hs")) != mostNoted || !slices.Equal(kept.of("@u:hs"), []id.RoomID{"!r59:hs", "!r58:hs", "!r57:hs"}) {
		t.Errorf("%v, %v", kept.of("@u:hs"), err)
	}
}
