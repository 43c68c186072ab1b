package protections

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

func TestReactions(t *testing.T) {
	react := func(to, key string) kittest.Step { return kittest.Sends(user, "m.reaction", reaction(to, key)) }
	many := func(n int) kittest.Step {
		return func(b *kittest.Bench) (found []kit.Finding) {
			for i := range n {
				b.Pass(5 * time.Second)
				found = append(found, react(fmt.Sprint("$to", i), "👍")(b)...)
			}
			return found
		}
	}
	kittest.Run(t, reactions(), []kittest.Case{{
		Name: "to very many messages",
		Set:  map[string]string{"reactions": "5"},
		In:   []kittest.Step{many(7)},
		Want: []string{"nuisance @u:hs $6: $1 $2 $3 $4 $5 $6", "nuisance @u:hs $7: $7"},
	}, {
		Name: "to many, as people do",
		In:   []kittest.Step{many(30), kittest.Wait(5 * time.Minute), many(30)},
	}, {
		Name: "very many to one message",
		Set:  map[string]string{"one-message": "3"},
		In:   []kittest.Step{react("$a", "S"), react("$a", "P"), react("$b", "👍"), react("$a", "A"), react("$a", "M")},
		Want: []string{"light @u:hs $5: $1 $2 $4 $5"},
	}, {
		Name: "whole sentences",
		In: []kittest.Step{
			react("$a", "this is what I think of you and of all your friends"), react("$b", strings.Repeat("a\u0300\u0301\u0302\u0303\u0304\u0305", 20)), react("$c", "a\nb\nc\nd"),
		},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $2: $2", "light @u:hs $3: $3"},
	}, {
		Name: "what is no sentence",
		In: []kittest.Step{
			react("$a", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦"), react("$b", "mxc://media.example.org/abcdefghijklmnopqrstuvwxyz0123456789"), react("$c", "looks good to me"), react("$d", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"), react("$e", "非常感谢你的帮助"),
		},
	}, {
		Name: "what is none at all",
		In: []kittest.Step{
			kittest.Times(40, kittest.Sends(user, "m.room.message", reaction("$a", strings.Repeat("a", 99)))), react("", ""),
			kittest.Sends(user, "m.reaction", map[string]any{"m.relates_to": []any{1}}), kittest.Sends(user, "m.reaction", map[string]any{"m.relates_to": map[string]any{"key": 1, "event_id": 2}}),
		},
	}, {
		Name: "of a regular member",
		Set:  map[string]string{"reactions": "5"},
		In:   []kittest.Step{kittest.Regular(user), many(9)},
	}})
}

func TestPardonForReactions(t *testing.T) {
	b := kittest.New(t, reactions(), map[string]string{"reactions": "3", "one-message": "3", "consequence": "ban"})
	react := func(n int) (found []kit.Finding) {
		for range n {
			found = append(found, b.Send(b.Message(user, "m.reaction", reaction("$to", "a")))...)
		}
		return found
	}
	found := react(4)
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	b.End(b.Seek(found[0]), action.Done)
	b.Member(kittest.Moderator, user, "leave")
	b.Join(user)
	if found := react(3); found != nil {
		t.Errorf("found %v", found)
	}
}
