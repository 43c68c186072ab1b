package matrix

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// TestLevelsKeepWhatTheyDoNotKnow holds that to change one user's level and to give it
// back leaves the content as it was, whatever is in it.
func TestLevelsKeepWhatTheyDoNotKnow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := []string{"0", "-1", "50", "100", `"50"`, "50.0", "9007199254740993", "null", "true", `{"a":[1]}`}
		users := map[string]json.RawMessage{}
		for _, user := range rapid.SliceOfN(rapid.SampledFrom([]string{"@a:x", "@b:x", "@c:x", "", "odd"}), 0, 5).Draw(rt, "users") {
			users[user] = json.RawMessage(rapid.SampledFrom(values).Draw(rt, "level"))
		}
		fields := map[string]any{}
		for _, key := range rapid.SliceOfN(rapid.SampledFrom([]string{"ban", "events_default", "users_default", "org.example.new", "Users"}), 0, 5).Draw(rt, "keys") {
			fields[key] = json.RawMessage(rapid.SampledFrom(values).Draw(rt, "value"))
		}
		if rapid.Bool().Draw(rt, "has users") {
			fields["users"] = users
		}
		before, err := json.Marshal(fields)
		if err != nil {
			rt.Fatal(err)
		}
		l, err := readLevels(before)
		if err != nil {
			rt.Fatalf("%s: %v", before, err)
		}
		user := id.UserID(rapid.SampledFrom([]string{"@a:x", "@z:x"}).Draw(rt, "user"))
		was := l.users[string(user)]
		muted, err := l.with(user, json.RawMessage("-1"))
		if err != nil {
			rt.Fatal(err)
		}
		if l, err = readLevels(muted); err != nil || l.of(user) != -1 {
			rt.Fatalf("%s: %v", muted, err)
		}
		after, err := l.with(user, was)
		if err != nil {
			rt.Fatal(err)
		}
		if fields["users"] == nil {
			fields["users"] = map[string]any{} // the one thing that may differ
			before, _ = json.Marshal(fields)
		}
		if !same(before, after) {
			rt.Fatalf("%s became %s", before, after)
		}
	})
}

func TestLevelsOfWrongTypes(t *testing.T) {
	for _, raw := range []string{``, `null`, `[]`, `7`, `{"users":[]}`, `{"users":null}`, `{"users":{},"events":7}`} {
		if _, err := readLevels(json.RawMessage(raw)); !errors.Is(err, errNoLevels) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestSilent(t *testing.T) {
	for raw, want := range map[string]int64{
		`{}`:                      -1,
		`{"events_default":10}`:   -1,
		`{"events_default":"10"}`: -1,
		`{"events_default":-3}`:   -4,
		`{"events":{"m.room.message":-5,"m.room.name":-50}}`: -6,
		`{"events_default":50,"events":{"m.reaction":0}}`:    -1,
	} {
		if l, err := readLevels(json.RawMessage(raw)); err != nil || l.silent() != want {
			t.Errorf("%s: %d, %v", raw, l.silent(), err)
		}
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2]}`, ` {"b":[2], "a":1}`, true},
		{`{"a":1}`, `{"a":1.0}`, false},
		{`{"a":9007199254740993}`, `{"a":9007199254740992}`, false},
		{``, ``, false},
	} {
		if got := same(json.RawMessage(c.a), json.RawMessage(c.b)); got != c.want {
			t.Error(fmt.Sprint(c), got)
		}
	}
}
