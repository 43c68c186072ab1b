package protections

import (
	"encoding/json"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// written sends content as it stands on the wire.
func written(kind, raw string) kittest.Step {
	return func(b *kittest.Bench) []kit.Finding {
		evt := b.Message(user, kind, nil)
		evt.Content.VeryRaw = json.RawMessage(raw)
		return b.Send(evt)
	}
}

func TestInvalid(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	parts := func(n int) string { return strings.Repeat("1,", n) + "1" }
	for name, tc := range map[string]struct{ kind, raw, want string }{
		"a number for a body":          {"m.room.message", `{"msgtype":"m.text","body":5}`, "light body is a number"},
		"an object for formatted text": {"m.room.message", `{"msgtype":"m.text","body":"a","formatted_body":{}}`, "light formatted_body is an object"},
		"a list for a type":            {"m.room.message", `{"msgtype":[],"body":"a"}`, "light msgtype is a list"},
		"no body":                      {"m.room.message", `{"msgtype":"m.text"}`, "light there is no body"},
		"no object":                    {"m.room.message", `[1]`, "light content is no object"},
		"a relation that is none":      {"m.room.message", `{"msgtype":"m.text","body":"a","m.relates_to":"$x"}`, "light m.relates_to is a text"},
		"what is answered":             {"m.room.message", `{"msgtype":"m.text","body":"a","m.relates_to":{"m.in_reply_to":{"event_id":{}}}}`, "light m.relates_to.m.in_reply_to.event_id is an object"},
		"mentions that are no list":    {"m.room.message", `{"msgtype":"m.text","body":"a","m.mentions":{"user_ids":"@a:hs"}}`, "light m.mentions.user_ids is a text"},
		"a mention that is a number":   {"m.room.message", `{"msgtype":"m.text","body":"a @a:hs","m.mentions":{"user_ids":[5]}}`, "light an element of m.mentions.user_ids is a number"},
		"mentions of nobody":           {"m.room.message", `{"msgtype":"m.text","body":"a","m.mentions":{}}`, ""},
		"in an edit":                   {"m.room.message", `{"msgtype":"m.text","body":"a","m.new_content":{"msgtype":"m.text","body":true},"m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}`, "light m.new_content.body is true or false"},
		"an address that is none":      {"m.room.message", `{"msgtype":"m.image","body":"a","url":7}`, "light url is a number"},
		"the size of a picture":        {"m.sticker", `{"body":"a","url":"mxc://hs/a","info":{"w":"wide"}}`, "light info.w is a text"},
		"a reaction's key":             {"m.reaction", `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$x","key":["a"]}}`, "light m.relates_to.key is a list"},
		"a poll":                       {"m.poll.start", `{"m.poll":{"question":"why","answers":[]}}`, "light question is a text"},
		"a huge picture":               {"m.room.message", `{"msgtype":"m.image","body":"a","url":"mxc://hs/a","info":{"w":2147483647,"h":1}}`, "nuisance 2147483647 by 1"},
		"nested":                       {"m.room.message", `{"msgtype":"m.text","body":"a","x":` + nested(2000) + `}`, "nuisance more than 30 deep"},
		"nested, of any type":          {"com.example.odd", `{"x":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`, "nuisance more than 30 deep"},
		"nested, and encrypted":        {"m.room.encrypted", `{"ciphertext":` + nested(100) + `}`, "nuisance more than 30 deep"},
		"of very many parts":           {"m.room.message", `{"msgtype":"m.text","body":"a","x":[` + parts(5000) + `]}`, "nuisance more than 4000 parts"},
		"of very many tags":            {"m.room.message", `{"msgtype":"m.text","body":"a","format":"org.matrix.custom.html","formatted_body":"` + strings.Repeat(`\u003cb>`, 5000) + `"}`, "nuisance more than 3000 HTML tags"},
		"about itself":                 {"m.room.message", `{"msgtype":"m.text","body":"a","m.relates_to":{"m.in_reply_to":{"event_id":"$1"}}}`, "nuisance about itself"},
		"a reaction to itself":         {"m.reaction", `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$1","key":"a"}}`, "nuisance about itself"},

		"a message":              {"m.room.message", `{"msgtype":"m.text","body":"a"}`, ""},
		"a redacted one":         {"m.room.message", `{}`, ""},
		"null where nothing is":  {"m.room.message", `{"msgtype":"m.text","body":"a","format":null,"m.mentions":{"user_ids":null},"m.relates_to":null}`, ""},
		"fields of others":       {"m.room.message", `{"msgtype":"m.text","body":"a","images":[1],"pack":7,"topic":{},"name":["x"],"org.example.x":{"body":5}}`, ""},
		"types of others":        {"com.example.odd", `{"body":5,"url":[],"m.relates_to":"x"}`, ""},
		"a type that is unknown": {"m.room.message", `{"msgtype":"com.example.card","body":"a","card":{"x":[1,2,3]}}`, ""},
		"code with brackets":     {"m.room.message", `{"msgtype":"m.text","body":"` + strings.Repeat("[{(", 2000) + `"}`, ""},
		"code with tags":         {"m.room.message", `{"msgtype":"m.text","body":"` + strings.Repeat("<b>", 5000) + `"}`, ""},
		"what cannot be read":    {"m.room.encrypted", `{"algorithm":1,"body":2}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := kittest.New(t, invalid(), nil)
			var got []string
			for _, f := range written(tc.kind, tc.raw)(b) {
				got = append(got, f.Weight.String()+" "+f.Why)
			}
			weight, why, _ := strings.Cut(tc.want, " ")
			if all := strings.Join(got, ", "); (all == "") != (tc.want == "") || !strings.HasPrefix(all, weight) || !strings.Contains(all, why) {
				t.Errorf("found %q", all)
			}
		})
	}
	kittest.Run(t, invalid(), []kittest.Case{{
		Name: "profiles, of oneself and of others",
		In: []kittest.Step{
			kittest.Sets(user, "m.room.member", string(user), map[string]any{"membership": "join", "displayname": 5}),
			kittest.Sets(user, "m.room.member", "@v:hs", map[string]any{"membership": "invite", "displayname": 5}),
		},
		Want: []string{"light @u:hs $state5: $state5"},
	}, {
		Name: "names and topics",
		In: []kittest.Step{
			kittest.Sets(user, "m.room.name", "", map[string]any{"name": []string{"a"}}), kittest.Sets(user, "m.room.topic", "", map[string]any{"topic": 5}),
			kittest.Sets(user, "m.room.topic", "", map[string]any{"topic": "hello", "body": 5}),
		},
		Want: []string{"light @u:hs $state5: $state5", "light @u:hs $state6: $state6"},
	}})
	for n, body := range innocents {
		if found := kittest.New(t, invalid(), nil).Say(id.UserID(user), body); found != nil {
			t.Errorf("innocent %d: %s", n, found[0].Why)
		}
	}
}
