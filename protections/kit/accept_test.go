package kit_test

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

// sure is a message that says something.
const sure = "this is what I think of it"

// month has a user say something on each day of a month, among others, and gives how far
// they are trusted then.
func month(b *kittest.Bench, u id.UserID, says func(day, n int)) trust.Level {
	for day := range 30 {
		for _, other := range []id.UserID{"@a:hs", "@b:hs", "@c:hs"} {
			b.Say(other, sure)
		}
		for n := range 3 {
			says(day, n)
		}
		b.Pass(24 * time.Hour)
	}
	return b.Set.Trust.Level(u, b.Now)
}

// Trust is earned by what says something, stands, and nobody has anything against; also
// where no protection is on.
func TestWhatEarnsTrust(t *testing.T) {
	says := func(body string) func(b *kittest.Bench) {
		return func(b *kittest.Bench) { b.Say(user, body) }
	}
	sends := func(kind string, content map[string]any) func(b *kittest.Bench) {
		return func(b *kittest.Bench) { b.Send(b.Message(user, kind, content)) }
	}
	for _, tc := range []struct {
		name string
		says func(b *kittest.Bench)
		want trust.Level
	}{
		{"sentences", says(sure), trust.Trusted},
		{"Chinese", says("我同意你的看法"), trust.Trusted},
		{"Cyrillic", says("я так и думал"), trust.Trusted},
		{"short words", says("ok, thanks"), trust.New},
		{"signs", says(strings.Repeat("!?.🎉 ", 40)), trust.New},
		{"digits", says(strings.Repeat("1", 40)), trust.New},
		{"what is found", says("bad " + sure), trust.New},
		{"edits", sends("m.room.message", map[string]any{"msgtype": "m.text", "body": sure, "m.new_content": map[string]any{"msgtype": "m.text", "body": sure},
			"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": "$x"}}), trust.New},
		{"reactions", sends("m.reaction", map[string]any{"body": sure}), trust.New},
		{"what cannot be read", sends("m.room.encrypted", map[string]any{"body": sure}), trust.New},
		{"a picture's name", sends("m.room.message", map[string]any{"msgtype": "m.image", "body": sure}), trust.New},
		{"a picture with words", sends("m.room.message", map[string]any{"msgtype": "m.image", "body": sure, "filename": "a.png"}), trust.Trusted},
		{"what is removed by another", func(b *kittest.Bench) {
			b.Say(user, sure)
			b.Send(b.Message("@mod:hs", "m.room.redaction", map[string]any{"redacts": fmt.Sprint("$", b.Sent())}))
		}, trust.New},
		{"what we remove", func(b *kittest.Bench) {
			b.Say(user, sure)
			evt := b.Message(kittest.Self, "m.room.redaction", nil)
			evt.Redacts = id.EventID(fmt.Sprint("$", b.Sent()-1))
			b.Send(evt)
		}, trust.New},
		{"what was said while we were away", func(b *kittest.Bench) { b.Waited(user, sure, b.Now.Add(-time.Hour)) }, trust.Trusted},
		{"what could be read later", func(b *kittest.Bench) {
			evt := b.Message(user, "m.room.encrypted", nil)
			b.Send(evt)
			read := b.Message(user, "m.room.message", map[string]any{"msgtype": "m.text", "body": sure})
			read.ID = evt.ID
			in := kit.SaidBy(read, b.Now)
			in.Late = true
			b.Check(in)
		}, trust.Trusted},
	} {
		for _, on := range []kit.Mode{kit.On, kit.Off} {
			if on == kit.Off && strings.Contains(tc.name, "found") {
				continue
			}
			s := &sees{check: func(in kit.Signal, _ kit.View) []kit.Finding {
				if !strings.HasPrefix(in.Message.Shown().String(), "bad") {
					return nil
				}
				return []kit.Finding{{User: in.Sender, Offence: in.Event.ID}}
			}}
			b := kittest.New(t, s.kind("sees"), nil)
			b.Configure(kit.Standing{Mode: on})
			if got := month(b, user, func(int, int) { tc.says(b) }); got != tc.want {
				t.Errorf("%s, %v: %v", tc.name, on, got)
			}
		}
	}
}

// Whoever has rank in a room, or made it, earns nothing there; protections hear how far
// somebody is trusted.
func TestTrustIsSeen(t *testing.T) {
	s := &sees{}
	var seen []trust.Level
	s.check = func(in kit.Signal, room kit.View) []kit.Finding {
		if in.Sender == user {
			seen = append(seen, room.Trust(in.Sender))
		}
		return nil
	}
	b := kittest.New(t, s.kind("sees"), map[string]string{"spare-moderators": "no"})
	b.Levels(map[id.UserID]int{kittest.Self: 100, kittest.Owner: 0, "@ranked:hs": 10})
	month(b, user, func(int, int) { b.Say(user, sure); b.Say("@ranked:hs", sure); b.Say(kittest.Owner, sure) })
	if seen[0] != trust.New || seen[len(seen)-1] != trust.Trusted {
		t.Errorf("from %v to %v", seen[0], seen[len(seen)-1])
	}
	for _, u := range []id.UserID{"@ranked:hs", kittest.Owner, kittest.Self} {
		if got := b.Set.Trust.Level(u, b.Now); got != trust.New {
			t.Errorf("%s is %v", u, got)
		}
	}
}

// A protection leaves alone who is trusted so far as its kind says, or moderators do.
func TestTrustedAreSpared(t *testing.T) {
	for _, tc := range []struct {
		usual  trust.Level
		set    string
		spared bool
	}{{trust.New, "default", false}, {trust.New, "known", true}, {trust.Regular, "default", true}, {trust.Regular, "NONE", false}} {
		kind := (&sees{check: everything}).kind("sees")
		kind.Spares = tc.usual
		values, err := kind.Set(nil, "exempt-trust", tc.set)
		if err != nil {
			t.Fatal(err)
		}
		b := kittest.New(t, kind, values)
		b.Regular(user)
		if got := b.Say(user, "buy"); (got == nil) != tc.spared {
			t.Errorf("%+v: found %v", tc, got)
		}
		if got := b.Say("@new:hs", "buy"); got == nil {
			t.Errorf("%+v: a newcomer is spared", tc)
		}
	}
	if _, err := (kit.Kind{}).Set(nil, "exempt-trust", "new"); err == nil {
		t.Error("everybody is spared")
	}
}
