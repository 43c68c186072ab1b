package protections

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

// ids are users, from the nth on.
func ids(from, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("@victim%d:hs", from+i))
	}
	return all
}

func calling(body string, users ...string) map[string]any {
	return map[string]any{"msgtype": "m.text", "body": body, "m.mentions": map[string]any{"user_ids": users}}
}

func pills(users ...string) map[string]any {
	var html strings.Builder
	for _, u := range users {
		fmt.Fprintf(&html, `<a href="https://matrix.to/#/%s">%s</a> `, u, u)
	}
	return rich(html.String() + "hello all of you")
}

func TestMentions(t *testing.T) {
	says := func(content map[string]any) kittest.Step { return kittest.Sends(user, "m.room.message", content) }
	named := func(n int) string { return strings.Join(ids(0, n), " ") + " hello" }
	reply := map[string]any{"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": "$x"}}}
	spare(t, mentions(), nil)
	kittest.Run(t, mentions(), []kittest.Case{{
		Name: "five",
		In:   []kittest.Step{says(calling(named(5), ids(0, 5)...)), says(pills(ids(0, 5)...))},
	}, {
		Name: "six, declared, linked, or some of both; in an edit, in a sticker, in what nobody knows",
		In: []kittest.Step{
			says(calling(named(6), ids(0, 6)...)), says(pills(ids(0, 6)...)), says(with(pills(ids(0, 3)...), calling("x", ids(3, 3)...))),
			says(with(edited("x"), map[string]any{"m.new_content": calling(named(6), ids(0, 6)...)})),
			kittest.Sends(user, "m.sticker", calling(named(6), ids(0, 6)...)), kittest.Sends(user, "com.example.odd", calling(named(6), ids(0, 6)...)),
			says(with(calling(named(6), ids(0, 6)...), reply)),
		},
		Want: []string{"nuisance @u:hs $1: $1", "nuisance @u:hs $2: $2", "nuisance @u:hs $3: $3", "nuisance @u:hs $4: $4", "nuisance @u:hs $5: $5", "nuisance @u:hs $6: $6", "nuisance @u:hs $7: $7"},
	}, {
		Name: "a bomb",
		In:   []kittest.Step{says(calling("hi", ids(0, 21)...)), says(calling("hi", ids(0, 500)...))},
		Want: []string{"spam @u:hs $1: $1", "spam @u:hs $2: $2"},
	}, {
		Name: "the same user often is one",
		In:   []kittest.Step{says(calling("victim1 hi", "@victim1:hs", "@victim1:hs", "@victim1:hs", "@victim1:hs", "@victim1:hs", "@victim1:hs"))},
	}, {
		Name: "fields of a wrong shape",
		In: []kittest.Step{
			says(map[string]any{"msgtype": 3, "body": []string{"x"}, "m.mentions": map[string]any{"user_ids": append([]any{1, nil}, anys(ids(0, 6))...), "room": "yes"}}),
			says(map[string]any{"msgtype": "m.text", "body": "x", "m.mentions": ids(0, 30)}),
		},
		Want: []string{"nuisance @u:hs $1: $1"},
	}, {
		Name: "hidden",
		In: []kittest.Step{
			says(calling("hello", ids(0, 2)...)), says(calling("hello", ids(0, 3)...)),
			says(with(calling("hello", ids(0, 4)...), reply)),
			kittest.Sets("@victim1:hs", "m.room.member", "@victim1:hs", map[string]any{"membership": "join", "displayname": "Frau Müller"}),
			says(calling("frau MÜLLER, hello", "@victim1:hs", "@victim2:hs", "@victim3:hs")),
		},
		Want: []string{"nuisance @u:hs $2: $2"},
	}, {
		Name: "and nothing else",
		In:   []kittest.Step{says(calling("@victim0:hs @victim1:hs", ids(0, 2)...)), says(calling("@victim0:hs @victim1:hs, @victim2:hs!", ids(0, 3)...))},
		Want: []string{"light @u:hs $2: $2"},
	}, {
		Name: "everybody, by who may, and by who may not",
		In: []kittest.Step{
			says(map[string]any{"msgtype": "m.text", "body": "look", "m.mentions": map[string]any{"room": true}}), says(plain("@room look")),
			func(b *kittest.Bench) []kit.Finding {
				return b.State(kittest.Owner, "m.room.power_levels", "", map[string]any{"users": map[string]any{"@forseti:hs": 100, "@owner:hs": 100}, "notifications": map[string]any{"room": 0}})
			},
			says(plain("@room look")), says(with(plain("what is @room"), map[string]any{"m.mentions": map[string]any{}})),
		},
		Want: []string{"light @u:hs $1: $1", "nuisance @u:hs $3: $3"},
	}, {
		Name: "a few at a time",
		Set:  map[string]string{"total": "6", "within": "1m"},
		In: []kittest.Step{
			says(calling(named(3), ids(0, 3)...)), says(calling(named(3), ids(0, 3)...)), says(calling(named(9), ids(3, 3)...)), says(calling(named(9), ids(6, 1)...)),
			kittest.Wait(time.Minute), says(calling(named(9), ids(7, 3)...)), kittest.Wait(30 * time.Second), says(calling(named(20), ids(10, 3)...)), kittest.Wait(30 * time.Second),
			says(calling(named(20), ids(13, 3)...)), says(calling(named(20), ids(16, 1)...)),
		},
		Want: []string{"nuisance @u:hs $4: $4", "nuisance @u:hs $8: $8"},
	}, {
		Name: "IDs that call nobody",
		In:   []kittest.Step{kittest.Says(user, named(20)), kittest.Says(user, named(21))},
		Want: []string{"light @u:hs $2: $2"},
	}, {
		Name: "handles",
		In: []kittest.Step{
			kittest.Says(user, strings.Repeat("@same ", 50)), kittest.Says(user, numbered("@user%d ", 20)), kittest.Says(user, numbered("@user%d ", 21)),
			kittest.Says(user, numbered("\"@types/pkg%d\": 1, ", 40)), kittest.Says(user, numbered("me%d@example.org ", 40)),
		},
		Want: []string{"light @u:hs $3: $3"},
	}, {
		Name: "by a regular, and by a known member",
		In: []kittest.Step{
			kittest.Trusts(user, trust.Regular), says(calling(named(30), ids(0, 30)...)),
			kittest.Trusts("@known:hs", trust.Known), kittest.Sends("@known:hs", "m.room.message", calling(named(6), ids(0, 6)...)),
		},
		Want: []string{"nuisance @known:hs $2: $2"},
	}})
}

func anys(all []string) (any []any) {
	for _, s := range all {
		any = append(any, s)
	}
	return any
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// Whoever was pardoned begins anew; and what is remembered of one is bounded.
func TestMentionsArePardoned(t *testing.T) {
	b := kittest.New(t, mentions(), map[string]string{"total": "2"})
	call := func(u string) bool {
		return b.Send(b.Message(user, "m.room.message", calling("@"+u+":hs hi", id.UserID("@"+u+":hs").String()))) != nil
	}
	if call("a") || call("b") || !call("c") {
		t.Error("the third is too much")
	}
	b.Member(kittest.Self, user, "ban")
	b.Member(kittest.Self, user, "leave")
	if call("a") || call("b") || !call("c") {
		t.Error("anew")
	}
}
