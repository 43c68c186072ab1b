package community

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/protections/learning"
	"forseti/store"
)

const offered = "Earn 5000 dollars a week with our trading robot, join today"

// remembered has a message be said, as it is remembered.
func (a *alerted) remembers(evt id.EventID, by id.UserID, body string, secret bool) {
	a.t.Helper()
	raw, err := json.Marshal(map[string]any{"msgtype": "m.text", "body": body})
	if err != nil {
		a.t.Fatal(err)
	}
	said := &event.Event{ID: evt, RoomID: benchRoom, Sender: by, Type: event.EventMessage}
	said.Content.VeryRaw, said.Mautrix.WasEncrypted = raw, secret
	a.loop.See(func() {
		a.protectors.evidence.keepFor = time.Hour
		a.protectors.evidence.latest.keep(said)
	})
}

func newMarking(t *testing.T, kept *store.Store) (*alerted, sampleDesk) {
	t.Helper()
	a := newAlerted(t, kept)
	if err := a.protectors.loadSamples(t.Context(), kept.Samples); err != nil {
		t.Fatal(err)
	}
	a.protectors.want = a.orders.questions.alerts.want
	return a, sampleDesk{newSamples(a.Community)}
}

// judged is what is known of a text.
func (a *alerted) judged(body string) (v learning.Verdict) {
	a.remembers("$judged"+id.EventID(body[:1]), "@x:hs", body, false)
	a.loop.See(func() {
		v = a.protectors.set.Samples.Judge(markingOf(a.protectors.evidence.latest.events["$judged"+id.EventID(body[:1])], "").Said)
	})
	return v
}

// A marked message is remembered, its author dealt with, and all of it is undone by the
// reverse; it is there after a restart.
func TestMarkingAndItsReverse(t *testing.T) {
	kept := openStore(t)
	if err := kept.Account().UseKey([]byte("key")); err != nil {
		t.Fatal(err)
	}
	a, d := newMarking(t, kept)
	a.loop.See(func() {
		a.world.Apply(benchRoom, stateEvent(benchRoom, "m.room.member", "@u:hs", "@u:hs", "$in", json.RawMessage(`{"membership":"join"}`)), time.Now())
	})
	a.remembers("$1", "@u:hs", offered, true)
	meant := []commands.Said{{Room: benchRoom, Event: "$1", By: "@u:hs"}}
	if known, err := d.CheckMark(t.Context(), learning.Spam, benchModerator, meant[0]); known || err != nil {
		t.Errorf("%v, %v", known, err)
	}
	change := commands.Change{Kind: commands.MarkSpam, Room: benchRoom, Name: "$1", Key: "@u:hs", User: benchModerator}
	for range 2 { // as after a crash
		if err := d.change(t.Context(), run{command: "$command"}, change); err != nil {
			t.Fatal(err)
		}
		a.loop.Wait()
	}
	if verbs := verbsOf(a.wanted); !slices.Contains(verbs, action.Redact) || !slices.Contains(verbs, action.Ban) || math.Abs(a.points("@u:hs")-float64(kit.Spam.Weight())) > 1 {
		t.Errorf("%v, %v points", verbs, a.points("@u:hs"))
	}
	if v := a.judged(strings.ToUpper(offered)); v.Alike == 0 {
		t.Errorf("%+v", v)
	}
	if known, _ := d.CheckMark(t.Context(), learning.Spam, benchModerator, meant[0]); !known || d.Samples().Mode != kit.Shadow {
		t.Errorf("known %v, %s", known, d.Samples().Mode)
	}
	if info := d.Samples(); len(info.Spam) != 1 || !info.Spam[0].Hidden || info.Spam[0].Text != "" || !info.Kept || d.ExportSamples() != nil {
		t.Errorf("what was said in secret is shown: %+v", info)
	}
	if err := a.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, did := range a.wanted { // as if it was done
		begun, err := kept.Journal.Begin(t.Context(), did)
		if err == nil {
			err = kept.Journal.Settle(t.Context(), begun.ID, action.Outcome{Done: true, Event: "$did" + id.EventID(begun.ID)})
		}
		if err != nil && !errors.Is(err, store.ErrNotOpen) {
			t.Fatal(err)
		}
	}
	a, d = newMarking(t, kept)
	a.loop.See(func() {
		a.world.Apply(benchRoom, stateEvent(benchRoom, "m.room.member", "@u:hs", benchSelf, "$ban", json.RawMessage(`{"membership":"ban"}`)), time.Now())
		if err := a.protectors.loadOffences(t.Context(), time.Now()); err != nil {
			t.Error(err)
		}
	})
	if v := a.judged(offered); v.Alike != 1 {
		t.Errorf("after a restart: %+v", v)
	}
	change.Kind = commands.MarkHam
	a.remembers("$1", "@u:hs", offered, true)
	if err := d.change(t.Context(), run{command: "$other"}, change); err != nil {
		t.Fatal(err)
	}
	if verbs := verbsOf(a.wanted); !slices.Equal(verbs, []action.Verb{action.Unban}) || a.points("@u:hs") != 0 {
		t.Errorf("%v, %v points", verbs, a.points("@u:hs"))
	}
	if v := a.judged(offered); v.Alike != 0 || d.Samples().Marked != 1 {
		t.Errorf("%+v, %+v", v, d.Samples().Standing)
	}
}

// One community's samples are not another's.
func TestSamplesOfTwoCommunities(t *testing.T) {
	kept := openStore(t)
	if err := kept.Account().UseKey([]byte("key")); err != nil {
		t.Fatal(err)
	}
	other, err := kept.Account().Community(t.Context(), "!another:hs")
	if err != nil {
		t.Fatal(err)
	}
	a, d := newMarking(t, kept)
	b, _ := newMarking(t, other)
	a.remembers("$1", "@u:hs", offered, false)
	if err := d.change(t.Context(), run{}, commands.Change{Kind: commands.MarkSpam, Room: benchRoom, Name: "$1", Key: "@u:hs", User: benchModerator}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.commits.Flush(t.Context()), b.commits.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	b, theirs := newMarking(t, other)
	if v := b.judged(offered); v.Alike != 0 || theirs.Samples().Standing.Spam != 0 {
		t.Errorf("%+v", v)
	}
	// But they can be given.
	parts := d.ExportSamples()
	if len(parts) != 1 {
		t.Fatal(parts)
	}
	if n, err := theirs.CheckImport(parts[0]); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := theirs.change(t.Context(), run{}, commands.Change{Kind: commands.TakeSamples, Value: parts[0], User: "@their-mod:hs"}); err != nil {
		t.Fatal(err)
	}
	if v := b.judged(offered); v.Alike != 1 || theirs.Samples().Imported != 1 || theirs.Samples().Mode != kit.Shadow {
		t.Errorf("%+v, %+v", v, theirs.Samples())
	}
	if _, err := theirs.CheckImport("spam"); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Error(err)
	}
	name := theirs.Samples().Spam[0].ID
	if err := theirs.change(t.Context(), run{}, commands.Change{Kind: commands.ForgetSample, Name: name}); err != nil || b.judged(offered).Alike != 0 {
		t.Errorf("%v", err)
	}
}

// The words alone mark what an alert is about, as a reply to it; elsewhere they are words.
func TestReplyMarks(t *testing.T) {
	a, _ := newMarking(t, openStore(t))
	a.finds(a.nuisance("@u:hs", "$1", "redact", "none"), "$alert")
	reply := func(to, body string, more map[string]any) string {
		content := map[string]any{"msgtype": "m.text", "body": body}
		if to != "" {
			content["m.relates_to"] = map[string]any{"m.in_reply_to": map[string]any{"event_id": to}}
		}
		if in, ok := more["thread"].(map[string]any); ok {
			maps.Copy(content["m.relates_to"].(map[string]any), in)
		} else {
			maps.Copy(content, more)
		}
		raw, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		evt := &event.Event{ID: "$reply", RoomID: a.opts.ManagementRoom, Sender: benchModerator, Type: event.EventMessage}
		evt.Content.VeryRaw, evt.Content.Raw = raw, content
		var order store.Command
		a.loop.See(func() { order, _ = a.hearing.messages.order(evt) })
		return order.Body
	}
	html := func(s string) map[string]any {
		return map[string]any{"format": "org.matrix.custom.html", "formatted_body": s}
	}
	re := func(to, line string) string { return "\x00reply " + to + "\x00" + line }
	thread := func(root string, fallback bool) map[string]any {
		return map[string]any{"thread": map[string]any{"rel_type": "m.thread", "event_id": root, "is_falling_back": fallback}}
	}
	for _, tc := range []struct {
		to, body string
		more     map[string]any
		want     string
	}{
		{"$alert", "spam", nil, re("$alert", "spam")},
		{"$alert", "> <@bot:hs> an alert\n\nNot spam!", nil, re("$alert", "not spam")},
		{"$alert", "spam", html("<mx-reply>an alert</mx-reply><b>spam</b>"), re("$alert", "spam")},
		{"$alert", "!forseti spam", nil, re("$alert", "spam")},
		{"$else", "!forseti not spam", nil, re("$else", "not spam")},
		{"$else", "spam", nil, ""},
		{"", "spam", nil, ""},
		{"", "!forseti spam", nil, "spam"},
		{"$alert", "this is spam", nil, ""},
		{"$alert", "spam", html("all is well"), ""},
		{"$alert", "all is well", html("spam"), re("$alert", "spam")},
		{"$alert", "!forseti status", nil, "status"},
		{"$alert", "!forseti spam $other", nil, re("$alert", "spam $other")},
		// A thread of an alert is about it; what replies to something in a thread is about that.
		{"$last", "spam", thread("$alert", true), re("$alert", "spam")},
		{"$last", "!forseti spam", thread("$alert", true), re("$alert", "spam")},
		{"$last", "spam", thread("$alert", false), ""},
		{"$alert", "spam", thread("$root", true), ""},
		{"$alert", "spam", thread("$root", false), re("$alert", "spam")},
	} {
		if got := reply(tc.to, tc.body, tc.more); got != tc.want {
			t.Errorf("%q to %q: %q", tc.body, tc.to, got)
		}
	}
}

// That a finding was a mistake forgets what it followed from.
func TestMistakeUnlearns(t *testing.T) {
	a, d := newMarking(t, openStore(t))
	a.remembers("$1", "@u:hs", offered, false)
	if err := d.change(t.Context(), run{}, commands.Change{Kind: commands.MarkSpam, Room: benchRoom, Name: "$1", Key: "@u:hs", User: benchModerator}); err != nil {
		t.Fatal(err)
	}
	a.remembers("$2", "@v:hs", offered+" or tomorrow", false)
	f := a.nuisance("@v:hs", "$2", "redact", "none")
	f.Protection = learnedName
	a.finds(f, "$alert2")
	if a.judged(offered).Alike == 0 {
		t.Fatal("nothing is known")
	}
	a.reacts(benchModerator, "$alert2", report.WrongSign)
	if v := a.judged(offered); v.Alike != 0 || d.Samples().Marked != 1 {
		t.Errorf("%+v, %+v", v, d.Samples().Standing)
	}
}

// What is no message of words, or is not there, is said.
func TestWhatCannotBeLearned(t *testing.T) {
	a, d := newMarking(t, openStore(t))
	a.remembers("$empty", "@u:hs", "", false)
	if _, err := d.CheckMark(t.Context(), learning.Spam, benchModerator, commands.Said{Room: benchRoom, Event: "$empty"}); err == nil || !strings.Contains(err.Error(), "no words") {
		t.Error(err)
	}
	for i := range learning.PerDay + 1 {
		evt := id.EventID("$" + strings.Repeat("x", i+1))
		a.remembers(evt, "@u:hs", strings.Repeat(string(rune('a'+i%26)), 6+i)+" and "+strings.Repeat(string(rune('b'+i%25)), 9+i), false)
		_, err := d.CheckMark(t.Context(), learning.Spam, benchModerator, commands.Said{Room: benchRoom, Event: evt})
		if refused := err != nil && strings.Contains(err.Error(), "24 hours"); refused != (i == learning.PerDay) {
			t.Errorf("%d: %v", i, err)
		}
		a.loop.See(func() {
			_, _ = a.protectors.set.Samples.Mark(learning.Spam, markingOf(a.protectors.evidence.latest.events[evt], benchModerator))
		})
	}
	if !d.Spared(benchSelf) || !d.Spared(benchModerator) || d.Spared("@u:hs") {
		t.Error("who is spared")
	}
}

// With another key nothing is read, which is said, and nothing is lost: with the right one all of
// it is back.
func TestSamplesOfAnotherKey(t *testing.T) {
	kept := openStore(t)
	for i, key := range []string{"key", "another key", "key"} {
		if err := kept.Account().UseKey([]byte(key)); err != nil {
			t.Fatal(err)
		}
		a, d := newMarking(t, kept)
		if told := a.speaker.report.Problems.Keys(report.Protection); (len(told) > 0) != (i == 1) {
			t.Errorf("%d: told %v", i, told)
		}
		if v := a.judged(offered); (v.Alike == 1) != (i == 2) {
			t.Errorf("%d: %+v", i, v)
		}
		if i == 0 {
			a.remembers("$1", "@u:hs", offered, false)
			if err := d.change(t.Context(), run{}, commands.Change{Kind: commands.MarkSpam, Room: benchRoom, Name: "$1", Key: "@u:hs", User: benchModerator}); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.commits.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
