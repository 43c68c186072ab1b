package main

import (
	"maps"
	"testing"
)

func TestRead(t *testing.T) {
	for _, test := range []struct {
		said                 string
		dry, waiting, failed bool
		rooms                map[string]int
	}{
		{said: "The list `own` now bans the user `@a.b:here.example`. Banned `@a.b:here.example` in 3 rooms.", rooms: map[string]int{"ban": 3}},
		{said: "The list `own` now bans the user `@a:here`. Banned `@a:here` in Delta. Did not ban `@a:here` in Alpha: a later unban takes its place.", rooms: map[string]int{"ban": 1}},
		{said: "Lifting the ban of `@a:here` in 2 rooms. Unbanned `@a:here` in 2 rooms.", rooms: map[string]int{"unban": 2}},
		{said: "Kicking `@a:here` from 4 rooms. Removed `@a:here` in Beta. Still to do: 3 kicks, a few seconds.", waiting: true, rooms: map[string]int{"kick": 1}},
		{said: "Found 3 messages of `@a:here` in 3 rooms. Removed 3 messages in 2 rooms.", rooms: map[string]int{"redact": 2}},
		{said: "This is a dry run, so nothing was done. `!forseti dry-run off` ends it.\n\nA ban would hit nobody.", dry: true},
		{said: "The list now bans `evil.example`. The server ACLs follow in a moment.", waiting: true},
		{said: "I could not do that: the homeserver does not answer.", failed: true},
		{said: "Removed 1 rule:\n\n* ban user `@a:here` in `own`: spam"},
		{said: "Removed 1 rule:\n\n* ban user `@a:here` in `own`: spam\n\nLifting the ban of `@a:here` in 4 rooms. Unbanned `@a:here` in 4 rooms.", rooms: map[string]int{"unban": 4}},
	} {
		r := read(test.said)
		if r.dry != test.dry || r.waiting != test.waiting || r.failed != test.failed || !maps.Equal(r.rooms, test.rooms) {
			t.Errorf("%q is read as %+v", test.said, r)
		}
	}
}
