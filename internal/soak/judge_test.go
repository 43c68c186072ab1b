package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// A judge that finds nothing in what is broken is worth nothing.

const (
	bot   = id.UserID("@bot:here")
	maria = id.UserID("@maria:here")
	alpha = id.RoomID("!alpha")
	delta = id.RoomID("!delta")
	own   = id.RoomID("!own")
	far   = id.RoomID("!far")
)

func second(n int) time.Time { return time.UnixMilli(int64(n) * 1000) }

// told is one message of the bot's.
func told(at int, text string) said {
	return said{second(at).UnixMilli(), second(at).UnixMilli(), text}
}

func did(at int, by id.UserID) deed { return deed{by, second(at).UnixMilli()} }

// story is one in which all is right: cmd0 is banned by command and freed again, cmd1
// is banned after the storm, kick0 is kicked, a message of talk0 is removed, far0 is
// banned by a list, evil0.example is shut out, a dry run is on for a while and Delta
// is away for a while.
func story() (*record, view) {
	r, v := newRecord(), newView()
	r.bot, r.rooms, r.server = bot, []id.RoomID{alpha, delta}, "here"
	v.ownList, v.far, v.passing = own, far, "!passing"
	v.lists[own], v.lists[far] = state{}, state{}
	for _, room := range r.rooms {
		v.members[room], v.now[room] = map[id.UserID][]change{}, map[id.UserID]string{}
	}
	become := func(room id.RoomID, user id.UserID, at int, by id.UserID, membership string) {
		v.members[room][user] = append(v.members[room][user], change{did(at, by), membership})
		v.now[room][user] = membership
	}
	for _, name := range []string{"cmd0", "cmd1", "kick0", "talk0", "far0", "plain0", "hand0"} {
		user := id.UserID("@" + name + ":here")
		r.people[name] = user
		for _, room := range r.rooms {
			become(room, user, 0, user, "join")
		}
	}
	give := func(at int, verb, about, answer string) *order {
		o := &order{verb: verb, about: about, user: r.people[about], event: id.EventID(fmt.Sprintf("$%d", at)), at: second(at)}
		r.orders = append(r.orders, o)
		v.order[o.event] = len(v.order)
		v.answers[o.event] = []said{told(at+3, answer)}
		return o
	}
	for _, room := range r.rooms {
		become(room, "@cmd0:here", 11, bot, "ban")
		become(room, "@cmd0:here", 21, bot, "leave")
		become(room, "@kick0:here", 31, bot, "leave")
		become(room, "@far0:here", 51, bot, "ban")
		become(room, "@cmd1:here", 301, bot, "ban")
		v.acls[room] = []aclState{{did(61, bot), []string{"evil0.example"}}}
	}
	give(10, "ban", "cmd0", "The list `own` now bans the user `@cmd0:here`. Banned `@cmd0:here` in 2 rooms.")
	give(20, "unban", "cmd0", "Unbanned `@cmd0:here` in 2 rooms.")
	give(30, "kick", "kick0", "Kicked `@kick0:here` from 2 rooms.")
	give(40, "redact", "talk0", "Found 1 message of `@talk0:here` in Alpha. Removed 1 message in Alpha.")
	r.said["talk0"] = []message{{alpha, "$rubbish", second(39)}}
	v.redacted["$rubbish"] = []deed{did(41, bot)}
	r.writes = []write{{second(50).UnixMilli(), far, newest, "far0", ban("@far0:here")}}
	v.lists[far] = v.lists[far].with(r.writes[0])
	v.notices = []said{told(53, "Banned `@far0:here` in 2 rooms. (Rule `@far0:here` in Far rules.)")}
	give(60, "ban", "evil0.example", "The list `own` now bans the server `evil0.example`. Shut out `evil0.example` in 2 rooms.")
	v.own = []deed{did(10, bot), did(20, bot), did(60, bot), did(300, bot)}
	give(100, "dry-run on", "", "Dry run is on.")
	give(110, "ban", "cmd1", "This is a dry run, so nothing was done. A ban would hit 1 user.")
	give(150, "dry-run off", "", "Dry run is off.")
	give(200, "rooms remove", string(delta), "No longer protecting Delta.")
	give(250, "rooms add", string(delta), "Protecting Delta.")
	r.hand["hand0"] = map[id.RoomID]bool{alpha: true}
	become(alpha, "@hand0:here", 90, maria, "ban")
	r.ended = second(290)
	give(300, "ban", "cmd1", "The list `own` now bans the user `@cmd1:here`. Banned `@cmd1:here` in 2 rooms.")
	r.wideAt = second(290)
	v.notices = append(v.notices, told(295, "A rule for `@*:*` waits for a yes."))
	for i, entity := range []string{"@cmd1:here", "evil0.example"} {
		kind := []string{newest, serverRule}[i]
		v.lists[own] = v.lists[own].with(write{kind: kind, key: entity, content: ban(entity)})
	}
	give(310, "rooms", "", "I protect 2 rooms:\n\n* Alpha\n* Delta")
	give(311, "lists", "", "* own, 2 rules\n* far, 1 rule")
	give(312, "status", "", "Forseti, up for 1 minute.\n\n* Nothing is left to do\n\nTo mend:\n\n* This room is not encrypted: write this.")
	return &r, v
}

func TestJudge(t *testing.T) {
	// duel has a ban given that the homeserver puts behind the unban at 20.
	duel := func(r *record, v *view, at, answered int) {
		other := r.orders[1]
		o := &order{verb: "ban", about: "cmd0", user: "@cmd0:here", event: "$duel", at: second(at), rival: other}
		other.rival = o
		r.orders = slices.Insert(r.orders, 2, o)
		v.order["$duel"], v.answers["$duel"] = v.order[other.event], []said{told(answered, "There is such a rule already.")}
	}
	// of gives what a command was answered.
	of := func(v *view, at int) *said { return &v.answers[id.EventID(fmt.Sprintf("$%d", at))][0] }
	add := func(v *view, room id.RoomID, name string, at int, by id.UserID, membership string) {
		user := id.UserID("@" + name + ":here")
		v.members[room][user] = append(v.members[room][user], change{did(at, by), membership})
		slices.SortStableFunc(v.members[room][user], func(a, b change) int { return int(a.at - b.at) })
		last := v.members[room][user]
		v.now[room][user] = last[len(last)-1].membership
	}
	for name, test := range map[string]struct {
		spoil func(r *record, v *view)
		want  string // "" for nothing
	}{
		"all is right": {func(*record, *view) {}, ""},

		// Lost.
		"a command without an answer":    {func(_ *record, v *view) { delete(v.answers, "$20") }, "answered 0 times"},
		"an answer that is not the last": {func(_ *record, v *view) { of(v, 10).text += " Still to do: 1 ban." }, "still waiting"},
		"a command that failed":          {func(_ *record, v *view) { of(v, 10).text = "I could not do that." }, "failed"},
		"a ban": {func(_ *record, v *view) {
			v.members[alpha]["@far0:here"] = v.members[alpha]["@far0:here"][:1]
			v.now[alpha]["@far0:here"] = "join"
		}, "far0 in Alpha: lists ban them"},
		"an unban": {func(_ *record, v *view) {
			v.members[alpha]["@cmd0:here"] = v.members[alpha]["@cmd0:here"][:2]
			v.now[alpha]["@cmd0:here"] = "ban"
		}, "cmd0 in Alpha: banned, and no list says so"},
		"a kick": {func(_ *record, v *view) {
			v.members[alpha]["@kick0:here"] = v.members[alpha]["@kick0:here"][:1]
			v.now[alpha]["@kick0:here"] = "join"
		}, "kick0 is still in Alpha"},
		"a redaction":      {func(_ *record, v *view) { delete(v.redacted, "$rubbish") }, "talk0 is not removed"},
		"an ACL entry":     {func(_ *record, v *view) { v.acls[alpha] = nil }, "Alpha: evil0.example ought to be shut out: true"},
		"a rule":           {func(_ *record, v *view) { delete(v.lists[own], serverRule) }, "evil0.example: the last command wants a rule: true"},
		"a ban by hand":    {func(_ *record, v *view) { add(v, alpha, "hand0", 95, bot, "leave") }, "hand0 in Alpha: the ban by hand is gone"},
		"an entry by hand": {func(r *record, _ *view) { r.handEntries[alpha] = []string{"hand.example"} }, "entry by hand for hand.example is gone"},
		"a question":       {func(_ *record, v *view) { v.notices[1].text = "Hello." }, "nobody was asked"},
		"what was told":    {func(_ *record, v *view) { of(v, 300).text = "The list `own` now bans the user `@cmd1:here`." }, "done in 2 rooms, and told of 0"},
		"what was told, by a notice": {func(r *record, v *view) {
			r.ended = second(50)
			v.notices = v.notices[1:]
		}, "@far0:here: ban was done 2 times after the storm, and moderators were told of 0"},

		// Doubled.
		"two answers":             {func(_ *record, v *view) { v.answers["$10"] = append(v.answers["$10"], *of(v, 10)) }, "answered 2 times"},
		"what was done elsewhere": {func(_ *record, v *view) { of(v, 250).text += " Unbanned `@far1:here` and 3 more users in 2 rooms." }, "tells of other rooms"},
		"a ban twice":             {func(_ *record, v *view) { add(v, alpha, "far0", 52, bot, "ban") }, "ban over ban"},
		"a kick twice": {func(_ *record, v *view) {
			add(v, alpha, "kick0", 32, "@kick0:here", "join")
			add(v, alpha, "kick0", 33, bot, "leave")
		}, "kicked 2 times from Alpha"},
		"removed twice":  {func(_ *record, v *view) { v.redacted["$rubbish"] = append(v.redacted["$rubbish"], did(42, bot)) }, "removed 2 times"},
		"an entry twice": {func(_ *record, v *view) { v.acls[alpha][0].deny = append(v.acls[alpha][0].deny, "evil0.example") }, "shut out twice"},
		"told twice":     {func(_ *record, v *view) { v.notices = append(v.notices, v.notices[0]) }, "told of 4 times ban, and it was done 2 times"},

		// Done against a wish, or unasked.
		"a ban of somebody freed": {func(_ *record, v *view) {
			add(v, alpha, "cmd0", 40, bot, "ban")
			add(v, alpha, "cmd0", 41, bot, "leave")
		}, "cmd0 in Alpha: ban at"},
		"an unban of somebody banned": {func(_ *record, v *view) {
			add(v, alpha, "cmd0", 15, bot, "leave")
			add(v, alpha, "cmd0", 16, bot, "ban")
		}, "cmd0 in Alpha: unban at"},
		"a ban that no rule wants": {func(r *record, _ *view) { r.writes = nil }, "far0 in Alpha: ban at"},
		"a ban that no rule wants any more": {func(r *record, v *view) {
			r.writes = append(r.writes, write{second(55).UnixMilli(), far, newest, "far0", nil})
			v.lists[far] = state{}
			add(v, alpha, "far0", 57, bot, "leave")
			add(v, alpha, "far0", 120, bot, "ban")
			add(v, alpha, "far0", 121, bot, "leave")
			add(v, delta, "far0", 57, bot, "leave")
		}, "far0 in Alpha: ban at"},
		"a kick of somebody else": {func(_ *record, v *view) { add(v, alpha, "talk0", 70, bot, "leave") }, "talk0 was kicked 1 times from Alpha by 0 commands"},
		"what befell a bystander": {func(_ *record, v *view) { add(v, alpha, "plain0", 70, maria, "leave") }, "plain0 in Alpha: nobody meant them"},
		"a message of somebody else": {func(r *record, v *view) {
			r.said["plain0"] = []message{{alpha, "$word", second(39)}}
			v.redacted["$word"] = []deed{did(41, bot)}
		}, "plain0 is removed, and nobody asked for it"},
		"everybody shut out": {func(_ *record, v *view) { v.acls[alpha][0].deny = []string{"evil0.example", "*"} }, "all were shut out"},
		"ourselves shut out": {func(_ *record, v *view) { v.acls[alpha][0].deny = []string{"evil0.example", "here"} }, "all were shut out"},
		"a server shut out":  {func(_ *record, v *view) { v.acls[alpha][0].deny = []string{"evil0.example", "edit1.example"} }, "edit1.example ought to be shut out: false"},
		"a ban in a dry run": {func(_ *record, v *view) {
			add(v, alpha, "talk0", 130, bot, "ban")
			add(v, alpha, "talk0", 131, bot, "leave")
		}, "in a dry run"},
		"an ACL in a dry run": {func(_ *record, v *view) {
			v.acls[alpha] = append(v.acls[alpha], aclState{did(130, bot), v.acls[alpha][0].deny})
		}, "an ACL was set in Alpha"},
		"a rule in a dry run":    {func(_ *record, v *view) { v.own = append(v.own, did(130, bot)) }, "a rule was written"},
		"a message in a dry run": {func(_ *record, v *view) { v.redacted["$other"] = []deed{did(130, bot)} }, "a message was removed"},
		"a room that is not ours": {func(_ *record, v *view) {
			add(v, delta, "far0", 230, bot, "leave")
			add(v, delta, "far0", 260, bot, "ban")
		}, "in a room that was not protected"},

		// Untrue.
		"told of more":    {func(_ *record, v *view) { of(v, 10).text = "Banned `@cmd0:here` in 3 rooms." }, "told of 3 times ban, and it was done 2 times"},
		"told of fewer":   {func(_ *record, v *view) { of(v, 300).text = "Banned `@cmd1:here` in Alpha." }, "done in 2 rooms, and told of 1"},
		"told of another": {func(_ *record, v *view) { v.notices[0].text = "Banned `@plain0:here` in 2 rooms." }, "@plain0:here: moderators were told of 2 times ban"},
		"told of others": {func(_ *record, v *view) {
			v.notices[0].text = "Banned `@far0:here` and `@plain0:here` in 2 rooms."
		}, "@plain0:here: moderators were told of ban, and it was never done"},
		"given at once, and answered in the order of another client": {func(r *record, v *view) { duel(r, v, 20, 22) }, ""},
		"given at once, and not done as it was answered":             {func(r *record, v *view) { duel(r, v, 20, 24) }, "cmd0: the last command wants a rule: true"},
		"told by two commands that were given at once": {func(r *record, v *view) {
			r.orders = slices.Insert(r.orders, 2, &order{verb: "unban", about: "cmd0", user: "@cmd0:here", event: "$again", at: second(21)})
			v.order["$again"], v.answers["$again"] = 1, []said{told(24, "Unbanned `@cmd0:here` in 2 rooms.")}
		}, ""},
		"told by two commands one after the other": {func(r *record, v *view) {
			r.orders = slices.Insert(r.orders, 2, &order{verb: "unban", about: "cmd0", user: "@cmd0:here", event: "$again", at: second(26)})
			v.order["$again"], v.answers["$again"] = 1, []said{told(28, "Unbanned `@cmd0:here` in 2 rooms.")}
		}, "told of 4 times unban"},
		"told of more messages":  {func(_ *record, v *view) { of(v, 40).text = "Removed 2 messages in Alpha." }, "told of 2 times redact, and it was done 1 times"},
		"told of more servers":   {func(_ *record, v *view) { of(v, 60).text = "Shut out `evil0.example` in 3 rooms." }, "told of 3 times shut"},
		"a dry run that is over": {func(_ *record, v *view) { of(v, 300).text += " (Dry run: what I would do was not done.)" }, "speaks of a dry run"},
		"a room that is missing": {func(_ *record, v *view) { of(v, 310).text = "I protect 1 room:\n\n* Alpha" }, "there are 2 rooms"},
		"rules that are missing": {func(_ *record, v *view) { of(v, 311).text = "* own, 2 rules\n* far, 0 rules" }, "a list has 1 rules"},
		"something to mend":      {func(_ *record, v *view) { of(v, 312).text += "\n* I am not in Delta" }, "nothing is left to do, and nothing to mend"},
		"something to do":        {func(_ *record, v *view) { of(v, 312).text = "Forseti, up for 1 minute.\n\n* 3 bans to do" }, "nothing is left to do"},
	} {
		r, v := story()
		test.spoil(r, &v)
		wrong := strings.Join(r.judge(v), "\n")
		switch {
		case test.want == "" && wrong != "":
			t.Errorf("%s: %s", name, wrong)
		case !strings.Contains(wrong, test.want):
			t.Errorf("%s: %q is not noticed, but %s", name, test.want, wrong)
		}
	}
}

// Between a command and its last word nothing is certain.
func TestSurely(t *testing.T) {
	for at, want := range map[int][2]bool{9: {false, true}, 11: {false, false}, 14: {true, true}, 21: {false, false}, 30: {false, true}} {
		r, v := story()
		on, certain := r.surely(v, second(at).UnixMilli(), 0, false, ruleOf("cmd0"))
		if [2]bool{on, certain} != want {
			t.Errorf("at %d: %t, certain: %t", at, on, certain)
		}
	}
	r, v := story()
	if on, certain := r.surely(v, second(120).UnixMilli(), 0, false, ruleOf("cmd1")); on || !certain {
		t.Errorf("after a command in a dry run: %t, certain: %t", on, certain)
	}
}
