package commands

import (
	"strings"
	"testing"

	"forseti/action"
)

func TestOwnProfile(t *testing.T) {
	w := newWorld()
	expect(t, w, "displayname Warden of the *Rooms*", []string{"set_profile "}, "I am called `Warden of the *Rooms*` now")
	expect(t, w, "displayname Forseti the Just", nil, "That is my name already")
	expect(t, w, "displayname "+strings.Repeat("ü", mostOwnName), []string{"set_profile "})
	expect(t, w, "displayname "+strings.Repeat("ü", mostOwnName+1), nil, "more than 100 letters")
	expect(t, w, "displayname \u200b\u2060", nil, "Something is missing")
	expect(t, w, "displayname", nil, "Something is missing")
	expect(t, w, "avatar mxc://ours.example/abc", []string{"set_profile "}, "I have that picture now")
	expect(t, w, "avatar None", []string{"set_profile "}, "I have no picture any more")
	for _, bad := range []string{"https://ours.example/a.png", "mxc://ours.example", "mxc://ours.example/", "mxc://ours.example/a/../b", "mxc://ours.example/" + strings.Repeat("a", 300)} {
		expect(t, w, "avatar "+bad, nil, "is no address of a picture")
	}
	expect(t, w, "avatar", nil, "Which picture?")
}

// A picture that was sent here is taken as it was sent.
func TestAvatarInReply(t *testing.T) {
	w := newWorld()
	s := newSet(w)
	for to, want := range map[string]action.Uploaded{
		"$picture": {Address: "mxc://ours.example/clear"},
		"$sealed":  {Address: "mxc://ours.example/sealed", Sealed: true, Key: "k", Vector: "v", SHA256: "s"},
	} {
		p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "\x00reply "+to+"\x00avatar")
		if len(p.Steps) != 1 || *p.Steps[0].Do.Profile.Uploaded != want || strings.Contains(p.Effect, "uploaded anew") != want.Sealed {
			t.Errorf("%s: %+v", to, p)
		}
	}
	if p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "\x00reply $words\x00avatar"); len(p.Steps) > 0 || !strings.Contains(p.Answer, "shows no picture") {
		t.Errorf("%+v", p)
	}
	if line := s.InReply("avatar", "$picture"); line != "\x00reply $picture\x00avatar" {
		t.Errorf("%q", line)
	}
}

func TestJoinAndLeave(t *testing.T) {
	w := newWorld()
	expect(t, w, "join #new:hs.example", []string{"join !of#new:hs.example"}, "`!forseti rooms add !of#new:hs.example`", "`!forseti leave !of#new:hs.example`")
	expect(t, w, "join !lobby:ours.example", nil, "which I protect, so I am in it already")
	expect(t, w, "join lobby", nil, "is no room")
	expect(t, w, "join #new:hs.example !two:hs.example #new:hs.example", []string{"join !of#new:hs.example", "join !two:hs.example"}, "`!forseti rooms add !of#new:hs.example`", "`!forseti rooms add !two:hs.example`")
	expect(t, w, "join #new:hs.example lobby", nil, "`lobby` is no room")
	expect(t, w, "leave #new:hs.example !two:hs.example", nil, "Leave them?", "!two:hs")
	expect(t, w, "leave #new:hs.example !two:hs.example --no-confirm", []string{"leave !of#new:hs.example", "leave !two:hs.example"}, "I am not in")
	expect(t, w, "leave #new:hs.example !lobby:ours.example --no-confirm", nil, "`!forseti rooms remove !lobby:ours.example`")
	expect(t, w, "leave #new:hs.example", nil, "Leave it?", "invited to it")
	expect(t, w, "leave #new:hs.example --no-confirm", []string{"leave !of#new:hs.example"}, "I am not in")
	expect(t, w, "leave !lobby:ours.example --no-confirm", nil, "`!forseti rooms remove !lobby:ours.example`")
	expect(t, w, "leave !coc:ours.example --no-confirm", nil, "`!forseti unwatch !coc:ours.example`")
	expect(t, w, "leave !mods:ours.example --no-confirm", nil, "I stay here")
}

func TestSay(t *testing.T) {
	w := newWorld()
	expect(t, w, "say #lobby:ours.example it is *closed* @room", []string{"say !lobby:ours.example"}, "Said in [Lobby]")
	expect(t, w, "say --dry-run #lobby:ours.example it is *closed*", nil, "Nothing was done", `> it is \*closed\*`)
	expect(t, w, "say !coc:ours.example hello", nil, "only in rooms that I protect")
	expect(t, w, "say !mods:ours.example hello", nil, "only in rooms that I protect")
	expect(t, w, "say #lobby:ours.example", nil, "Something is missing")
	expect(t, w, "say #lobby:ours.example \u200b", nil, "Something is missing")
	off := w.desks()
	off.Says = false
	if p := NewSet(self, func() string { return "" }, newSet(w).hearer.Borrowed, off).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "say #lobby:ours.example hello"); len(p.Steps) > 0 || !strings.Contains(p.Answer, "`commands.say: true`") {
		t.Errorf("%+v", p)
	}
}
