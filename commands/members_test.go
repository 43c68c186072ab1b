package commands

import "testing"

func TestKick(t *testing.T) {
	for _, tc := range []struct {
		line string
		did  string
		ask  bool
		want []string
	}{
		{"kick @rude:calm.example be calm", `kick @rude:calm.example glob false in "" because "be calm" by @mod:ours.example`, false, []string{"Kicking `@rude:calm.example` from 1 room"}},
		{"kick @spam1:evil.example --room #lobby:ours.example go away", `kick @spam1:evil.example glob false in "!lobby:ours.example" because "go away" by @mod:ours.example`, false, nil},
		{"kick @spam1:evil.example --room !else:ours.example", "", false, []string{"I protect no room `!else:ours.example`"}},
		{"kick @nobody:hs.example", "", false, []string{"none of the rooms"}},
		{"kick @warden:ours.example", "", false, []string{"That is me"}},
		{"kick @*:evil.example", "", false, []string{"add `--glob`"}},
		{"kick @*:evil.example --glob", "", true, []string{"2 users from 2 rooms: `@spam1:evil.example` and `@spam2:evil.example`", "Kick them?"}},
		{"kick @*:evil.example --glob --dry-run", "", false, []string{"would kick 2 users"}},
		{"kick --glob --no-confirm @*:evil.example", `kick @*:evil.example glob true in "" because "" by @mod:ours.example`, false, nil},
		{"kick @*2:evil.example --glob", `kick @*2:evil.example glob true in "" because "" by @mod:ours.example`, false, nil},
		{"kick @mod:ours.example", "", false, []string{"do not kick moderators"}},
		{"kick @*:* --glob", "", true, []string{"4 users from 2 rooms", "not `@mod:ours.example`"}},
		{"kick @*:ours.example --glob", "", false, []string{"nobody to kick"}},
		{"kick evil.example", "", false, []string{"is no user", "Usage"}},
		{"kick @rude:calm.example --room", "", false, []string{"`--room` needs a value"}},
		{"kick @rude:calm.example --glob --glob", "", false, []string{"twice"}},
	} {
		var did []string
		if tc.did != "" {
			did = []string{tc.did}
		}
		if a := expect(t, newBot(), tc.line, did, tc.want...); a.Ask != tc.ask {
			t.Errorf("%q asks %v", tc.line, a.Ask)
		}
	}
}

func TestRedact(t *testing.T) {
	for _, tc := range []struct {
		line string
		did  string
		ask  bool
		want []string
	}{
		{"redact @a:hs.example spam", `redact @a:hs.example glob false in "" limit 1000 because "spam"`, false, []string{"Removing 7 messages of `@a:hs.example` in 1 room."}},
		{"redact @a:hs.example --limit 50 --room=!dev:ours.example", `redact @a:hs.example glob false in "!dev:ours.example" limit 50 because ""`, false, nil},
		{"redact @silent:hs.example", `redact @silent:hs.example glob false in "" limit 1000 because ""`, false, []string{"no message"}},
		{"redact @*:hs.example", "", true, []string{"pattern"}},
		{"redact @*:hs.example --no-confirm", `redact @*:hs.example glob true in "" limit 1000 because ""`, false, nil},
		{"redact https://matrix.to/#/!lobby:ours.example/$e?via=x.example rude", `redact $e in !lobby:ours.example because "rude"`, false, []string{"[Lobby]"}},
		{"redact https://matrix.to/#/%23lobby%3Aours.example/%24e%2F1", `redact $e/1 in !lobby:ours.example because ""`, false, nil},
		{"redact matrix:roomid/dev:ours.example/e/abc", `redact $abc in !dev:ours.example because ""`, false, nil},
		{"redact $e --room #lobby:ours.example", `redact $e in !lobby:ours.example because ""`, false, nil},
		{"redact $e", "", false, []string{"In which room"}},
		{"redact https://matrix.to/#/!other:ours.example/$e", "", false, []string{"I protect no room"}},
		{"redact bad.example", "", false, []string{"neither a user nor a message"}},
		{"redact @a:hs.example --limit 0", "", false, []string{"from 1 to 10000"}},
		{"redact @a:hs.example --limit ten", "", false, []string{"`ten`"}},
	} {
		var did []string
		if tc.did != "" {
			did = []string{tc.did}
		}
		if a := expect(t, newBot(), tc.line, did, tc.want...); a.Ask != tc.ask {
			t.Errorf("%q asks %v", tc.line, a.Ask)
		}
	}
	b := newBot()
	b.fail = errRefused
	expect(t, b, "redact @a:hs.example", []string{`redact @a:hs.example glob false in "" limit 1000 because ""`}, "Removing 7", "Not all could be read")
}
