package protections

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/text"
)

// nasty is what strangers write who want it to do something where it is quoted.
const nasty = "@room @mod:hs <b>x</b> [click](https://evil.example/x) **big** ||veil|| `tick` \n\n# head\n\u202e\u200b"

// provoked is how a protection is made to find something, by what is as nasty as can be.
type provoked struct {
	values map[string]string
	does   func(b *kittest.Bench, u id.UserID) []kit.Finding
}

func says(words ...string) func(*kittest.Bench, id.UserID) []kit.Finding {
	return func(b *kittest.Bench, u id.UserID) (found []kit.Finding) {
		for _, w := range words {
			found = append(found, b.Say(u, w)...)
		}
		return found
	}
}

func provocations() map[string]provoked {
	longer := strings.Repeat(nasty, 30)
	return map[string]provoked{
		"adverts": {nil, says("Hello everybody! Earn $5000 a week from home with crypto, guaranteed profit, no experience needed. Only 3 places left, write me on Telegram: t.me/goldearner 🔥🔥🔥 " + nasty)},
		"changes": {nil, func(b *kittest.Bench, u id.UserID) []kit.Finding {
			b.State(kittest.Owner, "m.room.power_levels", "", levels(nil, map[string]any{"state_default": 0}))
			return append(b.State(u, "m.room.join_rules", "", map[string]any{"join_rule": longer}), b.State(u, "m.room.tombstone", "", map[string]any{"replacement_room": longer, "body": longer})...)
		}},
		"churn": {map[string]string{"moves": "2"}, func(b *kittest.Bench, u id.UserID) (found []kit.Finding) {
			for range 4 {
				found = append(found, b.Member(u, u, "leave")...)
				found = append(found, b.Join(u)...)
			}
			return found
		}},
		"first-message": {map[string]string{"refuse": "link mention"}, says("see https://evil.example/" + strings.Repeat("x", 900) + "/**@room**")},
		"flooding":      {map[string]string{"messages": "2", "within": "1m"}, says(longer, longer, longer, longer)},
		"invalid": {nil, func(b *kittest.Bench, u id.UserID) []kit.Finding {
			return b.Send(b.Message(u, "m.room.message", map[string]any{"msgtype": "m.text", "body": longer, "formatted_body": map[string]any{longer: longer}, "format": 5}))
		}},
		"join-gate": {map[string]string{"at": "voice"}, func(b *kittest.Bench, u id.UserID) []kit.Finding { return b.Join("@another" + u[1:]) }},
		"join-wave": {map[string]string{"joins": "5"}, func(b *kittest.Bench, u id.UserID) (found []kit.Finding) {
			for n := range 60 {
				found = append(found, b.Join(id.UserID(fmt.Sprint("@wave", n, u[1:])))...)
			}
			return append(found, b.Tick()...)
		}},
		"joiners": {map[string]string{"without-profile": "yes"}, func(b *kittest.Bench, u id.UserID) []kit.Finding { return b.Join("@nobody" + u[1:]) }},
		"lag": {map[string]string{"messages": "3"}, func(b *kittest.Bench, u id.UserID) (found []kit.Finding) {
			return late(60, u, 20*time.Minute)(b)
		}},
		"links": {map[string]string{"deny": "evil.example"}, says("https://evil.example/"+strings.Repeat("@room", 500), nasty)},
		"media": {map[string]string{"refuse": "picture"}, func(b *kittest.Bench, u id.UserID) []kit.Finding {
			return b.Send(b.Message(u, "m.room.message", map[string]any{"msgtype": "m.image", "body": longer, "filename": longer, "url": "mxc://hs/" + longer, "info": map[string]any{"mimetype": longer}}))
		}},
		"mentions": {nil, func(b *kittest.Bench, u id.UserID) []kit.Finding {
			var called []string
			for n := range 50 {
				called = append(called, fmt.Sprintf("@user%d:hs", n))
			}
			return b.Send(b.Message(u, "m.room.message", map[string]any{"msgtype": "m.text", "body": nasty + strings.Join(called, " "), "m.mentions": map[string]any{"user_ids": called, "room": true}}))
		}},
		"names": {map[string]string{"list.a": "veil"}, func(b *kittest.Bench, u id.UserID) []kit.Finding {
			return b.State(u, "m.room.member", string(u), map[string]any{"membership": "join", "displayname": longer})
		}},
		"newcomers": {nil, says(longer)},
		"reactions": {map[string]string{"reactions": "2"}, func(b *kittest.Bench, u id.UserID) (found []kit.Finding) {
			for n := range 6 {
				found = append(found, b.Send(b.Message(u, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": fmt.Sprint("$to", n), "key": longer}}))...)
			}
			return found
		}},
		"repeats": {map[string]string{"messages": "2"}, func(b *kittest.Bench, u id.UserID) (found []kit.Finding) {
			for n := range 5 {
				found = append(found, b.Say(id.UserID(fmt.Sprint("@again", n, u[1:])), longer)...)
			}
			return found
		}},
		"shape":     {nil, says(strings.Repeat("LOOK AT THIS @ROOM ", 500))},
		"slow-mode": {nil, says(nasty, nasty)},
		"words":     {map[string]string{"list.a": "veil"}, says(longer)},
	}
}

// shownElsewhere are those that find only what moderators have shown them, whose alerts quote nothing.
var shownElsewhere = map[string]string{
	"known-images": "TestKnownImages holds its words", "learned": "TestLearned holds its words",
}

var code = regexp.MustCompile("(?s)(`+) ?.*? ?`+")

// What moderators read of a finding is short, on one line, and nothing of what strangers wrote stands in it but as code: nobody
// is called, no link leads anywhere, nothing is drawn.
func TestWhatIsSaidOfFindings(t *testing.T) {
	const mostShown = 400 // ten lines of a phone
	tried := provocations()
	for _, kind := range Kinds() {
		how, ok := tried[kind.Name]
		if !ok {
			if shownElsewhere[kind.Name] == "" {
				t.Errorf("%s: nobody knows what it says", kind.Name)
			}
			continue
		}
		for _, u := range []id.UserID{"@u:hs", "@a**b**<i>[x](https://evil.example):hs", id.UserID("@" + strings.Repeat("`@room", 40) + ":hs")} {
			b := kittest.New(t, kind, how.values)
			b.Pass(time.Hour)
			b.Join(u)
			found := how.does(b, u)
			if len(found) == 0 {
				t.Errorf("%s: finds nothing", kind.Name)
			}
			for _, f := range found {
				bare := f.Why
				for { // code in code is longer
					if shorter := code.ReplaceAllString(bare, ""); shorter != bare {
						bare = shorter
						continue
					}
					break
				}
				if n := utf8.RuneCountInString(f.Why); n > mostShown || f.Why == "" || !utf8.ValidString(f.Why) {
					t.Errorf("%s says %d letters: %s", kind.Name, n, text.Clip(f.Why, 600))
				}
				for _, bad := range []string{"\n", "@", "evil.example", "<", "](", "**", "||", "\u202e", "\u200b", "# "} {
					if strings.Contains(bare, bad) {
						t.Errorf("%s says %q openly: %s", kind.Name, bad, text.Clip(f.Why, 600))
					}
				}
				if strings.ContainsAny(f.Reason, "@<[`\n") {
					t.Errorf("%s: everybody reads %q", kind.Name, f.Reason)
				}
			}
		}
	}
}
