package community

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
)

func TestHowListsAreWatchedIsRead(t *testing.T) {
	for content, want := range map[string]map[id.RoomID]commands.HowWatched{
		`{"lists":[{"room":"!a:x","no_acl":true,"more":1},{"room":"!b:x","quiet":true}]}`:               {"!a:x": {NoACL: true}, "!b:x": {Quiet: true}},
		`{"lists":[5,null,{"room":7},{"room":"#a:x","quiet":true},{"room":"!c:x","no_bans":"yes"},[]]}`: {},
		`{"lists":[]}`:    {},
		`{"lists":{}}`:    nil,
		`{"lists":null}`:  nil,
		`{"others":[]}`:   nil,
		`[]`:              nil,
		`{"lists":[{"roo`: nil,
	} {
		got, ok := howWatched(json.RawMessage(content))
		if ok != (want != nil) || ok && !maps.Equal(got, want) {
			t.Errorf("%s is %v, %v", content, got, ok)
		}
	}
}

func TestPlaceAmongLists(t *testing.T) {
	for _, tt := range []struct {
		before string
		place  int
		after  string
	}{
		{"abc", 0, "abcx"}, {"abc", 1, "xabc"}, {"abc", 2, "axbc"}, {"abc", 4, "abcx"}, {"abc", 99, "abcx"}, {"", 1, "x"},
		{"axb", 0, "axb"}, {"axb", 1, "xab"}, {"axb", 2, "axb"}, {"axb", 3, "abx"}, {"axbx", 1, "xab"},
	} {
		var entries []json.RawMessage
		for _, c := range tt.before {
			entries = append(entries, json.RawMessage(string(c)))
		}
		// Once more changes nothing.
		for range 2 {
			entries = placed(entries, tt.place, json.RawMessage("x"), func(e json.RawMessage) bool { return string(e) == "x" })
			if got := string(slices.Concat(entries...)); got != tt.after {
				t.Errorf("%q with x at %d is %q", tt.before, tt.place, got)
			}
		}
	}
}
