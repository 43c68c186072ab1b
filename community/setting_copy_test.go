package community

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

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
	roles := commands.Roles{On: true, Levels: commands.UsualRoles().Levels}
	r.orders.roles.change(roles)
	r.hearing.byHand.set(commands.ByHandOff)
	r.configured.reasons.set(map[string]string{"ban": "spam"})
	at := time.Now().Round(0).UTC()
	for i := range 2 {
		r.configured.past.remember(commands.SettingChange{At: at, By: "@mod:hs", Name: fmt.Sprint("s", i), Set: "set …", From: "1", To: "2"})
	}
	content := copies.content()

	kept := openStore(t)
	other := beginning(t, kept, map[string]string{typeSettings: string(content), typePreset: `{"preset":"public support"}`})
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
		if limits != (commands.Limits{Members: 77, Percent: 10, Within: time.Hour}) || got.orders.roles.set != roles || got.hearing.byHand.mode != commands.ByHandOff || got.configured.reasons.of["ban"] != "spam" {
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
	for _, wrong := range []string{``, `[]`, `{"protections":7}`, `{"protections":""}`, `{"protections":"x\n[no such protection]\n"}`, `{"roles":{"on":true,"levels":[5,1,0]},"protections":"","by_hand":"x"}`} {
		other := beginning(t, openStore(t), map[string]string{typeSettings: wrong, typePreset: `{"preset":"none"}`})
		said := other.hearing.adopting.adopt(true)
		if read := strings.Contains(wrong, "no such"); read != strings.Contains(said, "cannot read") || other.orders.roles.set.On || len(other.protectors.stand.of) > 0 {
			t.Errorf("%s: %s", wrong, said)
		}
	}
}
