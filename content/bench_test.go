package content

import (
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"forseti/internal/hostile"
	"forseti/internal/stretch"
)

// ordinary are messages as people write them.
var ordinary = map[string]string{
	"plain":     `{"msgtype":"m.text","body":"Hello @alice:example.org, how are you? I read the page at https://example.org/docs/start and it does not say how to set the port of the server.","m.mentions":{"user_ids":["@alice:example.org"]}}`,
	"formatted": `{"msgtype":"m.text","body":"**Hello** you, see [the docs](https://example.org/docs) please","format":"org.matrix.custom.html","formatted_body":"<p><strong>Hello</strong> you, see <a href=\"https://example.org/docs\">the docs</a> please</p>"}`,
	"reply":     `{"msgtype":"m.text","body":"> <@bob:example.org> what is the port?\n\nIt is 8448, unless you set another","format":"org.matrix.custom.html","formatted_body":"<mx-reply><blockquote><a href=\"https://matrix.to/#/!r:example.org/$e\">In reply to</a> <a href=\"https://matrix.to/#/@bob:example.org\">@bob:example.org</a><br>what is the port?</blockquote></mx-reply>It is 8448, unless you set another","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`,
	"edit":      `{"msgtype":"m.text","body":"* helo there, how are you doing today","m.new_content":{"msgtype":"m.text","body":"hello there, how are you doing today"},"m.relates_to":{"rel_type":"m.replace","event_id":"$first"}}`,
	"Russian":   `{"msgtype":"m.text","body":"Привет! Подскажите, пожалуйста, как настроить порт сервера, если он уже занят другой программой?"}`,
	"Japanese":  `{"msgtype":"m.text","body":"こんにちは。サーバーのポート番号を変更する方法を教えてください。よろしくお願いします！"}`,
	"picture":   `{"msgtype":"m.image","body":"IMG_20260101.jpg","url":"mxc://example.org/abcdefghijklmnop","info":{"mimetype":"image/jpeg","size":123456,"w":1024,"h":768}}`,
}

// shares are what a message may be asked for, each with what it needs.
var shares = map[string]func(*Message){
	"0 nothing":       func(*Message) {},
	"1 its outline":   func(m *Message) { m.Form(); m.Edits(); m.Faults() },
	"2 its text":      func(m *Message) { m.Shown(); m.Rest() },
	"3 links":         func(m *Message) { m.Links() },
	"4 mentions":      func(m *Message) { m.Mentions() },
	"5 folded":        func(m *Message) { m.Shown().Folded(); m.Rest().Folded() },
	"6 skeletons":     func(m *Message) { m.Shown().Skeleton(); m.Rest().Skeleton() },
	"7 what to count": func(m *Message) { m.Shown().Shape() },
	"8 a fingerprint": func(m *Message) { m.Shown().Fingerprint() },
	"9 all of this":   protectedBy,
	"evidence":        func(m *Message) { _ = m.Seen().String() },
	"9 all, all rest": askAll,
}

// protectedBy is what all protections together ask for.
func protectedBy(m *Message) {
	m.Faults()
	m.Links()
	m.Mentions()
	m.Shown().Folded()
	m.Rest().Folded()
	m.Shown().Skeleton()
	m.Rest().Skeleton()
	m.Shown().Shape()
	m.Shown().Fingerprint()
}

// BenchmarkOrdinary is what an ordinary message costs by what it is asked for.
func BenchmarkOrdinary(b *testing.B) {
	for _, what := range slices.Sorted(maps.Keys(shares)) {
		for _, name := range slices.Sorted(maps.Keys(ordinary)) {
			raw, ask := []byte(ordinary[name]), shares[what]
			b.Run(what+"/"+name, func(b *testing.B) {
				cost(b, func() { ask(Read("m.room.message", raw)) })
			})
		}
	}
}

// BenchmarkHostile is what the messages cost that are dearest to look at, all protections on. What counts is the
// processor's time of the least disturbed run.
func BenchmarkHostile(b *testing.B) {
	all := hostile.Messages()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.Run(name, func(b *testing.B) { cost(b, func() { protectedBy(Read(all[name].Kind, all[name].Raw)) }) })
	}
}

// cost reports what f takes of the processor at the least.
func cost(b *testing.B, f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.ReportAllocs()
	least := time.Hour
	for b.Loop() {
		began := stretch.Processor()
		f()
		least = min(least, stretch.Processor()-began)
	}
	b.ReportMetric(float64(least.Nanoseconds())/1000, "µs-processor")
}

// BenchmarkViews is what each view of a text takes, a kilobyte at a time.
func BenchmarkViews(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(hostile.Text())) {
		s := hostile.Text()[name](1 << 10)
		skeleton := Skeleton(s)
		for what, view := range map[string]func(){
			"fold": func() { Fold(s) }, "skeleton": func() { _ = Skeleton(s) }, "shape": func() { shapeOfText(s) }, "fingerprint": func() { fingerprintOf([]byte(skeleton)) },
			"scan": func() { var l links; l.scan(s, false) },
		} {
			b.Run(name+"/"+what, func(b *testing.B) { cost(b, view) })
		}
	}
}
