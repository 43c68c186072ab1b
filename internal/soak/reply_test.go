package main

import (
	"reflect"
	"testing"
)

func TestRead(t *testing.T) {
	for _, test := range []struct {
		said                       string
		dry, left, waiting, failed bool
		told                       []statement
	}{
		{said: "The list `own` now bans the user `@a.b:here.example`. Banned `@a.b:here.example` in 3 rooms.", told: []statement{{"ban", []string{"@a.b:here.example"}, 1, 3}}},
		{said: "The list `own` now bans the user `@a:here`. Banned `@a:here` in Delta. Did not ban `@a:here` in Alpha: a later unban takes its place.", told: []statement{{"ban", []string{"@a:here"}, 1, 1}}},
		{said: "Lifting the ban of `@a:here` in 2 rooms. Unbanned `@a:here` in 2 rooms.", told: []statement{{"unban", []string{"@a:here"}, 1, 2}}},
		{said: "Kicking `@a:here` from 4 rooms. Kicked `@a:here` from Beta. Still to do: 3 kicks, a few seconds.", waiting: true, told: []statement{{"kick", []string{"@a:here"}, 1, 1}}},
		{said: "Found 3 messages of `@a:here` in 3 rooms. Removed 3 messages in 2 rooms.", told: []statement{{"redact", nil, 3, 2}}},
		{said: "Found 1 message of `@a:here` in Beta. Removed 1 message in Beta.", told: []statement{{"redact", nil, 1, 1}}},
		{said: "This is a dry run, so nothing was done. `!forseti dry-run off` ends it.\n\nA ban would hit nobody.", dry: true},
		{said: "The list now bans `evil.example`. The server ACLs follow in a moment.", waiting: true},
		{said: "I could not do that: the homeserver does not answer.", failed: true},
		{said: "Removed 1 rule:\n\n* ban user `@a:here` in `own`: spam"},
		{said: "Removed 1 rule:\n\n* ban user `@a:here` in `own`: spam\n\nLifting the ban of `@a:here` in 4 rooms. Unbanned `@a:here` in 4 rooms.", told: []statement{{"unban", []string{"@a:here"}, 1, 4}}},
		{said: "Banned `@a:b.c` and `@d:b.c` in 3 rooms. (Rule `@*:b.c` in Own rules.)\n\nShut out `e.example` in Beta.", told: []statement{{"ban", []string{"@a:b.c", "@d:b.c"}, 2, 3}, {"shut", []string{"e.example"}, 1, 1}}},
		{said: "Let in again `e.example` and `f.example` in 4 rooms.", told: []statement{{"let", []string{"e.example", "f.example"}, 2, 4}}},
		{said: "Banned `@a:b.c`, `@b:b.c`, `@d:b.c` and 22 more users in Beta. (Rule `@*:b.c` in Own rules.)", told: []statement{{"ban", []string{"@a:b.c", "@b:b.c", "@d:b.c"}, 25, 1}}},
		{said: "Would ban `@a:here` in 3 rooms. (Dry run: what I would do was not done.)", left: true},
		{said: "Removed 1 rule:\n\n* ban user `@a:here` in `own`: spam\n\nWould unban `@a:here` in 2 rooms. (Dry run: what I would do was not done.)", left: true},
	} {
		r := read(test.said)
		if r.dry != test.dry || r.left != test.left || r.waiting != test.waiting || r.failed != test.failed || !reflect.DeepEqual(r.told, test.told) {
			t.Errorf("%q is read as %+v", test.said, r)
		}
	}
}
