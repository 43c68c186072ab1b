package main

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"
)

func rules(kind string, byKey map[string]map[string]any) state { return state{kind: byKey} }

func TestBans(t *testing.T) {
	const user = "@a:here"
	exemption := map[string]any{"entity": user, "recommendation": "fi.mau.meowlnir.unban"}
	for name, test := range map[string]struct {
		lists []list
		want  bool
	}{
		"none":                        {nil, false},
		"by name":                     {[]list{{state: rules(newest, map[string]map[string]any{"1": ban(user)})}}, true},
		"by hash":                     {[]list{{state: rules(newest, map[string]map[string]any{"1": hashed(user)})}}, true},
		"somebody else":               {[]list{{state: rules(newest, map[string]map[string]any{"1": ban("@b:here")})}}, false},
		"everybody waits":             {[]list{{state: rules(newest, map[string]map[string]any{"1": ban("@*:*")})}}, false},
		"an old type":                 {[]list{{state: rules(oldest, map[string]map[string]any{"1": ban(user)})}}, true},
		"a blank under a newer type":  {[]list{{state: state{newest: {"1": {}}, oldest: {"1": ban(user)}}}}, false},
		"a blank under another key":   {[]list{{state: state{newest: {"2": {}}, oldest: {"1": ban(user)}}}}, true},
		"an exemption that counts":    {[]list{{state: rules(newest, map[string]map[string]any{"1": ban(user), "2": exemption}), exempts: true}}, false},
		"an exemption that does not":  {[]list{{state: rules(newest, map[string]map[string]any{"1": ban(user), "2": exemption})}}, true},
		"an exemption of a later one": {[]list{{state: rules(newest, map[string]map[string]any{"1": ban(user)})}, {state: rules(newest, map[string]map[string]any{"2": exemption}), exempts: true}}, false},
	} {
		if got := bans(test.lists, "user", user); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestChanges(t *testing.T) {
	const bot = "@bot:here"
	var changes []change
	for i, c := range [][2]string{
		{"@a:here", "join"}, {bot, "ban"}, {bot, "ban"}, {bot, "leave"}, {"@a:here", "join"},
		{bot, "leave"}, {"@a:here", "join"}, {"@mod:here", "ban"}, {bot, "leave"},
	} {
		changes = append(changes, change{deed{id.UserID(c[0]), int64(i + 1)}, c[1]})
	}
	if got := doubles(changes, bot); !slices.Equal(got, []string{"ban over ban"}) {
		t.Errorf("doubles: %q", got)
	}
	for what, want := range map[string][]int64{"ban": {2}, "unban": {4, 9}, "kick": {6}} {
		if got := acts(changes, bot, what); !slices.Equal(got, want) {
			t.Errorf("%s: %d", what, got)
		}
	}
	if got := since(acts(changes, bot, "unban"), 5); got != 1 {
		t.Errorf("unbans since 5: %d", got)
	}
}

func TestNames(t *testing.T) {
	for pattern, want := range map[string]bool{
		"@glob1:here": true, "@glob*:here": true, "@*:here": true, "@glob1:here*": true, "@glob1*1:here": false, "@*:there": false, "@*:*": false, "*": false,
	} {
		if names(ban(pattern), "@glob1:here") != want {
			t.Errorf("%s: not %t", pattern, want)
		}
	}
}
