package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestDeepEventBlocksNothing(t *testing.T) {
	deep := strings.Repeat(`{"]}\"[":[`, 15000) + strings.Repeat(`]}`, 15000)
	body := fmt.Sprintf(`{"next_batch":"b","rooms":{"join":{"!r:x":{"timeline":{"events":[
		{"type":"m","event_id":"$1"},{"type":"m","event_id":"$2","content":{"body":"spam","x":%s,"y":"z"}},{"type":"m","event_id":"$3"}]}}}}}`, deep)
	room := run(t, open(t, func(*http.Request) (int, string) { return 200, body }), "a").Rooms[0]
	if ids(room.Timeline) != "$1 $2 $3" {
		t.Fatalf("got %q", ids(room.Timeline))
	}
	if raw := room.Timeline[1].Content.Raw; raw["body"] != "spam" || raw["y"] != "z" {
		t.Error("the rest of the content is lost")
	}
}

func TestShallowKeeps(t *testing.T) {
	const body = `{"a":["{[",{"b":"\"]"}],"c":[[]]}`
	if got := string(shallow([]byte(body))); got != body {
		t.Errorf("got %s", got)
	}
}
