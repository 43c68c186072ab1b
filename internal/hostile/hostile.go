// Package hostile has what strangers may send so that it is dear to look at. It is for tests and benchmarks.
package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// Greatest is how large what is said in one event can be.
const Greatest = 64 << 10

// Message is what an event says.
type Message struct {
	Kind string
	Raw  json.RawMessage
}

// Whole is how many characters a text has at the most of which all is looked at. It is dearer than a longer one.
const Whole = 8000

// Messages are of that size, each written to be dear to look at: with each text plain, formatted, and in an edit. And each text
// is there as long as one may be that is looked at as a whole.
var Messages = sync.OnceValue(messages)

func messages() map[string]Message {
	all := map[string]Message{}
	add := func(name, kind string, raw func(n int) string) {
		n, content := Greatest, raw(Greatest)
		for len(content) > Greatest {
			n = n*Greatest/len(content) - n/50
			content = raw(n)
		}
		all[name] = Message{kind, json.RawMessage(content)}
	}
	const rich = `{"msgtype":"m.text","body":%s,"format":"org.matrix.custom.html","formatted_body":%s}`
	for name, html := range HTML() {
		add("HTML: "+name, "m.room.message", func(n int) string { return fmt.Sprintf(rich, `"x"`, Quote(html(n))) })
	}
	for name, content := range Content() {
		kind, _ := content(1)
		add("content: "+name, kind, func(n int) string { _, raw := content(n); return raw })
	}
	for name, text := range Text() {
		add("text: "+name, "m.room.message", func(n int) string { return fmt.Sprintf(`{"msgtype":"m.text","body":%s}`, Quote(text(n))) })
		all["whole: "+name] = Message{"m.room.message", fmt.Appendf(nil, `{"msgtype":"m.text","body":%s}`, Quote(whole(text)))}
		add("both: "+name, "m.room.message", func(n int) string { return fmt.Sprintf(rich, Quote(text(n)), Quote(text(n))) })
		add("edit: "+name, "m.room.message", func(n int) string {
			return fmt.Sprintf(`{"body":%s,"m.new_content":{"body":%s},"m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}`, Quote(text(n)), Quote(text(n)))
		})
	}
	return all
}

// whole is as much of a text as is looked at as a whole.
func whole(text func(n int) string) string {
	characters := []rune(text(Greatest))
	return string(characters[:min(len(characters), Whole)])
}

// Quote is a text in JSON, with nothing escaped that need not be.
func Quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// numbered repeats what has a number in it, up to a size.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
