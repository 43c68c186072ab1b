package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/learning"
)

type sampleFake struct{ *world }

func (f sampleFake) Spared(u id.UserID) bool { return u == mod || u == self }

func (f sampleFake) CheckMark(_ context.Context, _ learning.Class, _ id.UserID, said Said) (bool, error) {
	if said.Event == "$picture" {
		return false, refuse("There is nothing in it to learn from")
	}
	return said.Event == "$known", nil
}

func (f sampleFake) Samples() SampleInfo {
	s := SampleInfo{Standing: learning.Standing{Spam: 12, Imported: 2, Marked: 1, Stood: 40}}
	for i := range 12 {
		s.Spam = append(s.Spam, MarkedMessage{ID: fmt.Sprint("m", i), By: mod, At: time.UnixMilli(1_790_000_000_000), Imported: i == 1, Hidden: i == 2, Text: "buy <b>`this`</b>\n@room", Hosts: []string{"shop.example"}})
	}
	s.Found = func(name string) (MarkedMessage, bool) {
		for _, m := range s.Spam {
			if m.ID == name {
				return m, true
			}
		}
		return MarkedMessage{}, false
	}
	return s
}

func (f sampleFake) CheckImport(written string) (int, error) {
	lines, err := learning.ReadLines(written)
	return len(lines), err
}

func (f sampleFake) ExportSamples() []string {
	return []string{"{\"text\":\"a ``` b\"}\n", "{\"text\":\"c\"}\n"}
}

func TestMark(t *testing.T) {
	w := newWorld()
	expect(t, w, "spam https://matrix.to/#/!dev:ours.example/$1", []string{"spam !dev:ours.example " + string(mod) + " $1 @spam1:evil.example"},
		"Marked as spam: a message of `@spam1:evil.example`", "!forseti enable learned")
	expect(t, w, "not spam https://matrix.to/#/!dev:ours.example/$1", []string{"not_spam !dev:ours.example " + string(mod) + " $1 @spam1:evil.example"}, "Marked as no spam", "taken back")
	expect(t, w, "not-spam $1 --room #lobby:ours.example", []string{"not_spam !lobby:ours.example " + string(mod) + " $1 @spam1:evil.example"})
	expect(t, w, "spam $alert", []string{"spam !dev:ours.example " + string(mod) + " $1 @spam1:evil.example"}, "!!"+string(mod))
	if a := expect(t, w, "spam $many --dry-run", nil, "I would mark as spam", "16 more messages"); len(a.Plan.Steps) != 0 {
		t.Error(a.Plan.Steps)
	}
	if run(t, w, "spam $many"); len(w.done) != mostMeant {
		t.Errorf("%d are marked at once", len(w.done))
	}
	expect(t, w, "spam $known", []string{"spam !lobby:ours.example " + string(mod) + " $known @spam1:evil.example"}, "marked so before")
	expect(t, w, "spam $picture", []string{"spam !lobby:ours.example " + string(mod) + " $picture @spam1:evil.example"}, "What I do not remember:", "nothing in it to learn from", "!!others like it")
	for line, want := range map[string]string{
		"spam": "Or write this in reply to a message that shows it", "spam $mods": "written by a moderator", "spam $gone": "M_FORBIDDEN", "spam @u:hs": "is no message",
		"spam https://matrix.to/#/!else:hs/$1": "I protect no room", "not spam hello": "is no message", "spam $1 $2": "I do not know what to do with",
	} {
		expect(t, w, line, nil, want)
	}
}

func TestSamples(t *testing.T) {
	w := newWorld()
	expect(t, w, "samples", nil, "10 messages that you marked as spam, 2 that others did", "takes 15 different ones", "encryption.key", "imported by", "said in an encrypted room", "… and 2 more", "`` buy <b>`this`</b> @room ``")
	expect(t, w, "samples show m0", nil, "marked as spam", "shop.example")
	expect(t, w, "samples show m2", nil, "not encrypted", "!!shop.example")
	expect(t, w, "samples show m99", nil, "There is no sample `m99`")
	expect(t, w, "samples forget m0", []string{"forget_sample m0"}, "I forgot `m0`")
	expect(t, w, "samples export", nil, "````\n{\"text\":\"a ``` b\"}\n````", "part 1 of 2")
	expect(t, w, "samples export 2", nil, "{\"text\":\"c\"}")
	expect(t, w, "samples export 3", nil, "There is no part 3")
	expect(t, w, "samples import\n```\n{\"text\":\"a\"}\n{\"text\":\"b\"}\n```", []string{"samples " + string(mod) + " {\"text\":\"a\"}\n{\"text\":\"b\"}\n"}, "I took 2 samples")
	expect(t, w, "samples import\n```\n{\"text\":\"a\"}\nbuy\n```", nil, "Nothing of it was taken", "line 2 is no sample")
	expect(t, w, "samples import", nil, "There is no text")
	expect(t, w, "samples import\n```\n"+strings.Repeat("{\"text\":\"a\"}\n", 501)+"```", nil, "more than 500")
}
