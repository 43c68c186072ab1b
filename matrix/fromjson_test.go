package matrix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/stretch"
	"forseti/policy"
)

// listJSON is the state of a list of n rules, as a homeserver sends it.
func listJSON(n int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		kind, entity := "user", fmt.Sprintf("@%x%d:spam%d.example", i*7919, i, i%997)
		switch i % 20 {
		case 0, 1, 2:
			kind, entity = "server", fmt.Sprintf("evil%d.example", i)
		case 3:
			kind, entity = "server", fmt.Sprintf("*.bad%d.example", i)
		case 4:
			entity = fmt.Sprintf("@spam%d*:*", i)
		}
		fmt.Fprintf(&b, `{"content":{"entity":%q,"reason":"spam","recommendation":"m.ban"},"event_id":"$%043d","origin_server_ts":%d,`+
			`"sender":"@mod:matrix.example","state_key":"rule:%s","type":"m.policy.rule.%s","unsigned":{"age":%d},"user_id":"@mod:matrix.example"}`,
			entity, i, 1_700_000_000_000+i, entity, kind, i)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// needed is what of an event makes a rule.
type needed struct {
	Type      string     `json:"type"`
	StateKey  string     `json:"state_key"`
	ID        id.EventID `json:"event_id"`
	Sender    id.UserID  `json:"sender"`
	Timestamp int64      `json:"origin_server_ts"`
	Content   struct {
		Entity         string `json:"entity"`
		Recommendation string `json:"recommendation"`
		Reason         string `json:"reason"`
	} `json:"content"`
}

// BenchmarkFromJSON goes all the way from the bytes of a list's state to an index that answers, beside json.Unmarshal of
// the same bytes into a struct of what is needed, and Replace beside Apply of the same events. It counts the least of the
// processor's time that some runs took, each in turn with the others: the machine is not always equally fast.
//
//	GOMAXPROCS=1 go test -tags goolm -run '^$' -bench FromJSON -benchtime 1x -cpu 1 ./matrix
func BenchmarkFromJSON(b *testing.B) {
	const room, runs = id.RoomID("!list:x"), 9
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			body := listJSON(n)
			var events []*event.Event
			var x *policy.Index
			var into []needed
			decode := func() { events, _, _ = decodeArray(room, body) }
			replace := func() {
				x = policy.NewIndex()
				x.Replace(room, events)
			}
			apply := func() {
				x = policy.NewIndex()
				for _, evt := range events {
					x.Apply(room, evt)
				}
			}
			plain := func() {
				if json.Unmarshal(body, &into) != nil || len(into) != n {
					b.Fatal("not read")
				}
			}
			for b.Loop() {
				least := map[string]time.Duration{}
				use := func(what string, f func()) {
					if used := stretch.Used(1, f); least[what] == 0 || used < least[what] {
						least[what] = used
					}
				}
				for range runs {
					events, x, into = nil, nil, nil
					use("rule", func() { decode(); replace() })
					if r, ok := x.User("@spam4x:anywhere"); !ok || r.Entity != "@spam4*:*" || x.Len() != n {
						b.Fatal("no index")
					}
					x = nil
					use("replace", replace)
					x = nil
					use("apply", apply)
					events, x = nil, nil
					use("decode", decode)
					events = nil
					use("unmarshal", plain)
				}
				for what, used := range least {
					b.ReportMetric(float64(used.Nanoseconds())/float64(n), "ns/"+what)
				}
				b.ReportMetric(float64(least["rule"])/float64(least["unmarshal"]), "×unmarshal")
				b.ReportMetric(float64(least["replace"])/float64(least["apply"]), "×apply")
			}
		})
	}
}
