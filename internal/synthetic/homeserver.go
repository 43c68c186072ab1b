// Package synthetic is a homeserver that answers at once: rooms and members are made up
// when they are asked for, and only what changes is kept. It is for measuring what the bot
// does where a real homeserver would be the bottleneck, and is right in no more than what
// the bot asks of it.
package synthetic

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"
)

// World is how large a homeserver is.
type World struct {
	Rooms, Members int // of each room
	// Users is how many accounts there are. The members of a room are some of them in a
	// row, so that each is in Rooms × Members ÷ Users rooms.
	Users       int
	Servers     int // on which they are
	UserRules   int // of the list
	ServerRules int
}

// Whom a world consists of, besides its users.
const (
	Bot        = id.UserID("@forseti:synthetic.example")
	Moderator  = id.UserID("@moderator:synthetic.example")
	Management = id.RoomID("!management:synthetic.example")
	List       = id.RoomID("!list:synthetic.example")
	Token      = "synthetic"
)

// Wanderers is how many accounts are in every room.
const Wanderers = 8

// Wanderer is an account that is in every room: the first is 0.
func Wanderer(i int) id.UserID {
	return id.UserID(fmt.Sprintf("@wanderer%d:roads.example", i))
}

// Homeserver serves one account, the bot's.
type Homeserver struct {
	World
	mu      sync.Mutex
	changed map[id.RoomID]map[slot]json.RawMessage // state that is not as it was made up
	log     []logged                               // all that happened, in order
	data    map[string]json.RawMessage             // account data
	more    chan struct{}                          // closed when something happens
	seen    []Request
	polls   int
	takes   time.Duration
}

type slot struct{ kind, key string }

// logged is an event of a room, or with no room account data.
type logged struct {
	room  id.RoomID
	event json.RawMessage
	state bool
}

// Request is one that was answered.
type Request struct {
	Method, Path string
	Began, Ended time.Time
}

// New returns the homeserver of a world in which the bot protects every room and follows
// the list.
func New(w World) *Homeserver {
	h := &Homeserver{World: w, changed: map[id.RoomID]map[slot]json.RawMessage{}, data: map[string]json.RawMessage{}, more: make(chan struct{})}
	rooms := make([]id.RoomID, w.Rooms)
	for i := range rooms {
		rooms[i] = Room(i)
	}
	h.data["org.matrix.mjolnir.protected_rooms"] = encode(map[string]any{"rooms": rooms})
	h.data["org.matrix.mjolnir.watched_lists"] = encode(map[string]any{"references": []string{List.URI().MatrixToURL()}})
	return h
}

// SetPace says how long it takes from now on to change something. At first that is nothing.
func (h *Homeserver) SetPace(takes time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.takes = takes
}

// Room is one of the protected rooms.
func Room(i int) id.RoomID { return id.RoomID(fmt.Sprintf("!room%d:synthetic.example", i)) }

// User is one of the users. Most are on few servers, as everywhere.
func (w World) User(i int) id.UserID {
	server := i % w.Servers
	if i%3 != 0 {
		server = i % min(w.Servers, 7)
	}
	return id.UserID(fmt.Sprintf("@user%d:server%d.example", i, server))
}

func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // of what we made up ourselves
	}
	return raw
}

// made makes up an event.
func made(kind string, key *string, sender id.UserID, evt string, content any) json.RawMessage {
	all := map[string]any{"type": kind, "sender": sender, "event_id": evt, "origin_server_ts": 1_700_000_000_000, "content": content}
	if key != nil {
		all["state_key"] = *key
	}
	return encode(all)
}

func state(kind, key string, sender id.UserID, evt string, content any) json.RawMessage {
	return made(kind, &key, sender, evt, content)
}

// eachState gives the state of a room as it was made up.
func (h *Homeserver) eachState(room id.RoomID, found func(slot, json.RawMessage)) {
	give := func(kind, key string, sender id.UserID, evt string, content any) {
		found(slot{kind, key}, state(kind, key, sender, evt, content))
	}
	member := func(u id.UserID) {
		evt := fmt.Sprintf("$join-%s-%s", u, room)
		name := u.Localpart()
		found(slot{"m.room.member", string(u)}, json.RawMessage(fmt.Sprintf(
			`{"type":"m.room.member","state_key":%[1]q,"sender":%[1]q,"event_id":%[2]q,"origin_server_ts":1700000000000,"content":{"membership":"join","displayname":%[3]q,"avatar_url":"mxc://synthetic.example/%[3]s"},"unsigned":{"age":123456}}`,
			string(u), evt, name)))
	}
	give("m.room.create", "", Moderator, "$create"+string(room), map[string]any{"room_version": "11"})
	give("m.room.power_levels", "", Moderator, "$levels"+string(room), map[string]any{"users": map[id.UserID]int{Bot: 100, Moderator: 100}})
	give("m.room.name", "", Moderator, "$name"+string(room), map[string]any{"name": "Room " + string(room)})
	member(Bot)
	member(Moderator)
	switch i, protected := h.index(room); {
	case room == List:
		h.eachRule(give)
	case protected:
		for i := range Wanderers {
			member(Wanderer(i))
		}
		for n := range h.Members {
			member(h.User((i*h.Members + n) % h.Users))
		}
	}
}

// eachRule gives the rules of the list, of which none is about anybody who is there: a
// sixth of those for servers are globs of odd shapes.
func (h *Homeserver) eachRule(give func(kind, key string, sender id.UserID, evt string, content any)) {
	rule := func(kind string, n int, entity string) {
		key := fmt.Sprintf("%s-%d", kind, n)
		give("m.policy.rule."+kind, key, Moderator, "$rule-"+key, map[string]any{"entity": entity, "recommendation": "m.ban", "reason": "spam"})
	}
	for n := range h.UserRules {
		rule("user", n, fmt.Sprintf("@spammer%d:evil%d.example", n, n%997))
	}
	for n := range h.ServerRules {
		entity := fmt.Sprintf("host%d.evil%d.example", n, n%97)
		if n%6 == 0 {
			entity = []string{"evil%d*.invalid", "*evil%dx*", "*.spam%d.invalid"}[n/6%3]
			entity = fmt.Sprintf(entity, n)
		}
		rule("server", n, entity)
	}
}

// index is the number of a protected room.
func (h *Homeserver) index(room id.RoomID) (int, bool) {
	digits, ours := strings.CutPrefix(string(room), "!room")
	digits, _, _ = strings.Cut(digits, ":")
	i, err := strconv.Atoi(digits)
	return i, ours && err == nil && i >= 0 && i < h.World.Rooms
}

func (h *Homeserver) rooms() []id.RoomID {
	all := []id.RoomID{Management, List}
	for i := range h.World.Rooms {
		all = append(all, Room(i))
	}
	return all
}

// put takes in an event.
func (h *Homeserver) put(room id.RoomID, at *slot, evt json.RawMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at != nil {
		if h.changed[room] == nil {
			h.changed[room] = map[slot]json.RawMessage{}
		}
		h.changed[room][*at] = evt
	}
	h.log = append(h.log, logged{room, evt, at != nil})
	close(h.more)
	h.more = make(chan struct{})
}

// Say has a user say something in a room.
func (h *Homeserver) Say(room id.RoomID, sender id.UserID, n int, body string) {
	h.put(room, nil, made("m.room.message", nil, sender, fmt.Sprintf("$said-%s-%d", room, n), map[string]any{"msgtype": "m.text", "body": body}))
}

// SetState has a user set the state of a room.
func (h *Homeserver) SetState(room id.RoomID, sender id.UserID, kind, key string, content any) {
	at := slot{kind, key}
	h.mu.Lock()
	n := len(h.log)
	h.mu.Unlock()
	h.put(room, &at, state(kind, key, sender, fmt.Sprintf("$set-%d", n), content))
}

// Since gives the requests that were begun from a time on.
func (h *Homeserver) Since(from time.Time, which func(Request) bool) []Request {
	return h.Ended(from, func(r Request) bool { return !r.Began.Before(from) && which(r) })
}

// Ended gives the requests that were answered from a time on, in the order of that. What ended
// before is not looked at: it is asked for while the bot is measured.
func (h *Homeserver) Ended(from time.Time, which func(Request) bool) (found []Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := len(h.seen)
	for first > 0 && !h.seen[first-1].Ended.Before(from) {
		first--
	}
	for _, r := range h.seen[first:] {
		if which(r) {
			found = append(found, r)
		}
	}
	return found
}

// Resting reports whether the bot waits for news.
func (h *Homeserver) Resting() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.polls > 0
}

// State gives the content of one state event of a room; nil if there is none.
func (h *Homeserver) State(room id.RoomID, kind, key string) (evt json.RawMessage) {
	at := slot{kind, key}
	h.mu.Lock()
	evt = h.changed[room][at]
	h.mu.Unlock()
	if evt == nil {
		h.eachState(room, func(s slot, made json.RawMessage) {
			if s == at {
				evt = made
			}
		})
	}
	return evt
}

// writeState streams the state of a room as an array. lazy leaves out the members but the bot.
func (h *Homeserver) writeState(w http.ResponseWriter, room id.RoomID, lazy bool) {
	h.mu.Lock()
	changed := maps.Clone(h.changed[room])
	h.mu.Unlock()
	separator := "["
	write := func(evt json.RawMessage) {
		_, _ = w.Write([]byte(separator)) // a client that is gone needs no answer
		_, _ = w.Write(evt)
		separator = ","
	}
	h.eachState(room, func(at slot, made json.RawMessage) {
		if lazy && at.kind == "m.room.member" && at.key != string(Bot) {
			return
		}
		if evt, new := changed[at]; new {
			made = evt
			delete(changed, at)
		}
		write(made)
	})
	for _, at := range slices.SortedFunc(maps.Keys(changed), func(a, b slot) int { return strings.Compare(a.kind+a.key, b.kind+b.key) }) {
		write(changed[at])
	}
	if separator == "[" {
		_, _ = w.Write([]byte("["))
	}
	_, _ = w.Write([]byte("]"))
}
