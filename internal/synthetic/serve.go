package synthetic

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// Handler answers requests, and notes them.
func (h *Homeserver) Handler() http.Handler {
	client := http.NewServeMux()
	const v3 = "/_matrix/client/v3/"
	client.HandleFunc("GET /_matrix/client/versions", answer(map[string]any{"versions": []string{"v1.11", "v1.12"}}))
	client.HandleFunc("GET "+v3+"account/whoami", answer(map[string]any{"user_id": Bot, "device_id": "SYNTHETIC"}))
	client.HandleFunc("GET "+v3+"joined_rooms", answer(map[string]any{"joined_rooms": h.rooms()}))
	client.HandleFunc("GET "+v3+"devices", answer(map[string]any{"devices": []any{map[string]any{"device_id": "SYNTHETIC"}}}))
	client.HandleFunc("GET "+v3+"user/{user}/account_data/{kind}", h.getData)
	client.HandleFunc("PUT "+v3+"user/{user}/account_data/{kind}", h.putData)
	client.HandleFunc("GET "+v3+"rooms/{room}/state", func(w http.ResponseWriter, r *http.Request) { h.writeState(w, roomOf(r), false) })
	client.HandleFunc("GET "+v3+"rooms/{room}/state/{kind}/{key...}", h.getState)
	client.HandleFunc("PUT "+v3+"rooms/{room}/state/{kind}/{key...}", h.putState)
	client.HandleFunc("PUT "+v3+"rooms/{room}/send/{kind}/{txn}", h.send)
	client.HandleFunc("PUT "+v3+"rooms/{room}/redact/{event}/{txn}", h.redact)
	client.HandleFunc("POST "+v3+"rooms/{room}/ban", h.member("ban"))
	client.HandleFunc("POST "+v3+"rooms/{room}/unban", h.member("leave"))
	client.HandleFunc("POST "+v3+"rooms/{room}/kick", h.member("leave"))
	client.HandleFunc("POST "+v3+"join/{room}", func(w http.ResponseWriter, r *http.Request) { reply(w, map[string]any{"room_id": r.PathValue("room")}) })
	client.HandleFunc("GET "+v3+"sync", h.sync)
	client.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		reply(w, map[string]any{"errcode": "M_UNRECOGNIZED", "error": "synthetic"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		if r.Method != http.MethodGet {
			h.mu.Lock()
			takes := h.takes
			h.mu.Unlock()
			time.Sleep(takes)
		}
		client.ServeHTTP(w, r)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.seen = append(h.seen, Request{r.Method, strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3"), began, time.Now()})
	})
}

func answer(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, v) }
}

func reply(w http.ResponseWriter, v any) { _, _ = w.Write(encode(v)) } // a client that is gone needs no answer

func roomOf(r *http.Request) id.RoomID { return id.RoomID(r.PathValue("room")) }

func missing(w http.ResponseWriter) {
	w.WriteHeader(http.StatusNotFound)
	reply(w, map[string]any{"errcode": "M_NOT_FOUND", "error": "synthetic"})
}

func body(w http.ResponseWriter, r *http.Request) json.RawMessage {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || !json.Valid(raw) {
		return json.RawMessage("{}")
	}
	return raw
}

func (h *Homeserver) getData(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	content := h.data[r.PathValue("kind")]
	h.mu.Unlock()
	if content == nil {
		missing(w)
		return
	}
	reply(w, content)
}

func (h *Homeserver) putData(w http.ResponseWriter, r *http.Request) {
	kind, content := r.PathValue("kind"), body(w, r)
	h.mu.Lock()
	h.data[kind] = content
	h.mu.Unlock()
	h.put("", nil, encode(map[string]any{"type": kind, "content": content}))
	reply(w, map[string]any{})
}

func (h *Homeserver) getState(w http.ResponseWriter, r *http.Request) {
	evt := h.State(roomOf(r), r.PathValue("kind"), r.PathValue("key"))
	if evt == nil {
		missing(w)
		return
	}
	if r.URL.Query().Get("format") == "event" {
		reply(w, evt)
		return
	}
	var parts struct{ Content json.RawMessage }
	_ = json.Unmarshal(evt, &parts) // it is our own
	reply(w, parts.Content)
}

// next names an event that did not happen yet.
func (h *Homeserver) next() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Sprintf("$bot-%d", len(h.log))
}

func (h *Homeserver) putState(w http.ResponseWriter, r *http.Request) {
	at, evt := slot{r.PathValue("kind"), r.PathValue("key")}, h.next()
	h.put(roomOf(r), &at, state(at.kind, at.key, Bot, evt, body(w, r)))
	reply(w, map[string]any{"event_id": evt})
}

func (h *Homeserver) send(w http.ResponseWriter, r *http.Request) {
	evt := h.next()
	h.put(roomOf(r), nil, made(r.PathValue("kind"), nil, Bot, evt, body(w, r)))
	reply(w, map[string]any{"event_id": evt})
}

func (h *Homeserver) redact(w http.ResponseWriter, r *http.Request) {
	evt := h.next()
	h.put(roomOf(r), nil, made("m.room.redaction", nil, Bot, evt, map[string]any{"redacts": r.PathValue("event")}))
	reply(w, map[string]any{"event_id": evt})
}

func (h *Homeserver) member(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			User   id.UserID `json:"user_id"`
			Reason string    `json:"reason"`
		}
		_ = json.Unmarshal(body(w, r), &asked) // then it is about nobody
		at, evt := slot{"m.room.member", string(asked.User)}, h.next()
		h.put(roomOf(r), &at, state(at.kind, at.key, Bot, evt, map[string]any{"membership": to, "reason": asked.Reason}))
		reply(w, map[string]any{})
	}
}

// sync answers with the whole of all rooms, or with what happened since.
func (h *Homeserver) sync(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	since, err := strconv.Atoi(query.Get("since"))
	if err != nil {
		h.whole(w, strings.Contains(query.Get("filter"), `"lazy_load_members":true`))
		return
	}
	wait, _ := strconv.Atoi(query.Get("timeout")) // none is at once
	timer := time.NewTimer(time.Duration(wait) * time.Millisecond)
	defer timer.Stop()
	h.mu.Lock()
	h.polls++
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		h.polls--
		h.mu.Unlock()
	}()
	for {
		h.mu.Lock()
		happened, upTo, more := h.log[min(since, len(h.log)):], len(h.log), h.more
		h.mu.Unlock()
		if len(happened) > 0 || wait == 0 {
			reply(w, incremental(happened, upTo))
			return
		}
		select {
		case <-more:
		case <-timer.C:
			wait = 0
		case <-r.Context().Done():
			return
		}
	}
}

func incremental(happened []logged, upTo int) any {
	type events struct {
		Events []json.RawMessage `json:"events"`
	}
	type room struct {
		State    events `json:"org.matrix.msc4222.state_after"`
		Timeline events `json:"timeline"`
	}
	join, data := map[id.RoomID]*room{}, []json.RawMessage{}
	for _, l := range happened {
		if l.room == "" {
			data = append(data, l.event)
			continue
		}
		in := join[l.room]
		if in == nil {
			in = &room{State: events{[]json.RawMessage{}}, Timeline: events{}}
			join[l.room] = in
		}
		in.Timeline.Events = append(in.Timeline.Events, l.event)
		if l.state {
			in.State.Events = append(in.State.Events, l.event)
		}
	}
	return map[string]any{"next_batch": strconv.Itoa(upTo), "account_data": events{data}, "rooms": map[string]any{"join": join}}
}

// whole streams the answer of a first sync.
func (h *Homeserver) whole(w http.ResponseWriter, lazy bool) {
	h.mu.Lock()
	upTo := len(h.log)
	var data []json.RawMessage
	for kind, content := range h.data {
		data = append(data, encode(map[string]any{"type": kind, "content": content}))
	}
	h.mu.Unlock()
	_, _ = fmt.Fprintf(w, `{"next_batch":"%d","account_data":{"events":%s},"rooms":{"join":{`, upTo, encode(data)) // a client that is gone needs no answer
	for i, room := range h.rooms() {
		if i > 0 {
			_, _ = io.WriteString(w, ",")
		}
		_, _ = fmt.Fprintf(w, `%q:{"timeline":{"events":[],"limited":true,"prev_batch":"0"},"state":{"events":`, string(room))
		h.writeState(w, room, lazy)
		_, _ = io.WriteString(w, "}}")
	}
	_, _ = io.WriteString(w, "}}}")
}
