package content

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is a quote is not what its sender says, wherever clients show it as one, and there alone.
func TestQuoted(t *testing.T) {
	rich := func(html string) map[string]any {
		return map[string]any{"msgtype": "m.text", "body": "x", "format": "org.matrix.custom.html", "formatted_body": html}
	}
	plain := func(body string) map[string]any { return map[string]any{"msgtype": "m.text", "body": body} }
	unmarked := rich("<blockquote>a</blockquote>b")
	unmarked["body"] = "a\nb"
	delete(unmarked, "format")
	reply := plain("> <@u:hs> a\n\nb")
	reply["m.relates_to"] = map[string]any{"m.in_reply_to": map[string]any{"event_id": "$1"}}
	many := strings.Repeat("<blockquote>a</blockquote>", mostBlocks+1)
	for name, tc := range map[string]struct {
		said        map[string]any
		quoted, own string
	}{
		"none":              {plain("a\nb > c"), "", "a\nb > c"},
		"lines":             {plain("> a\n>> b\nc"), "a\nb\n", "c"},
		"all":               {plain("> a"), "a", ""},
		"above a reply":     {reply, "", "b"},
		"a block":           {rich("\n <blockquote><p>a</p></blockquote>b"), "a\n", "b"},
		"behind":            {rich("b<blockquote>a<br>a</blockquote>"), "a\na", "b\n"},
		"blocks in blocks":  {rich("<blockquote>a<blockquote>b</blockquote>c</blockquote>d<blockquote>e</blockquote>f"), "a\nb\nc\ne\n", "d\nf"},
		"left open":         {rich("a<blockquote>b"), "b", "a\n"},
		"never opened":      {rich("a</blockquote>b<blockquote>c</blockquote></blockquote>d"), "c\n", "a\nb\nd"},
		"lines in HTML":     {rich("&gt; a<br>b"), "a\n", "b"},
		"not formatted":     {unmarked, "", "a\nb"},
		"more than anybody": {rich(many + "b"), strings.Repeat("a\n", mostBlocks), "a\nb"},
		"nothing":           {plain(""), "", ""},
	} {
		raw, err := json.Marshal(tc.said)
		if err != nil {
			t.Fatal(err)
		}
		if quoted, own := Read("m.room.message", raw).Quoted(); quoted != tc.quoted || own != tc.own {
			t.Errorf("%s: %q and %q", name, quoted, own)
		}
	}
}
