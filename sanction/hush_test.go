package sanction

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

func TestHushRoom(t *testing.T) {
	const mine = 100
	for _, tc := range []struct {
		name, found, want, why string
	}{
		{"a usual room", `{"users":{"@mod:x":50,"@bot:x":100},"users_default":0,"events_default":0,"events":{"m.room.message":0,"m.room.name":50},"x":[1.50]}`,
			`{"users":{"@mod:x":50,"@bot:x":100,"@known:x":1},"users_default":0,"events_default":1,"events":{"m.room.message":1,"m.room.name":50},"x":[1.50]}`, ""},
		{"nothing said", `{}`, `{"events_default":1,"users":{"@known:x":1}}`, ""},
		{"numbers in strings", `{"users_default":"10","events_default":" 0","events":{"m.reaction":"5","m.sticker":"11"},"users":{"@known:x":"10"}}`,
			``, "not as they should be"},
		{"numbers in strings that can be read", `{"users_default":"10","events_default":"0","events":{"m.reaction":"5","m.sticker":"11"},"users":{"@known:x":"10"}}`,
			``, "send `m.sticker`"},
		{"a default above others", `{"users_default":"10","events_default":"0","events":{"m.reaction":"5","m.sticker":"12"},"users":{"@known:x":"10"}}`,
			`{"users_default":"10","events_default":11,"events":{"m.reaction":11,"m.sticker":"12"},"users":{"@known:x":11}}`, ""},
		{"kinds of their own", `{"events":{"org.matrix.msc3381.poll.start":0,"m.poll.start":"0","org.custom":-3,"m.call.invite":50,"m.room.topic":0,"m.room.redaction":0,"m.space.child":0}}`,
			`{"events":{"org.matrix.msc3381.poll.start":1,"m.poll.start":1,"org.custom":1,"m.call.invite":50,"m.room.topic":0,"m.room.redaction":0,"m.space.child":0},"events_default":1,"users":{"@known:x":1}}`, ""},
		{"polls of all in an announcement room", `{"events_default":50,"events":{"m.poll.start":0}}`, `{"events_default":50,"events":{"m.poll.start":1},"users":{"@known:x":1}}`, ""},
		{"a poll of a wrong type", `{"events":{"m.poll.start":[]}}`, "", "not as they should be"},
		{"an announcement room", `{"events_default":50}`, "", ""},
		{"one in which all can react", `{"events_default":50,"events":{"m.reaction":0}}`, `{"events_default":50,"events":{"m.reaction":1},"users":{"@known:x":1}}`, ""},
		{"who is muted", `{"users":{"@known:x":-1}}`, `{"events_default":1,"users":{"@known:x":-1}}`, ""},
		{"who has more", `{"users":{"@known:x":25}}`, `{"events_default":1,"users":{"@known:x":25}}`, ""},
		{"whose level cannot be read", `{"users":{"@known:x":null}}`, `{"events_default":1,"users":{"@known:x":null}}`, ""},
		{"a level that does more", `{"invite":1}`, "", "level 1 is what it takes to invite there"},
		{"a level that kicks", `{"users_default":49}`, "", "takes to ban there"},
		{"a level that sets state", `{"events":{"m.room.topic":1}}`, "", "send `m.room.topic`"},
		{"a level that calls all", `{"notifications":{"room":1}}`, "", "call everybody"},
		{"writing below nothing", `{"users_default":-5,"events_default":-10}`, "", "with a level below 0"},
		{"a mute that would be none", `{"events_default":-1}`, "", "with a level below 0"},
		{"nobody can write by default", `{"users_default":-5}`, "", ""},
		{"a default as high as I am", `{"users_default":99,"ban":300,"kick":300,"redact":300,"state_default":300}`, "", "I need power level 101 for it and have 100"},
		{"the highest default", `{"users_default":9007199254740991}`, "", "highest level"},
		{"no object", `[]`, "", "not as they should be"}, {"none", ``, "", "not as they should be"}, {"null", `null`, "", "not as they should be"},
		{"users of a wrong type", `{"users":[]}`, "", "not as they should be"}, {"events of a wrong type", `{"events":"x"}`, "", "not as they should be"},
		{"a level of a wrong type", `{"events":{"m.sticker":{}}}`, "", "not as they should be"}, {"a null", `{"events_default":null}`, "", "not as they should be"},
		{"no space", `{"x":"` + strings.Repeat("x", 60_000) + `"}`, "", "no space for more"},
		{"deep", strings.Repeat("[", 1e5), "", "not as they should be"},
	} {
		h, why := HushRoom(json.RawMessage(tc.found), mine)
		if (h != nil) != (tc.want != "") || tc.why == "" && why != "" || !strings.Contains(why, tc.why) {
			t.Errorf("%s: %+v, %q", tc.name, h, why)
			continue
		}
		if h == nil {
			continue
		}
		h.Lend(json.RawMessage(tc.found), []id.UserID{"@known:x"})
		set := h.Shut(json.RawMessage(tc.found))
		if !same(set, json.RawMessage(tc.want)) || h.Stands(json.RawMessage(tc.found)) != Open || h.Stands(set) != Closed {
			t.Errorf("%s: %s", tc.name, set)
		}
		if back := h.Back(set); !same(back, json.RawMessage(tc.found)) || h.Rest(back, false) != nil || h.Back(back) != nil {
			t.Errorf("%s: given back %s", tc.name, back)
		}
	}
}

// A level is lent to as many as fit.
func TestHushHasBounds(t *testing.T) {
	found := json.RawMessage(`{"users":{"@bot:x":100}}`)
	var many []id.UserID
	for n := range 3000 {
		many = append(many, id.UserID(fmt.Sprintf("@<%d>%s:x", n, strings.Repeat("é", n%40))))
	}
	h, _ := HushRoom(found, 100)
	if lent, short := h.Lend(found, many); lent < 500 || lent > mostLent || lent+short != len(many) || len(h.Shut(found)) > mostLevels {
		t.Errorf("lent to %d and not to %d in %d bytes", lent, short, len(h.Shut(found)))
	}
	if more := h.More(h.Shut(found), many[:lentOf(h)]); more != nil {
		t.Error("lent twice")
	}
}

func lentOf(h *Hush) int { return len(h.Lent) }

// While it holds, others come to be known and are lent the level; from whom somebody took it
// it stays taken.
func TestHushLendsToMore(t *testing.T) {
	found := json.RawMessage(`{"events":{"m.room.message":0}}`)
	h, _ := HushRoom(found, 100)
	h.Lend(found, []id.UserID{"@a:x", "@b:x", "@m:x"})
	now := h.Shut(found)
	now = place(t, now, "users", "@b:x", nil)                   // somebody took it away
	now = place(t, now, "users", "@m:x", json.RawMessage("-1")) // a mute
	h = h.More(now, []id.UserID{"@a:x", "@b:x", "@c:x", "@m:x"})
	if h == nil {
		t.Fatal("nobody is lent anything")
	}
	next := h.Shut(now)
	if !same(next, json.RawMessage(`{"events":{"m.room.message":1},"events_default":1,"users":{"@a:x":1,"@c:x":1,"@m:x":-1}}`)) {
		t.Fatalf("%s", next)
	}
	if h.More(next, []id.UserID{"@a:x", "@b:x"}) != nil {
		t.Error("there are more")
	}
	back := h.Back(next)
	if !same(back, json.RawMessage(`{"events":{"m.room.message":0},"users":{"@m:x":-1}}`)) {
		t.Fatalf("%s", back)
	}
	// Who was muted meanwhile gets back what they had when they were lent it, and that goes, too.
	rest := h.Rest(back, false)
	if rest == nil || !rest.Resting() {
		t.Fatal("nothing is left to give back")
	}
	unmuted := place(t, back, "users", "@m:x", json.RawMessage("1"))
	if last := rest.Back(unmuted); !same(last, found) || rest.Rest(last, false) != nil {
		t.Errorf("%s", last)
	}
	again, _ := HushRoom(back, 100)
	again.Join(rest.(*Hush))
	if last := again.Back(place(t, again.Shut(back), "users", "@m:x", json.RawMessage("1"))); !same(last, found) {
		t.Errorf("held twice: %s", last)
	}
}

// Somebody who has people write again is seen, and who asks for more still is not.
func TestHushSeesOthers(t *testing.T) {
	found := json.RawMessage(`{"events":{"m.room.message":0,"m.sticker":0}}`)
	h, _ := HushRoom(found, 100)
	now := h.Shut(found)
	for edit, want := range map[string]Is{
		`m.room.message 0`: Changed, `m.sticker 0`: Changed, `m.sticker 50`: Closed, `m.room.message 50`: Closed, `m.room.topic 0`: Closed, `m.sticker "x"`: Changed,
	} {
		kind, level, _ := strings.Cut(edit, " ")
		if is := h.Stands(place(t, now, "events", kind, json.RawMessage(level))); is != want {
			t.Errorf("%s: %v", edit, is)
		}
	}
	for _, odd := range []string{`{}`, `{"users_default":1}`, ``, `x`, `{"events":[]}`, `{"events_default":50}`} {
		if is := h.Stands(json.RawMessage(odd)); is != Changed {
			t.Errorf("%s: %v", odd, is)
		}
		if odd == `{"users_default":1}` && h.Shut(json.RawMessage(odd)) != nil {
			t.Error("raised to less than everybody has")
		}
	}
}

// place sets one level, or takes it away.
func place(t interface{ Fatal(...any) }, content json.RawMessage, table, key string, level json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(content, &fields); err != nil {
		t.Fatal(err)
	}
	of := map[string]json.RawMessage{}
	if table == "" {
		of = fields
	} else if fields[table] != nil {
		if err := json.Unmarshal(fields[table], &of); err != nil {
			t.Fatal(err)
		}
	}
	if of[key] = level; level == nil {
		delete(of, key)
	}
	if table != "" {
		if fields[table], _ = json.Marshal(of); len(of) == 0 {
			delete(fields, table)
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// levelsGen draws power levels as rooms of all versions may have them, and as they may not.
func levelsGen() *rapid.Generator[json.RawMessage] {
	level := rapid.SampledFrom([]string{`0`, `0`, `0`, `1`, `2`, `5`, `50`, `100`, `-1`, `-10`, `"0"`, `"5"`, `"-1"`, `1.5`, `1e2`, `9007199254740991`, `-9223372036854775808`, `9223372036854775807`, `1e99`, `null`, `"x"`, `{}`, `[0]`, `true`, `""`})
	usual := rapid.SampledFrom([]string{`0`, `0`, `0`, `10`, `"0"`, `"10"`, `5`, `0.0`})
	users := []string{"@a:x", "@b:x", "@c:x", "@<é>:x", "@bot:x"}
	return rapid.Custom(func(t *rapid.T) json.RawMessage {
		of := rapid.OneOf(usual, usual, level)
		if rapid.IntRange(0, 3).Draw(t, "kind") > 0 {
			of = usual
		}
		table := func(name string, keys []string) string {
			var all []string
			for _, key := range keys {
				if rapid.Bool().Draw(t, name+key) {
					k, _ := json.Marshal(key)
					all = append(all, string(k)+":"+rapid.OneOf(of, of, level).Draw(t, key))
				}
			}
			return strings.Join(all, ",")
		}
		fields := []string{table("", []string{"users_default", "events_default", "ban", "kick", "x"})}
		if rapid.Bool().Draw(t, "users") {
			fields = append(fields, `"users":{`+table("users", users)+`}`)
		}
		if rapid.Bool().Draw(t, "events") {
			fields = append(fields, `"events":{`+table("events", append(spoken[:], "m.room.topic", "m.poll.start", "org.custom"))+`}`)
		}
		if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
			fields = append(fields, rapid.SampledFrom([]string{`"users":[]`, `"events":1`, `"notifications":{"room":1}`, `"notifications":5`}).Draw(t, "what"))
		}
		return json.RawMessage(`{` + strings.Trim(strings.Join(fields, ","), ",") + `}`)
	})
}

// Whatever there was is given back exactly, and what somebody else set meanwhile stays; and
// nobody's level is lowered by raising what it takes to write.
func TestHushLaws(t *testing.T) {
	held := 0
	rapid.Check(t, func(rt *rapid.T) {
		found := levelsGen().Draw(rt, "found")
		if !json.Valid(found) {
			rt.Skip()
		}
		h, _ := HushRoom(found, rapid.SampledFrom([]int64{100, 5, 1 << 60}).Draw(rt, "own"))
		if h == nil {
			return
		}
		held++
		known := []id.UserID{"@a:x", "@b:x", "@<é>:x", "@new:x"}
		h.Lend(found, known)
		if raw, err := json.Marshal(h); err != nil { // as it is stored
			rt.Fatal(err)
		} else if h = new(Hush); json.Unmarshal(raw, h) != nil {
			rt.Fatalf("%s", raw)
		}
		set := h.Shut(found)
		if h.Stands(found) != Open || h.Stands(set) != Closed || h.Shut(set) != nil || h.Back(found) != nil {
			rt.Fatalf("%s became %s: %v, %v", found, set, h.Stands(found), h.Stands(set))
		}
		before, _ := readLevels(found)
		after, _ := readLevels(set)
		for u := range after.users {
			b, ok := number(before.users[u], before.everybody)
			if a, _ := number(after.users[u], after.everybody); ok && (a < b || a > b && a != h.Level) {
				rt.Fatalf("%s went from %d to %d", u, b, a)
			}
		}
		for _, kind := range after.written() {
			if need, _ := after.need(kind); need < h.Level {
				rt.Fatalf("%s can be sent with %d by all: %s", kind, need, set)
			}
		}
		if back := h.Back(set); !same(back, found) {
			rt.Fatalf("%s became %s", found, back)
		}
		now, want := set, found
		for _, key := range []string{"events m.room.message", "events m.sticker", "events m.room.topic", "events org.custom", "users @a:x", "users @c:x", "users @new:x", " events_default", " ban", " users_default"} {
			if !rapid.Bool().Draw(rt, key) {
				continue
			}
			table, key, _ := strings.Cut(key, " ")
			level := json.RawMessage(rapid.SampledFrom([]string{"77", "-77", `"33"`}).Draw(rt, "level"))
			now, want = place(rt, now, table, key, level), place(rt, want, table, key, level)
		}
		back := h.Back(now)
		if back == nil {
			back = now
		}
		if !same(back, want) && !same(bare(rt, back), bare(rt, want)) {
			rt.Fatalf("%s, of others %s, became %s and not %s", found, now, back, want)
		}
	})
	if held < 20 {
		t.Errorf("only %d rooms were hushed", held)
	}
}

// bare leaves out tables that are empty.
func bare(t *rapid.T, content json.RawMessage) json.RawMessage {
	for _, table := range []string{"users", "events"} {
		if strings.Contains(string(content), `"`+table+`":`) {
			content = place(t, content, table, "x", nil)
		}
	}
	return content
}
