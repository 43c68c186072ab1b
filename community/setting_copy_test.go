package community

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/store"
)

// All that moderators set is there again after a start with an empty database, who set it too; and
// that start is the only one at which the copy counts.
func TestSettingsComeBackFromTheirCopy(t *testing.T) {
	r := newReader(t, openStore(t), 1)
	copies := settingCopyOf(r.Community, nil)
	kind := protections.Kinds()[0]
	r.protectors.stand.change(kind, kit.Standing{}.WithMode("", kit.On))
	r.change(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: `'text.body.contains("banana")' then redact`})
	r.protectors.follows.setNotice(appealKey, "write to `@help:hs`")
	r.places.following.weigher.setLimits(commands.Limits{Members: 77, Percent: 10, Within: time.Hour})
	roles := commands.Roles{On: true, Levels: commands.UsualRoles().Levels, Own: map[string]int64{"ban": 60}}
	r.orders.roles.change(roles)
	r.hearing.byHand.set(commands.ByHandOff)
	r.configured.reasons.set(map[string]string{"ban": "spam"})
	at := time.Now().Round(0).UTC()
	for i := range 2 {
		r.configured.past.remember(commands.SettingChange{At: at, By: "@mod:hs", Name: fmt.Sprint("s", i), Set: "set …", From: "1", To: "2"})
	}
	content := copies.content()

	kept := openStore(t)
	other := beginning(t, kept, map[string]string{copyType("!management:hs"): string(content), typePreset: `{"preset":"public support"}`})
	said := other.hearing.adopting.adopt(true)
	if !strings.Contains(said, "from the copy in my account") || other.hearing.adopting.adopt(true) != "" {
		t.Error(said)
	}
	other.store(store.Commit{NextBatch: "0"})
	for _, got := range []*reader{other, newReader(t, kept, 0)} {
		if is, want := got.protectors.whole().String(), r.protectors.whole().String(); is != want {
			t.Errorf("%s\nis\n%s", want, is)
		}
		limits := got.places.following.weigher.shownLimits()
		if limits != (commands.Limits{Members: 77, Percent: 10, Within: time.Hour}) || !got.orders.roles.set.Same(roles) || got.hearing.byHand.mode != commands.ByHandOff || got.configured.reasons.of["ban"] != "spam" {
			t.Errorf("%+v, %+v, %s", limits, got.orders.roles.set, got.hearing.byHand.mode)
		}
		if !reflect.DeepEqual(got.configured.past.all, r.configured.past.all) || got.hearing.adopting.pending {
			t.Errorf("%+v", got.configured.past.all)
		}
	}
	if again := settingCopyOf(other.Community, nil).content(); string(again) != string(content) {
		t.Errorf("%s\nis copiedSettings as\n%s", content, again)
	}
}

// The copy stays within bounds, and what is no copy changes nothing.
func TestCopyOfSettingsIsBounded(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	for i := range mostSet {
		r.configured.past.remember(commands.SettingChange{Name: fmt.Sprint(i), Set: "…", To: strings.Repeat("ü", commands.MostSetTo)})
	}
	content := settingCopyOf(r.Community, nil).content()
	var of copiedSettings
	if err := json.Unmarshal(content, &of); err != nil || len(content) > mostCopied || len(of.Past) < 3 || of.Past[len(of.Past)-1].Name != fmt.Sprint(mostSet-1) {
		t.Errorf("%d bytes, %d changes: %v", len(content), len(of.Past), err)
	}
	of.Past = make([]commands.SettingChange, 3*mostSet) // of a homeserver that takes more
	of.Protections = r.protectors.whole().String()
	raw, _ := json.Marshal(of)
	other := beginning(t, openStore(t), map[string]string{copyType("!management:hs"): string(raw)})
	if other.hearing.adopting.adopt(true); len(other.configured.past.all) != mostSet {
		t.Errorf("%d changes are taken up", len(other.configured.past.all))
	}
}

// What is no copy of ours is told from what was deleted, and says what is wrong with it.
func TestCopyIsReadAsAWholeOrNot(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	copies := settingCopyOf(r.Community, r.accountWrites())
	whole, _ := json.Marshal(r.protectors.whole().String())
	good := `{"protections":` + string(whole)
	for content, want := range map[string]string{
		``: "", `{}`: "", good + `}`: "", good + `,"form":1,"limits":{"Members":5},"past":[{"name":"x"}]}`: "",
		`[]`: "damaged", `7`: "damaged", `"x"`: "damaged", `null`: "damaged", `{"form":1}`: "damaged", `{"protections":7}`: "damaged", `{"protections":""}`: "damaged",
		good + `,"form":"1"}`: "damaged", good + `,"form":-0.5}`: "damaged", good + `,"past":{}}`: "damaged", good + `,"roles":[]}`: "damaged",
		good + `,"limits":{"Members":-5}}`: "damaged", good + `,"limits":{"Members":1e300}}`: "damaged", good + `,"reasons":[1]}`: "damaged",
		`{"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`: "damaged",
		`{"form":2}`: "a newer version", `{"form":9007199254740991,"protections":{"x":[1]}}`: "a newer version",
		good + `,"voices":1}`: "(`voices`)", good + `,"Form":1}`: "(`Form`)", good + ",\"@room `\\n" + strings.Repeat("ü", 3000) + `":1}`: "do not know of",
		`{"protections":"x\n[no such protection]\n"}`: "what it says of protections", `{"protections":"` + strings.Repeat("[", 50_000) + `"}`: "what it says of protections",
		good + `,"roles":{"on":true,"levels":[5,1,0]}}`: "roles", good + `,"by_hand":"later"}`: "by hand", good + `,"reasons":{"unban":"y"}}`: "a reason for a command",
		good + `,"past":"` + strings.Repeat("x", mostRead) + `"}`: "larger",
	} {
		if _, _, why := copies.read(json.RawMessage(content)); why == "" != (want == "") || !strings.Contains(why, want) || len(why) > 2000 {
			t.Errorf("%.80s: %q", content, why)
		}
	}
}

// A copy that cannot be read changes nothing, is told of once, and is not written over, by whatever is
// set, until moderators say so.
func TestUnreadableCopyIsKept(t *testing.T) {
	told := func(r *reader) (said string) {
		for at := time.Now(); at.Before(time.Now().Add(10 * time.Minute)); at = at.Add(time.Minute) {
			for _, s := range r.speaker.report.Speak(at) {
				said += s.Message.Markdown
			}
		}
		return said
	}
	for content, why := range map[string]string{`{}`: "", `{"form":2}`: "a newer version", `{"protections":7}`: "damaged"} {
		r := beginning(t, openStore(t), map[string]string{copyType("!management:hs"): content, typePreset: `{"preset":"none"}`})
		copies := settingCopyOf(r.Community, r.accountWrites())
		r.hearing.adopting.restore = copies.restore
		adopted := r.hearing.adopting.adopt(true)
		said := told(r)
		if unread := strings.Contains(said, "I cannot read"); unread != (why != "") || !strings.Contains(said, why) || unread && !strings.Contains(said, "`!forseti settings copy renew`") {
			t.Errorf("%s: %q", content, said)
		}
		if adopted != "" || r.orders.roles.set.On || len(r.configured.past.all)+len(r.protectors.stand.of) > 0 {
			t.Errorf("%s: %q was taken up: %+v", content, adopted, r.protectors.stand.of)
		}
		for range 2 {
			r.configured.past.remember(commands.SettingChange{Name: "x", Set: "…"})
			if copies.keep(); copies.under != (why == "") || string(copies.there()) != content {
				t.Errorf("%s: written over: %v", content, copies.under)
			}
		}
		if again := told(r); strings.Contains(again, "I cannot read") {
			t.Errorf("%s: once more: %s", content, again)
		}
		if why == "" {
			continue
		}
		if is := copies.stands(); is.Same || !is.Kept || !strings.Contains(is.Unread, why) {
			t.Errorf("%s: %+v", content, is)
		}
		copies.wrote(copies.content()) // a moderator says so
		if is := copies.stands(); is.Unread != "" || !is.Same || len(r.speaker.report.Problems.Keys(copies.key().Kind)) > 0 {
			t.Errorf("%s: renewed: %+v", content, is)
		}
	}
}

// What we wrote ourselves may be written over, though this version can do less with it, and though the
// homeserver gives it back otherwise than it got it.
func TestOwnCopyIsWrittenOver(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	settingCopyOf(r.Community, r.accountWrites()).wrote(json.RawMessage(`{"form":1,"protections":"[of an older version]"}`))
	r.store(store.Commit{})
	r = newReader(t, kept, 0)
	copies := settingCopyOf(r.Community, r.accountWrites())
	r.configured.apply(accountEvent(copyType("!management:hs"), []byte(`{ "protections" : "[of an older version]", "form": 1 }`)))
	r.configured.past.remember(commands.SettingChange{Name: "x", Set: "…"})
	r.hearing.adopting.pending = false
	if copies.keep(); !copies.under || copies.stands().Unread != "" {
		t.Errorf("ours is not written over: %+v", copies.stands())
	}
}

// accountWrites are such of a community that nobody runs.
func (r *reader) accountWrites() *accountWrites {
	r.loop.Begin(r.t.Context())
	return &accountWrites{r.loop, r.commits, &actions{r.jobs, r.opts.Store.Journal}, r.configured, r.intake.writes}
}

// Communities of one account have a copy each: none writes over another's, and each finds its own, also once its
// management room was replaced. The one copy of before that is taken up, and taken away by whoever wrote it.
func TestCommunitiesHaveCopiesOfTheirOwn(t *testing.T) {
	const one, two, moved = id.RoomID("!one:hs"), id.RoomID("!two:hs"), id.RoomID("!moved:hs")
	here := func(room id.RoomID) func(*Options) { return func(o *Options) { o.ManagementRoom = room } }
	account := map[string]json.RawMessage{}
	writes := func(r *reader, members int) (copies *settingCopy) {
		copies = settingCopyOf(r.Community, r.accountWrites())
		for kind, content := range account {
			r.configured.apply(accountEvent(kind, content))
		}
		r.hearing.adopting.pending = false
		r.places.following.weigher.useLimits(commands.Limits{Members: members, Percent: 10, Within: time.Hour})
		content := copies.content()
		former := copies.former()
		copies.wrote(content)
		account[copies.kind()] = content
		if former {
			account[typeSettings] = json.RawMessage("{}")
		}
		r.store(store.Commit{})
		return copies
	}
	found := func(room id.RoomID) int {
		r := newReader(t, openStore(t), 0, here(room))
		r.hearing.adopting.pending = true
		for kind, content := range account {
			r.configured.take(accountEvent(kind, content))
		}
		if r.hearing.adopting.adopt(true); len(r.hearing.adopting.copies) > 0 {
			t.Error("copies are kept in memory")
		}
		return r.places.following.weigher.shownLimits().Members
	}

	former := writes(newReader(t, openStore(t), 0, here(one)), 11).content()
	account = map[string]json.RawMessage{typeSettings: former}
	if got := found(two); got != 11 {
		t.Errorf("the copy of before is not taken up: %d", got)
	}
	mine := openStore(t)
	r := newReader(t, mine, 0, here(one))
	r.configured.past.ours = copyID(former)
	writes(r, 12)
	if !noCopy(account[typeSettings]) {
		t.Error("the copy of before stays")
	}
	writes(newReader(t, openStore(t), 0, here(two)), 22)
	if len(account) != 3 || found(one) != 12 || found(two) != 22 {
		t.Errorf("%d and %d of %v", found(one), found(two), account)
	}

	writes(newReader(t, mine, 0, here(moved)), 13)
	if len(account) != 3 || found(moved) != 13 || found(one) != 13 || found(two) != 22 {
		t.Errorf("%d, %d and %d of %v", found(moved), found(one), found(two), account)
	}
}
